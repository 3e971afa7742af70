//! Who gets better and who gets worse: trends of projects and movers. Only what can be compared is compared.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::{ProjectFacts, Seen};
use super::flow::{Flow, events};
use super::merge::Issue;
use super::range::{ReportRange, Stretch, Window};
use super::score::change_of_points;
use super::statistics::one_decimal;
use crate::SeverityCounts;

/// Number of weeks of a trend. One week is chance; a month smooths weeks in which nobody was there.
pub const TREND_WEEKS: i64 = 4;

/// The largest number of movers in each direction.
pub const MAX_MOVERS: usize = 10;

/// What happened in the last four weeks, beside the four weeks before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Trend {
    /// The direction of the last four weeks.
    pub direction: Direction,
    /// The last four weeks up to the latest run of any project.
    pub recent: Balance,
    /// The four weeks before them.
    pub before: Balance,
}

/// Whether more came or more was fixed, in points of [`WEIGHTS`](super::WEIGHTS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More was fixed than came.
    Improving,
    /// As much was fixed as came.
    Steady,
    /// More came than was fixed.
    Worsening,
}

/// What came and what was fixed in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Balance {
    /// Issues that were new or reopened.
    pub came: SeverityCounts,
    /// Issues that were fixed.
    pub fixed: SeverityCounts,
    /// Points of what came minus points of what was fixed; below 0 is better. What was suppressed or archived, or left
    /// with its account, changes nothing.
    pub points: i64,
}

impl Balance {
    fn of(flow: &Flow) -> Self {
        let mut came = flow.new;
        came += flow.reopened;
        Self { came, fixed: flow.fixed, points: change_of_points(flow) }
    }

    fn direction(self) -> Direction {
        match self.points {
            ..0 => Direction::Improving,
            0 => Direction::Steady,
            1.. => Direction::Worsening,
        }
    }
}

/// The projects that improved most and those that worsened most.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Movers {
    /// Number of projects that could be compared: their reports were complete in the stretch of time and in the one
    /// before, and could see the same accounts.
    pub comparable: u64,
    /// The most improved ones, the best first; at most [`MAX_MOVERS`].
    pub improved: Vec<Mover>,
    /// The most worsened ones, the worst first; at most [`MAX_MOVERS`].
    pub worsened: Vec<Mover>,
}

/// A project that improved or worsened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mover {
    /// Its index in [`projects`](super::OrganisationReport::projects).
    pub project: usize,
    /// Its balance.
    pub balance: Balance,
    /// The points of the balance divided by the number of accounts, with one decimal: the order of the movers.
    pub points_per_account: f64,
}

/// The stretches of time that are compared. They end with the week of the latest run, because the week of the report
/// may not have had its run yet.
#[derive(Debug)]
pub(super) struct Stretches {
    pub(super) recent: Stretch,
    pub(super) before: Stretch,
    /// The week of the latest run.
    pub(super) last_week: Window,
    /// The week before it.
    week_before: Window,
}

impl Stretches {
    pub(super) fn up_to(latest: Timestamp, range: &ReportRange) -> Option<Self> {
        let weeks = range.weeks_up_to(latest, TREND_WEEKS, 0);
        let [.., week_before, last_week] = *weeks.as_slice() else { return None };
        let before = Stretch::new(range.weeks_up_to(latest, TREND_WEEKS, TREND_WEEKS));
        Some(Self { recent: Stretch::new(weeks), before, last_week, week_before })
    }
}

/// The balances of one project.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Balances {
    pub(super) trend: Option<Trend>,
    /// Of the week of the latest run.
    pub(super) week: Option<Balance>,
}

/// Collects the balances of a project.
#[derive(Debug)]
pub(super) struct BalanceTally<'a> {
    stretches: &'a Stretches,
    recent: Flow,
    before: Flow,
    week: Flow,
}

impl<'a> BalanceTally<'a> {
    pub(super) fn new(stretches: &'a Stretches) -> Self {
        Self { stretches, recent: Flow::default(), before: Flow::default(), week: Flow::default() }
    }

    pub(super) fn add(&mut self, issue: &Issue<'_>) {
        let Stretches { recent, before, last_week, .. } = self.stretches;
        for (at, event, severity) in events(issue) {
            let parts =
                [(recent.window, &mut self.recent), (before.window, &mut self.before), (*last_week, &mut self.week)];
            for (_, flow) in parts.into_iter().filter(|(window, _)| window.contains(at)) {
                flow.add(event, severity);
            }
        }
    }

    /// The balances, without those that cannot be compared.
    pub(super) fn finish(self, project: &ProjectFacts) -> Balances {
        let (recent, before) = (Balance::of(&self.recent), Balance::of(&self.before));
        let Stretches { last_week, week_before, .. } = self.stretches;
        let weeks = self.stretches.before.weeks.iter().chain(&self.stretches.recent.weeks).copied();
        let trend = || Trend { direction: recent.direction(), recent, before };
        Balances {
            trend: are_comparable(project, weeks).then(trend),
            week: are_comparable(project, [*week_before, *last_week]).then(|| Balance::of(&self.week)),
        }
    }
}

/// Whether all reports of these weeks were complete and saw the same accounts. What nobody looked at gives no new
/// issues, and would look like an improvement.
fn are_comparable(project: &ProjectFacts, weeks: impl IntoIterator<Item = Window>) -> bool {
    let seen: Vec<Seen> = weeks.into_iter().map(|week| project.seen(week)).collect();
    seen.iter().all(Seen::is_complete) && seen.windows(2).all(|pair| pair[0] == pair[1])
}

/// The movers among projects: index, balance if it can be compared, number of accounts.
#[expect(clippy::cast_precision_loss, reason = "points are exact in an f64")]
pub(super) fn movers(projects: impl Iterator<Item = (usize, Option<Balance>, u64)>) -> Movers {
    let comparable = projects.filter_map(|(project, balance, accounts)| Some((project, balance?, accounts)));
    let mut all: Vec<Mover> = comparable
        .map(|(project, balance, accounts)| {
            let points_per_account = one_decimal(balance.points as f64 / accounts.max(1) as f64);
            Mover { project, balance, points_per_account }
        })
        .collect();
    all.sort_by(|a, b| a.points_per_account.total_cmp(&b.points_per_account).then(a.project.cmp(&b.project)));
    Movers {
        comparable: all.len() as u64,
        improved: all.iter().filter(|mover| mover.balance.points < 0).take(MAX_MOVERS).copied().collect(),
        worsened: all.iter().rev().filter(|mover| mover.balance.points > 0).take(MAX_MOVERS).copied().collect(),
    }
}
