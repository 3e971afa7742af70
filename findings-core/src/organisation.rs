//! A report about the organisation: who gets better, who needs help, what hurts most, and what nobody sees.
//!
//! [`OrganisationBuilder`] takes the histories of all projects one after the other and returns an
//! [`OrganisationReport`]. Everything is pure: no calls, and no clock but the time of the [`ReportRange`]. A report can
//! be made for any time in the past. Its rules:
//!
//! * What is not known is `null`, never 0. A week without a run has no numbers.
//! * An issue counts as open from the run that first reported it to the run that found it closed. What happened between
//!   two runs is not known, so a fix counts in the week of the run that found it.
//! * What a run could not look at stays open, as everywhere in the history. It is counted as not confirmed, and nothing
//!   that is not known becomes a trend, a rank or an improvement.
//! * Only fixes are work. Issues that were suppressed or archived, or that left with their account, have numbers of
//!   their own.
//! * An issue of an account that several projects own counts once in the sums, and in each of these projects.
//! * The history under an earlier name of a project is part of the project, and nothing was fixed by renaming it.
//! * Every statistic has the number of values beside it, and is missing if there are too few.

mod assemble;
mod builder;
mod comparison;
mod decisions;
mod facts;
mod flow;
mod input;
mod issue_list;
mod knowledge;
mod known_projects;
mod merge;
mod now;
mod period;
mod problems;
mod project;
mod range;
mod renderer;
mod run_index;
mod runs;
mod score;
mod seeing;
mod standing;
mod statistics;
mod sums;
#[cfg(test)]
mod tests;
mod trend;
mod weeks;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

pub use self::builder::OrganisationBuilder;
pub use self::comparison::{
    ChangeCounts, ChangedIssue, ComparedProject, IssueChange, NoComparison, NotCompared, RunComparison,
    RunComparisonBuilder,
};
pub use self::decisions::DecisionNumbers;
pub use self::flow::Flow;
pub use self::input::{AccountStanding, CoverageInput, OrganisationInput, RunRemark, RunRemarks};
pub use self::issue_list::{
    IssueFilter, IssueList, IssueListBuilder, IssueStanding, IssueStates, ListedIssue, NotConfirmed, UnsureProject,
};
pub use self::knowledge::{GuidanceMatter, GuidanceNote, GuidanceStatus, StatusRules, Topic, topics};
pub use self::now::SeverityNow;
pub use self::period::{PeriodComparison, PeriodNumbers, SeverityPeriod};
pub use self::problems::{EndedProblem, ProblemProject, ProblemSummary};
pub use self::project::{ProjectSummary, ToldRun};
pub use self::range::{MAX_WEEKS, ReportRange};
pub use self::renderer::{OrganisationDocument, OrganisationRenderer, RenderedOrganisation};
pub use self::run_index::{IndexedRun, RunIndex, RunIndexRenderer};
pub use self::runs::RunOverview;
pub use self::score::{AccountsBasis, NoRank, ScoreFormula, ScoreRule, WEIGHTS};
pub use self::seeing::{AcceptedGapEnd, CoverageGap, OrganisationCoverage, ProjectCoverage, VerdictCounts};
pub use self::standing::{SILENT_WEEKS, Standing};
pub use self::statistics::{DurationStats, MIN_FOR_MEDIAN, MIN_FOR_P90, MIN_FOR_SHARE, Share};
pub use self::trend::{Balance, Direction, MAX_MOVERS, Mover, Movers, TREND_WEEKS, Trend};
pub use self::weeks::{OrganisationWeek, ProjectSeries, WeekNumbers, WeekState};
use crate::coverage::SharedAccount;
use crate::{Severity, SeverityCounts};

/// The version of the fields of [`OrganisationReport`]. It grows when a field is removed or changes its meaning; fields
/// may be added without it.
pub const FORMAT: u32 = 1;

