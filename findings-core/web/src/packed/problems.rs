//! Problems, packed: which projects have them.

use findings_core::organisation::ProblemSummary;
use serde::Serialize;

/// Control, title, open issues, and pairs of project and its open issues. The index of a project is written as the
/// distance to the one before, the first as itself.
#[derive(Debug, Serialize)]
pub(super) struct Problem<'a>(Option<&'a str>, &'a str, u64, Vec<u64>);

impl<'a> Problem<'a> {
    pub(super) fn of(problem: &'a ProblemSummary) -> Self {
        let mut before = 0;
        let mut pairs = Vec::with_capacity(problem.projects.len() * 2);
        for project in &problem.projects {
            let index = project.project as u64;
            pairs.extend([index.saturating_sub(before), project.open]);
            before = index;
        }
        Self(problem.control.as_deref(), &problem.title, problem.open.total(), pairs)
    }
}
