//! The numbers of one project.

use jiff::Timestamp;
use serde::Serialize;

use super::decisions::DecisionNumbers;
use super::facts::{ProjectFacts, Seen};
use super::merge::Issue;
use super::now::{NowTally, SeverityNow, open, overdue};
use super::period::{PeriodNumbers, PeriodTally};
use super::score::{NoRank, per_account, points};
use super::seeing::ProjectCoverage;
use super::standing::{ProjectView, Standing};
use super::statistics::{DurationStats, Share};
use super::sums::Frame;
use super::trend::{BalanceTally, Balances, Trend};
use super::weeks::{ProjectSeries, WeekTally};
use crate::registry::Project;
use crate::{RunId, SeverityCounts};

/// The numbers of one project.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProjectSummary {
    /// Its name in the history.
    pub project: String,
    /// Whether it is still there.
    pub standing: Standing,
    /// Number of its accounts; see [`ScoreRule::accounts`](super::ScoreRule::accounts). `null` if it is not in the
    /// registry.
    pub accounts: Option<u64>,
    /// Whether anybody receives its reports; `null` if the registry is not known.
    pub has_recipients: Option<bool>,
    /// Number of its runs that the history has, up to the time of the report.
    pub runs: u64,
    /// When the findings of the first of them were read, UTC; `null` without a run.
    pub first_run: Option<Timestamp>,
    /// When those of the latest were read, UTC; `null` without a run.
    pub last_run: Option<Timestamp>,
    /// Whether the latest report was complete; `null` without a run.
    pub complete: Option<bool>,
    /// Number of accounts that the latest run could not see completely; `null` without a run. A complete report can
    /// have some, whose gaps are accepted.
    pub incomplete_accounts: Option<u64>,
    /// What the coverage check showed; `null` if there was none.
    pub coverage: Option<ProjectCoverage>,
    /// The latest run of which anybody was told; `null` if nobody ever was.
    pub last_told: Option<ToldRun>,
    /// The latest of the first decisions about its issues, UTC; `null` if nobody made one. The history keeps the first
    /// decision about each opening of an issue.
    pub last_decision: Option<Timestamp>,
    /// Open issues by severity. What could not be looked at stays open.
    pub open: SeverityCounts,
    /// Open issues by age in whole days since they were last opened: up to 7, 30, 90, and older.
    pub open_by_age: [u64; 4],
    /// Open issues that are older than their target; `null` without targets.
    pub overdue: Option<SeverityCounts>,
    /// Open issues that nobody made a decision about.
    pub undecided: u64,
    /// What the project has decided; `null` if its decisions are not known.
    pub decisions: Option<DecisionNumbers>,
    /// From the opening of an issue to the run that found it fixed, for what was fixed in the weeks of the report.
    pub time_to_fix: DurationStats,
    /// As [`PeriodNumbers::within_target`](super::PeriodNumbers::within_target), for the weeks of the report.
    pub within_target: Option<Share>,
    /// As [`PeriodNumbers::net_resolve`](super::PeriodNumbers::net_resolve), for the weeks of the report.
    pub net_resolve: Share,
    /// The last four weeks and the four before; `null` if they cannot be compared: a report was missing or
    /// incomplete, or the accounts that could be seen changed.
    pub trend: Option<Trend>,
    /// The score, by [`OrganisationReport::score`](super::OrganisationReport::score): fewer points are better; `null`
    /// if there is no rank.
    pub points: Option<f64>,
    /// Its rank among the projects that have one: 1 has the fewest points for each account. Equal points share a rank.
    pub rank: Option<u64>,
    /// Why it has no rank; `null` if it has one.
    pub no_rank: Option<NoRank>,
    /// Its weeks.
    pub series: ProjectSeries,
}

/// A run of which somebody was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ToldRun {
    /// The run.
    pub run_id: RunId,
    /// When its findings were read, UTC.
    pub at: Timestamp,
}

/// What else is known of a project.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) registered: Option<&'a Project>,
    /// Whether the registry is known.
    pub(super) has_registry: bool,
    pub(super) coverage: Option<ProjectCoverage>,
}

/// A project with what the movers are chosen from.
#[derive(Debug)]
pub(super) struct MeasuredProject {
    pub(super) summary: ProjectSummary,
    pub(super) balances: Balances,
}

