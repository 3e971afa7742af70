//! Texts of the data, each once.

use std::collections::HashMap;

use crate::format::plain;

/// Texts, each once. The first one is empty.
#[derive(Debug)]
pub(crate) struct Strings {
    indexes: HashMap<String, u64>,
    texts: Vec<String>,
}

impl Strings {
    pub(crate) fn new() -> Self {
        Self { indexes: HashMap::from([(String::new(), 0)]), texts: vec![String::new()] }
    }

    /// The index of a text, as it can stand in the page.
    pub(crate) fn index(&mut self, text: &str) -> u64 {
        let text = plain(text);
        if let Some(index) = self.indexes.get(&*text) {
            return *index;
        }
        let index = self.texts.len() as u64;
        self.texts.push(text.clone().into_owned());
        self.indexes.insert(text.into_owned(), index);
        index
    }

    pub(crate) fn finish(self) -> Vec<String> {
        self.texts
    }
}
