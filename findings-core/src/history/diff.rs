//! Comparison of the fetched findings with the history. These functions are pure and make no calls.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Absence, AbsenceRules, Change, Changes, IssueId, IssueRecord, IssueResolution, ProjectRun, ReportFinding,
    Resolution, ResolvedIssue, SeverityChange,
};
use crate::{AccountId, Finding, RunId};

/// The input of [`diff`] and [`missing`].
#[derive(Debug)]
pub struct DiffInput<'a> {
    /// This run.
    pub run_id: &'a RunId,
    /// When its findings were read, UTC.
    pub now: Timestamp,
    /// The issue records in the history.
    pub known: &'a [IssueRecord],
    /// The delivered runs of the project, in any order. They show when a resolved issue was last seen.
    pub runs: &'a [ProjectRun],
    /// The fetched findings.
    pub findings: &'a IdentifiedFindings,
    /// What the absence of an issue from the findings shows.
    pub absence: &'a AbsenceRules,
    /// All accounts of the project; `None` if the registry could not be read completely, because then a missing account
    /// does not mean that it left the project.
    pub accounts: Option<&'a HashSet<AccountId>>,
    /// The results of the queries for the issues that [`missing`] returns. Nothing is known of issues that are not in
    /// it.
    pub lookups: &'a HashMap<IssueId, LookupOutcome>,
}

/// Findings with the IDs of their issues. An issue ID is a hash, and both [`missing`] and [`diff`] need it, so each is
/// computed once.
///
/// ```
/// use findings_core::{Finding, history::IdentifiedFindings};
/// let identified = IdentifiedFindings::new(vec![Finding::new("123456789012".parse()?, "1").into()]);
/// assert_eq!(identified.findings().len(), 1);
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct IdentifiedFindings {
    findings: Vec<Arc<Finding>>,
    /// The issue of each finding, in the same order.
    issues: Vec<IssueId>,
}

impl IdentifiedFindings {
    /// Computes the issue IDs of findings, which are in the order of the report.
    pub fn new(findings: Vec<Arc<Finding>>) -> Self {
        let issues = findings.iter().map(|finding| IssueId::of(finding)).collect();
        Self { findings, issues }
    }

    /// The findings with the IDs of their issues, in the order given.
    pub fn pairs(&self) -> impl Iterator<Item = (&Arc<Finding>, &IssueId)> {
        self.findings.iter().zip(&self.issues)
    }

    /// The findings in the order given.
    pub fn findings(&self) -> &[Arc<Finding>] {
        &self.findings
    }
}

/// The result of a query for an issue that was not among the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupOutcome {
    /// It is still open: it was missing from the fetched findings, for example because pages shifted while they were
    /// read.
    Open,
    /// It is not open, for this reason.
    Resolved(Resolution),
}

/// The result of [`diff`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Diff {
    /// The findings with what happened to them, in the order given.
    pub findings: Vec<ReportFinding>,
    /// The issues that were resolved, the worst first.
    pub resolved: Vec<ResolvedIssue>,
    /// Number of issues by change.
    pub changes: Changes,
    /// Number of open issues that could not be seen, because their account was not fetched completely, or that were
    /// missing although a query shows that they are open. Their records stay as they are.
    pub stale: u64,
    /// The issue records to commit: only those that differ from the history.
    pub upserts: Vec<IssueRecord>,
}

