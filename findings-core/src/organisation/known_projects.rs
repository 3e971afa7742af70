//! The projects of which histories were read, and which names are earlier ones of others.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::builder::ReportOwners;
use super::facts::{IssueFacts, ProjectFacts, RunTimes};
use super::standing::{SharedReports, earlier_names};
use crate::history::ProjectHistory;

/// Projects, added one after the other.
#[derive(Debug, Default)]
pub(super) struct KnownProjects {
    pub(super) projects: Vec<ProjectFacts>,
    shared_reports: SharedReports,
    owners: ReportOwners,
}

impl KnownProjects {
    /// Adds a project up to `as_of` and returns its index.
    pub(super) fn add(&mut self, name: &str, history: &ProjectHistory, as_of: Timestamp) -> usize {
        let index = self.projects.len();
        let mut project = ProjectFacts::new(name, &history.runs, as_of);
        for run in history.runs.iter().filter(|run| run.at <= as_of) {
            let others = self.owners.add(run, index);
            self.shared_reports.extend(others.into_iter().map(|other| (other, index)));
        }
        let times = RunTimes::of(&history.runs);
        for record in &history.issues {
            if let Some(issue) = IssueFacts::of(record, &times, (index, 0), as_of) {
                project.add(issue);
            }
        }
        self.projects.push(project);
        index
    }

    /// The indexes of earlier names of other projects, with the index of the other if it is known.
    pub(super) fn earlier_names(&self) -> BTreeMap<usize, Option<usize>> {
        earlier_names(&self.projects, &self.shared_reports)
    }

    /// The latest run of any project.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.projects.iter().filter_map(ProjectFacts::last_run).max()
    }
}
