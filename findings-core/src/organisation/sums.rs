//! The sums over all projects, in which an issue of several projects counts once.

use jiff::Timestamp;
use jiff::civil::Date;

use super::facts::IssueFacts;
use super::input::OrganisationInput;
use super::merge::Issue;
use super::now::{NowTally, SeverityNow};
use super::period::{PeriodComparison, PeriodNumbers, PeriodTally};
use super::problems::{ProblemNames, ProblemTally, Problems};
use super::range::{Stretch, Window};
use super::standing::ProjectView;
use super::trend::Stretches;
use super::weeks::{OrganisationWeek, WeekNumbers, WeekState, WeekTally};
use crate::history::Sla;

/// The stretches of time that a report compares.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) input: &'a OrganisationInput,
    pub(super) weeks: Vec<Window>,
    /// The first run of any project.
    pub(super) first_run: Option<Timestamp>,
    /// `None` without a run.
    pub(super) stretches: Option<Stretches>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(input: &'a OrganisationInput, first: Option<Timestamp>, latest: Option<Timestamp>) -> Self {
        let stretches = latest.and_then(|latest| Stretches::up_to(latest, &input.range));
        Self { input, weeks: input.range.weeks(), first_run: first, stretches }
    }

    pub(super) fn as_of(&self) -> Timestamp {
        self.input.range.as_of()
    }

    /// Whether the history reaches back to the beginning of a stretch of time.
    fn reaches(&self, window: Window) -> bool {
        self.first_run.is_some_and(|first| first < window.from)
    }

    fn is_before_history(&self, week: &Window) -> bool {
        self.first_run.is_none_or(|first| week.to <= first)
    }

    /// The beginning of the last four weeks, if the history is older than that.
    fn recent(&self) -> Option<Timestamp> {
        let recent = self.stretches.as_ref()?.recent.window;
        self.reaches(recent).then_some(recent.from)
    }
}

/// The projects of a report: what is known of each, by the index of its history, and their positions in the report.
#[derive(Debug)]
pub(super) struct Cast<'a> {
    pub(super) views: &'a [ProjectView<'a>],
    /// The position of each project; of an earlier name, that of the later one.
    pub(super) positions: &'a [Option<usize>],
}

impl<'a> Cast<'a> {
    /// The projects that the report lists, with their positions.
    fn listed(&self) -> impl Iterator<Item = (usize, &'a ProjectView<'a>)> + '_ {
        let own = self.views.iter().zip(self.positions).filter(|(view, _)| !view.is_earlier_name);
        own.filter_map(|(view, position)| Some(((*position)?, view)))
    }

    /// Number of weeks in which something is not known of a project that was there.
    fn weeks_with_gaps(&self, weeks: &[Window]) -> u64 {
        let has_gap = |week: &&Window| {
            let mut states = self.listed().map(|(_, view)| view.state(**week, &view.facts.seen(**week)));
            states.any(|state| matches!(state, WeekState::Incomplete | WeekState::NoRun))
        };
        weeks.iter().filter(has_gap).count() as u64
    }

    /// A week of the range, by its index.
    pub(super) fn week(
        &self,
        index: usize,
        window: Window,
        numbers: &WeekNumbers,
        first_day: Date,
    ) -> OrganisationWeek {
        let mut states: Vec<(usize, WeekState)> =
            self.listed().map(|(position, view)| (position, view.state(window, &view.seen[index]))).collect();
        states.sort_unstable_by_key(|(position, _)| *position);
        let having = |wanted: WeekState| {
            states.iter().filter(|(_, state)| *state == wanted).map(|(position, _)| *position).collect::<Vec<_>>()
        };
        let (complete, incomplete, mut without_run) =
            (having(WeekState::Complete), having(WeekState::Incomplete), having(WeekState::NoRun));
        let projects = complete.len() + incomplete.len() + without_run.len();
        let has_run = !complete.is_empty() || !incomplete.is_empty();
        let state = match () {
            () if has_run && projects == complete.len() => WeekState::Complete,
            () if has_run => WeekState::Incomplete,
            () if states.iter().all(|(_, state)| *state == WeekState::NotYet) => WeekState::NotYet,
            () if states.iter().any(|(_, state)| *state == WeekState::Pending) => WeekState::Pending,
            () => WeekState::NoRun,
        };
        without_run.retain(|_| has_run);
        let numbers = has_run.then_some(*numbers);
        let (from, to) = (window.from, window.shown_to);
        OrganisationWeek { first_day, from, to, state, projects: projects as u64, incomplete, without_run, numbers }
    }
}

/// The sums over all projects.
#[derive(Debug)]
pub(super) struct OrganisationSums {
    pub(super) now: [SeverityNow; 5],
    pub(super) weeks: Vec<WeekNumbers>,
    pub(super) period: PeriodComparison,
    /// `None` without a run.
    pub(super) recent: Option<PeriodComparison>,
    pub(super) problems: Problems,
}

/// Sums all issues. The records are sorted by the ID of the issue.
pub(super) fn sum(
    records: &[&IssueFacts],
    cast: &Cast<'_>,
    frame: &Frame<'_>,
    names: &ProblemNames,
) -> OrganisationSums {
    let sla = &frame.input.sla;
    let (mut weeks, mut now) = (WeekTally::new(&frame.weeks), NowTally::new(frame.as_of(), sla));
    let mut problems = ProblemTally::new(frame.input, names);
    let (whole, before) = (frame.input.range.whole(), frame.input.range.before());
    let mut period = ComparisonTally::new(&whole, &before, sla);
    let mut recent = frame.stretches.as_ref().map(|s| ComparisonTally::new(&s.recent, &s.before, sla));
    for issue in records.chunk_by(|a, b| a.id == b.id).filter_map(Issue::of) {
        weeks.add(&issue, |project, week| &cast.views[project].seen[week]);
        now.add(&issue);
        problems.add(&issue, cast.positions);
        [Some(&mut period), recent.as_mut()].into_iter().flatten().for_each(|tally| tally.add(&issue));
    }
    OrganisationSums {
        now: now.finish(),
        weeks: weeks.finish(),
        period: period.finish(cast, frame),
        recent: recent.map(|tally| tally.finish(cast, frame)),
        problems: problems.finish(names, frame.recent()),
    }
}

/// Collects a stretch of time and the one before it.
#[derive(Debug)]
struct ComparisonTally<'a> {
    current: (&'a Stretch, PeriodTally<'a>),
    before: (&'a Stretch, PeriodTally<'a>),
}

impl<'a> ComparisonTally<'a> {
    fn new(current: &'a Stretch, before: &'a Stretch, sla: &'a Sla) -> Self {
        let tally = |stretch: &'a Stretch| (stretch, PeriodTally::new(stretch.window, sla));
        Self { current: tally(current), before: tally(before) }
    }

    fn add(&mut self, issue: &Issue<'_>) {
        self.current.1.add(issue);
        self.before.1.add(issue);
    }

    fn finish(self, cast: &Cast<'_>, frame: &Frame<'_>) -> PeriodComparison {
        let is_known = frame.reaches(self.before.0.window);
        let numbers = |(stretch, tally): (&Stretch, PeriodTally<'_>)| PeriodNumbers {
            weeks: stretch.weeks.len() as u64,
            weeks_before_history: stretch.weeks.iter().filter(|week| frame.is_before_history(week)).count() as u64,
            weeks_with_gaps: cast.weeks_with_gaps(&stretch.weeks),
            ..tally.finish()
        };
        let current = numbers(self.current);
        PeriodComparison { current, before: is_known.then(|| numbers(self.before)) }
    }
}
