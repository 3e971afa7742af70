//! What earlier attempts at the run have done.

use std::collections::HashMap;

use super::outcome::{ProjectOutcome, ProjectStatus};
use crate::ledger::{LedgerEntry, Redo, RunProgress, RunState};
use crate::registry::{Project, project_key};

/// The outcomes of projects that earlier attempts delivered, by index in the registry.
#[derive(Debug, Default)]
pub(super) struct EarlierOutcomes {
    /// Projects that are done.
    pub(super) done: HashMap<usize, ProjectOutcome>,
    /// Projects that this edition of the run does again.
    pub(super) again: HashMap<usize, ProjectOutcome>,
}

impl EarlierOutcomes {
    /// Reads the outcomes from the ledger's entries.
    pub(super) fn read(projects: &[Project], progress: &RunProgress) -> Self {
        let recorded: HashMap<String, &str> = progress.entries.iter().filter_map(project_done).collect();
        let mut earlier = Self::default();
        for (index, project) in projects.iter().enumerate() {
            // a name that was corrected between two attempts is the same project
            let mut names = std::iter::once(&project.name).chain(&project.aliases);
            let json = names.find_map(|name| recorded.get(&project_key(name)));
            let Some(outcome) = json.and_then(|json| parse(project, json)) else { continue };
            let outcomes =
                if must_be_redone(&outcome, &progress.state) { &mut earlier.again } else { &mut earlier.done };
            outcomes.insert(index, outcome);
        }
        earlier
    }
}

fn project_done(entry: &LedgerEntry) -> Option<(String, &str)> {
    match entry {
        LedgerEntry::ProjectDone { project, outcome } => Some((project_key(project), outcome)),
        LedgerEntry::Message(_) => None,
    }
}

fn parse(project: &Project, json: &str) -> Option<ProjectOutcome> {
    serde_json::from_str(json)
        .map_err(|error| {
            tracing::warn!(project = %project.name, %error, "an unreadable entry of the ledger; the project is done again");
        })
        .ok()
}

/// Whether the present edition of the run does the project again. A project that it has done already is not done twice.
fn must_be_redone(outcome: &ProjectOutcome, state: &RunState) -> bool {
    outcome.done_in < state.edition
        && match state.redo {
            Some(Redo::All) => true,
            Some(Redo::Incomplete) => is_report_incomplete(outcome),
            None => false,
        }
}

/// Early versions recorded no certainty, but the status.
fn is_report_incomplete(outcome: &ProjectOutcome) -> bool {
    match &outcome.certainty {
        Some(certainty) => !certainty.is_complete(),
        None => outcome.status == ProjectStatus::Incomplete,
    }
}
