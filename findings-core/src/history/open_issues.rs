//! What happened to the issues of the fetched findings since the last report: the rule that reports and messages between them
//! share.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{Change, ClosureKind, IdentifiedFindings, IssueId, IssueRecord, ProjectRun, Resolution, SeverityChange};
use crate::RunId;

/// The input of [`OpenIssues::of`]: see [`DiffInput`](super::DiffInput).
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenInput<'a> {
    pub(crate) run_id: &'a RunId,
    pub(crate) now: Timestamp,
    pub(crate) known: &'a [IssueRecord],
    pub(crate) runs: &'a [ProjectRun],
    pub(crate) findings: &'a IdentifiedFindings,
}

/// The issues of findings, compared with the history. It says nothing of issues without a finding, so that the findings may be
/// a part of all, as long as they are those of the worst severities.
#[derive(Debug)]
pub(crate) struct OpenIssues<'a> {
    /// The records of this run, each issue once.
    pub(crate) records: Vec<IssueRecord>,
    /// What happened to each of them since the last report.
    pub(crate) changes: Vec<Change>,
    /// The index of the record of each finding.
    pub(crate) issue_of: Vec<usize>,
    /// These indexes by issue.
    pub(super) seen: HashMap<&'a IssueId, usize>,
    /// The records in the history, by issue.
    pub(super) known: HashMap<&'a IssueId, &'a IssueRecord>,
}

impl<'a> OpenIssues<'a> {
    /// Compares findings with the history. Changes are relative to the last run that readers were told of.
    pub(crate) fn of(input: &OpenInput<'a>) -> Self {
        let readers = Readers::of(input.run_id, input.runs);
        let known: HashMap<&IssueId, &IssueRecord> = input.known.iter().map(|r| (&r.id, r)).collect();
        let (mut records, issue_of, seen) = issues_of(input);
        let shown_by = input.findings.shown_by();
        let change = |record: &mut IssueRecord| {
            let origin = || input.findings.origin(&record.id).and_then(|id| known.get(id));
            let before = known.get(&record.id).or_else(origin).copied();
            if let Some(before) = before.filter(|before| record.sources.is_empty() && shown_by.confirms(before)) {
                record.sources.clone_from(&before.sources);
            }
            carry_over(record, before, &readers)
        };
        let changes = records.iter_mut().map(change).collect();
        Self { records, changes, issue_of, seen, known }
    }
}

/// What the readers of the report know: the runs up to the last one that they were told of.
pub(super) struct Readers<'a> {
    run_id: &'a RunId,
    /// When the findings of the last run that readers were told of were read.
    told_at: Option<Timestamp>,
    /// Runs after the last one that readers were told of, this run included.
    unreported: HashSet<&'a RunId>,
}

impl<'a> Readers<'a> {
    pub(super) fn of(run_id: &'a RunId, runs: &'a [ProjectRun]) -> Self {
        // an interrupted attempt at this run may have been written already
        let earlier = || runs.iter().filter(|run| run.run_id != *run_id);
        let told = earlier().filter(|run| run.told).map(|run| (run.at, &run.run_id)).max();
        let later = earlier().filter(|run| told.is_none_or(|told| (run.at, &run.run_id) > told));
        let unreported = later.map(|run| &run.run_id).chain([run_id]).collect();
        Self { run_id, told_at: told.map(|(at, _)| at), unreported }
    }

    /// What happened to an open issue since the last report: whether readers ever heard of it, and whether it was open
    /// then.
    fn change_of(&self, record: &IssueRecord) -> Change {
        if !self.is_unreported(&record.opened_in) {
            return Change::Open;
        }
        match record.earlier.iter().rev().find(|period| !self.is_unreported(&period.opened_in)) {
            // it closed after the last report and is open again: for readers it was open all the time
            Some(period) if self.told_at.is_some_and(|told| period.closed_at > told) => Change::Open,
            // early versions kept no earlier periods
            None if record.reopened == 0 || !record.earlier.is_empty() => Change::New,
            _ => Change::Reopened,
        }
    }

