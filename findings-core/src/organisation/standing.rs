//! Whether a project is still there, and which names are earlier ones of others.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use super::facts::{ProjectFacts, Seen};
use super::range::{ReportRange, Window};
use super::weeks::WeekState;
use crate::registry::{Project, project_key};

/// How many weeks before the latest run of any project the last run of a project can lie before it counts as silent, if
/// the registry is not known. A month, so that one report that failed makes nobody disappear.
pub const SILENT_WEEKS: i64 = 4;

/// Whether a project is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// It is in the registry or, if the registry is not known, had a run in the last weeks.
    Active,
    /// It is not in the registry. Its open issues stay open, because nothing is known of them.
    Departed,
    /// The registry is not known, and others had runs for more than [`SILENT_WEEKS`] weeks, but not this project.
    Silent,
}

/// A project, and what its runs saw in each week.
#[derive(Debug)]
pub(super) struct ProjectView<'a> {
    pub(super) facts: &'a ProjectFacts,
    pub(super) standing: Standing,
    /// The latest run of any project.
    pub(super) latest: Option<Timestamp>,
    /// Whether it is an earlier name of a project, whose history has all of it.
    pub(super) is_earlier_name: bool,
    /// What its runs saw in each week of the range.
    pub(super) seen: Vec<Seen>,
}

impl ProjectView<'_> {
    /// What is known of a week, of which its runs saw this.
    pub(super) fn state(&self, week: Window, seen: &Seen) -> WeekState {
        let is_gone = self.standing != Standing::Active && self.facts.last_run().is_some_and(|last| last < week.from);
        let is_pending = week.to == Timestamp::MAX && self.latest.is_some_and(|latest| latest < week.from);
        match seen {
            Seen::NotYet => WeekState::NotYet,
            Seen::NoRun if is_gone => WeekState::Gone,
            Seen::NoRun if is_pending => WeekState::Pending,
            Seen::NoRun => WeekState::NoRun,
            Seen::Runs { complete: true, .. } => WeekState::Complete,
            Seen::Runs { complete: false, .. } => WeekState::Incomplete,
        }
    }
}

/// The names of the registry, the earlier ones included.
#[derive(Debug)]
pub(super) struct RegistryNames<'a> {
    by_key: BTreeMap<String, &'a Project>,
}

impl<'a> RegistryNames<'a> {
    pub(super) fn of(projects: &'a [Project]) -> Self {
        let mut by_key = BTreeMap::new();
        let aliases = projects.iter().flat_map(|p| p.aliases.iter().map(move |alias| (alias, p)));
        for (name, project) in projects.iter().map(|p| (&p.name, p)).chain(aliases) {
            by_key.entry(project_key(name)).or_insert(project);
        }
        Self { by_key }
    }

    pub(super) fn project(&self, name: &str) -> Option<&'a Project> {
        self.by_key.get(&project_key(name)).copied()
    }
}

/// Whether a project is still there. `latest` is the latest run of any project.
pub(super) fn standing(
    facts: &ProjectFacts,
    registry: Option<&RegistryNames<'_>>,
    range: &ReportRange,
    latest: Option<Timestamp>,
) -> Standing {
    if let Some(registry) = registry {
        return if registry.project(&facts.name).is_some() { Standing::Active } else { Standing::Departed };
    }
    let oldest = latest.and_then(|latest| range.weeks_up_to(latest, 1, SILENT_WEEKS).first().map(|week| week.from));
    let is_silent = facts.last_run().zip(oldest).is_some_and(|(last, oldest)| last < oldest);
    if is_silent { Standing::Silent } else { Standing::Active }
}

/// Pairs of projects, by index, whose histories have the same report: the history of a renamed project has the reports
/// under both names.
pub(super) type SharedReports = BTreeSet<(usize, usize)>;

/// Returns the indexes of projects that are earlier names of others, with the index of the other if it is known.
pub(super) fn earlier_names(projects: &[ProjectFacts], shared: &SharedReports) -> BTreeMap<usize, Option<usize>> {
    // the name that goes on has the later runs; right after the renaming, both have the same ones
    let rank = |index: usize| (projects[index].last_run(), !has_renamed(&projects[index]), index);
    let mut earlier: BTreeMap<usize, Option<usize>> = BTreeMap::new();
    for (index, _) in projects.iter().enumerate().filter(|(_, project)| is_closed_by_renaming(project)) {
        earlier.insert(index, None);
    }
    for (a, b) in shared.iter().copied() {
        let (old, new) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
        let known = earlier.entry(old).or_default();
        // of several later names, the last one
        *known = (*known).into_iter().chain([new]).max_by_key(|index| rank(*index));
    }
    earlier
}

fn has_renamed(project: &ProjectFacts) -> bool {
    project.issues.iter().any(|issue| issue.is_renamed)
}

/// Whether the open issues of a project were closed because it goes on under another name.
fn is_closed_by_renaming(project: &ProjectFacts) -> bool {
    has_renamed(project) && !project.issues.iter().any(super::facts::IssueFacts::is_open)
}

/// Names of the registry of which the history has no run.
pub(super) fn never_reported(projects: &[Project], known: impl Iterator<Item = String>) -> Vec<String> {
    let known: HashSet<String> = known.map(|name| project_key(&name)).collect();
    let is_known = |name: &String| known.contains(&project_key(name));
    let missing = projects.iter().filter(|p| !is_known(&p.name) && !p.aliases.iter().any(is_known));
    missing.map(|project| project.name.clone()).collect()
}
