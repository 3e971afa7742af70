//! Looks at the findings of issues as they are now.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{CurrentFindings, DecisionRow};
use crate::history::{IssueId, IssueRecord};
use crate::source::{AccountBatch, LookUp, Sweep};
use crate::{AccountId, Error, Finding, Selection, Text};

/// The issues to look at, and the IDs of their findings as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct WantedFindings {
    issues: BTreeMap<IssueId, (AccountId, BTreeSet<Text>)>,
}

impl WantedFindings {
    /// No issue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an issue, with the finding that the history knows of it.
    pub fn add(&mut self, issue: &IssueRecord) {
        let entry = self.issues.entry(issue.id.clone()).or_insert_with(|| (issue.account, BTreeSet::new()));
        entry.1.extend(issue.finding_id.clone());
    }

    /// Adds the findings that rows name, of issues that were added. Several standards can report one issue.
    pub fn add_rows(&mut self, rows: &[DecisionRow]) {
        for row in rows {
            let issue = row.key.as_ref().and_then(|key| self.issues.get_mut(&key.issue));
            // a row about another account is not believed
            if let Some((_, ids)) = issue.filter(|(account, _)| row.account.is_none_or(|of_row| of_row == *account)) {
                ids.extend(row.finding_id.clone());
            }
        }
    }

    /// Looks at all of them: one call for each 20 findings in each lane.
    ///
    /// An issue that could not be looked at is so in the answer. The error is the first one.
    pub async fn look(&self, sweep: &Sweep) -> (CurrentFindings, Option<Error>) {
        let wanted: Vec<(&IssueId, AccountId, &Text)> = self
            .issues
            .iter()
            .flat_map(|(issue, (account, ids))| ids.iter().map(move |id| (issue, *account, id)))
            .collect();
        let mut found: HashMap<IssueId, Vec<Arc<Finding>>> = HashMap::new();
        let (mut current, mut failure) = (CurrentFindings::new(), None);
        for chunk in wanted.chunks(Selection::MAX_IDS) {
            let LookUp { findings, failure: error } = look_up(sweep, chunk).await;
            for (issue, account, id) in chunk {
                let mine = findings.iter().filter(|f| f.account == *account && f.id == **id);
                found.entry((*issue).clone()).or_default().extend(mine.cloned());
                if error.is_some() {
                    current.add_unseen((*issue).clone());
                }
            }
            failure = failure.or(error);
        }
        // records of early versions name no finding, so nobody can look
        for (issue, _) in self.issues.iter().filter(|(_, (_, ids))| ids.is_empty()) {
            current.add_unseen(issue.clone());
        }
        for (issue, findings) in found {
            current.add(issue, findings);
        }
        (current, failure)
    }
}

async fn look_up(sweep: &Sweep, wanted: &[(&IssueId, AccountId, &Text)]) -> LookUp {
    let ids: BTreeSet<Text> = wanted.iter().map(|(_, _, id)| (*id).clone()).collect();
    let answer = match AccountBatch::new(wanted.iter().map(|(_, account, _)| *account).collect()) {
        Ok(accounts) => sweep.look_up(accounts, ids.into_iter().collect()).await,
        // cannot be: a query takes as many accounts as IDs
        Err(error) => Err(Error::new(crate::ErrorKind::InvalidInput, "look up findings").with_source(error)),
    };
    answer.unwrap_or_else(|error| LookUp { failure: Some(error), ..LookUp::default() })
}
