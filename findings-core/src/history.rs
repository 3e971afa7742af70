//! Step 8: the history of issues, and the changes since the last delivered report.
//!
//! The ID of a finding changes with the settings of the account, so the history follows *issues*: see [`IssueId`].

mod absence;
mod change;
mod continuity;
mod diff;
mod issue;
mod issue_records;
mod measures;
mod open_issues;
mod report_findings;
mod shown_by;
#[cfg(any(feature = "aws-dynamodb", feature = "local"))]
pub(crate) mod stored;
#[cfg(test)]
pub(crate) mod tests;

use std::fmt;

use async_trait::async_trait;
use futures::{Stream, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::absence::{Absence, AbsenceRules};
pub use self::change::{Change, Changes, ClosureKind, DueDate, ReportFinding, Resolution, ResolvedIssue};
pub use self::continuity::IdentifiedFindings;
pub use self::diff::{Diff, DiffInput, LookupOutcome, diff, missing};
pub use self::issue::{IssueId, IssuePeriod, IssueRecord, IssueResolution, SeverityChange};
pub use self::issue_records::IssueRecords;
pub use self::measures::{AGE_BUCKETS, Durations, Measures, RunMeasures, SeverityMeasures, Sla};
pub(crate) use self::open_issues::{OpenInput, OpenIssue, OpenIssues};
pub(crate) use self::report_findings::RowState;
pub use self::report_findings::{ReportFindings, RowFacts};
pub(crate) use self::shown_by::ShownBy;
use crate::{AccountId, Error, ErrorKind, Result, RunId, SeverityCounts, Text};

/// A run of a project whose report was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectRun {
    /// The run.
    pub run_id: RunId,
    /// When its findings were read, UTC.
    pub at: Timestamp,
    /// Whether the report was complete.
    pub complete: bool,
    /// Accounts that could not be seen completely. The run shows neither that their issues are open nor that they are
    /// resolved.
    pub incomplete_accounts: Vec<AccountId>,
    /// Number of findings by severity.
    pub counts: SeverityCounts,
    /// Number of issues by what happened to them since the last run that recipients were told of.
    pub changes: Changes,
    /// Whether anybody was told of the report. Only such a run is the "last report" of the next one. A project without
    /// recipients has runs of which nobody was told.
    pub told: bool,
    /// Location of the report; empty if there is none. Only histories of early versions have such runs: all accounts are
    /// incomplete in them.
    pub report: String,
    /// The [views](crate::source::View) of the run; empty if it had none, and in histories of early versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Text>,
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
            told: true,
            report: String::new(),
            sources: Vec::new(),
        }
    }
}

/// A request for the history of a project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistoryQuery {
    /// Name of the project, as in the registry.
    pub project: String,
    /// The largest number of runs to return, counted from the latest.
    pub runs: usize,
    /// Whether to return the issues. Runs alone are read much faster.
    pub issues: bool,
    /// The largest number of issues to return, counted from the first in the order of their IDs.
    pub issue_limit: usize,
    /// Leaves out this issue and those before it.
    pub after: Option<IssueId>,
}

impl HistoryQuery {
    /// A request for all issues of `project` and its last 26 runs: half a year of weekly runs.
    pub fn new(project: impl Into<String>) -> Self {
        Self { project: project.into(), runs: 26, issues: true, issue_limit: usize::MAX, after: None }
    }

    /// Requests all runs that have not expired.
    #[must_use]
    pub fn with_all_runs(mut self) -> Self {
        self.runs = usize::MAX;
        self
    }

    /// Requests the runs alone.
    #[must_use]
    pub fn without_issues(mut self) -> Self {
        self.issues = false;
        self
    }

    /// Requests at most `limit` issues, those after `after` in the order of their IDs. So a long history is read in parts.
    #[must_use]
    pub fn with_issues_after(mut self, after: Option<IssueId>, limit: usize) -> Self {
        (self.after, self.issue_limit) = (after, limit);
        self
    }
}

