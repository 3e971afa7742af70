//! Keeps decisions in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::Result;
use crate::decision::{
    Decision, DecisionId, DecisionLog, DecisionQuery, ProjectDecisions, RecordDecisions, ReturnedFile,
};
use crate::history::IssueId;

type OfProject = BTreeMap<(IssueId, DecisionId), Decision>;

/// Decisions in memory. Clones share them.
///
/// ```
/// use findings_core::decision::{DecisionLog, DecisionQuery};
/// use findings_core::memory::MemoryDecisions;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> findings_core::Result<()> {
/// assert!(MemoryDecisions::new().decisions(&DecisionQuery::new("Payments")).await?.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryDecisions {
    projects: Arc<Mutex<HashMap<String, OfProject>>>,
    files: Arc<Mutex<HashMap<String, ReturnedFile>>>,
}

impl MemoryDecisions {
    /// No decisions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks the map. A poisoned lock is safe to use, because every change is one insertion.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, OfProject>> {
        self.projects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl DecisionLog for MemoryDecisions {
    async fn record(&self, request: &RecordDecisions) -> Result<()> {
        let mut projects = self.lock();
        let project = projects.entry(request.project.clone()).or_default();
        for decision in &request.decisions {
            project.insert((decision.issue.clone(), decision.id.clone()), decision.clone());
        }
        Ok(())
    }

    async fn decisions(&self, query: &DecisionQuery) -> Result<ProjectDecisions> {
        let projects = self.lock();
        Ok(ProjectDecisions::new(projects.get(&query.project).into_iter().flat_map(BTreeMap::values).cloned()))
    }

    async fn note_returned(&self, file: &ReturnedFile) -> Result<()> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(file.id.clone(), file.clone());
        Ok(())
    }

    async fn returned(&self, id: &str) -> Result<Option<ReturnedFile>> {
        Ok(self.files.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned())
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;

    crate::decisions_conformance!(async { MemoryDecisions::new() });
}
