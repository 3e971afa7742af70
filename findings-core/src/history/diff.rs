//! What changed between what is remembered and what was fetched: pure, no call goes out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Absence, AbsenceRules, Change, Changes, IssueId, IssueRecord, IssueResolution, ProjectRun, ReportFinding,
    Resolution, ResolvedIssue, SeverityChange,
};
use crate::{AccountId, Finding, RunId};

/// What [`diff`] compares.
#[derive(Debug)]
pub struct DiffInput<'a> {
    /// This run.
    pub run_id: &'a RunId,
    /// When its findings were read, UTC.
    pub now: Timestamp,
    /// What is remembered.
    pub known: &'a [IssueRecord],
    /// The project's delivered runs, in any order: they tell when an issue that is gone was seen last.
    pub runs: &'a [ProjectRun],
    /// What was fetched.
    pub findings: &'a IdentifiedFindings,
    /// What it says that an issue is not among the findings.
    pub absence: &'a AbsenceRules,
    /// All the project's accounts; `None` if the registry could not be read completely, so that a missing account proves nothing.
    pub accounts: Option<&'a HashSet<AccountId>>,
    /// What was found out about the issues that [`missing`] names; of those that are not in it, nothing is known.
    pub lookups: &'a HashMap<IssueId, LookupOutcome>,
}

/// Findings beside the issues that they belong to: finding that out takes a hash each, and both [`missing`] and [`diff`] need it.
///
/// ```
/// use findings_core::{Finding, history::IdentifiedFindings};
/// let seen = IdentifiedFindings::new(vec![Finding::new("123456789012".parse()?, "1").into()]);
/// assert_eq!(seen.findings().len(), 1);
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct IdentifiedFindings {
    findings: Vec<Arc<Finding>>,
    /// By finding.
    issues: Vec<IssueId>,
}

impl IdentifiedFindings {
    /// These findings, in the order in which they are reported.
    pub fn new(findings: Vec<Arc<Finding>>) -> Self {
        let issues = findings.iter().map(|finding| IssueId::of(finding)).collect();
        Self { findings, issues }
    }

    /// The findings with the issues that they belong to, in the order given.
    pub fn pairs(&self) -> impl Iterator<Item = (&Arc<Finding>, &IssueId)> {
        self.findings.iter().zip(&self.issues)
    }

    /// The findings in the order given.
    pub fn findings(&self) -> &[Arc<Finding>] {
        &self.findings
    }
}

/// What became of an issue that was not among the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupOutcome {
    /// It is open after all: the answer to the query had a gap.
    Open,
    /// It is not open, for this reason.
    Resolved(Resolution),
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
    /// Open issues that could not be seen, because their account was not fetched completely or the answer had a gap: carried forward.
    pub stale: u64,
    /// The records to commit: only those that differ from what is known.
    pub upserts: Vec<IssueRecord>,
}

/// Compares what was fetched with what is remembered.
///
/// An issue is resolved only if its account was fetched completely or is known to have left the project; otherwise it stays open and is counted as
/// stale. Repeating a run whose commit was cut off gives the same changes again: what this very run opened, made worse or resolved counts again.
pub fn diff(input: &DiffInput<'_>) -> Diff {
    let known: HashMap<&IssueId, &IssueRecord> = input.known.iter().map(|r| (&r.id, r)).collect();
    let (mut records, issue_of, seen) = issues_of(input);
    let mut diff = Diff::default();
    let changes: Vec<Change> = records
        .iter_mut()
        .map(|record| {
            let before = known.get(&record.id).copied();
            follow(record, before, input.run_id)
        })
        .collect();
    for change in &changes {
        count(&mut diff.changes, *change);
    }
    let reported = input.findings.findings.iter().zip(&issue_of).map(|(finding, &place)| ReportFinding {
        finding: finding.clone(),
        change: changes[place],
        first_seen: records[place].first_seen,
    });
    diff.findings = reported.collect();
    // in place: with 100,000 issues every copy of the records takes 30 MB
    records.retain(|record| known.get(&record.id).is_none_or(|before| says_more(before, record)));
    // mostly a few are left, and they are kept until the report is delivered
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

/// The open issues that are not among the findings although their accounts were fetched completely: worth a question what became of them.
pub fn missing<'a>(input: &DiffInput<'a>) -> Vec<&'a IssueRecord> {
    let seen: HashSet<&IssueId> = input.findings.issues.iter().collect();
    let is_missing = |r: &&IssueRecord| {
        was_open(r, input.run_id) && input.absence.of_issue(r) > Absence::Inconclusive && !seen.contains(&r.id)
    };
    let has_left = |r: &&IssueRecord| input.accounts.is_some_and(|all| !all.contains(&r.account));
    input.known.iter().filter(|r| is_missing(r) && !has_left(r)).collect()
}

