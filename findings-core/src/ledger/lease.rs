//! The rules of the lease, once for every backend: who is granted a run, until when, and the error for one who lost it.

use std::time::Duration;

use jiff::Timestamp;

use super::AcquireRun;
use crate::{Error, ErrorKind, RunId};

/// Who works on a run, and until when unless the lease is renewed, UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it: unique for each process.
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

/// What a ledger holds of a run when somebody asks for it.
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
    /// Somebody was granted it before.
    pub begun: bool,
    /// It is finished: its summary is kept.
    pub finished: bool,
    /// Who holds it, or held it last and did not give it up.
    pub lease: Option<Lease>,
}

/// The answer to a request for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseDecision {
    /// It is free.
    Grant {
        /// An earlier attempt began it.
        resumed: bool,
    },
    /// It is finished and to be done again: the entries of the earlier attempts are to be forgotten first.
    Restart,
    /// Somebody else holds it.
    Held(Lease),
    /// It is finished.
    Finished,
}

impl RunState {
    /// Decides on a request. A lease holds until its end and not a moment longer; its owner may always ask again.
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

    /// Whether `owner` may renew, close and record. A lease that has passed still counts as long as nobody else was granted the run.
    pub fn is_held_by(&self, owner: &str) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.owner == owner)
    }
}

/// When a lease that begins now ends.
pub(crate) fn lease_end(now: Timestamp, length: Duration) -> Timestamp {
    now.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// The error for one who does not hold the run, or no longer does: [`Conflict`](ErrorKind::Conflict).
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
    fn every_state_of_a_run_has_its_answer() {
        let held = |owner: &str| Some(Lease { owner: owner.to_owned(), until: at(100) });
        let state = |begun, finished, lease| RunState { begun, finished, lease };
        // the state, the time of the request, whether it is forced, and the answer
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
