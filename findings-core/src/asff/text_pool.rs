//! Stores texts that many findings have in common once.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Text;

/// A pool that stores each text once. Titles, descriptions and remediation texts repeat in thousands of findings.
///
/// The pool is emptied when it holds 100,000 texts, so texts that never repeat cannot fill the memory. Texts that it
/// has returned stay valid.
#[derive(Debug, Default)]
pub struct TextPool(Mutex<Texts>);

/// The texts of a locked pool. Decoding a page locks the pool once, not once for each text.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashSet<Text>);

/// The number of texts at which the pool is emptied.
const CAPACITY: usize = 100_000;

impl TextPool {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Texts> {
        // a poisoned lock is safe to use: at worst, a text is missing and is added again
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Texts {
    /// Returns the shared copy of a text, and adds it if it is new.
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