/// The history of a project.
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

    /// When an issue was last seen, UTC: the time in its record or, for an open issue, of the latest run that saw its
    /// account completely, whichever is later.
    ///
    /// The record of an open issue that does not change is not written again, so its time alone is too early.
    pub fn last_seen(&self, issue: &IssueRecord) -> Timestamp {
        if !issue.is_open() {
            return issue.last_seen;
        }
        diff::last_seen(issue, self.runs.iter())
    }

    /// The latest run that saw an issue, as far as the runs tell: the one at the time that
    /// [`last_seen`](Self::last_seen) returns.
    pub fn last_seen_by(&self, issue: &IssueRecord) -> Option<&ProjectRun> {
        let at = self.last_seen(issue);
        self.runs.iter().rev().find(|run| run.at == at)
    }

    /// Whether the latest run saw an open issue, or could have seen that it is gone. If not, nobody knows whether it still
    /// is open: it is not confirmed.
    pub fn is_confirmed(&self, issue: &IssueRecord) -> bool {
        self.runs.iter().map(|run| run.at).max().is_some_and(|latest| self.last_seen(issue) >= latest)
    }

    /// A history in the order that [`HistoryReader`] promises, with the latest `limit` runs.
    pub(crate) fn in_order(mut issues: Vec<IssueRecord>, mut runs: Vec<ProjectRun>, limit: usize) -> Self {
        date_openings(&mut issues, &runs);
        issues.sort_by(|a, b| a.id.cmp(&b.id));
        runs.sort_by(|a, b| (a.at, &a.run_id).cmp(&(b.at, &b.run_id)));
        runs.drain(..runs.len().saturating_sub(limit));
        Self { issues, runs }
    }
}

/// Dates the last opening of issues that an early version reopened. Such a record has only the run, and a backend reads
/// the time at which the issue was first seen.
fn date_openings(issues: &mut [IssueRecord], runs: &[ProjectRun]) {
    for issue in issues.iter_mut().filter(|i| i.reopened > 0 && i.earlier.is_empty() && i.opened_at == i.first_seen) {
        if let Some(run) = runs.iter().find(|run| run.run_id == issue.opened_in) {
            issue.opened_at = run.at;
        }
    }
}

/// A request to remember a run of a project after its report was delivered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistoryCommit {
    /// Name of the project, as in the registry.
    pub project: String,
    /// The run. It replaces a run with the same ID.
    pub run: ProjectRun,
    /// The issues that changed, each once. All others stay as they are.
    pub issues: IssueRecords,
}

impl HistoryCommit {
    /// A request to remember a run and the issues that changed in it.
    pub fn new(project: impl Into<String>, run: ProjectRun, issues: impl Into<IssueRecords>) -> Self {
        Self { project: project.into(), run, issues: issues.into() }
    }
}

/// The result of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitReceipt {
    /// Number of items or rows written.
    pub writes: u64,
}

impl CommitReceipt {
    /// This number of items or rows was written.
    pub fn new(writes: u64) -> Self {
        Self { writes }
    }
}

/// Writes the history.
///
/// An implementation
/// * MUST make the run visible to [`HistoryReader`] only after all issues of the commit are visible,
/// * MUST give the same state when the same commit is made twice,
/// * MUST keep issues that a commit does not name as they are,
/// * MUST keep projects apart whatever their names are,
/// * MUST return `Ok` only if everything was written,
/// * MUST return the error of a record that it cannot read, and not make the run visible.
///
/// `testing::conformance::history` has a test for each MUST.
///
/// ```
/// use std::sync::Arc;
///
/// use async_trait::async_trait;
/// use findings_core::Result;
/// use findings_core::history::{CommitReceipt, HistoryCommit, HistorySink};
///
/// /// Writes to a history, and tells a metric how much.
/// #[derive(Debug)]
/// struct Counted(Arc<dyn HistorySink>);
///
/// #[async_trait]
/// impl HistorySink for Counted {
///     async fn commit(&self, commit: &HistoryCommit) -> Result<CommitReceipt> {
///         let receipt = self.0.commit(commit).await?;
///         println!("history.writes={} project={}", receipt.writes, commit.project);
///         Ok(receipt)
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HistorySink: fmt::Debug + Send + Sync + 'static {
    /// Writes a delivered run and the issues that changed in it.
    ///
    /// # Errors
    /// As the backend answers.
    async fn commit(&self, commit: &HistoryCommit) -> Result<CommitReceipt>;
}

