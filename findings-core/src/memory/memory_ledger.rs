//! Run ledger in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::ledger::{
    AcquireRun, Acquired, CloseRun, Entry, ProgressQuery, RecordEntry, RenewRun, RunLedger, RunProgress,
};
use crate::notify::Recipient;
use crate::{Error, ErrorKind, Result, RunId};

/// Knows in memory which runs there were. Clones share what they know; other processes see nothing of it.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    runs: Arc<Mutex<HashMap<RunId, Run>>>,
}

#[derive(Debug, Default)]
struct Run {
    /// False until somebody was granted it.
    begun: bool,
    holder: Option<(String, Timestamp)>,
    summary: Option<String>,
    entries: HashMap<Slot, Entry>,
}

/// What an entry is about: the last one for it counts.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Slot {
    Project(String),
    Message(String, String, Recipient),
}

impl Slot {
    fn of(entry: &Entry) -> Self {
        match entry {
            Entry::ProjectDone { project, .. } => Self::Project(project.clone()),
            Entry::Message { project, notifier, recipient, .. } => {
                Self::Message(project.clone(), notifier.clone(), recipient.clone())
            }
        }
    }
}

impl Run {
    fn acquire(&mut self, request: &AcquireRun) -> Acquired {
        if let Some(summary) = &self.summary {
            if !request.force {
                return Acquired::Finished { summary: summary.clone() };
            }
            *self = Self::default();
        }
        if let Some((owner, until)) = &self.holder
            && *owner != request.owner
            && *until > request.now
        {
            return Acquired::Held { owner: owner.clone(), until: *until };
        }
        let resumed = std::mem::replace(&mut self.begun, true);
        self.hold(&request.owner, request.now, request.lease);
        Acquired::Granted { resumed }
    }

    fn hold(&mut self, owner: &str, now: Timestamp, lease: Duration) {
        self.holder = Some((owner.to_owned(), now.checked_add(lease).unwrap_or(Timestamp::MAX)));
    }

    fn is_held_by(&self, owner: &str) -> bool {
        self.holder.as_ref().is_some_and(|(holder, _)| holder == owner)
    }
}

fn lease_lost(operation: &'static str, run_id: &RunId) -> Error {
    Error::new(ErrorKind::Conflict, operation)
        .with_subject(run_id.as_str())
        .with_message("the lease is lost: somebody else works on it, or it is finished")
}

impl MemoryLedger {
    /// Knows of no run yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Run>> {
        // nothing that is done under the lock leaves half a change behind
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RunLedger for MemoryLedger {
    async fn acquire(&self, request: &AcquireRun) -> Result<Acquired> {
        Ok(self.lock().entry(request.run_id.clone()).or_default().acquire(request))
    }

    async fn renew(&self, request: &RenewRun) -> Result<()> {
        match self.lock().get_mut(&request.run_id) {
            Some(run) if run.is_held_by(&request.owner) => {
                run.hold(&request.owner, request.now, request.lease);
                Ok(())
            }
            _ => Err(lease_lost("renew the lease of run", &request.run_id)),
        }
    }

    async fn close(&self, request: &CloseRun) -> Result<()> {
        match self.lock().get_mut(&request.run_id) {
            Some(run) if run.is_held_by(&request.owner) => {
                run.holder = None;
                run.summary.clone_from(&request.summary);
                Ok(())
            }
            _ => Err(lease_lost("close run", &request.run_id)),
        }
    }

    async fn record(&self, request: &RecordEntry) -> Result<()> {
        match self.lock().get_mut(&request.run_id) {
            Some(run) if run.is_held_by(&request.owner) => {
                run.entries.insert(Slot::of(&request.entry), request.entry.clone());
                Ok(())
            }
            _ => Err(lease_lost("record progress of run", &request.run_id)),
        }
    }

    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
        let runs = self.lock();
        let entries = runs.get(&query.run_id).map(|run| run.entries.values().cloned().collect());
        Ok(RunProgress::new(entries.unwrap_or_default()))
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    crate::ledger_conformance!(async { MemoryLedger::new() });
}