/// Each issue once; for each finding the place of its issue; and these places by ID.
fn issues_of<'a>(input: &DiffInput<'a>) -> (Vec<IssueRecord>, Vec<usize>, HashMap<&'a IssueId, usize>) {
    let mut places: HashMap<&IssueId, usize> = HashMap::with_capacity(input.findings.issues.len());
    let mut records: Vec<IssueRecord> = Vec::with_capacity(input.findings.issues.len());
    let mut issue_of = Vec::with_capacity(input.findings.issues.len());
    for (finding, id) in input.findings.findings.iter().zip(&input.findings.issues) {
        let fresh = IssueRecord::of(finding, id.clone(), input.run_id, input.now);
        let next = records.len();
        let place = *places.entry(id).or_insert(next);
        issue_of.push(place);
        match records.get_mut(place) {
            Some(record) => merge_copy(record, fresh),
            None => records.push(fresh),
        }
    }
    (records, issue_of, places)
}

/// One issue can be reported by several findings, one for each standard: it is as bad as the worst and as old as the oldest.
fn merge_copy(record: &mut IssueRecord, copy: IssueRecord) {
    record.severity = record.severity.max(copy.severity);
    record.first_seen = record.first_seen.min(copy.first_seen);
    record.decided_at = record.decided_at.into_iter().chain(copy.decided_at).min();
    record.finding_id = record.finding_id.take().min(copy.finding_id);
}

/// Carries what is known of an issue over to its record of today.
fn follow(fresh: &mut IssueRecord, before: Option<&IssueRecord>, run_id: &RunId) -> Change {
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

/// The last change of severity. What an earlier attempt at this run noted is compared with what was before it.
fn severity_change(fresh: &IssueRecord, before: &IssueRecord, run_id: &RunId) -> Option<SeverityChange> {
    let noted = before.severity_change.as_ref();
    let from = noted.filter(|change| change.run_id == *run_id).map_or(before.severity, |change| change.from);
    if from == fresh.severity {
        return noted.filter(|change| change.run_id != *run_id).cloned();
    }
    Some(SeverityChange { from, run_id: run_id.clone() })
}

/// Whether the last delivered report, as far as its readers know, called it open. An attempt at this run that was cut off was not seen, and a
/// project that left the registry was told nothing.
fn was_open(record: &IssueRecord, run_id: &RunId) -> bool {
    record.resolved.as_ref().is_none_or(|r| r.run_id == *run_id || r.resolution == Resolution::ProjectLeft)
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

/// Whether a record is worth a write: that the issue was seen once more is known from the run.
fn says_more(before: &IssueRecord, after: &IssueRecord) -> bool {
    let seen_again = IssueRecord { last_seen: before.last_seen, ..after.clone() };
    seen_again != *before
}

/// When an open issue was seen last.
pub(super) fn last_seen<'a>(issue: &IssueRecord, runs: impl Iterator<Item = &'a ProjectRun>) -> Timestamp {
    let saw_it = |run: &&ProjectRun| !run.incomplete_accounts.contains(&issue.account);
    runs.filter(saw_it).map(|run| run.at).max().map_or(issue.last_seen, |at| at.max(issue.last_seen))
}

/// An issue that was not among the findings: resolved, carried forward, or an old story.
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

/// Why it is no longer open; `None` if it may be open still.
fn resolution(issue: &IssueRecord, input: &DiffInput<'_>) -> Option<Resolution> {
    if input.accounts.is_some_and(|all| !all.contains(&issue.account)) {
        return Some(Resolution::AccountLeft);
    }
    let resolution = match input.lookups.get(&issue.id) {
        None => Resolution::Gone,
        Some(LookupOutcome::Resolved(resolution)) => *resolution,
        Some(LookupOutcome::Open) => return None,
    };
    // what is no longer checked is archived after some days, and was not fixed
    let is_proof = !matches!(resolution, Resolution::Gone | Resolution::Archived);
    match input.absence.of_issue(issue) {
        Absence::Conclusive => Some(resolution),
        Absence::NeedsProof => Some(resolution).filter(|_| is_proof),
        Absence::Inconclusive => None,
    }
}