/// Compares the fetched findings with the history.
///
/// An issue is resolved only if its absence shows it (see [`AbsenceRules`]), or if its account left the project.
/// Otherwise it stays open and is counted as stale.
///
/// A run can be repeated after an interrupted commit and gives the same changes again: the records that this run itself
/// opened, made worse or resolved are compared with what was before them.
pub fn diff(input: &DiffInput<'_>) -> Diff {
    let known: HashMap<&IssueId, &IssueRecord> = input.known.iter().map(|r| (&r.id, r)).collect();
    let (mut records, issue_of, seen) = issues_of(input);
    let mut diff = Diff::default();
    let changes: Vec<Change> = records
        .iter_mut()
        .map(|record| {
            let before = known.get(&record.id).copied();
            carry_over(record, before, input.run_id)
        })
        .collect();
    for change in &changes {
        count(&mut diff.changes, *change);
    }
    let reported = input.findings.findings.iter().zip(&issue_of).map(|(finding, &index)| ReportFinding {
        finding: finding.clone(),
        change: changes[index],
        first_seen: records[index].first_seen,
    });
    diff.findings = reported.collect();
    // filter without a copy: the records of 100,000 issues take 30 MB
    records.retain(|record| known.get(&record.id).is_none_or(|before| needs_write(before, record)));
    // usually few records are left, and they stay in memory until the report is delivered
    records.shrink_to_fit();
    diff.upserts = records;
    for before in input.known.iter().filter(|r| !seen.contains_key(&r.id)) {
        settle_missing(before, input, &mut diff);
    }
    diff.resolved.sort_by(|a, b| {
        (b.severity, a.first_seen, a.account, &a.title).cmp(&(a.severity, b.first_seen, b.account, &b.title))
    });
    diff
}

/// Returns the open issues that are not among the findings although absence can show that they are resolved. A query
/// for them can find out why.
pub fn missing<'a>(input: &DiffInput<'a>) -> Vec<&'a IssueRecord> {
    let seen: HashSet<&IssueId> = input.findings.issues.iter().collect();
    let is_missing = |r: &&IssueRecord| {
        was_open(r, input.run_id) && input.absence.of_issue(r) > Absence::Inconclusive && !seen.contains(&r.id)
    };
    let has_left = |r: &&IssueRecord| input.accounts.is_some_and(|all| !all.contains(&r.account));
    input.known.iter().filter(|r| is_missing(r) && !has_left(r)).collect()
}

/// Groups findings by issue. Returns a record for each issue, the index of its record for each finding, and these
/// indexes by issue ID.
fn issues_of<'a>(input: &DiffInput<'a>) -> (Vec<IssueRecord>, Vec<usize>, HashMap<&'a IssueId, usize>) {
    let mut indexes: HashMap<&IssueId, usize> = HashMap::with_capacity(input.findings.issues.len());
    let mut records: Vec<IssueRecord> = Vec::with_capacity(input.findings.issues.len());
    let mut issue_of = Vec::with_capacity(input.findings.issues.len());
    for (finding, id) in input.findings.findings.iter().zip(&input.findings.issues) {
        let fresh = IssueRecord::of(finding, id.clone(), input.run_id, input.now);
        let next = records.len();
        let index = *indexes.entry(id).or_insert(next);
        issue_of.push(index);
        match records.get_mut(index) {
            Some(record) => merge_copy(record, fresh),
            None => records.push(fresh),
        }
    }
    (records, issue_of, indexes)
}

/// Merges the record of another finding of the same issue, which every standard can report. The issue is as severe as
/// the worst of them and as old as the oldest.
fn merge_copy(record: &mut IssueRecord, copy: IssueRecord) {
    record.severity = record.severity.max(copy.severity);
    record.first_seen = record.first_seen.min(copy.first_seen);
    record.decided_at = record.decided_at.into_iter().chain(copy.decided_at).min();
    record.finding_id = record.finding_id.take().min(copy.finding_id);
}

/// Copies what the history knows of an issue to its record of this run, and returns what happened to the issue.
fn carry_over(fresh: &mut IssueRecord, before: Option<&IssueRecord>, run_id: &RunId) -> Change {
    let Some(before) = before else { return Change::New };
    fresh.first_seen = before.first_seen.min(fresh.first_seen);
    fresh.reopened = before.reopened;
    fresh.decided_at = before.decided_at.or(fresh.decided_at);
    fresh.severity_change = severity_change(fresh, before, run_id);
    if !was_open(before, run_id) {
        fresh.reopened += 1;
        return Change::Reopened;
    }
    fresh.opened_in = before.opened_in.clone();
    let rose = fresh.severity_change.as_ref().is_some_and(|c| c.run_id == *run_id && c.from < fresh.severity);
    match (before.opened_in == *run_id, before.reopened) {
        (false, _) if rose => Change::Worse,
        (false, _) => Change::Open,
        (true, 0) => Change::New,
        (true, _) => Change::Reopened,
    }
}

