//! Projects that are remembered and no longer in the registry: their issues are closed, and that is said.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::Pipeline;
use super::run_all::Run;
use crate::history::{HistoryCommit, HistoryQuery, IssueRecord, ListProjects, ProjectRun, Resolved};
use crate::registry::Registry;
use crate::report::Resolution;
use crate::{AccountId, Result};

/// A project that left the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DepartedProject {
    /// Its name.
    pub project: String,
    /// Its issues that were open; the history calls them resolved by [`ProjectLeft`](Resolution::ProjectLeft) until it returns.
    pub issues: u64,
}

impl Pipeline {
    /// Closes what projects that left had open. A registry with a line that could not be read proves nothing; what fails is done by the next run.
    pub(super) async fn settle_departed(&self, registry: &Registry, run: &Run) -> Vec<DepartedProject> {
        let mut departed = Vec::new();
        let stopped = run.lost.is_cancelled() || self.settings.cancel.is_cancelled();
        if stopped || !run.registry_is_whole {
            return departed;
        }
        if let Err(error) = self.close_departed(registry, &mut departed).await {
            tracing::warn!(error = %error.report(), "projects that left the registry could not be settled; the next run tries again");
        }
        departed
    }

    async fn close_departed(&self, registry: &Registry, departed: &mut Vec<DepartedProject>) -> Result<()> {
        let registered: HashSet<&str> = registry.projects.iter().map(|p| p.name.as_str()).collect();
        for name in self.parts.history_reader.projects(&ListProjects::new()).await? {
            if registered.contains(name.as_str()) {
                continue;
            }
            let history = self.parts.history_reader.project(&HistoryQuery::new(&name)).await?;
            let open: Vec<IssueRecord> = history.issues.into_iter().filter(IssueRecord::is_open).collect();
            if open.is_empty() {
                continue;
            }
            let issues = open.len() as u64;
            tracing::warn!(project = %name, issues, "the project is no longer in the registry; its issues are closed");
            self.parts.history_sink.commit(&self.farewell(&name, open)).await?;
            departed.push(DepartedProject { project: name, issues });
        }
        Ok(())
    }

    fn farewell(&self, name: &str, mut issues: Vec<IssueRecord>) -> HistoryCommit {
        let (run_id, at) = (&self.settings.run_id, self.settings.clock.now());
        let mut last = ProjectRun::new(run_id.clone(), at);
        let accounts: BTreeSet<AccountId> = issues.iter().map(|issue| issue.account).collect();
        (last.complete, last.incomplete_accounts) = (false, accounts.into_iter().collect());
        last.changes.resolved = issues.len() as u64;
        for issue in &mut issues {
            let resolution = Resolution::ProjectLeft;
            issue.resolved = Some(Resolved { at, run_id: run_id.clone(), resolution });
        }
        HistoryCommit::new(name, last, issues)
    }
}

#[cfg(test)]
mod tests;
