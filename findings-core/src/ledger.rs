//! Step 1: the ledger of runs, with which every scheduled run is done once and an interrupted run can be continued.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Result, RunId};

mod finished_run;
mod lease;
mod message_entry;
mod message_state;
mod project_messages;
mod redo;

pub use finished_run::FinishedRun;
#[cfg(any(feature = "aws-dynamodb", feature = "local"))]
pub(crate) use lease::lease_end;
pub(crate) use lease::message_settled;
pub use lease::{Lease, LeaseDecision, Reopened, RunState, lease_lost};
pub use message_entry::MessageEntry;
pub use message_state::{MessageStage, MessageState, StoredState};
pub use project_messages::MessagesQuery;
#[cfg(any(feature = "aws-dynamodb", feature = "local"))]
pub(crate) use project_messages::in_order;
pub use redo::Redo;

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
    /// Which projects to do again if they are done; `None` leaves a finished run as it is. A lease that another owner
    /// holds is respected all the same.
    pub redo: Option<Redo>,
}

impl AcquireRun {
    /// A request for a lease of five minutes.
    pub fn new(run_id: RunId, owner: impl Into<String>, now: Timestamp) -> Self {
        Self { run_id, owner: owner.into(), now, lease: Duration::from_mins(5), redo: None }
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
    /// Whether every report of the finished run is complete.
    pub complete: bool,
}

impl CloseRun {
    /// A request that finishes the run, of which every report is complete.
    pub fn finished(run_id: RunId, owner: impl Into<String>, now: Timestamp, summary: impl Into<String>) -> Self {
        Self { run_id, owner: owner.into(), now, summary: Some(summary.into()), complete: true }
    }

    /// Says that a report of the finished run is incomplete.
    #[must_use]
    pub fn incomplete(self) -> Self {
        Self { complete: false, ..self }
    }

    /// What the ledger remembers of the finished run; `None` if the run is left unfinished.
    pub fn finished_run(&self) -> Option<FinishedRun> {
        self.summary.as_ref().map(|_| FinishedRun::new(self.run_id.clone(), self.now, self.complete))
    }

    /// A request that leaves the run unfinished.
    pub fn released(run_id: RunId, owner: impl Into<String>, now: Timestamp) -> Self {
        Self { run_id, owner: owner.into(), now, summary: None, complete: false }
    }
}

/// An entry of the ledger: the state of a message or the outcome of a project in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerEntry {
    /// The state of a message. It replaces the last one of the same project, notifier and recipient.
    Message(MessageEntry),
    /// The project is done: its report is delivered and its history is written. It replaces the last outcome.
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
            Self::Message(MessageEntry { project, .. }) | Self::ProjectDone { project, .. } => project,
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

/// The progress of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunProgress {
    /// The state of the run.
    pub state: RunState,
    /// The last entry for each message and each project, in no particular order.
    pub entries: Vec<LedgerEntry>,
}

impl RunProgress {
    /// The progress with these entries.
    pub fn new(state: RunState, entries: Vec<LedgerEntry>) -> Self {
        Self { state, entries }
    }

    /// The outcome of a project, one JSON object; `None` if the project is not done.
    pub fn outcome_of(&self, name: &str) -> Option<&str> {
        self.entries.iter().find_map(|e| match e {
            LedgerEntry::ProjectDone { project, outcome } if project == name => Some(outcome.as_str()),
            _ => None,
        })
    }

    /// The entries of messages.
    pub fn messages(&self) -> impl Iterator<Item = &MessageEntry> {
        self.entries.iter().filter_map(|entry| match entry {
            LedgerEntry::Message(message) => Some(message),
            LedgerEntry::ProjectDone { .. } => None,
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
/// * MUST answer [`AcquireOutcome::Finished`] for a finished run, except with `redo`,
/// * MUST decide as [`RunState::decide`] does, and keep all entries of a run that is reopened,
/// * MUST refuse a message that cannot follow the last one ([`MessageEntry::may_follow`]) with
///   [`Conflict`](crate::ErrorKind::Conflict). Reading the last one and writing MUST be one step: a task whose lease
///   passed unnoticed must not begin again what the next one has sent,
/// * MUST return from [`progress`](Self::progress) the state of the run and every entry whose recording returned, the
///   last one for each message and each project, and MUST NOT mix entries of different runs,
/// * MUST return from [`messages`](Self::messages) those entries of the progress that are messages about the project, by
///   recipient and notifier,
/// * MUST return from [`last_finished`](Self::last_finished) the run whose [`close`](Self::close) finished it at the latest
///   time, also after it is reopened. A run that was given up MUST NOT count, and a run that was finished at an earlier
///   time MUST NOT replace a later one, in whatever order they are closed.
///
/// `testing::conformance::ledger` has a test for each MUST.
///
/// A ledger around another one, which logs each message before and after it is sent:
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::ledger::{
///     AcquireOutcome, AcquireRun, CloseRun, FinishedRun, LedgerEntry, ProgressQuery, RecordEntry, RenewRun, RunLedger,
///     RunProgress,
/// };
/// use findings_core::Result;
///
/// #[derive(Debug)]
/// struct Logged<L>(L);
///
/// #[async_trait]
/// impl<L: RunLedger> RunLedger for Logged<L> {
///     async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome> {
///         self.0.acquire(request).await
///     }
///
///     async fn renew(&self, request: &RenewRun) -> Result<()> {
///         self.0.renew(request).await
///     }
///
///     async fn close(&self, request: &CloseRun) -> Result<()> {
///         self.0.close(request).await
///     }
///
///     async fn record(&self, request: &RecordEntry) -> Result<()> {
///         self.0.record(request).await?;
///         if let LedgerEntry::Message(message) = &request.entry {
///             println!("{} to {}: {:?}", message.project, message.recipient, message.state);
///         }
///         Ok(())
///     }
///
///     async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
///         self.0.progress(query).await
///     }
///
///     async fn last_finished(&self) -> Result<Option<FinishedRun>> {
///         self.0.last_finished().await
///     }
/// }
/// ```
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
    /// [`Conflict`](crate::ErrorKind::Conflict) if the lease is lost, or if the message was sent before.
    async fn record(&self, request: &RecordEntry) -> Result<()>;

    /// Returns the progress of a run, also without holding it. A run that nobody began has none.
    ///
    /// # Errors
    /// As the backend answers.
    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress>;

    /// Returns the last entry of each message about a project in a run, also without holding the run.
    ///
    /// The default reads the whole progress of the run. A backend that can read less does so.
    ///
    /// # Errors
    /// As the backend answers.
    async fn messages(&self, query: &MessagesQuery) -> Result<Vec<MessageEntry>> {
        Ok(query.select(&self.progress(&ProgressQuery::new(query.run_id.clone())).await?))
    }

    /// Returns the run that was finished last. `None` if no finished run is recorded: there was none, or only versions
    /// that recorded none.
    ///
    /// # Errors
    /// As the backend answers.
    async fn last_finished(&self) -> Result<Option<FinishedRun>>;
}