/// A report about the organisation, as data. Fields may be added, never renamed. Indexes of projects are positions in
/// [`projects`](Self::projects), counted from 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OrganisationReport {
    /// The version of these fields: [`FORMAT`].
    pub format: u32,
    /// The time of the report, UTC: ages and what is open refer to it.
    pub as_of: Timestamp,
    /// The first day of the first week.
    pub first_day: Date,
    /// The IANA name of the time zone in which weeks begin; `null` if it has none.
    pub time_zone: Option<String>,
    /// When the first run of any project read its findings, UTC; `null` without a run.
    pub first_run: Option<Timestamp>,
    /// When the latest run of any project read its findings, UTC; `null` without a run.
    pub last_run: Option<Timestamp>,
    /// The target times to fix issues, the worst severity first. Without a target for a severity, nothing of it is
    /// overdue.
    pub targets: Vec<Target>,
    /// The sums over all projects at the time of the report.
    pub totals: Totals,
    /// Open issues of all projects by severity and age, the worst first.
    pub severities: Vec<SeverityNow>,
    /// The weeks, the oldest first.
    pub weeks: Vec<OrganisationWeek>,
    /// All weeks of the report together, beside as many weeks before them.
    pub period: PeriodComparison,
    /// The last four weeks up to that of the latest run, beside the four before them; `null` without a run.
    pub recent: Option<PeriodComparison>,
    /// How the score of projects was computed.
    pub score: ScoreRule,
    /// The projects by name, departed and silent ones included.
    pub projects: Vec<ProjectSummary>,
    /// Names in the history that are earlier ones of other projects. They are not among the projects, and nothing of
    /// them is counted twice.
    pub renamed: Vec<RenamedProject>,
    /// Projects of the registry of which the history has nothing; `null` if the registry is not known.
    pub never_reported: Option<Vec<String>>,
    /// Who improved and who worsened most in the week of the latest run. Compared are projects whose reports were
    /// complete in that week and in the one before.
    pub movers_of_week: Movers,
    /// The same for the last four weeks. Compared are projects whose reports were complete in all of the last eight.
    pub movers_of_month: Movers,
    /// The problems that are open, those with the most points first.
    pub problems: Vec<ProblemSummary>,
    /// The controls whose last issue ended in the last four weeks, the latest first; `null` if the history is not older than
    /// these.
    pub ended_problems: Option<Vec<EndedProblem>>,
    /// What the coverage check showed; `null` if there was none.
    pub coverage: Option<OrganisationCoverage>,
    /// Accounts that several projects own; `null` if neither the registry nor a coverage check is known.
    pub owned_twice: Option<Vec<SharedAccount>>,
    /// The accepted gaps, those that end first in front; `null` if they are not known.
    pub accepted_gaps: Option<Vec<AcceptedGapEnd>>,
    /// The runs of these weeks, the oldest first.
    pub runs: Vec<RunOverview>,
}

/// The sums over all projects at the time of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Number of projects in the history, earlier names left out.
    pub projects: u64,
    /// Those of them that are still there.
    pub active: u64,
    /// Those of them that have a rank.
    pub ranked: u64,
    /// Open issues as far as the history knows, an issue of several projects once.
    pub open: SeverityCounts,
    /// Open issues that are older than their target; `null` without targets.
    pub overdue: Option<SeverityCounts>,
    /// Those of `open` that no run confirmed in the week of the latest run: see [`WeekNumbers::not_confirmed`].
    pub not_confirmed: SeverityCounts,
    /// Open issues of projects that departed or fell silent, summed over these projects. They are among `open`, because
    /// nobody knows what became of them.
    pub of_projects_not_active: SeverityCounts,
    /// By how much the open issues of all projects together exceed `open`, because several projects own their account.
    pub counted_more_than_once: u64,
    /// What projects have decided, summed over them; `null` if the decisions of no project are known.
    pub decisions: Option<DecisionNumbers>,
}

/// The target time to fix issues of a severity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Target {
    /// The severity.
    pub severity: Severity,
    /// The target in days, with one decimal.
    pub days: f64,
}

/// An earlier name of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RenamedProject {
    /// The earlier name.
    pub project: String,
    /// The name under which the project goes on; `null` if the history does not tell.
    pub goes_on_as: Option<String>,
}
