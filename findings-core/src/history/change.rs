//! What happened to issues between two reports: types that reports, messages and history share.

use std::ops::AddAssign;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Finding, Severity, Text};

/// What happened to a finding's issue since the last delivered report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was never seen before.
    New,
    /// It was resolved and is open again.
    Reopened,
    /// It was open in the last report with a lower severity.
    Worse,
    /// It was open in the last report.
    Open,
}

/// Number of issues by what happened to them since the last delivered report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Issues that were never seen before.
    pub new: u64,
    /// Issues that were resolved and are open again.
    pub reopened: u64,
    /// Issues that were open and still are, those that got worse included.
    pub open: u64,
    /// Issues that were open with a lower severity; they are counted in `open`, too.
    #[serde(default)]
    pub worse: u64,
    /// Issues that were open and no longer are.
    pub resolved: u64,
}

impl AddAssign for Changes {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.reopened += other.reopened;
        self.open += other.open;
        self.worse += other.worse;
        self.resolved += other.resolved;
    }
}

/// A finding in a report, with the history of its issue.
#[derive(Clone, Debug)]
pub struct ReportFinding {
    /// The finding.
    pub finding: Arc<Finding>,
    /// What happened to its issue.
    pub change: Change,
    /// When its issue was first seen, UTC: as the product says or, if it does not, by the first run that saw it.
    pub first_seen: Timestamp,
}

/// The reason why an issue is no longer open, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resolution {
    /// It is no longer among the account's open findings, and the reason is unknown.
    Gone,
    /// The check passes.
    Passed,
    /// The product no longer reports it (`RecordState` ARCHIVED): the resource was deleted, or the control is disabled.
    Archived,
    /// A person decided that no action is needed (`Workflow.Status` SUPPRESSED).
    Suppressed,
    /// A person set it to RESOLVED (`Workflow.Status`), and no check has confirmed it yet.
    MarkedResolved,
    /// The account left the project.
    AccountLeft,
    /// The project left the registry. Only earlier versions wrote it: the absence of a project says nothing about its
    /// issues. A record that it closed counts as open when the project returns.
    ProjectLeft,
    /// The project goes on under another name, which has its history. Nothing was resolved: a record that it closed
    /// counts as open.
    Renamed,
}

/// An issue of the last delivered report that is no longer open.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResolvedIssue {
    /// Account.
    pub account: AccountId,
    /// Severity when last seen.
    pub severity: Severity,
    /// Title when last seen.
    pub title: Text,
    /// Security control, for findings of controls.
    pub control_id: Option<Text>,
    /// Main resource.
    pub resource: Option<Text>,
    /// First seen, UTC.
    pub first_seen: Timestamp,
    /// When a run first found it resolved, UTC.
    pub resolved_at: Timestamp,
    /// Why it is no longer open.
    pub resolution: Resolution,
}
