//! Keeps the run ledger in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::ledger::{
    AcquireOutcome, AcquireRun, CloseRun, FinishedRun, Lease, LeaseDecision, LedgerEntry, MessageEntry, ProgressQuery,
    RecordEntry, RenewRun, RunLedger, RunProgress, RunState, lease_lost, message_settled,
};
use crate::recipient::Recipient;
use crate::{Result, RunId};

/// A run ledger in memory. Clones share their entries. Other processes cannot see it, so it protects a run only from
/// other tasks of the same process.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    runs: Arc<Mutex<HashMap<RunId, Run>>>,
    last_finished: Arc<Mutex<Option<FinishedRun>>>,
}

#[derive(Debug, Default)]
struct Run {
    state: RunState,
    summary: Option<String>,
    entries: HashMap<EntryKey, LedgerEntry>,
}

/// The subject of an entry. A later entry with the same key replaces an earlier one.
#[derive(Debug, PartialEq, Eq, Hash)]
enum EntryKey {
    Project(String),
    Message(String, String, Recipient),
}

impl EntryKey {
    fn of(entry: &LedgerEntry) -> Self {
        match entry {
            LedgerEntry::ProjectDone { project, .. } => Self::Project(project.clone()),
            LedgerEntry::Message(MessageEntry { project, notifier, recipient, .. }) => {
                Self::Message(project.clone(), notifier.clone(), recipient.clone())
            }
        }
    }
}

impl Run {
    fn acquire(&mut self, request: &AcquireRun) -> AcquireOutcome {
        let (resumed, reopened) = match self.state.decide(request) {
            LeaseDecision::Held(Lease { owner, until }) => return AcquireOutcome::Held { owner, until },
            LeaseDecision::Finished => {
                return AcquireOutcome::Finished { summary: self.summary.clone().unwrap_or_default() };
            }
            LeaseDecision::Grant { resumed } => (resumed, None),
            LeaseDecision::Reopen(reopened) => (true, Some(reopened)),
        };
        self.state = self.state.granted(request, reopened);
        AcquireOutcome::Granted { resumed }
    }

    fn record(&mut self, request: &RecordEntry) -> Result<()> {
        let key = EntryKey::of(&request.entry);
        let is_settled = match (&request.entry, self.entries.get(&key)) {
            (LedgerEntry::Message(next), Some(LedgerEntry::Message(before))) => !next.may_follow(Some(before)),
            (LedgerEntry::Message(next), _) => !next.may_follow(None),
            (LedgerEntry::ProjectDone { .. }, _) => false,
        };
        if is_settled {
            return Err(message_settled(&request.run_id));
        }
        self.entries.insert(key, request.entry.clone());
        Ok(())
    }
}

impl MemoryLedger {
    /// Creates an empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Run>> {
        // a poisoned lock is safe to use: no code that holds it can panic in the middle of a change
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_finished(&self, finished: FinishedRun) {
        let mut last = self.last_finished.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|last| last.at <= finished.at) {
            *last = Some(finished);
        }
    }
}

#[async_trait]
impl RunLedger for MemoryLedger {
    async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome> {
        Ok(self.lock().entry(request.run_id.clone()).or_default().acquire(request))
    }

    async fn renew(&self, request: &RenewRun) -> Result<()> {
        match self.lock().get_mut(&request.run_id) {
            Some(run) if run.state.is_held_by(&request.owner) => {
                run.state.lease = Some(Lease::new(&request.owner, request.now, request.lease));
                Ok(())
            }
            _ => Err(lease_lost("renew the lease of run", &request.run_id)),
        }
    }

    async fn close(&self, request: &CloseRun) -> Result<()> {
        match self.lock().get_mut(&request.run_id) {
            Some(run) if run.state.is_held_by(&request.owner) => {
                (run.state.lease, run.state.finished) = (None, request.summary.is_some());
                run.summary.clone_from(&request.summary);
                if let Some(finished) = request.finished_run() {
                    self.note_finished(finished);
                }
                Ok(())
            }
            _ => Err(lease_lost("close run", &request.run_id)),
        }
    }

    async fn record(&self, request: &RecordEntry) -> Result<()> {
        match self.lock().get_mut(&request.run_id) {
            Some(run) if run.state.is_held_by(&request.owner) => run.record(request),
            _ => Err(lease_lost("record progress of run", &request.run_id)),
        }
    }

    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
        let runs = self.lock();
        let progress = |run: &Run| RunProgress::new(run.state.clone(), run.entries.values().cloned().collect());
        Ok(runs.get(&query.run_id).map(progress).unwrap_or_default())
    }

    async fn last_finished(&self) -> Result<Option<FinishedRun>> {
        Ok(self.last_finished.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    crate::ledger_conformance!(async { MemoryLedger::new() });
}
