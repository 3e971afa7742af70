//! Where a query of GetFindings stands, and the order of its results.

use std::collections::HashMap;
use std::sync::Arc;

use super::sort::SortKey;

/// Where the next page begins.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    pub(super) after: Option<SortKey>,
    /// The token gives itself as the next one.
    pub(super) repeats: bool,
}

/// Results of queries in order, so that a page of a large result does not filter and sort it anew.
/// They are dropped as soon as the data changes: there is no snapshot isolation. Only a `DateRange`,
/// which is relative to the time, keeps the edge of its first page until then.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) version: u64,
    pub(super) by_query: HashMap<String, Arc<[usize]>>,
}
