//! The state that decides whether a run may continue.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::{Error, ErrorKind, Result};

/// Whether a run may continue.
///
/// After a stop request, the run starts no further project and finishes started ones within the grace period. After the
/// lease is lost, it sends nothing and leaves the history unchanged, because another process may do the same run. After
/// the deadline, it begins no further query; projects whose findings are all fetched are still delivered.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    told: CancellationToken,
    lost: CancellationToken,
    grace: Duration,
    /// `None` if there is no deadline.
    deadline: Option<Instant>,
}

impl Stop {
    /// The deadline counts from now on.
    pub(super) fn new(settings: &Settings) -> Self {
        let deadline = settings.deadline.and_then(|deadline| Instant::now().checked_add(deadline));
        Self { told: settings.cancel.clone(), lost: CancellationToken::new(), grace: settings.grace, deadline }
    }

    /// Marks the lease as lost.
    pub(super) fn lose_lease(&self) {
        self.lost.cancel();
    }

    /// Returns whether no further project may start.
    pub(super) fn is_requested(&self) -> bool {
        self.told.is_cancelled() || self.lost.is_cancelled()
    }

    /// Waits until no further project may start.
    pub(super) async fn requested(&self) {
        tokio::select! {
            () = self.told.cancelled() => {}
            () = self.lost.cancelled() => {}
        }
    }

    /// Returns whether the deadline has passed.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Waits until the deadline has passed.
    pub(super) async fn late(&self) {
        match self.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    }

    /// Returns whether nothing new may be fetched: a stop is requested, or the deadline has passed.
    pub(super) fn is_ending(&self) -> bool {
        self.is_requested() || self.is_late()
    }

    /// Waits until nothing new may be fetched.
    pub(super) async fn ending(&self) {
        tokio::select! {
            () = self.requested() => {}
            () = self.late() => {}
        }
    }

    /// Waits for a stop request and then for the end of the grace period.
    pub(super) async fn grace_over(&self) {
        // a lost lease needs no grace period: every step that would send or write fails by itself
        self.told.cancelled().await;
        tokio::time::sleep(self.grace).await;
    }

    /// Checks the lease. Must be called before anything is sent or written to the history.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) if the lease is lost.
    pub(super) fn check_lease(&self) -> Result<()> {
        if self.lost.is_cancelled() {
            return Err(Error::new(ErrorKind::Conflict, "go on with the run")
                .with_message("its lease was lost; another task may work on it"));
        }
        Ok(())
    }
}
