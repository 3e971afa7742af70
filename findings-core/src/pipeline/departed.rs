//! Departed projects: in the history, but no longer in the registry. Their issues are closed and reported.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::context::RunContext;
use super::settings::Settings;
use crate::history::{HistoryCommit, HistoryQuery, IssueRecord, IssueResolution, ListProjects, ProjectRun, Resolution};
use crate::registry::Registry;
use crate::{AccountId, Result};

/// A project that left the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DepartedProject {
    /// Its name.
    pub project: String,
    /// Its issues that were open; the history calls them resolved by [`ProjectLeft`](Resolution::ProjectLeft) until it
    /// returns.
    pub issues: u64,
}

/// Closes the open issues of departed projects. Does nothing after a stop request, or if a line of the registry could
/// not be read, because the line may name the project. The next run repeats what fails.
pub(super) async fn settle_departed(run: &RunContext<'_>, registry: &Registry) -> Vec<DepartedProject> {
    let mut departed = Vec::new();
    if run.stop.is_requested() || !run.registry_is_whole {
        return departed;
    }
    if let Err(error) = close_departed(run, registry, &mut departed).await {
        tracing::warn!(error = %error.report(), "projects that left the registry could not be settled; the next run tries again");
    }
    departed
}

async fn close_departed(run: &RunContext<'_>, registry: &Registry, departed: &mut Vec<DepartedProject>) -> Result<()> {
    let registered: HashSet<&str> = registry.projects.iter().map(|p| p.name.as_str()).collect();
    for name in run.parts.history_reader.projects(&ListProjects::new()).await? {
        if registered.contains(name.as_str()) {
            continue;
        }
        let history = run.parts.history_reader.project(&HistoryQuery::new(&name)).await?;
        let open: Vec<IssueRecord> = history.issues.into_iter().filter(IssueRecord::is_open).collect();
        if open.is_empty() {
            continue;
        }
        let issues = open.len() as u64;
        tracing::warn!(project = %name, issues, "the project is no longer in the registry; its issues are closed");
        run.parts.history_sink.commit(&farewell(run.settings, &name, open)).await?;
        departed.push(DepartedProject { project: name, issues });
    }
    Ok(())
}

/// Returns the last run of a departed project. It has no report, because none was delivered.
fn farewell(settings: &Settings, name: &str, mut issues: Vec<IssueRecord>) -> HistoryCommit {
    let (run_id, at) = (&settings.run_id, settings.clock.now());
    let mut last = ProjectRun::new(run_id.clone(), at);
    let accounts: BTreeSet<AccountId> = issues.iter().map(|issue| issue.account).collect();
    (last.complete, last.told, last.incomplete_accounts) = (false, false, accounts.into_iter().collect());
    last.changes.resolved = issues.len() as u64;
    for issue in &mut issues {
        let resolution = Resolution::ProjectLeft;
        issue.resolved = Some(IssueResolution { at, run_id: run_id.clone(), resolution });
    }
    HistoryCommit::new(name, last, issues)
}

#[cfg(test)]
mod tests;