/// A request for the names of all projects.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ListProjects {}

impl ListProjects {
    /// A request for all projects in the history.
    pub fn new() -> Self {
        Self {}
    }
}

/// Reads the history.
///
/// An implementation
/// * MUST return every issue that was committed and has not expired, however many there are, and none to a request for the
///   runs alone,
/// * MUST return the first of the issues that follow [`after`](HistoryQuery::after), and fewer than the
///   [limit](HistoryQuery::issue_limit) only if no other issue follows; the runs do not depend on either,
/// * MUST return an empty history for a project that it does not know,
/// * MUST see every commit that returned before the request,
/// * MUST order runs by time and issues by ID,
/// * MUST list every project that has a committed run once, in the order of the names.
///
/// `testing::conformance::history` has a test for each MUST.
///
/// ```
/// use std::sync::Arc;
///
/// use async_trait::async_trait;
/// use findings_core::Result;
/// use findings_core::history::{HistoryQuery, HistoryReader, ListProjects, ProjectHistory};
///
/// /// Reads a history in which the names of projects begin with that of a department.
/// #[derive(Debug)]
/// struct Department(String, Arc<dyn HistoryReader>);
///
/// #[async_trait]
/// impl HistoryReader for Department {
///     async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory> {
///         let mut query = query.clone();
///         query.project = format!("{}/{}", self.0, query.project);
///         self.1.project(&query).await
///     }
///
///     async fn projects(&self, query: &ListProjects) -> Result<Vec<String>> {
///         let own = |name: &String| Some(name.strip_prefix(&self.0)?.strip_prefix('/')?.to_owned());
///         Ok(self.1.projects(query).await?.iter().filter_map(own).collect())
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait HistoryReader: fmt::Debug + Send + Sync + 'static {
    /// Returns the history of a project.
    ///
    /// # Errors
    /// As the backend answers; [`Malformed`](crate::ErrorKind::Malformed) for a record that this version cannot read.
    async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory>;

    /// Returns the names of all projects in the history, departed projects included.
    ///
    /// # Errors
    /// As the backend answers.
    async fn projects(&self, query: &ListProjects) -> Result<Vec<String>>;
}

/// Number of issues that are read at a time: some megabytes.
const PART: usize = 4_000;

/// Reads the history of a project, unless it has so many issues that it should be read in [`parts`].
pub(crate) async fn whole_if_small(reader: &dyn HistoryReader, query: HistoryQuery) -> Result<Option<ProjectHistory>> {
    let history = reader.project(&query.with_issues_after(None, PART)).await?;
    Ok((history.issues.len() < PART).then_some(history))
}

/// Reads the history of a project in parts, so that a project with a million issues does not have to fit into memory. Each part
/// has at most 4,000 issues, and all runs that the query requests; the first part and the last one may be empty. The limit and
/// the start of the query are ignored.
///
/// # Errors
/// Those of the reader, and [`Inconsistent`](crate::ErrorKind::Inconsistent) if it returns an issue twice. The stream ends
/// after the first error.
pub(crate) fn parts(
    reader: &dyn HistoryReader,
    query: HistoryQuery,
) -> impl Stream<Item = Result<ProjectHistory>> + Send + '_ {
    parts_of(reader, query, PART)
}

fn parts_of(
    reader: &dyn HistoryReader,
    query: HistoryQuery,
    size: usize,
) -> impl Stream<Item = Result<ProjectHistory>> + Send + '_ {
    let first = query.with_issues_after(None, size);
    stream::try_unfold(Some(first), move |query| async move {
        let Some(query) = query else { return Ok(None) };
        let part = reader.project(&query).await?;
        if query.after.is_some() && part.issues.first().is_some_and(|issue| Some(&issue.id) <= query.after.as_ref()) {
            let message = "the same issues came twice; does the history heed the start of a query?";
            let error = Error::new(ErrorKind::Inconsistent, "recall the project").with_message(message);
            return Err(error.with_subject(query.project));
        }
        let last = part.issues.last().filter(|_| part.issues.len() == size).map(|issue| issue.id.clone());
        let next = last.map(|last| query.with_issues_after(Some(last), size));
        Ok(Some((part, next)))
    })
}
