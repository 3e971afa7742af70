//! A project, packed.

use findings_core::SeverityCounts;
use findings_core::organisation::{DecisionNumbers, DurationStats, ProjectCoverage, ProjectSummary, Share, Trend};
use serde_json::{Value, json};

use super::series::{of_project, states};
use super::times::Times;
use crate::texts::word;

/// The places of a project's array. What is not known is `null`.
pub(super) const FIELDS: [&str; 26] = [
    "name",
    "standing",
    "accounts",
    "has_recipients",
    "runs",
    "first_run",
    "last_run",
    "complete",
    "incomplete_accounts",
    "coverage",
    "last_told",
    "last_decision",
    "open",
    "ages",
    "overdue",
    "undecided",
    "decisions",
    "time_to_fix",
    "within_target",
    "net_resolve",
    "trend",
    "points",
    "rank",
    "no_rank",
    "states",
    "series",
];

pub(super) fn project(summary: &ProjectSummary, times: &mut Times<'_>) -> Value {
    json!([
        summary.project,
        word(&summary.standing),
        summary.accounts,
        summary.has_recipients,
        summary.runs,
        times.index(summary.first_run),
        times.index(summary.last_run),
        summary.complete,
        summary.incomplete_accounts,
        summary.coverage.as_ref().map(coverage),
        times.index(summary.last_told.as_ref().map(|told| told.at)),
        times.index(summary.last_decision),
        counts(&summary.open),
        summary.open_by_age,
        summary.overdue.as_ref().map(counts),
        summary.undecided,
        summary.decisions.as_ref().map(decisions),
        durations(&summary.time_to_fix),
        summary.within_target.as_ref().map(share),
        share(&summary.net_resolve),
        summary.trend.as_ref().map(trend),
        summary.points,
        summary.rank,
        summary.no_rank.as_ref().map(word),
        states(summary.series.state.iter().copied()),
        of_project(&summary.series),
    ])
}

/// To fix, late, accepted, ending soon, false positives, not ours.
fn decisions(numbers: &DecisionNumbers) -> Value {
    let DecisionNumbers { to_fix, late, accepted, ending_soon, false_positives, not_ours, .. } = *numbers;
    json!([to_fix, late, accepted, ending_soon, false_positives, not_ours])
}

/// The worst severity first.
fn counts(counts: &SeverityCounts) -> Value {
    json!([counts.critical, counts.high, counts.medium, counts.low, counts.informational])
}

/// Accounts, gaps, accepted, degraded, unread.
fn coverage(coverage: &ProjectCoverage) -> Value {
    json!([coverage.accounts, coverage.gaps, coverage.accepted, coverage.degraded, coverage.unread])
}

/// Number, median, 90th percentile.
fn durations(stats: &DurationStats) -> Value {
    json!([stats.count, stats.median_days, stats.p90_days])
}

/// Number, base, percent.
fn share(share: &Share) -> Value {
    json!([share.count, share.of, share.percent])
}

/// Direction, points of the last four weeks, points of the four weeks before.
fn trend(trend: &Trend) -> Value {
    json!([word(&trend.direction), trend.recent.points, trend.before.points])
}
