//! Texts that thousands of findings have in common, kept once.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Text;

/// Keeps each text once: titles, descriptions and remediation texts of controls repeat in thousands of findings.
///
/// It forgets everything when it holds 100,000 texts, so that texts which do not repeat cannot fill the memory; what was given out stays valid.
#[derive(Debug, Default)]
pub struct TextPool(Mutex<Texts>);

/// The pool while one page is decoded: locked once a page, not once a text.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashSet<Text>);

const CAPACITY: usize = 100_000;

impl TextPool {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Texts> {
        // a set of texts is whole at any moment, so a panic elsewhere cannot have broken it
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Texts {
    /// The shared copy of a text.
    pub(crate) fn share(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        if self.0.len() >= CAPACITY {
            self.0.clear();
        }
        let text: Text = text.into();
        self.0.insert(text.clone());
        text
    }
}
