//! What happened to issues between two reports: the words that report, message and history share.

use std::ops::AddAssign;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Finding, Severity, Text};

/// What happened to a finding's issue since the last delivered report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Never seen before.
    New,
    /// Was resolved and is back.
    Reopened,
    /// Was in the last report too, and was less severe then.
    Worse,
    /// Was in the last report too.
    Open,
}

/// Number of issues by what happened to them since the last delivered report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Never seen before.
    pub new: u64,
    /// Were resolved and are back.
    pub reopened: u64,
    /// Were there before and still are, those that got worse included.
    pub open: u64,
    /// Were there before, less severe.
    #[serde(default)]
    pub worse: u64,
    /// Were there before and are no longer.
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

/// One row of the report.
#[derive(Clone, Debug)]
pub struct ReportFinding {
    /// The finding.
    pub finding: Arc<Finding>,
    /// What happened to its issue.
    pub change: Change,
    /// When its issue was first seen, UTC: by the product if it says so, else by us.
    pub first_seen: Timestamp,
}

/// Why an issue is no longer open, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resolution {
    /// No longer among the account's open findings, and nobody could say why.
    Gone,
    /// The check passes.
    Passed,
    /// The product no longer sees it (`RecordState` ARCHIVED): the resource is gone, or the control is off.
    Archived,
    /// Somebody decided that no action is needed (`Workflow.Status` SUPPRESSED).
    Suppressed,
    /// Somebody set it to RESOLVED (`Workflow.Status`), and no check has confirmed it yet.
    MarkedResolved,
    /// The account left the project.
    AccountLeft,
    /// The project left the registry.
    ProjectLeft,
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
    /// When it was found to be gone, UTC.
    pub resolved_at: Timestamp,
    /// Why.
    pub resolution: Resolution,
}
