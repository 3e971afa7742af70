//! Step 8: the life of an issue, and what changed since people last saw a report.
//!
//! A finding's ID does not outlive a change of the account's settings, so the history follows *issues*: see [`IssueId`].

#[cfg(any(feature = "aws-dynamodb", feature = "local"))]
pub(crate) mod stored;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::report::{Change, Changes, ReportFinding, Resolution, ResolvedIssue};
use crate::{AccountId, Finding, Result, RunId, Severity, SeverityCounts, Text, WorkflowStatus};

/// Identity of an issue, 32 hex digits: for findings of controls the hash of account, Region, control and main resource, for others that of
/// `ProductArn` and `Id`.
///
/// Finding IDs change when consolidated control findings are switched on, and without them every standard reports its own finding: one issue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueId(Arc<str>);

impl IssueId {
    /// The issue that a finding belongs to.
    ///
    /// ```
    /// use findings_core::{Finding, history::IssueId};
    /// let mut a = Finding::new("123456789012".parse()?, "…/cis/…/finding/1");
    /// a.control_id = Some("S3.1".into());
    /// let mut b = a.clone();
    /// b.id = "…/fsbp/…/finding/2".into();
    /// assert_eq!(IssueId::of(&a), IssueId::of(&b));
    /// # Ok::<(), findings_core::InvalidAccountId>(())
    /// ```
    pub fn of(finding: &Finding) -> Self {
        let account = finding.account.to_string();
        let parts: [&str; 5] = match &finding.control_id {
            Some(control) => [
                "control",
                &account,
                finding.region.as_deref().unwrap_or_default(),
                control,
                finding.resources.first().map_or("", |r| &r.id),
            ],
            None => ["finding", &account, &finding.product_arn, &finding.id, ""],
        };
        let mut hash = Sha256::new();
        for part in parts {
            // the length in front keeps ("ab", "c") and ("a", "bc") apart
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex::encode(&hash.finalize()[..16]).into())
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID as a backend returned it.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssueId({})", self.0)
    }
}

/// That an issue is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// When it was found to be gone, UTC.
    pub at: Timestamp,
    /// In which run.
    pub run_id: RunId,
    /// Why.
    pub resolution: Resolution,
}

/// What is remembered of an issue in one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssueRecord {
    /// Identity.
    pub id: IssueId,
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Option<Text>,
    /// Security control, for findings of controls.
    pub control_id: Option<Text>,
    /// Title when last seen.
    pub title: Text,
    /// Main resource.
    pub resource: Option<Text>,
    /// Severity when last seen.
    pub severity: Severity,
    /// Workflow status when last seen.
    pub workflow: WorkflowStatus,
    /// First seen, UTC: by the product if it says so, else by us.
    pub first_seen: Timestamp,
    /// The run in which it was opened or last reopened.
    pub opened_in: RunId,
    /// How often it came back.
    pub reopened: u32,
    /// Set while it is not open.
    pub resolved: Option<Resolved>,
}

impl IssueRecord {
    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.resolved.is_none()
    }

    fn of(finding: &Finding, id: IssueId, run_id: &RunId, now: Timestamp) -> Self {
        Self {
            id,
            account: finding.account,
            region: finding.region.clone(),
            control_id: finding.control_id.clone(),
            title: finding.title.clone(),
            resource: finding.resources.first().map(|r| r.id.clone()),
            severity: finding.severity,
            workflow: finding.workflow,
            first_seen: finding.since().map_or(now, |t| t.min(now)),
            opened_in: run_id.clone(),
            reopened: 0,
            resolved: None,
        }
    }
}

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
    /// Findings by severity.
    pub counts: SeverityCounts,
    /// What happened since the run before.
    pub changes: Changes,
    /// Where the report is kept.
    pub report: String,
}

