//! Positions in the results of GetFindings, and the cache of sorted results.

use std::collections::HashMap;
use std::sync::Arc;

use super::sort::SortKey;

/// The place at which the next page begins.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    pub(super) after: Option<SortKey>,
    /// Whether the token is returned as the next token, too.
    pub(super) repeats: bool,
}

/// Cache of sorted results, so that each page of a large result does not filter and sort again. It is cleared when the
/// data changes, because there is no snapshot isolation. Until then a `DateRange`, which is relative to the current
/// time, keeps the boundary of its first page.
#[derive(Debug, Default)]
pub(super) struct SortedResults {
    pub(super) version: u64,
    pub(super) by_query: HashMap<String, Arc<[usize]>>,
}
