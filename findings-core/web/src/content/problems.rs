//! The table of problems.

use findings_core::SeverityCounts;
use findings_core::organisation::{ProblemProject, ProblemSummary};
use serde::Serialize;

use super::weeks::MAX_NAMES;

/// A problem.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemRow<'a> {
    control: Option<&'a str>,
    title: &'a str,
    open: &'a SeverityCounts,
    points: u64,
    overdue: Option<u64>,
    projects: usize,
    /// The projects with most of it.
    worst: Vec<ProblemProject>,
    more: usize,
    accounts: u64,
    weeks_open: u64,
    is_first_time: Option<bool>,
    has_guidance: Option<bool>,
}

impl<'a> ProblemRow<'a> {
    pub(super) fn of(problem: &'a ProblemSummary) -> Self {
        let mut worst = problem.projects.clone();
        worst.sort_by_key(|project| (std::cmp::Reverse(project.open), project.project));
        worst.truncate(MAX_NAMES);
        Self {
            control: problem.control.as_deref(),
            title: &problem.title,
            open: &problem.open,
            points: problem.points,
            overdue: problem.overdue,
            projects: problem.projects.len(),
            more: problem.projects.len() - worst.len(),
            worst,
            accounts: problem.accounts,
            weeks_open: problem.weeks_open,
            is_first_time: problem.is_first_time,
            has_guidance: problem.has_guidance,
        }
    }
}
