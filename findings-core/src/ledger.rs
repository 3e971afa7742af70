//! Step 1: the ledger of runs, with which every scheduled run is done once and an interrupted run can be continued.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::recipient::Recipient;
use crate::{Result, RunId};

mod lease;
mod message_state;

#[cfg(any(feature = "aws-dynamodb", feature = "local"))]
pub(crate) use lease::lease_end;
pub use lease::{Lease, LeaseDecision, RunState, lease_lost};
pub use message_state::{MessageState, StoredState};

/// A request to work on a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AcquireRun {
    /// The run.
    pub run_id: RunId,
    /// The process that asks; unique for each process.
    pub owner: String,
    /// The current time, UTC.
    pub now: Timestamp,
    /// How long the lease lasts unless it is renewed.
    pub lease: Duration,
    /// Whether to start a finished run again. A lease that another owner holds is respected all the same.
    pub force: bool,
}

impl AcquireRun {
    /// A request for a lease of five minutes.
    pub fn new(run_id: RunId, owner: impl Into<String>, now: Timestamp) -> Self {
        Self { run_id, owner: owner.into(), now, lease: Duration::from_mins(5), force: false }
    }
}

/// The result of [`AcquireRun`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcquireOutcome {
    /// The run is granted to the owner that asked.
    Granted {
        /// Whether an earlier attempt began the run. If so, [`RunProgress`] has what it recorded.
        resumed: bool,
    },
    /// Another owner holds the run.
    Held {
        /// The other owner.
        owner: String,
        /// When its lease ends unless it is renewed, UTC.
        until: Timestamp,
    },
    /// The run is finished.
    Finished {
        /// Its summary, one JSON object.
        summary: String,
    },
}

/// A request to renew a lease.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RenewRun {
    /// The run.
    pub run_id: RunId,
    /// The owner of the lease.
    pub owner: String,
    /// The current time, UTC.
    pub now: Timestamp,
    /// How long the lease lasts from `now` on.
    pub lease: Duration,
}

impl RenewRun {
    /// A request to renew the lease for `lease` from `now` on.
    pub fn new(run_id: RunId, owner: impl Into<String>, now: Timestamp, lease: Duration) -> Self {
        Self { run_id, owner: owner.into(), now, lease }
    }
}

/// A request to give up a lease.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CloseRun {
    /// The run.
    pub run_id: RunId,
    /// The owner of the lease.
    pub owner: String,
    /// The current time, UTC.
    pub now: Timestamp,
    /// The summary of the finished run, one JSON object; `None` leaves the run unfinished for the next attempt.
    pub summary: Option<String>,
}

impl CloseRun {
    /// A request that finishes the run.
    pub fn finished(run_id: RunId, owner: impl Into<String>, now: Timestamp, summary: impl Into<String>) -> Self {
        Self { run_id, owner: owner.into(), now, summary: Some(summary.into()) }
    }

    /// A request that leaves the run unfinished.
    pub fn released(run_id: RunId, owner: impl Into<String>, now: Timestamp) -> Self {
        Self { run_id, owner: owner.into(), now, summary: None }
    }
}

/// An entry of the ledger: the state of a message or the outcome of a project in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerEntry {
    /// The state of a message to a recipient. It replaces an earlier one for the same notifier and recipient.
    Message {
        /// Name of the project.
        project: String,
        /// Name of the notifier.
        notifier: String,
        /// The recipient.
        recipient: Recipient,
        /// The state of the message.
        state: MessageState,
        /// When the entry was made, UTC.
        at: Timestamp,
    },
    /// The project is done: its report is delivered and its history is written.
    ProjectDone {
        /// Name of the project.
        project: String,
        /// Its part of the run's summary, one JSON object.
        outcome: String,
    },
}

impl LedgerEntry {
    /// Name of the project.
    pub fn project(&self) -> &str {
        match self {
            Self::Message { project, .. } | Self::ProjectDone { project, .. } => project,
        }
    }
}

/// A request to record an entry for a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordEntry {
    /// The run.
    pub run_id: RunId,
    /// The owner of the lease.
    pub owner: String,
    /// The entry.
    pub entry: LedgerEntry,
}

impl RecordEntry {
    /// A request to record `entry` for a run that `owner` holds.
    pub fn new(run_id: RunId, owner: impl Into<String>, entry: LedgerEntry) -> Self {
        Self { run_id, owner: owner.into(), entry }
    }
}

/// A request for the progress of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProgressQuery {
    /// The run.
    pub run_id: RunId,
}

impl ProgressQuery {
    /// A request for all entries of a run.
    pub fn new(run_id: RunId) -> Self {
        Self { run_id }
    }
}

/// The progress of a run: the last entry for each message and each project, in no particular order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunProgress {
    /// The entries.
    pub entries: Vec<LedgerEntry>,
}

impl RunProgress {
    /// The progress with these entries.
    pub fn new(entries: Vec<LedgerEntry>) -> Self {
        Self { entries }
    }

    /// The outcome of a project, one JSON object; `None` if the project is not done.
    pub fn outcome_of(&self, name: &str) -> Option<&str> {
        self.entries.iter().find_map(|e| match e {
            LedgerEntry::ProjectDone { project, outcome } if project == name => Some(outcome.as_str()),
            _ => None,
        })
    }

    /// The state of the message of a notifier to a recipient; `None` if none is recorded.
    pub fn message(&self, name: &str, by: &str, to: &Recipient) -> Option<&MessageState> {
        self.entries.iter().find_map(|e| match e {
            LedgerEntry::Message { project, notifier, recipient, state, .. }
                if project == name && notifier == by && recipient == to =>
            {
                Some(state)
            }
            _ => None,
        })
    }
}

/// Records which runs there were, which owner holds each of them, and what is done.
///
/// It is needed because a schedule can start a task twice, and tasks can be killed at any time.
///
/// An implementation
/// * MUST grant a run to one owner at a time, also when many ask at once; the owner itself may ask again,
/// * MUST grant a run whose lease has expired to the next owner that asks, with `resumed`,
/// * MUST refuse [`renew`](Self::renew), [`close`](Self::close) and [`record`](Self::record) with
///   [`Conflict`](crate::ErrorKind::Conflict) to an owner that does not hold the run: a task that slept past its lease
///   must not overwrite what the next one does,
/// * MUST answer [`AcquireOutcome::Finished`] for a finished run, except with `force`,
/// * MUST return from [`progress`](Self::progress) every entry whose recording returned, the last one for each message
///   and each project, and MUST NOT mix entries of different runs,
/// * MUST delete the entries of a finished run when it is granted again with `force`.
///
/// `testing::conformance::ledger` has a test for each MUST.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RunLedger: fmt::Debug + Send + Sync + 'static {
    /// Asks for the lease of a run.
    ///
    /// # Errors
    /// As the backend answers. A run that another owner holds is not an error, see [`AcquireOutcome::Held`].
    async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome>;

    /// Renews a lease.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the lease is lost: stop working.
    async fn renew(&self, request: &RenewRun) -> Result<()>;

    /// Gives up a lease and, with a summary, finishes the run.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the lease is lost.
    async fn close(&self, request: &CloseRun) -> Result<()>;

    /// Records an entry.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the lease is lost: stop working.
    async fn record(&self, request: &RecordEntry) -> Result<()>;

    /// Returns the progress of a run.
    ///
    /// # Errors
    /// As the backend answers.
    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress>;
}
