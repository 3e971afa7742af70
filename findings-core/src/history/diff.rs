//! Comparison of the fetched findings with the history. These functions are pure and make no calls.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::issue_records::IssueRecordWriter;
use super::open_issues::{OpenInput, OpenIssue, OpenIssues, Readers};
use super::{
    Absence, AbsenceRules, Changes, ClosureKind, IdentifiedFindings, IssueId, IssueRecord, IssueRecords,
    IssueResolution, ProjectRun, ReportFindings, Resolution, ResolvedIssue, RowState,
};
use crate::{AccountId, Result, RunId, SeverityCounts};

/// The input of [`diff`] and [`missing`].
#[derive(Debug)]
pub struct DiffInput<'a> {
    /// This run.
    pub run_id: &'a RunId,
    /// When its findings were read, UTC.
    pub now: Timestamp,
    /// The issue records in the history.
    pub known: &'a [IssueRecord],
    /// The runs of the project, in any order. They show which run the readers last heard of, and when a closed issue was
    /// last seen.
    pub runs: &'a [ProjectRun],
    /// The fetched findings.
    pub findings: &'a IdentifiedFindings,
    /// What the absence of an issue from the findings shows.
    pub absence: &'a AbsenceRules,
    /// All accounts of the project; `None` if the registry could not be read completely, because then a missing account
    /// does not mean that it left the project.
    pub accounts: Option<&'a HashSet<AccountId>>,
    /// What queries for the issues that [`missing`] returns showed. An issue that a query found open belongs to the
    /// findings. An issue without an entry was not found by a query, or not looked for.
    pub lookups: &'a HashMap<IssueId, LookupOutcome>,
}

/// What a query for a missing issue showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupOutcome {
    /// It is not open, for this reason.
    Closed(Resolution),
    /// Its finding is there and does not say whether the problem still exists, for example because the check evaluated
    /// nothing.
    Unclear,
}

impl<'a> DiffInput<'a> {
    fn open(&self) -> OpenInput<'a> {
        let Self { run_id, now, known, runs, findings, .. } = *self;
        OpenInput { run_id, now, known, runs, findings }
    }

    fn readers(&self) -> Readers<'a> {
        Readers::of(self.run_id, self.runs)
    }
}

/// The result of [`diff`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Diff {
    /// The findings with what happened to them, in the order given.
    pub findings: ReportFindings,
    /// The issues that are no longer open, the worst first, each with the reason.
    pub resolved: Vec<ResolvedIssue>,
    /// Number of issues by change.
    pub changes: Changes,
    /// Number of open issues of which the findings do not show whether they still are, by the severity when last seen.
    /// Their records stay as they are.
    pub stale: SeverityCounts,
    /// The accounts of the stale issues.
    pub stale_accounts: BTreeSet<AccountId>,
    /// The issue records to commit: only those that differ from the history.
    pub upserts: IssueRecords,
}

/// Compares the fetched findings with the history.
///
/// Changes are relative to the last run that readers were told of. An issue is closed only if its absence shows it (see
/// [`AbsenceRules`]), or if its account left the project. Otherwise it stays open and is stale.
///
/// A run can be repeated after an interrupted commit and gives the same changes again: the records that this run itself
/// opened, made worse or closed are compared with what was before them.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) if the findings are on a disk that fails.
pub fn diff(input: &DiffInput<'_>) -> Result<Diff> {
    let readers = input.readers();
    let open = OpenIssues::of(input.open());
    let mut diff = Diff::default();
    let mut upserts = IssueRecordWriter::new(&input.findings.findings().spool());
    let mut states: Vec<RowState> = Vec::with_capacity(open.number_of.len());
    for issue in open.compare() {
        let OpenIssue { record, change, known } = issue?;
        diff.changes.add(change);
        states.push(RowState::new(change, &record));
        if known.is_none_or(|before| needs_write(before, &record)) {
            upserts.push(&record)?;
        }
    }
    diff.upserts = upserts.finish()?;
    spread(&mut states, &open.number_of);
    diff.findings = ReportFindings::kept(input.findings.findings().clone(), states);
    let OpenIssues { seen, .. } = open;
    for before in input.known.iter().filter(|r| !seen.contains_key(&r.id)) {
        settle_missing(before, input, &readers, &mut diff);
    }
    diff.resolved.sort_by(|a, b| {
        (b.severity, a.opened_at, a.account, &a.title).cmp(&(a.severity, b.opened_at, b.account, &b.title))
    });
    Ok(diff)
}

/// Makes a list with a value for each number one with a value for each place, given the numbers of the places. Numbers follow the
/// order of the places, so none is greater than its place. In place: a second list of the states of a million findings would
/// take 100 MB.
fn spread<T: Clone>(values: &mut Vec<T>, number_of: &[u32]) {
    let numbers = values.len();
    for number in number_of.iter().skip(numbers) {
        values.push(values[*number as usize].clone());
    }
    // from the end, so that what is read was not changed yet
    for (place, number) in number_of.iter().enumerate().take(numbers).rev() {
        if *number as usize != place {
            values[place] = values[*number as usize].clone();
        }
    }
}