    /// Whether the issue was open in the last report that readers got. They saw neither what an interrupted attempt at
    /// this run or a run without recipients closed, nor a report of a project or account that had left.
    pub(super) fn was_open(&self, record: &IssueRecord) -> bool {
        record
            .resolved
            .as_ref()
            .is_none_or(|closed| self.unreported.contains(&closed.run_id) || !ended(closed.resolution))
    }

    /// Whether the issue was opened or reopened after the last report that readers got.
    pub(super) fn is_unreported(&self, opened_in: &RunId) -> bool {
        self.unreported.contains(opened_in)
    }
}

/// Whether an issue with this resolution came to an end, so that it is reopened if its findings return.
fn ended(resolution: Resolution) -> bool {
    !matches!(resolution.kind(), ClosureKind::Left | ClosureKind::Moved)
}

/// Groups findings by issue. Returns a record for each issue, the index of its record for each finding, and these
/// indexes by issue ID.
fn issues_of<'a>(input: &OpenInput<'a>) -> (Vec<IssueRecord>, Vec<usize>, HashMap<&'a IssueId, usize>) {
    let count = input.findings.issues().len();
    let mut indexes: HashMap<&IssueId, usize> = HashMap::with_capacity(count);
    let mut records: Vec<IssueRecord> = Vec::with_capacity(count);
    let mut issue_of = Vec::with_capacity(count);
    for (finding, id) in input.findings.pairs() {
        let mut fresh = IssueRecord::of(finding, id.clone(), input.run_id, input.now);
        fresh.sources = input.findings.shown_by().sources(finding);
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
    record.opened_at = record.first_seen;
    record.decided_at = record.decided_at.into_iter().chain(copy.decided_at).min();
    record.sources.extend(copy.sources.iter().cloned());
    record.sources.sort_unstable();
    record.sources.dedup();
    // the smallest ID, so that another order of the findings does not change the record
    if copy.finding_id < record.finding_id {
        (record.finding_id, record.signature) = (copy.finding_id, copy.signature);
    }
}

/// Copies what the history knows of an issue to its record of this run, and returns what happened to the issue since
/// the last report.
fn carry_over(fresh: &mut IssueRecord, before: Option<&IssueRecord>, readers: &Readers<'_>) -> Change {
    let Some(before) = before else { return Change::New };
    let since = fresh.first_seen;
    fresh.first_seen = before.first_seen.min(since);
    fresh.reopened = before.reopened;
    fresh.earlier.clone_from(&before.earlier);
    fresh.severity_change = severity_change(fresh, before, readers.run_id);
    let closed = before.resolved.as_ref().filter(|closed| closed.run_id != *readers.run_id && ended(closed.resolution));
    if let Some(closed) = closed {
        // runs since then saw it closed, so it was opened again after the last of them, unless its product knows better
        let opened_at = if since > closed.at { since } else { fresh.last_seen };
        reopen(fresh, before, opened_at);
    } else {
        (fresh.opened_at, fresh.opened_in) = (before.opened_at.min(fresh.last_seen), before.opened_in.clone());
        fresh.decided_at = before.decided_at.or(fresh.decided_at);
    }
    let rose =
        fresh.severity_change.as_ref().is_some_and(|c| readers.is_unreported(&c.run_id) && c.from < fresh.severity);
    match readers.change_of(fresh) {
        Change::Open if rose => Change::Worse,
        change => change,
    }
}

/// Begins a new time in which the issue is open. Decisions about the time before belong to that time.
fn reopen(fresh: &mut IssueRecord, before: &IssueRecord, opened_at: Timestamp) {
    fresh.reopened += 1;
    fresh.earlier.extend(before.period());
    fresh.opened_at = opened_at.min(fresh.last_seen);
    fresh.decided_at = fresh.decided_at.filter(|at| *at >= fresh.opened_at);
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