impl ProjectRun {
    /// A run without findings.
    pub fn new(run_id: RunId, at: Timestamp) -> Self {
        Self {
            run_id,
            at,
            complete: true,
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
    /// The issues that changed, each once. All others stay as they are.
    pub issues: Vec<IssueRecord>,
}

impl HistoryCommit {
    /// Remembers a run and the issues that changed in it.
    pub fn new(project: impl Into<String>, run: ProjectRun, issues: Vec<IssueRecord>) -> Self {
        Self { project: project.into(), run, issues }
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

/// Recalls what was seen.
///
/// An implementation
/// * MUST return every issue that was committed and has not expired, however many there are,
/// * MUST return an empty history for a project that it does not know,
/// * MUST see every commit that returned before the question was asked,
/// * MUST order runs by time and issues by ID.
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
}

/// What [`diff`] compares.
#[derive(Debug)]
pub struct DiffInput<'a> {
    /// This run.
    pub run_id: &'a RunId,
    /// When its findings were read, UTC.
    pub now: Timestamp,
    /// What is remembered.
    pub known: &'a [IssueRecord],
    /// What was fetched.
    pub findings: &'a [Arc<Finding>],
    /// The project's accounts whose findings were all fetched.
    pub complete_accounts: &'a HashSet<AccountId>,
    /// All the project's accounts; `None` if the registry could not be read completely, so that a missing account proves nothing.
    pub accounts: Option<&'a HashSet<AccountId>>,
}

/// What changed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Diff {
    /// The findings with what happened to them, in the order given.
    pub findings: Vec<ReportFinding>,
    /// What is gone, the worst first.
    pub resolved: Vec<ResolvedIssue>,
    /// Number of issues by change.
    pub changes: Changes,
    /// Open issues of accounts that were not fetched completely: carried forward.
    pub stale: u64,
    /// The records to commit: only those that differ from what is known.
    pub upserts: Vec<IssueRecord>,
}

/// Compares what was fetched with what is remembered.
///
/// An issue is resolved only if its account was fetched completely or is known to have left the project; otherwise it stays open and is counted as
/// stale. Repeating a run whose commit was cut off gives the same changes again: what this very run opened or resolved counts as new or resolved.
pub fn diff(input: &DiffInput<'_>) -> Diff {
    let known: HashMap<&IssueId, &IssueRecord> = input.known.iter().map(|r| (&r.id, r)).collect();
    let mut diff = Diff::default();
    let mut seen: HashMap<IssueId, usize> = HashMap::new();
    let mut records: Vec<(IssueRecord, Change)> = Vec::new();
    let mut issue_of: Vec<usize> = Vec::with_capacity(input.findings.len());
    for finding in input.findings {
        let fresh = IssueRecord::of(finding, IssueId::of(finding), input.run_id, input.now);
        let index = if let Some(&index) = seen.get(&fresh.id) {
            merge_copy(&mut records[index].0, &fresh);
            index
        } else {
            seen.insert(fresh.id.clone(), records.len());
            let before = known.get(&fresh.id).copied();
            records.push(follow(fresh, before, input.run_id));
            records.len() - 1
        };
        issue_of.push(index);
    }
    for (finding, &index) in input.findings.iter().zip(&issue_of) {
        let (record, change) = &records[index];
        diff.findings.push(ReportFinding { finding: finding.clone(), change: *change, first_seen: record.first_seen });
    }
    for (record, change) in records {
        match change {
            Change::New => diff.changes.new += 1,
            Change::Reopened => diff.changes.reopened += 1,
            Change::Open => diff.changes.open += 1,
        }
        if known.get(&record.id).is_none_or(|before| **before != record) {
            diff.upserts.push(record);
        }
    }
    for before in input.known.iter().filter(|r| !seen.contains_key(&r.id)) {
        settle_missing(before, input, &mut diff);
    }
    diff.resolved.sort_by(|a, b| {
        (b.severity, a.first_seen, a.account, &a.title).cmp(&(a.severity, b.first_seen, b.account, &b.title))
    });
    diff
}

/// One issue can be reported by several findings, one for each standard: it is as bad as the worst and as old as the oldest.
fn merge_copy(record: &mut IssueRecord, copy: &IssueRecord) {
    record.severity = record.severity.max(copy.severity);
    record.first_seen = record.first_seen.min(copy.first_seen);
}

/// Carries what is known of an issue over to its record of today.
fn follow(mut fresh: IssueRecord, before: Option<&IssueRecord>, run_id: &RunId) -> (IssueRecord, Change) {
    let Some(before) = before else { return (fresh, Change::New) };
    fresh.first_seen = before.first_seen.min(fresh.first_seen);
    fresh.reopened = before.reopened;
    match &before.resolved {
        Some(resolved) if resolved.run_id != *run_id => {
            fresh.reopened += 1;
            (fresh, Change::Reopened)
        }
        _ => {
            fresh.opened_in = before.opened_in.clone();
            let opened_now = before.opened_in == *run_id;
            let change = match (opened_now, before.reopened) {
                (false, _) => Change::Open,
                (true, 0) => Change::New,
                (true, _) => Change::Reopened,
            };
            (fresh, change)
        }
    }
}

/// An issue that was not among the findings: resolved, carried forward, or an old story.
fn settle_missing(before: &IssueRecord, input: &DiffInput<'_>, diff: &mut Diff) {
    let resolved = match &before.resolved {
        Some(resolved) if resolved.run_id == *input.run_id => resolved.clone(),
        Some(_) => return,
        None => {
            let left = input.accounts.is_some_and(|all| !all.contains(&before.account));
            let resolution = if left {
                Resolution::AccountLeft
            } else if input.complete_accounts.contains(&before.account) {
                Resolution::Gone
            } else {
                diff.stale += 1;
                return;
            };
            Resolved { at: input.now, run_id: input.run_id.clone(), resolution }
        }
    };
    diff.changes.resolved += 1;
    diff.resolved.push(ResolvedIssue {
        account: before.account,
        severity: before.severity,
        title: before.title.clone(),
        control_id: before.control_id.clone(),
        resource: before.resource.clone(),
        first_seen: before.first_seen,
        resolved_at: resolved.at,
        resolution: resolved.resolution,
    });
    let after = IssueRecord { resolved: Some(resolved), ..before.clone() };
    if after != *before {
        diff.upserts.push(after);
    }
}
