//! What is not known. It stands before everything else.

use findings_core::SeverityCounts;
use findings_core::organisation::{NoRank, OrganisationReport, ProjectSummary, Standing, WeekState};
use serde::Serialize;

use super::weeks::MAX_NAMES;
use crate::format::number;
use crate::texts::word;

/// Something that is not known.
#[derive(Debug, Serialize)]
pub(crate) struct Note {
    /// Whether numbers of this page can be too low because of it.
    is_grave: bool,
    /// The text.
    key: String,
    values: Vec<String>,
    /// The first of the projects that it is about.
    projects: Vec<usize>,
    /// The number of further ones.
    more: usize,
}

impl Note {
    fn new(is_grave: bool, key: impl Into<String>, values: impl IntoIterator<Item = u64>) -> Self {
        let values = values.into_iter().map(number).collect();
        Self { is_grave, key: key.into(), values, projects: Vec::new(), more: 0 }
    }

    fn of_projects(mut self, projects: Vec<usize>) -> Self {
        self.more = projects.len().saturating_sub(MAX_NAMES);
        self.projects = projects;
        self.projects.truncate(MAX_NAMES);
        self
    }
}

/// Everything that the report does not know, the grave things first.
pub(super) fn notes(report: &OrganisationReport) -> Vec<Note> {
    if report.last_run.is_none() {
        let mut notes = vec![Note::new(true, "note_no_run", [])];
        notes.extend(coverage(report));
        return notes;
    }
    let mut notes: Vec<Note> = [weeks(report), coverage(report), projects(report)].into_iter().flatten().collect();
    notes.extend(issues(report).into_iter().chain(ownership(report)));
    notes.sort_by_key(|note| !note.is_grave);
    notes
}

fn weeks(report: &OrganisationReport) -> Vec<Note> {
    let all = report.weeks.len() as u64;
    let of = |state| report.weeks.iter().filter(|week| week.state == state).count() as u64;
    let last = report.weeks.iter().rev().find(|week| week.numbers.is_some());
    let mut notes = Vec::new();
    if let Some(week) = last.filter(|week| week.state == WeekState::Incomplete) {
        let missing = [&week.incomplete[..], &week.without_run].concat();
        notes.push(Note::new(true, "note_last_week", [missing.len() as u64, week.projects]).of_projects(missing));
    }
    let states = [
        (WeekState::Incomplete, "note_weeks_incomplete"),
        (WeekState::NoRun, "note_weeks_no_run"),
        (WeekState::NotYet, "note_weeks_not_yet"),
    ];
    let states = states.map(|(state, key)| (of(state), key));
    notes.extend(states.into_iter().filter(|(n, _)| *n > 0).map(|(n, key)| Note::new(false, key, [n, all])));
    notes
}

fn coverage(report: &OrganisationReport) -> Vec<Note> {
    let Some(coverage) = &report.coverage else { return vec![Note::new(true, "note_never_checked", [])] };
    let v = coverage.accounts;
    let all = v.covered + v.not_checked + v.degraded + v.unknown + v.not_covered;
    let numbers = [
        (true, "note_not_covered", v.not_covered),
        (true, "note_unknown", v.unknown),
        (true, "note_unread", coverage.unread),
        (false, "note_not_checked", v.not_checked),
        (false, "note_degraded", v.degraded),
    ];
    numbers.into_iter().filter(|(.., n)| *n > 0).map(|(grave, key, n)| Note::new(grave, key, [n, all])).collect()
}

/// Projects without rank, by reason; those that are not active are no part of the organisation any more.
fn projects(report: &OrganisationReport) -> Vec<Note> {
    let active = report.totals.active;
    let indexes = |is: &dyn Fn(&ProjectSummary) -> bool| -> Vec<usize> {
        report.projects.iter().enumerate().filter(|(_, project)| is(project)).map(|(index, _)| index).collect()
    };
    let reasons = [NoRank::Incomplete, NoRank::NoRecentRun, NoRank::OneRun, NoRank::NoAccount];
    let without = reasons.map(|reason| (reason, indexes(&|project| project.no_rank == Some(reason))));
    let without = without.into_iter().filter(|(_, projects)| !projects.is_empty());
    let mut notes: Vec<Note> = without
        .map(|(reason, projects)| {
            let is_grave = matches!(reason, NoRank::Incomplete | NoRank::NoRecentRun);
            let key = format!("note_no_rank_{}", word(&reason));
            Note::new(is_grave, key, [projects.len() as u64, active]).of_projects(projects)
        })
        .collect();
    let gone = indexes(&|project| project.standing != Standing::Active && project.open.total() > 0);
    if !gone.is_empty() {
        let open = report.totals.of_projects_not_active.total();
        notes.push(Note::new(false, "note_not_active", [open, gone.len() as u64]).of_projects(gone));
    }
    let never = report.never_reported.as_ref();
    notes.extend(match never.map(Vec::len) {
        None => Some(Note::new(false, "note_no_registry", [])),
        Some(0) => None,
        Some(count) => Some(Note::new(true, "note_never_reported", [count as u64])),
    });
    notes
}

fn issues(report: &OrganisationReport) -> Option<Note> {
    let not_confirmed = SeverityCounts::total(&report.totals.not_confirmed);
    let open = report.totals.open.total();
    (not_confirmed > 0).then(|| Note::new(true, "note_not_confirmed", [not_confirmed, open]))
}

fn ownership(report: &OrganisationReport) -> Option<Note> {
    match report.coverage.as_ref()?.unowned.as_ref().map(Vec::len) {
        None => Some(Note::new(false, "note_unowned_not_known", [])),
        Some(0) => None,
        Some(count) => Some(Note::new(false, "note_unowned", [count as u64])),
    }
}
