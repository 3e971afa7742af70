//! Step 1: every scheduled run once, and what of it is done.

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
pub use message_state::{MessageState, WrittenState};

/// A wish to work on a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AcquireRun {
    /// The run.
    pub run_id: RunId,
    /// Who asks: unique for each process.
    pub owner: String,
    /// Now, UTC.
    pub now: Timestamp,
    /// How long the lease holds unless it is renewed.
    pub lease: Duration,
    /// Work on it even if it is finished. A lease that somebody holds is respected all the same.
    pub force: bool,
}

impl AcquireRun {
    /// Asks for a lease of five minutes.
    pub fn new(run_id: RunId, owner: impl Into<String>, now: Timestamp) -> Self {
        Self { run_id, owner: owner.into(), now, lease: Duration::from_mins(5), force: false }
    }
}

/// The answer to [`AcquireRun`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcquireOutcome {
    /// Go ahead.
    Granted {
        /// Somebody began it before: look at the [`RunProgress`].
        resumed: bool,
    },
    /// Somebody else works on it.
    Held {
        /// Who.
        owner: String,
        /// Until when, unless renewed, UTC.
        until: Timestamp,
    },
    /// It is finished.
    Finished {
        /// Its summary, one JSON object.
        summary: String,
    },
}

/// Keeps a lease alive.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RenewRun {
    /// The run.
    pub run_id: RunId,
    /// Who holds it.
    pub owner: String,
    /// Now, UTC.
    pub now: Timestamp,
    /// How long it holds from now on.
    pub lease: Duration,
}

impl RenewRun {
    /// Renews for `lease` from `now` on.
    pub fn new(run_id: RunId, owner: impl Into<String>, now: Timestamp, lease: Duration) -> Self {
        Self { run_id, owner: owner.into(), now, lease }
    }
}

/// Gives a lease up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CloseRun {
    /// The run.
    pub run_id: RunId,
    /// Who holds it.
    pub owner: String,
    /// Now, UTC.
    pub now: Timestamp,
    /// Its summary if it is finished; `None` leaves the rest to the next who asks.
    pub summary: Option<String>,
}

impl CloseRun {
    /// Ends a run for good.
    pub fn finished(run_id: RunId, owner: impl Into<String>, now: Timestamp, summary: impl Into<String>) -> Self {
        Self { run_id, owner: owner.into(), now, summary: Some(summary.into()) }
    }

    /// Gives it up unfinished.
    pub fn released(run_id: RunId, owner: impl Into<String>, now: Timestamp) -> Self {
        Self { run_id, owner: owner.into(), now, summary: None }
    }
}

/// An entry of the ledger: what becomes of a project in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// A message to a recipient. The last entry for the same notifier and recipient counts.
    Message {
        /// Name of the project.
        project: String,
        /// Name of the notifier.
        notifier: String,
        /// To whom.
        recipient: Recipient,
        /// What became of it.
        state: MessageState,
        /// When, UTC.
        at: Timestamp,
    },
    /// The project is done: delivered and remembered.
    ProjectDone {
        /// Name of the project.
        project: String,
        /// Its part of the summary, one JSON object.
        outcome: String,
    },
}

impl Entry {
    /// Name of the project.
    pub fn project(&self) -> &str {
        match self {
            Self::Message { project, .. } | Self::ProjectDone { project, .. } => project,
        }
    }
}

/// An entry for a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordEntry {
    /// The run.
    pub run_id: RunId,
    /// Who holds it.
    pub owner: String,
    /// The entry.
    pub entry: Entry,
}

impl RecordEntry {
    /// Records `entry` for a run that `owner` holds.
    pub fn new(run_id: RunId, owner: impl Into<String>, entry: Entry) -> Self {
        Self { run_id, owner: owner.into(), entry }
    }
}

/// A question for what of a run is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProgressQuery {
    /// The run.
    pub run_id: RunId,
}

impl ProgressQuery {
    /// Everything of a run.
    pub fn new(run_id: RunId) -> Self {
        Self { run_id }
    }
}

/// What of a run is done: the last entry for each message and project, in no particular order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunProgress {
    /// The entries.
    pub entries: Vec<Entry>,
}

impl RunProgress {
    /// Progress of these entries.
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    /// The outcome of a project that is done.
    pub fn outcome_of(&self, name: &str) -> Option<&str> {
        self.entries.iter().find_map(|e| match e {
            Entry::ProjectDone { project, outcome } if project == name => Some(outcome.as_str()),
            _ => None,
        })
    }

    /// What is known of the message to a recipient.
    pub fn message(&self, name: &str, by: &str, to: &Recipient) -> Option<&MessageState> {
        self.entries.iter().find_map(|e| match e {
            Entry::Message { project, notifier, recipient, state, .. }
                if project == name && notifier == by && recipient == to =>
            {
                Some(state)
            }
            _ => None,
        })
    }
}

/// Knows which runs there were, who works on which, and what of it is done. The schedule may start a task twice, and tasks are killed.
///
/// An implementation
/// * MUST grant a run to one owner at a time, also when many ask at once; the holder itself may ask again,
/// * MUST grant a run whose lease has passed to the next who asks, with `resumed`,
/// * MUST refuse [`renew`](Self::renew), [`close`](Self::close) and [`record`](Self::record) with [`Conflict`](crate::ErrorKind::Conflict) to one who
///   does not hold the run: a task that slept past its lease must not write over what the next one does,
/// * MUST answer [`AcquireOutcome::Finished`] for a finished run, except with `force`,
/// * MUST show in [`progress`](Self::progress) every entry whose recording returned, the last one for each message and each project; entries of different runs never mix,
/// * MUST forget the entries of a finished run when it is granted again with `force`.
///
/// `testing::conformance::ledger` has a test for each.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RunLedger: fmt::Debug + Send + Sync + 'static {
    /// Asks for a run.
    ///
    /// # Errors
    /// As the backend answers. That somebody else has it is not an error.
    async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome>;

    /// Keeps a lease alive.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the lease is lost: stop working.
    async fn renew(&self, request: &RenewRun) -> Result<()>;

    /// Gives a lease up, finished or not.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the lease is lost.
    async fn close(&self, request: &CloseRun) -> Result<()>;

    /// Records an entry.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the lease is lost: stop working.
    async fn record(&self, request: &RecordEntry) -> Result<()>;

    /// What of a run is done.
    ///
    /// # Errors
    /// As the backend answers.
    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress>;
}
