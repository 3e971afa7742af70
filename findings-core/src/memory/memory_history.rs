//! Keeps the history in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::history::{
    CommitReceipt, HistoryCommit, HistoryQuery, HistoryReader, HistorySink, IssueId, IssueRecord, ListProjects,
    ProjectHistory, ProjectRun,
};
use crate::{Result, RunId};

/// A history in memory. Clones share their records. Nothing expires.
///
/// ```
/// use findings_core::history::{HistoryCommit, HistoryQuery, HistoryReader, HistorySink, ProjectRun};
/// use findings_core::memory::MemoryHistory;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let history = MemoryHistory::new();
/// let run = ProjectRun::new("2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// history.commit(&HistoryCommit::new("Payments", run, Vec::new())).await?;
/// assert_eq!(history.project(&HistoryQuery::new("Payments")).await?.runs.len(), 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryHistory {
    projects: Arc<Mutex<HashMap<String, ProjectRecords>>>,
}

/// The records of one project.
#[derive(Debug, Default)]
struct ProjectRecords {
    issues: BTreeMap<IssueId, IssueRecord>,
    runs: HashMap<RunId, ProjectRun>,
}

impl MemoryHistory {
    /// Creates an empty history.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, ProjectRecords>> {
        // a poisoned lock is safe to use: no code that holds it can panic in the middle of a change
        self.projects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HistorySink for MemoryHistory {
    async fn commit(&self, commit: &HistoryCommit) -> Result<CommitReceipt> {
        let issues = commit.issues.to_vec()?;
        let mut projects = self.lock();
        let project = projects.entry(commit.project.clone()).or_default();
        project.issues.extend(issues.into_iter().map(|issue| (issue.id.clone(), issue)));
        project.runs.insert(commit.run.run_id.clone(), commit.run.clone());
        Ok(CommitReceipt { writes: commit.issues.len() as u64 + 1 })
    }
}

#[async_trait]
impl HistoryReader for MemoryHistory {
    async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory> {
        let projects = self.lock();
        let Some(project) = projects.get(&query.project) else { return Ok(ProjectHistory::default()) };
        let start = query.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let issues = project.issues.range((start, Bound::Unbounded)).map(|(_, issue)| issue.clone());
        let issues = issues.take(if query.issues { query.issue_limit } else { 0 }).collect();
        let runs = project.runs.values().cloned().collect();
        Ok(ProjectHistory::in_order(issues, runs, query.runs))
    }

    async fn projects(&self, _: &ListProjects) -> Result<Vec<String>> {
        let mut names: Vec<String> = self.lock().keys().cloned().collect();
        names.sort_unstable();
        Ok(names)
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    crate::history_conformance!(async { MemoryHistory::new() });
}
