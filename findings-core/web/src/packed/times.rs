//! Times, each written once.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::format::moment;

/// Gives every time an index.
#[derive(Debug)]
pub(super) struct Times<'a> {
    zone: &'a TimeZone,
    indexes: HashMap<Timestamp, usize>,
    texts: Vec<String>,
}

impl<'a> Times<'a> {
    pub(super) fn new(zone: &'a TimeZone) -> Self {
        Self { zone, indexes: HashMap::new(), texts: Vec::new() }
    }

    /// The index of a time.
    pub(super) fn index(&mut self, at: Option<Timestamp>) -> Option<usize> {
        let at = at?;
        let Self { zone, indexes, texts } = self;
        Some(*indexes.entry(at).or_insert_with(|| {
            texts.push(moment(at, zone));
            texts.len() - 1
        }))
    }

    pub(super) fn finish(self) -> Vec<String> {
        self.texts
    }
}
