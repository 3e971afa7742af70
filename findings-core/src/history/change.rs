//! What happened to issues between two reports: types that reports, messages and history share.

use std::ops::AddAssign;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::IssueId;
use crate::decision::{Basis, Decision, RowKey};
use crate::named::named_values;
use crate::{AccountId, Finding, Severity, Text};

/// What happened to a finding's issue since the last delivered report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Change {
    /// It was never seen before.
    New,
    /// It was fixed, suppressed or archived, and is open again.
    Reopened,
    /// It was open in the last report with a lower severity.
    Worse,
    /// It was open in the last report.
    Open,
}

named_values!(
    /// The name in JSON Lines and exports.
    Change, "a change", [
    New => "new",
    Reopened => "reopened",
    Worse => "worse",
    Open => "open",
]);

/// Number of issues by what happened to them since the last delivered report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Issues that were never seen before.
    pub new: u64,
    /// Issues that were fixed, suppressed or archived, and are open again.
    pub reopened: u64,
    /// Issues that were open and still are, those that got worse included.
    pub open: u64,
    /// Issues that were open with a lower severity; they are counted in `open`, too.
    #[serde(default)]
    pub worse: u64,
    /// Issues that were open and are fixed: see [`ClosureKind::Fixed`].
    pub resolved: u64,
    /// Issues that were open and that a person suppressed since.
    #[serde(default)]
    pub suppressed: u64,
    /// Issues that were open and that their product no longer reports. This is no proof of a fix.
    #[serde(default)]
    pub archived: u64,
    /// Issues that were open and whose account left the project.
    #[serde(default)]
    pub left: u64,
    /// Issues that were open, and of which this run could not tell whether they still are. They stay open, and are not
    /// counted in `open`.
    #[serde(default)]
    pub stale: u64,
}

impl Changes {
    /// Number of issues that the findings of the report are about.
    pub fn current(&self) -> u64 {
        self.new + self.reopened + self.open
    }

    /// Number of issues that were open and no longer are, for whatever reason.
    pub fn closed(&self) -> u64 {
        self.resolved + self.suppressed + self.archived + self.left
    }

    /// Adds an open issue.
    pub(crate) fn add(&mut self, change: Change) {
        match change {
            Change::New => self.new += 1,
            Change::Reopened => self.reopened += 1,
            Change::Worse => {
                self.open += 1;
                self.worse += 1;
            }
            Change::Open => self.open += 1,
        }
    }

    /// Adds an issue that is no longer open.
    pub(crate) fn add_closed(&mut self, resolution: Resolution) {
        match resolution.kind() {
            ClosureKind::Fixed => self.resolved += 1,
            ClosureKind::Suppressed => self.suppressed += 1,
            ClosureKind::Archived => self.archived += 1,
            ClosureKind::Left => self.left += 1,
            ClosureKind::Moved => {}
        }
    }
}

impl AddAssign for Changes {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.reopened += other.reopened;
        self.open += other.open;
        self.worse += other.worse;
        self.resolved += other.resolved;
        self.suppressed += other.suppressed;
        self.archived += other.archived;
        self.left += other.left;
        self.stale += other.stale;
    }
}

/// A finding in a report, with the history of its issue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReportFinding {
    /// The finding.
    pub finding: Arc<Finding>,
    /// What happened to its issue.
    pub change: Change,
    /// When its issue was first seen, UTC: as the product says or, if it does not, by the first run that saw it.
    pub first_seen: Timestamp,
    /// When its issue was last opened, UTC: the start of its age. Later than `first_seen` if it was closed in between.
    pub opened_at: Timestamp,
    /// Its issue; `None` in reports that were built by hand. Without it, nobody can decide about the finding.
    pub issue: Option<IssueId>,
    /// The last decision about its issue, which may be one that is no longer in force.
    pub decision: Option<Arc<Decision>>,
    /// Until when it is to be fixed.
    pub due: Option<DueDate>,
    /// Whose it is by the [rules](crate::owners) of the organisation; `None` if no rule fits.
    pub owner: Option<Text>,
}

