//! Step 8: the life of an issue, and what changed since people last saw a report.
//!
//! A finding's ID does not outlive a change of the account's settings, so the history follows *issues*: see [`IssueId`].

mod absence;
mod change;
mod diff;
mod issue;
mod measures;
#[cfg(any(feature = "aws-dynamodb", feature = "local"))]
pub(crate) mod stored;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::absence::{Absence, AbsenceRules};
pub use self::change::{Change, Changes, ReportFinding, Resolution, ResolvedIssue};
pub use self::diff::{Diff, DiffInput, IdentifiedFindings, LookupOutcome, diff, missing};
pub use self::issue::{IssueId, IssueRecord, IssueResolution, SeverityChange};
pub use self::measures::{AGE_BUCKETS, Durations, Measures, RunMeasures, SeverityMeasures, Sla};
use crate::{AccountId, Result, RunId, SeverityCounts};

/// A delivered run of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectRun {
    /// The run.
    pub run_id: RunId,
    /// When its findings were read, UTC.
    pub at: Timestamp,
    /// Whether everything that was asked for was there.
    pub complete: bool,
    /// Accounts of which not everything was there: nothing of theirs was seen for sure, and nothing was resolved.
    pub incomplete_accounts: Vec<AccountId>,
    /// Findings by severity.
    pub counts: SeverityCounts,
    /// What happened since the run before.
    pub changes: Changes,
    /// Where the report is kept; empty if there was none, because the project had left the registry. Then all its accounts are incomplete.
    pub report: String,
}

impl ProjectRun {
    /// A run without findings.
    pub fn new(run_id: RunId, at: Timestamp) -> Self {
        Self {
            run_id,
            at,
            complete: true,
            incomplete_accounts: Vec::new(),
            counts: SeverityCounts::default(),
            changes: Changes::default(),
            report: String::new(),
        }
    }
}

/// A question for what is remembered of a project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistoryQuery {
    /// Name of the project, as in the registry.
    pub project: String,
    /// How many runs at the most, the latest ones.
    pub runs: usize,
}

impl HistoryQuery {
    /// Everything of `project` and its last 26 runs: half a year of weeks.
    pub fn new(project: impl Into<String>) -> Self {
        Self { project: project.into(), runs: 26 }
    }

    /// With all its runs that have not expired.
    #[must_use]
    pub fn with_all_runs(mut self) -> Self {
        self.runs = usize::MAX;
        self
    }
}

/// What is remembered of a project.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ProjectHistory {
    /// Its issues, open and resolved, by ID.
    pub issues: Vec<IssueRecord>,
    /// Its delivered runs, the oldest first.
    pub runs: Vec<ProjectRun>,
}

impl ProjectHistory {
    /// A history of these issues and runs.
    pub fn new(issues: Vec<IssueRecord>, runs: Vec<ProjectRun>) -> Self {
        Self { issues, runs }
    }

    /// When an issue was seen last, UTC: in the latest run that saw its account completely, or as its record says.
    ///
    /// An issue that stays as it is costs no write, so this is known from the runs.
    pub fn last_seen(&self, issue: &IssueRecord) -> Timestamp {
        if !issue.is_open() {
            return issue.last_seen;
        }
        diff::last_seen(issue, self.runs.iter())
    }

    /// A history in the order that [`HistoryReader`] promises, with the latest `limit` runs.
    pub(crate) fn in_order(mut issues: Vec<IssueRecord>, mut runs: Vec<ProjectRun>, limit: usize) -> Self {
        issues.sort_by(|a, b| a.id.cmp(&b.id));
        runs.sort_by(|a, b| (a.at, &a.run_id).cmp(&(b.at, &b.run_id)));
        runs.drain(..runs.len().saturating_sub(limit));
        Self { issues, runs }
    }
}

/// What is to be remembered of a project after its report was delivered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistoryCommit {
    /// Name of the project, as in the registry.
    pub project: String,
    /// The run; committing the same one again replaces it.
    pub run: ProjectRun,
    /// The issues that changed, each once. All others stay as they are. Shared, because a backend may keep the commit for a thread that writes it.
    pub issues: Arc<Vec<IssueRecord>>,
}

impl HistoryCommit {
    /// Remembers a run and the issues that changed in it.
    pub fn new(project: impl Into<String>, run: ProjectRun, issues: Vec<IssueRecord>) -> Self {
        Self { project: project.into(), run, issues: Arc::new(issues) }
    }
}

/// What a commit cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitReceipt {
    /// Items or rows written.
    pub writes: u64,
}

/// Remembers what was seen.
///
/// An implementation
/// * MUST make the run visible to [`HistoryReader`] only after all issues of the commit are,
/// * MUST give the same state when the same commit is made twice,
/// * MUST keep issues that a commit does not name as they are,
/// * MUST keep projects apart whatever their names are,
/// * MUST fail rather than forget: `Ok` means that everything was written.
///
/// `testing::conformance::history` has a test for each.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HistorySink: fmt::Debug + Send + Sync + 'static {
    /// Remembers a delivered run.
    ///
    /// # Errors
    /// As the backend answers.
    async fn commit(&self, commit: &HistoryCommit) -> Result<CommitReceipt>;
}

/// A question for the names of all projects.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ListProjects {}

impl ListProjects {
    /// All that are remembered.
    pub fn new() -> Self {
        Self {}
    }
}

/// Recalls what was seen.
///
/// An implementation
/// * MUST return every issue that was committed and has not expired, however many there are,
/// * MUST return an empty history for a project that it does not know,
/// * MUST see every commit that returned before the question was asked,
/// * MUST order runs by time and issues by ID,
/// * MUST list every project of which a run was committed, once, in the order of the names.
///
/// `testing::conformance::history` has a test for each.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HistoryReader: fmt::Debug + Send + Sync + 'static {
    /// What is remembered of a project.
    ///
    /// # Errors
    /// As the backend answers; [`Malformed`](crate::ErrorKind::Malformed) for a record that this version cannot read.
    async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory>;

    /// The names of all projects that are remembered, those that have left the registry included.
    ///
    /// # Errors
    /// As the backend answers.
    async fn projects(&self, query: &ListProjects) -> Result<Vec<String>>;
}
