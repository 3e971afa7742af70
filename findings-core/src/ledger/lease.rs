//! The rules of leases, shared by all backends: which owner is granted a run, until when, and the error for a lost
//! lease.

use std::time::Duration;

use jiff::Timestamp;

use super::{AcquireRun, Redo};
use crate::{Error, ErrorKind, RunId};

/// The right of an owner to work on a run until some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The owner; unique for each process.
    pub owner: String,
    /// When it ends unless it is renewed, UTC.
    pub until: Timestamp,
}

impl Lease {
    /// A lease that begins at `now`.
    pub fn new(owner: &str, now: Timestamp, length: Duration) -> Self {
        Self { owner: owner.to_owned(), until: lease_end(now, length) }
    }
}

/// The state of a run in the ledger, on which the decision about a request depends.
///
/// ```
/// use findings_core::ledger::{AcquireRun, LeaseDecision, Redo, RunState};
/// let mut request = AcquireRun::new("2026-11-23".parse()?, "task-1", "2026-11-23T00:00:00Z".parse()?);
/// assert_eq!(RunState::default().decide(&request), LeaseDecision::Grant { resumed: false });
/// let finished = RunState { begun: true, finished: true, ..RunState::default() };
/// assert_eq!(finished.decide(&request), LeaseDecision::Finished);
/// request.redo = Some(Redo::All);
/// let LeaseDecision::Reopen(reopened) = finished.decide(&request) else { panic!() };
/// assert_eq!((reopened.edition, reopened.redo), (2, Redo::All));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    /// Whether the run was granted before.
    pub begun: bool,
    /// Whether the run is finished, so that its summary is stored.
    pub finished: bool,
    /// The last lease that was not given up. It may have expired.
    pub lease: Option<Lease>,
    /// The edition of the run's reports: 1, and one more each time the run is reopened.
    pub edition: u32,
    /// Which projects the present edition does again; `None` in the first edition.
    pub redo: Option<Redo>,
}

impl Default for RunState {
    fn default() -> Self {
        Self { begun: false, finished: false, lease: None, edition: 1, redo: None }
    }
}

/// The decision about a request for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseDecision {
    /// Grant the run.
    Grant {
        /// Whether an earlier attempt began the run.
        resumed: bool,
    },
    /// Grant the run in a new edition, in which some projects are done again. The entries stay: they say what was sent.
    Reopen(Reopened),
    /// Refuse the run, because another owner holds it.
    Held(Lease),
    /// Refuse the run, because it is finished.
    Finished,
}

/// The new edition of a run that is reopened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reopened {
    /// The number of the edition.
    pub edition: u32,
    /// Which projects are done again.
    pub redo: Redo,
}

impl RunState {
    /// Decides about a request. A lease is expired at its end time, not after it. Its owner may always ask again.
    pub fn decide(&self, request: &AcquireRun) -> LeaseDecision {
        match (&self.lease, request.redo) {
            (_, Some(redo)) if self.finished => self.reopen(redo),
            _ if self.finished => LeaseDecision::Finished,
            (Some(lease), _) if lease.owner != request.owner && lease.until > request.now => {
                LeaseDecision::Held(lease.clone())
            }
            // once: a task that was killed is often started again with the same options
            (_, Some(Redo::Incomplete)) if self.begun && self.redo.is_none() => self.reopen(Redo::Incomplete),
            _ => LeaseDecision::Grant { resumed: self.begun },
        }
    }

    fn reopen(&self, redo: Redo) -> LeaseDecision {
        LeaseDecision::Reopen(Reopened { edition: self.edition + 1, redo })
    }

    /// Returns the state after the run was granted, in a new edition if it is reopened.
    pub fn granted(&self, request: &AcquireRun, reopened: Option<Reopened>) -> Self {
        let lease = Some(Lease::new(&request.owner, request.now, request.lease));
        let (edition, redo) = reopened.map_or((self.edition, self.redo), |r| (r.edition, Some(r.redo)));
        Self { begun: true, finished: false, lease, edition, redo }
    }

    /// Whether `owner` may renew, close and record. An expired lease still counts until another owner is granted the
    /// run.
    pub fn is_held_by(&self, owner: &str) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.owner == owner)
    }
}

/// The end of a lease that begins at `now`.
pub(crate) fn lease_end(now: Timestamp, length: Duration) -> Timestamp {
    now.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// The error for an owner that does not hold the run, or no longer does: [`Conflict`](ErrorKind::Conflict).
pub fn lease_lost(operation: &'static str, run_id: &RunId) -> Error {
    Error::new(ErrorKind::Conflict, operation)
        .with_subject(run_id.as_str())
        .with_message("the lease is lost: somebody else works on it, or it is finished")
}

/// The error for a message that cannot follow the last one: [`Conflict`](ErrorKind::Conflict).
pub(crate) fn message_settled(run_id: &RunId) -> Error {
    Error::new(ErrorKind::Conflict, "record a message of run")
        .with_subject(run_id.as_str())
        .with_message("another attempt has sent it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn decide_answers_every_state_of_a_run() {
        let held = |owner: &str| Some(Lease { owner: owner.to_owned(), until: at(100) });
        let state = |begun, finished, lease| RunState { begun, finished, lease, ..RunState::default() };
        let redone = RunState { edition: 2, redo: Some(Redo::Incomplete), ..state(true, false, None) };
        let reopen = |edition, redo| LeaseDecision::Reopen(Reopened { edition, redo });
        let resumed = || LeaseDecision::Grant { resumed: true };
        let (all, incomplete) = (Some(Redo::All), Some(Redo::Incomplete));
        // state, time of the request in seconds, `redo`, expected decision
        for (state, now, redo, want) in [
            (state(false, false, None), 1, None, LeaseDecision::Grant { resumed: false }),
            (state(false, false, None), 1, incomplete, LeaseDecision::Grant { resumed: false }),
            (state(true, false, None), 1, None, resumed()),
            (state(true, false, None), 1, all, resumed()),
            (state(true, false, None), 1, incomplete, reopen(2, Redo::Incomplete)),
            (redone.clone(), 1, incomplete, resumed()),
            (redone.clone(), 1, None, resumed()),
            (RunState { finished: true, ..redone.clone() }, 1, incomplete, reopen(3, Redo::Incomplete)),
            (state(true, false, held("me")), 1, None, resumed()),
            (state(true, false, held("other")), 99, None, LeaseDecision::Held(held("other").unwrap())),
            (state(true, false, held("other")), 99, all, LeaseDecision::Held(held("other").unwrap())),
            (state(true, false, held("other")), 99, incomplete, LeaseDecision::Held(held("other").unwrap())),
            (state(true, false, held("other")), 100, None, resumed()),
            (state(true, true, None), 1, None, LeaseDecision::Finished),
            (state(true, true, None), 1, all, reopen(2, Redo::All)),
            (state(true, true, None), 1, incomplete, reopen(2, Redo::Incomplete)),
        ] {
            let mut request = AcquireRun::new("run".parse().unwrap(), "me", at(now));
            request.redo = redo;
            assert_eq!(state.decide(&request), want, "{state:?} at {now}, redo {redo:?}");
        }
    }
}
