//! The rules of leases, shared by all backends: which owner is granted a run, until when, and the error for a lost
//! lease.

use std::time::Duration;

use jiff::Timestamp;

use super::AcquireRun;
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
/// use findings_core::ledger::{AcquireRun, LeaseDecision, RunState};
/// let request = AcquireRun::new("2026-11-23".parse()?, "task-1", "2026-11-23T00:00:00Z".parse()?);
/// assert_eq!(RunState::default().decide(&request), LeaseDecision::Grant { resumed: false });
/// let finished = RunState { begun: true, finished: true, lease: None };
/// assert_eq!(finished.decide(&request), LeaseDecision::Finished);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunState {
    /// Whether the run was granted before.
    pub begun: bool,
    /// Whether the run is finished, so that its summary is stored.
    pub finished: bool,
    /// The last lease that was not given up. It may have expired.
    pub lease: Option<Lease>,
}

/// The decision about a request for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseDecision {
    /// Grant the run.
    Grant {
        /// Whether an earlier attempt began the run.
        resumed: bool,
    },
    /// Grant the finished run again, after the entries of the earlier attempts are deleted.
    Restart,
    /// Refuse the run, because another owner holds it.
    Held(Lease),
    /// Refuse the run, because it is finished.
    Finished,
}

impl RunState {
    /// Decides about a request. A lease is expired at its end time, not after it. Its owner may always ask again.
    pub fn decide(&self, request: &AcquireRun) -> LeaseDecision {
        match &self.lease {
            _ if self.finished && request.force => LeaseDecision::Restart,
            _ if self.finished => LeaseDecision::Finished,
            Some(lease) if lease.owner != request.owner && lease.until > request.now => {
                LeaseDecision::Held(lease.clone())
            }
            _ => LeaseDecision::Grant { resumed: self.begun },
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn decide_answers_every_state_of_a_run() {
        let held = |owner: &str| Some(Lease { owner: owner.to_owned(), until: at(100) });
        let state = |begun, finished, lease| RunState { begun, finished, lease };
        // state, time of the request in seconds, `force`, expected decision
        for (state, now, force, want) in [
            (state(false, false, None), 1, false, LeaseDecision::Grant { resumed: false }),
            (state(true, false, None), 1, false, LeaseDecision::Grant { resumed: true }),
            (state(true, false, held("me")), 1, false, LeaseDecision::Grant { resumed: true }),
            (state(true, false, held("other")), 99, false, LeaseDecision::Held(held("other").unwrap())),
            (state(true, false, held("other")), 99, true, LeaseDecision::Held(held("other").unwrap())),
            (state(true, false, held("other")), 100, false, LeaseDecision::Grant { resumed: true }),
            (state(true, true, None), 1, false, LeaseDecision::Finished),
            (state(true, true, None), 1, true, LeaseDecision::Restart),
        ] {
            let mut request = AcquireRun::new("run".parse().unwrap(), "me", at(now));
            request.force = force;
            assert_eq!(state.decide(&request), want, "{state:?} at {now}, force {force}");
        }
    }
}