/// Returns the open issues that are not among the findings although absence can show that they are closed. A query for
/// them can find out why.
pub fn missing<'a>(input: &DiffInput<'a>) -> Vec<&'a IssueRecord> {
    let readers = input.readers();
    let seen: HashSet<&IssueId> = input.findings.issues().iter().collect();
    let is_missing = |r: &&IssueRecord| {
        readers.was_open(r) && !seen.contains(&r.id) && !input.findings.is_merged(&r.id) && !has_left(r, input)
    };
    let can_tell = |r: &&IssueRecord| input.absence.of_issue(r) > Absence::Inconclusive;
    input.known.iter().filter(|r| can_tell(r) && is_missing(r) && closed_before(r, input).is_none()).collect()
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

/// Adds a known issue that is not among the findings to the diff: as closed, as stale, or not at all if readers know
/// that it is closed.
fn settle_missing(before: &IssueRecord, input: &DiffInput<'_>, readers: &Readers<'_>, diff: &mut Diff) {
    if !readers.was_open(before) {
        return;
    }
    if let Some(closed) = closed_before(before, input) {
        // closed by a run that readers were not told of; an issue of which they never heard needs no report of its end
        let is_news = readers.is_unreported(&closed.run_id) && !readers.is_unreported(&before.opened_in);
        if is_news && closed.resolution.kind() != ClosureKind::Moved {
            diff.add_closed(before, closed);
        }
        return;
    }
    let Some(resolution) = resolution(before, input) else {
        diff.stale.add(before.severity);
        diff.stale_accounts.insert(before.account);
        diff.changes.stale += 1;
        // closed by an earlier attempt at this run, or left with its account, which is back
        if before.resolved.is_some() {
            diff.upserts.extend([IssueRecord { resolved: None, ..before.clone() }]);
        }
        return;
    };
    // an earlier attempt at this run may have closed it; what is looked up last wins
    let noted = before.resolved.as_ref().filter(|closed| closed.run_id == *input.run_id);
    let at = noted.map_or(input.now, |noted| noted.at);
    let closed = IssueResolution { at, run_id: input.run_id.clone(), resolution };
    let mut after = before.clone();
    if noted.is_none() {
        after.last_seen = last_seen(before, input.runs.iter().filter(|run| run.run_id != *input.run_id));
    }
    if matches!(resolution, Resolution::Suppressed | Resolution::MarkedResolved) {
        after.decided_at = after.decided_at.or(Some(at));
    }
    // readers never heard of an issue that began after their last report
    if resolution.kind() != ClosureKind::Moved && !readers.is_unreported(&before.opened_in) {
        diff.add_closed(before, &closed);
    }
    after.resolved = Some(closed);
    if after != *before {
        diff.upserts.extend([after]);
    }
}

impl Diff {
    fn add_closed(&mut self, issue: &IssueRecord, closed: &IssueResolution) {
        self.changes.add_closed(closed.resolution);
        self.resolved.push(ResolvedIssue {
            account: issue.account,
            severity: issue.severity,
            title: issue.title.clone(),
            control_id: issue.control_id.clone(),
            resource: issue.resource.clone(),
            first_seen: issue.first_seen,
            opened_at: issue.opened_at,
            resolved_at: closed.at,
            resolution: closed.resolution,
        });
    }
}

/// How an earlier run closed the issue; `None` if it is open, or if it only left with its account and the account is
/// back.
fn closed_before<'a>(issue: &'a IssueRecord, input: &DiffInput<'_>) -> Option<&'a IssueResolution> {
    let closed = issue.resolved.as_ref().filter(|closed| closed.run_id != *input.run_id)?;
    (closed.resolution.kind() != ClosureKind::Left || has_left(issue, input)).then_some(closed)
}

fn has_left(issue: &IssueRecord, input: &DiffInput<'_>) -> bool {
    input.accounts.is_some_and(|all| !all.contains(&issue.account))
}

/// The reason why an issue is no longer open; `None` if it may still be open.
fn resolution(issue: &IssueRecord, input: &DiffInput<'_>) -> Option<Resolution> {
    // first: whatever became of its findings, nobody worked on them for this project
    if has_left(issue, input) {
        return Some(Resolution::AccountLeft);
    }
    if input.findings.is_merged(&issue.id) {
        return Some(Resolution::Merged);
    }
    let resolution = match input.lookups.get(&issue.id) {
        Some(LookupOutcome::Closed(resolution)) => *resolution,
        Some(LookupOutcome::Unclear) => return None,
        None => Resolution::Gone,
    };
    // findings that are no longer checked are archived after some days, so `Archived` does not prove a fix
    let is_proof = !matches!(resolution, Resolution::Gone | Resolution::Archived);
    match input.absence.of_issue(issue) {
        Absence::Conclusive => Some(resolution),
        Absence::NeedsProof => Some(resolution).filter(|_| is_proof),
        Absence::Inconclusive => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_numbers_become_values_of_places() {
        let rows: [&[u32]; 7] =
            [&[], &[0], &[0, 0], &[0, 1, 2], &[0, 0, 1, 1, 2], &[0, 1, 0, 2, 1, 3, 0], &[0, 1, 1, 1, 2, 0]];
        for numbers in rows {
            let mut values: Vec<u32> = (0..numbers.iter().max().map_or(0, |last| last + 1)).collect();
            spread(&mut values, numbers);
            assert_eq!(values, numbers);
        }
    }
}
