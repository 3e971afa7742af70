//! The score by which projects are ranked.

use serde::Serialize;

use super::flow::Flow;
use super::statistics::{one_decimal, ratio};
use crate::{Severity, SeverityCounts};

/// Points of an issue by severity, the worst first. Low and informational issues have none: nobody rises by closing
/// what is not urgent while something urgent is open. One critical issue weighs as two of severity high, and as ten
/// of severity medium.
pub const WEIGHTS: [u64; 5] = [10, 5, 1, 0, 0];

/// How the score of projects was computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScoreRule {
    /// The formula.
    pub formula: ScoreFormula,
    /// Points of an issue by severity: critical, high, medium, low, informational.
    pub weights: [u64; 5],
    /// Where the numbers of accounts come from.
    pub accounts: AccountsBasis,
}

/// The formula of the score. Fewer points are better. The number of accounts is the divisor, so that a large project is
/// not worse than a small one because it is large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScoreFormula {
    /// The points of all open issues, divided by the number of accounts.
    OpenPerAccount,
    /// The points of all open issues plus those of all overdue ones, divided by the number of accounts: an overdue
    /// issue counts twice.
    OpenAndOverduePerAccount,
}

/// Where the numbers of accounts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountsBasis {
    /// The accounts of the project in the registry.
    Registry,
    /// The accounts that have an issue in the project's history, open or closed, or that a run could not see. An
    /// account that never had an issue is not among them.
    History,
}

/// Why a project has no rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoRank {
    /// It departed or fell silent.
    NotActive,
    /// The history has one run of it, which shows what is there and nothing about the project's work.
    OneRun,
    /// It has no run in the week of the latest run of any project.
    NoRecentRun,
    /// Its report of that week is not complete.
    Incomplete,
    /// It has no account.
    NoAccount,
}

/// The points of issues.
pub(super) fn points(counts: &SeverityCounts) -> u64 {
    Severity::WORST_FIRST.iter().zip(WEIGHTS).map(|(severity, weight)| counts.get(*severity) * weight).sum()
}

/// Points that came minus points that were fixed; below 0 if more was fixed. What was suppressed or archived, or
/// left, was not fixed, and what the first run found did not come.
pub(super) fn change_of_points(flow: &Flow) -> i64 {
    let came = points(&flow.new) + points(&flow.reopened);
    i64::try_from(came).unwrap_or(i64::MAX).saturating_sub(i64::try_from(points(&flow.fixed)).unwrap_or(i64::MAX))
}

/// Points for each account, with one decimal.
pub(super) fn per_account(points: u64, accounts: u64) -> f64 {
    one_decimal(ratio(points, accounts))
}

/// Gives ranks: 1 has the fewest points, equal points share a rank. `None` stays without one.
pub(super) fn ranks(points: &[Option<f64>]) -> Vec<Option<u64>> {
    let mut sorted: Vec<f64> = points.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    points.iter().map(|own| own.map(|own| 1 + sorted.partition_point(|other| *other < own) as u64)).collect()
}