/// What the issues of a project sum up to.
struct Sums {
    series: ProjectSeries,
    now: [SeverityNow; 5],
    period: PeriodNumbers,
    balances: Balances,
}

fn sums(view: &ProjectView<'_>, frame: &Frame<'_>) -> Sums {
    let sla = &frame.input.sla;
    let (mut weeks, mut now) = (WeekTally::new(&frame.weeks), NowTally::new(frame.as_of(), sla));
    let mut period = PeriodTally::new(frame.input.range.whole().window, sla);
    let mut balances = frame.stretches.as_ref().map(BalanceTally::new);
    for record in &view.facts.issues {
        let records = [record];
        let Some(issue) = Issue::of(&records) else { continue };
        weeks.add(&issue, |_, week| &view.seen[week]);
        now.add(&issue);
        period.add(&issue);
        if let Some(balances) = &mut balances {
            balances.add(&issue);
        }
    }
    let states = frame.weeks.iter().zip(&view.seen).map(|(week, seen)| view.state(*week, seen));
    Sums {
        series: ProjectSeries::of(states.zip(weeks.finish())),
        now: now.finish(),
        period: period.finish(),
        balances: balances.map(|tally| tally.finish(view.facts)).unwrap_or_default(),
    }
}

/// Measures a project. The rank is given later, when all projects are known.
pub(super) fn measure(view: &ProjectView<'_>, frame: &Frame<'_>, around: &Surroundings<'_>) -> MeasuredProject {
    let facts = view.facts;
    let Sums { series, now, period, balances } = sums(view, frame);
    let (open, overdue) = (open(&now), overdue(&now));
    let accounts = accounts(facts, around);
    let no_rank = no_rank(view, accounts, frame);
    let weight = points(&open) + overdue.as_ref().map_or(0, points);
    let last = facts.runs.last();
    let told = facts.runs.iter().rev().find(|run| run.told);
    let summary = ProjectSummary {
        project: facts.name.clone(),
        standing: view.standing,
        accounts,
        has_recipients: around.registered.map(|project| !project.recipients.is_empty()),
        runs: facts.runs.len() as u64,
        first_run: facts.first_run(),
        last_run: facts.last_run(),
        complete: last.map(|run| run.complete),
        incomplete_accounts: last.map(|run| run.unseen.len() as u64),
        coverage: around.coverage,
        last_told: told.map(|run| ToldRun { run_id: run.run_id.clone(), at: run.at }),
        last_decision: facts.last_decision,
        open,
        open_by_age: std::array::from_fn(|age| now.iter().map(|s| s.open_by_age[age]).sum()),
        overdue,
        decisions: facts.decisions,
        undecided: now.iter().map(|s| s.undecided).sum(),
        time_to_fix: period.time_to_fix,
        within_target: period.within_target,
        net_resolve: period.net_resolve,
        trend: balances.trend,
        points: no_rank.is_none().then(|| per_account(weight, accounts.unwrap_or_default())),
        rank: None,
        no_rank,
        series,
    };
    MeasuredProject { summary, balances }
}

/// The number of accounts: of the registry if it is known, and a departed project is not in it.
fn accounts(facts: &ProjectFacts, around: &Surroundings<'_>) -> Option<u64> {
    let of_history = || (!around.has_registry).then_some(facts.accounts.len());
    around.registered.map(|project| project.accounts.len()).or_else(of_history).map(|count| count as u64)
}

fn no_rank(view: &ProjectView<'_>, accounts: Option<u64>, frame: &Frame<'_>) -> Option<NoRank> {
    let seen = frame.stretches.as_ref().map(|stretches| view.facts.seen(stretches.last_week));
    let is_complete = view.facts.runs.last().is_some_and(|run| run.complete);
    match seen {
        _ if view.standing != Standing::Active => Some(NoRank::NotActive),
        None | Some(Seen::NotYet | Seen::NoRun) => Some(NoRank::NoRecentRun),
        Some(Seen::Runs { .. }) if !is_complete => Some(NoRank::Incomplete),
        _ if view.facts.runs.len() < 2 => Some(NoRank::OneRun),
        // without the registry, a project that never had an issue has no account, and no points
        _ if accounts == Some(0) && frame.input.registry.is_some() => Some(NoRank::NoAccount),
        _ => None,
    }
}
