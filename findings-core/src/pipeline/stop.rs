//! Whether a run may go on: the one place that knows.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::{Error, ErrorKind, Result};

/// Whether a run may go on. It was told to stop, or its lease was lost: then somebody else may work on it, and would send and remember the same.
///
/// Told to stop, it begins no further project and finishes what it began within the grace. With the lease lost, it sends and remembers nothing more.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    told: CancellationToken,
    lost: CancellationToken,
    grace: Duration,
}

impl Stop {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { told: settings.cancel.clone(), lost: CancellationToken::new(), grace: settings.grace }
    }

    /// Notes that the lease is lost.
    pub(super) fn lose_lease(&self) {
        self.lost.cancel();
    }

    /// Whether nothing more is begun.
    pub(super) fn is_requested(&self) -> bool {
        self.told.is_cancelled() || self.lost.is_cancelled()
    }

    /// Waits until nothing more is to be begun.
    pub(super) async fn requested(&self) {
        tokio::select! {
            () = self.told.cancelled() => {}
            () = self.lost.cancelled() => {}
        }
    }

    /// Waits until the run was told to stop and the time for what it had begun is over.
    pub(super) async fn grace_over(&self) {
        self.told.cancelled().await;
        tokio::time::sleep(self.grace).await;
    }

    /// Asks before anything is sent or remembered.
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
