//! Queries for single findings outside of a sweep, paid from the same budgets.

use std::sync::Arc;

use super::Sweep;
use crate::source::{AccountBatch, FindingsQuery, PacedSource, RetryingSource, collect};
use crate::{Error, ErrorKind, Finding, Result, Selection, Text};

impl Sweep {
    /// Fetches the findings of these accounts with these IDs from every lane, in any state.
    ///
    /// This takes one call in each lane, without retries.
    ///
    /// # Errors
    /// The errors of the source, and [`InvalidInput`](ErrorKind::InvalidInput) if there are no IDs or more than
    /// [`Selection::MAX_IDS`].
    pub async fn look_up(&self, accounts: AccountBatch, ids: Vec<Text>) -> Result<Vec<Arc<Finding>>> {
        if ids.is_empty() || ids.len() > Selection::MAX_IDS {
            let message = format!("a query takes 1 to {} IDs, not {}", Selection::MAX_IDS, ids.len());
            return Err(Error::new(ErrorKind::InvalidInput, "look up findings").with_message(message));
        }
        let query = FindingsQuery::new(accounts).with_selection(Selection::of_ids(ids));
        let mut findings = Vec::new();
        // a record of the history does not say which lane showed its finding
        for lane in &self.lanes {
            let paced = PacedSource::new(lane.source.clone(), lane.budget.clone(), self.retry.attempt_limit);
            let source = RetryingSource::new(paced, self.retry.clone());
            findings.extend(collect(&source, query.clone()).await?.findings);
        }
        Ok(findings)
    }
}
