//! The table of projects.

use std::cmp::Reverse;

use findings_core::organisation::{
    DurationStats, NoRank, ProjectCoverage, ProjectSummary, Share, Standing, Trend, WEIGHTS,
};
use findings_core::{Severity, SeverityCounts};
use jiff::Timestamp;
use serde::Serialize;

use crate::chart::spark;

/// A project.
#[derive(Debug, Serialize)]
pub(crate) struct Row<'a> {
    index: usize,
    name: &'a str,
    standing: Standing,
    /// Without a run, nothing is known of what is open.
    has_run: bool,
    accounts: Option<u64>,
    rank: Option<u64>,
    no_rank: Option<NoRank>,
    points: Option<f64>,
    open: &'a SeverityCounts,
    overdue: Option<u64>,
    trend: Option<&'a Trend>,
    net_resolve: &'a Share,
    time_to_fix: &'a DurationStats,
    coverage: Option<&'a ProjectCoverage>,
    last_told: Option<Timestamp>,
    last_decision: Option<Timestamp>,
    spark: Option<String>,
}

/// The projects, those that need help most first: with a rank the last ones, then those without by what is open.
pub(super) fn league(projects: &[ProjectSummary]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = projects.iter().enumerate().map(|(index, project)| row(index, project)).collect();
    let key = |row: &Row<'_>| (row.standing != Standing::Active, Reverse(row.rank), Reverse(weight(row.open)));
    rows.sort_by_key(key);
    rows
}

fn row(index: usize, project: &ProjectSummary) -> Row<'_> {
    Row {
        index,
        name: &project.project,
        standing: project.standing,
        has_run: project.last_run.is_some(),
        accounts: project.accounts,
        rank: project.rank,
        no_rank: project.no_rank,
        points: project.points,
        open: &project.open,
        overdue: project.overdue.as_ref().map(SeverityCounts::total),
        trend: project.trend.as_ref(),
        net_resolve: &project.net_resolve,
        time_to_fix: &project.time_to_fix,
        coverage: project.coverage.as_ref(),
        last_told: project.last_told.as_ref().map(|told| told.at),
        last_decision: project.last_decision,
        spark: spark(&project.series),
    }
}

fn weight(counts: &SeverityCounts) -> u64 {
    Severity::WORST_FIRST.iter().zip(WEIGHTS).map(|(severity, weight)| counts.get(*severity) * weight).sum()
}
