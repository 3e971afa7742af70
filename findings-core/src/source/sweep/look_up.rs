//! Queries for single findings outside of a sweep, paid from the same budgets.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Sweep;
use super::newest_versions::NewestVersions;
use crate::source::{AccountBatch, FindingsQuery, collect};
use crate::{AccountId, Error, ErrorKind, Finding, Result, Selection, Text};

/// The answer to a query for single findings.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LookUp {
    /// The findings that the lanes have, in any state, each in its newest version.
    pub findings: Vec<Arc<Finding>>,
    /// Why a lane did not answer; `None` if all did. Then a finding that is missing in `findings` is not there.
    pub failure: Option<Error>,
}

impl Sweep {
    /// Fetches the findings of these accounts with these IDs from every lane, in any state.
    ///
    /// This takes one call in each lane, not counting retries. A lane that fails does not hide what the others have.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if there are no IDs or more than [`Selection::MAX_IDS`].
    pub async fn look_up(&self, accounts: AccountBatch, ids: Vec<Text>) -> Result<LookUp> {
        if ids.is_empty() || ids.len() > Selection::MAX_IDS {
            let message = format!("a query takes 1 to {} IDs, not {}", Selection::MAX_IDS, ids.len());
            return Err(Error::new(ErrorKind::InvalidInput, "look up findings").with_message(message));
        }
        let query = FindingsQuery::new(accounts).with_selection(Selection::of_ids(ids));
        let mut answer = LookUp::default();
        let mut newest: BTreeMap<AccountId, NewestVersions> = BTreeMap::new();
        // a record of the history does not say which lane showed its finding
        for lane in &self.lanes {
            match collect(&lane.paced_source(&self.retry), query.clone()).await {
                Ok(found) => {
                    for (account, findings) in found.findings.by_account() {
                        newest.entry(account).or_default().add(&findings)?;
                    }
                }
                Err(error) => answer.failure = answer.failure.or(Some(error)),
            }
        }
        for of_account in newest.into_values() {
            answer.findings.extend(of_account.findings().to_vec()?.into_iter().map(Arc::new));
        }
        Ok(answer)
    }
}
