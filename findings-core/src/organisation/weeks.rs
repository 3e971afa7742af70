//! Week by week: what was open at the end of each, and what happened in it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::facts::Seen;
use super::flow::{Flow, events};
use super::merge::Issue;
use super::range::Window;
use crate::SeverityCounts;

/// What is known of a week, of one project or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeekState {
    /// Before the first run. Nothing is known.
    NotYet,
    /// A complete report was made; for all projects: of each that is still there.
    Complete,
    /// No report was complete; for all projects: of one at least, or one had no run. The numbers are what was seen, and
    /// may be too low. Open issues that could not be looked at stay open.
    Incomplete,
    /// There was no run. Nothing is known.
    NoRun,
    /// The last week of the report, if it is not over and no project had a run in it yet. Nothing is known, and
    /// nothing is missing.
    Pending,
    /// After the last run of a project that departed or fell silent.
    Gone,
}

/// A week of the organisation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OrganisationWeek {
    /// Its Monday, in the time zone of the report.
    pub first_day: Date,
    /// Its beginning, UTC.
    pub from: Timestamp,
    /// Its end, UTC; in the last week, the time of the report.
    pub to: Timestamp,
    /// What is known of it. Draw only a `complete` week as a plain value.
    pub state: WeekState,
    /// Number of projects that had had a run and were still there.
    pub projects: u64,
    /// The projects whose reports were all incomplete, as indexes into
    /// [`projects`](super::OrganisationReport::projects).
    pub incomplete: Vec<usize>,
    /// The projects without a run, as indexes; empty if no project had one.
    pub without_run: Vec<usize>,
    /// The numbers; `null` if no project had a run.
    pub numbers: Option<WeekNumbers>,
}

/// The numbers of a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WeekNumbers {
    /// Issues that were open at its end as far as the history knows, by the severity that they had then. An issue that
    /// could not be looked at stays open. The history keeps only the last change of a severity.
    pub open: SeverityCounts,
    /// Those of `open` that no run of the week confirmed: their project had no run, or their account was not seen
    /// completely. An account of which a complete report could not tell what became of one issue counts as such, too.
    pub not_confirmed: SeverityCounts,
    /// What happened to issues in the week.
    pub flow: Flow,
}

/// The weeks of a project, one array for each number. A number is `null` in weeks without a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProjectSeries {
    /// What is known of each week.
    pub state: Vec<WeekState>,
    /// Open critical issues at the end of the week.
    pub open_critical: Vec<Option<u64>>,
    /// Open issues of severity high.
    pub open_high: Vec<Option<u64>>,
    /// Open issues of severity medium.
    pub open_medium: Vec<Option<u64>>,
    /// Open issues of severity low.
    pub open_low: Vec<Option<u64>>,
    /// Open informational issues.
    pub open_informational: Vec<Option<u64>>,
    /// As [`WeekNumbers::not_confirmed`].
    pub not_confirmed: Vec<Option<u64>>,
    /// As [`Flow::baseline`].
    pub baseline: Vec<Option<u64>>,
    /// As [`Flow::new`].
    pub new: Vec<Option<u64>>,
    /// As [`Flow::reopened`].
    pub reopened: Vec<Option<u64>>,
    /// As [`Flow::fixed`].
    pub fixed: Vec<Option<u64>>,
    /// As [`Flow::suppressed`].
    pub suppressed: Vec<Option<u64>>,
    /// As [`Flow::archived`].
    pub archived: Vec<Option<u64>>,
    /// As [`Flow::left`].
    pub left: Vec<Option<u64>>,
    /// As [`Flow::merged`].
    pub merged: Vec<Option<u64>>,
}

impl ProjectSeries {
    pub(super) fn of(weeks: impl IntoIterator<Item = (WeekState, WeekNumbers)>) -> Self {
        let mut series = Self::default();
        for (state, numbers) in weeks {
            let is_known = matches!(state, WeekState::Complete | WeekState::Incomplete);
            series.state.push(state);
            series.push(&numbers, |number| is_known.then_some(number));
        }
        series
    }

    fn push(&mut self, numbers: &WeekNumbers, known: impl Fn(u64) -> Option<u64>) {
        let WeekNumbers { open, not_confirmed, flow } = numbers;
        for (column, number) in [
            (&mut self.open_critical, open.critical),
            (&mut self.open_high, open.high),
            (&mut self.open_medium, open.medium),
            (&mut self.open_low, open.low),
            (&mut self.open_informational, open.informational),
            (&mut self.not_confirmed, not_confirmed.total()),
            (&mut self.baseline, flow.baseline.total()),
            (&mut self.new, flow.new.total()),
            (&mut self.reopened, flow.reopened.total()),
            (&mut self.fixed, flow.fixed.total()),
            (&mut self.suppressed, flow.suppressed.total()),
            (&mut self.archived, flow.archived.total()),
            (&mut self.left, flow.left.total()),
            (&mut self.merged, flow.merged.total()),
        ] {
            column.push(known(number));
        }
    }
}

/// Collects the numbers of each week.
#[derive(Debug)]
pub(super) struct WeekTally<'a> {
    weeks: &'a [Window],
    numbers: Vec<WeekNumbers>,
}

impl<'a> WeekTally<'a> {
    pub(super) fn new(weeks: &'a [Window]) -> Self {
        Self { weeks, numbers: vec![WeekNumbers::default(); weeks.len()] }
    }

    /// Adds an issue; `seen` tells what the runs of a project saw in a week, by their indexes.
    pub(super) fn add<'b>(&mut self, issue: &Issue<'_>, seen: impl Fn(usize, usize) -> &'b Seen) {
        let is_confirmed = |week: usize, end: Timestamp| {
            let mut owners = issue.records.iter().filter(|record| record.is_open_before(end));
            owners.any(|record| seen(record.project, week).sees(record.account))
        };
        for span in &*issue.spans {
            let first = self.weeks.partition_point(|week| week.to <= span.seen_at);
            let weeks = self.weeks.iter().zip(&mut self.numbers).enumerate().skip(first);
            for (index, (week, numbers)) in weeks.take_while(|(_, (week, _))| span.is_open_before(week.to)) {
                let severity = issue.main.severity_before(week.to);
                numbers.open.add(severity);
                if !is_confirmed(index, week.to) {
                    numbers.not_confirmed.add(severity);
                }
            }
        }
        for (at, event, severity) in events(issue) {
            let index = self.weeks.partition_point(|week| week.to <= at);
            if let Some(numbers) = self.numbers.get_mut(index).filter(|_| self.weeks[index].contains(at)) {
                numbers.flow.add(event, severity);
            }
        }
    }

    pub(super) fn finish(self) -> Vec<WeekNumbers> {
        self.numbers
    }
}
