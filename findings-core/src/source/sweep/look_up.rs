//! A look at certain findings besides the pass, paid from the same budgets.

use std::sync::Arc;

use super::Sweep;
use crate::source::{AccountBatch, FindingsQuery, PacedSource, RetryingSource, collect};
use crate::{Error, ErrorKind, Finding, Result, Selection, Text};

impl Sweep {
    /// The findings of these accounts with these IDs in every lane, in whatever state they are: one call a lane, retries apart.
    ///
    /// # Errors
    /// Those of the source; [`InvalidInput`](ErrorKind::InvalidInput) for more than [`Selection::MAX_IDS`] IDs or none.
    pub async fn look_up(&self, accounts: AccountBatch, ids: Vec<Text>) -> Result<Vec<Arc<Finding>>> {
        if ids.is_empty() || ids.len() > Selection::MAX_IDS {
            let message = format!("a query takes 1 to {} IDs, not {}", Selection::MAX_IDS, ids.len());
            return Err(Error::new(ErrorKind::InvalidInput, "look up findings").with_message(message));
        }
        let query = FindingsQuery::new(accounts).with_selection(Selection::of_ids(ids));
        let mut findings = Vec::new();
        for lane in &self.lanes {
            let paced = PacedSource::new(lane.source.clone(), lane.budget.clone(), self.retry.attempt_limit);
            let source = RetryingSource::new(paced, self.retry.clone());
            findings.extend(collect(&source, query.clone()).await?.findings);
        }
        Ok(findings)
    }
}
