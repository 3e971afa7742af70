//! What happened to the issues of the fetched findings since the last report: the rule that reports and messages between them
//! share.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{Change, ClosureKind, IdentifiedFindings, IssueId, IssueRecord, ProjectRun, Resolution, SeverityChange};
use crate::{Result, RunId};

/// The input of [`OpenIssues::of`]: see [`DiffInput`](super::DiffInput).
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenInput<'a> {
    pub(crate) run_id: &'a RunId,
    pub(crate) now: Timestamp,
    pub(crate) known: &'a [IssueRecord],
    pub(crate) runs: &'a [ProjectRun],
    pub(crate) findings: &'a IdentifiedFindings,
}

/// An issue of the findings, compared with the history.
#[derive(Debug)]
pub(crate) struct OpenIssue<'a> {
    /// Its record of this run.
    pub(crate) record: IssueRecord,
    /// What happened to it since the last report.
    pub(crate) change: Change,
    /// Its record in the history.
    pub(super) known: Option<&'a IssueRecord>,
}

/// The issues of findings: which findings are about the same.
#[derive(Debug)]
pub(crate) struct OpenIssues<'a> {
    input: OpenInput<'a>,
    /// The number of the issue of each finding. Numbers follow the order of the findings.
    pub(crate) number_of: Vec<u32>,
    /// The place of the next finding of the same issue, for each finding; its own for the last one.
    next: Vec<u32>,
    /// The place of the first finding of each issue.
    first: Vec<u32>,
    /// The numbers by issue.
    pub(super) seen: HashMap<&'a IssueId, u32>,
}

impl<'a> OpenIssues<'a> {
    /// Groups findings by issue. It says nothing of issues without a finding, so that the findings may be a part of all, as
    /// long as they are those of the worst severities.
    pub(crate) fn of(input: OpenInput<'a>) -> Self {
        let issues = input.findings.issues();
        let mut open = Self {
            input,
            number_of: Vec::with_capacity(issues.len()),
            next: Vec::with_capacity(issues.len()),
            first: Vec::new(),
            seen: HashMap::with_capacity(issues.len()),
        };
        let mut last: Vec<u32> = Vec::new();
        for (place, id) in (0..).zip(issues) {
            let number = *open.seen.entry(id).or_insert_with(|| {
                open.first.push(place);
                last.push(place);
                u32::try_from(open.first.len() - 1).unwrap_or(place)
            });
            open.next.push(place);
            let before = std::mem::replace(&mut last[number as usize], place);
            open.next[before as usize] = place;
            open.number_of.push(number);
        }
        open
    }

    /// Compares each issue with the history, in the order of their numbers, so that no more than one record is in memory.
    /// Changes are relative to the last run that readers were told of.
    pub(crate) fn compare(&self) -> impl Iterator<Item = Result<OpenIssue<'a>>> {
        let OpenInput { run_id, runs, findings, known, .. } = self.input;
        let readers = Readers::of(run_id, runs);
        let known: HashMap<&IssueId, &IssueRecord> = known.iter().map(|record| (&record.id, record)).collect();
        let shown_by = findings.shown_by();
        self.first.iter().map(move |first| {
            let mut record = self.record(*first)?;
            let origin = || findings.origin(&record.id).and_then(|id| known.get(id));
            let before = known.get(&record.id).or_else(origin).copied();
            if let Some(before) = before.filter(|before| record.sources.is_empty() && shown_by.confirms(before)) {
                record.sources.clone_from(&before.sources);
            }
            let change = carry_over(&mut record, before, &readers);
            Ok(OpenIssue { known: known.get(&record.id).copied(), record, change })
        })
    }

    /// Reads the findings of an issue, given the place of the first, and returns its record as if it began in this run.
    fn record(&self, first: u32) -> Result<IssueRecord> {
        let mut record = self.begun_by(first)?;
        let mut place = first;
        while self.next[place as usize] != place {
            place = self.next[place as usize];
            merge_copy(&mut record, self.begun_by(place)?);
        }
        Ok(record)
    }

    /// The record of an issue that begins with the finding at a place.
    fn begun_by(&self, place: u32) -> Result<IssueRecord> {
        let OpenInput { run_id, now, findings, .. } = self.input;
        let (finding, id) = (findings.findings().get(place as usize)?, &findings.issues()[place as usize]);
        let mut record = IssueRecord::of(&finding, id.clone(), run_id, now);
        record.sources = findings.shown_by().sources(&finding);
        Ok(record)
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
