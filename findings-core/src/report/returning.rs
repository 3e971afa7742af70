//! What a report says about the way back of decisions.

use jiff::Timestamp;

use crate::decision::{Basis, Decision, RowKey};
use crate::history::IssueRecord;

/// How decisions that are entered into a report are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportReturn {
    /// The mark that says which report it is: see [`TokenKey`](crate::decision::TokenKey). Renderers put it where it
    /// survives that people sort, filter and save the file. `None` if the operator has to say which report it is.
    pub token: Option<String>,
    /// Until when decisions are taken, UTC.
    pub until: Timestamp,
}

impl ReportReturn {
    /// Decisions are taken until this time.
    pub fn new(token: Option<String>, until: Timestamp) -> Self {
        Self { token, until }
    }
}

/// An issue that is out of the report because of a decision.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AcceptedIssue {
    /// The issue as the history knows it.
    pub issue: IssueRecord,
    /// The decision.
    pub decision: Decision,
}

impl AcceptedIssue {
    /// An issue with its decision.
    pub fn new(issue: IssueRecord, decision: Decision) -> Self {
        Self { issue, decision }
    }

    /// The key of its row, by which a returned report is read.
    pub fn row_key(&self) -> RowKey {
        RowKey::new(self.issue.id.clone(), Basis::of_accepted(&self.decision))
    }
}