/// Until when an issue is to be fixed, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueDate {
    /// The last day.
    pub date: Date,
    /// Whether a decision of the project says so; if not, it is the target of the organisation for the severity.
    pub is_decided: bool,
}

impl DueDate {
    /// A date that the project decided.
    pub fn decided(date: Date) -> Self {
        Self { date, is_decided: true }
    }

    /// A date that follows from the target of the organisation.
    pub fn target(date: Date) -> Self {
        Self { date, is_decided: false }
    }

    /// Whether the day is past on this date.
    pub fn is_overdue(self, today: Date) -> bool {
        self.date < today
    }
}

impl ReportFinding {
    /// A finding whose issue was opened when it was first seen.
    pub fn new(finding: impl Into<Arc<Finding>>, change: Change, first_seen: Timestamp) -> Self {
        Self {
            finding: finding.into(),
            change,
            first_seen,
            opened_at: first_seen,
            issue: None,
            decision: None,
            due: None,
            owner: None,
        }
    }

    /// The decision with which its row is filled. One that is not in force fills no row.
    pub fn decision_in_force(&self) -> Option<&Decision> {
        self.facts().decision_in_force()
    }

    /// Who takes care of it: the owner whom the decision in force names, or else the one of the rules. `None` if it is
    /// nobody's.
    pub fn responsible(&self) -> Option<&Text> {
        self.facts().responsible()
    }

    /// The key of its row, by which a returned report is read; `None` without an issue.
    pub fn row_key(&self) -> Option<RowKey> {
        let issue = self.issue.clone()?;
        let key = RowKey::new(issue, Basis::of(&self.finding, self.decision_in_force()));
        // what a rule has filled in is nothing that somebody entered
        let by_rule = self.owner.as_deref().filter(|_| self.facts().decided_owner().is_none());
        Some(match by_rule {
            Some(owner) => key.with_owner(owner),
            None => key,
        })
    }
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
    /// The project left the registry. Only histories of early versions have it: the absence of a project from a registry
    /// says nothing about its issues.
    ProjectLeft,
    /// The project goes on under another name, which has its history. Nothing was resolved: a record that it closed
    /// counts as open.
    Renamed,
    /// It goes on as another issue, because its findings are now reported together with others.
    Merged,
}

named_values!(
    /// The name in the history.
    Resolution, "a resolution", [
    Gone => "gone",
    Passed => "passed",
    Archived => "archived",
    Suppressed => "suppressed",
    MarkedResolved => "marked_resolved",
    AccountLeft => "account_left",
    ProjectLeft => "project_left",
    Renamed => "renamed",
    Merged => "merged",
]);

/// What the end of an issue means. Reports, messages and measures tell these apart everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ClosureKind {
    /// It is fixed: the check passes, somebody set it to RESOLVED, or it is no longer reported where Security Hub looks.
    Fixed,
    /// A person decided that no action is needed.
    Suppressed,
    /// The product no longer reports it, which is no proof of a fix.
    Archived,
    /// The account or the project left, or the project goes on under another name. Nobody worked on it, and nobody reopens it when it returns.
    Left,
    /// It goes on under another identity. Nothing ended.
    Moved,
}

named_values!(
    /// The name, in lower case.
    ClosureKind, "a closure", [
    Fixed => "fixed",
    Suppressed => "suppressed",
    Archived => "archived",
    Left => "left",
    Moved => "moved",
]);

impl Resolution {
    /// What this reason means.
    pub fn kind(self) -> ClosureKind {
        match self {
            Self::Gone | Self::Passed | Self::MarkedResolved => ClosureKind::Fixed,
            Self::Suppressed => ClosureKind::Suppressed,
            Self::Archived => ClosureKind::Archived,
            Self::AccountLeft | Self::ProjectLeft | Self::Renamed => ClosureKind::Left,
            Self::Merged => ClosureKind::Moved,
        }
    }
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
    /// When it was last opened, UTC.
    pub opened_at: Timestamp,
    /// When a run first found it closed, UTC.
    pub resolved_at: Timestamp,
    /// Why it is no longer open.
    pub resolution: Resolution,
}