/// The last change of severity. A change that an earlier attempt at this run recorded is ignored, so that the repeated
/// run compares with the severity before it.
fn severity_change(fresh: &IssueRecord, before: &IssueRecord, run_id: &RunId) -> Option<SeverityChange> {
    let noted = before.severity_change.as_ref();
    let from = noted.filter(|change| change.run_id == *run_id).map_or(before.severity, |change| change.from);
    if from == fresh.severity {
        return noted.filter(|change| change.run_id != *run_id).cloned();
    }
    Some(SeverityChange { from, run_id: run_id.clone() })
}

/// Whether the issue was open in the last report that readers got. They saw neither what an interrupted attempt at this
/// run resolved, nor a report of the departed or renamed project.
fn was_open(record: &IssueRecord, run_id: &RunId) -> bool {
    let is_set_aside = |resolution| matches!(resolution, Resolution::ProjectLeft | Resolution::Renamed);
    record.resolved.as_ref().is_none_or(|r| r.run_id == *run_id || is_set_aside(r.resolution))
}

fn count(changes: &mut Changes, change: Change) {
    match change {
        Change::New => changes.new += 1,
        Change::Reopened => changes.reopened += 1,
        Change::Worse => {
            changes.open += 1;
            changes.worse += 1;
        }
        Change::Open => changes.open += 1,
    }
}

/// Whether a record has to be written. A later `last_seen` alone is no reason, because it follows from the runs: this
/// keeps a run without changes nearly free of writes.
fn needs_write(before: &IssueRecord, after: &IssueRecord) -> bool {
    let seen_again = IssueRecord { last_seen: before.last_seen, ..after.clone() };
    seen_again != *before
}

/// When an open issue was last seen, UTC: its record or the latest run that saw its account completely.
pub(super) fn last_seen<'a>(issue: &IssueRecord, runs: impl Iterator<Item = &'a ProjectRun>) -> Timestamp {
    let saw_it = |run: &&ProjectRun| !run.incomplete_accounts.contains(&issue.account);
    runs.filter(saw_it).map(|run| run.at).max().map_or(issue.last_seen, |at| at.max(issue.last_seen))
}

/// Adds a known issue that is not among the findings to the diff: as resolved, as stale, or not at all if it was
/// resolved before.
fn settle_missing(before: &IssueRecord, input: &DiffInput<'_>, diff: &mut Diff) {
    if !was_open(before, input.run_id) {
        return;
    }
    let mut after = before.clone();
    let noted = before.resolved.as_ref().filter(|r| r.run_id == *input.run_id);
    let resolved = match (noted, resolution(before, input)) {
        (Some(noted), _) => noted.clone(),
        (None, Some(resolution)) => IssueResolution { at: input.now, run_id: input.run_id.clone(), resolution },
        (None, None) => {
            diff.stale += 1;
            return;
        }
    };
    if noted.is_none() {
        after.last_seen = last_seen(before, input.runs.iter().filter(|run| run.run_id != *input.run_id));
    }
    if matches!(resolved.resolution, Resolution::Suppressed | Resolution::MarkedResolved) {
        after.decided_at = after.decided_at.or(Some(resolved.at));
    }
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
    after.resolved = Some(resolved);
    if after != *before {
        diff.upserts.push(after);
    }
}

/// The reason why an issue is no longer open; `None` if it may still be open.
fn resolution(issue: &IssueRecord, input: &DiffInput<'_>) -> Option<Resolution> {
    if input.accounts.is_some_and(|all| !all.contains(&issue.account)) {
        return Some(Resolution::AccountLeft);
    }
    let resolution = match input.lookups.get(&issue.id) {
        None => Resolution::Gone,
        Some(LookupOutcome::Resolved(resolution)) => *resolution,
        Some(LookupOutcome::Open) => return None,
    };
    // findings that are no longer checked are archived after some days, so `Archived` does not prove a fix
    let is_proof = !matches!(resolution, Resolution::Gone | Resolution::Archived);
    match input.absence.of_issue(issue) {
        Absence::Conclusive => Some(resolution),
        Absence::NeedsProof => Some(resolution).filter(|_| is_proof),
        Absence::Inconclusive => None,
    }
}
