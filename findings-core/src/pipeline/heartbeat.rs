//! Renews the lease on a run while the run is in progress.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Settings;
use super::stop::Stop;
use crate::ledger::{RenewRun, RunLedger};
use crate::{Error, ErrorKind, Result};

/// Renews the lease three times per lease duration. If another process takes the lease, or it expires, marks the lease
/// as lost. Dropping the heartbeat ends the renewal.
#[derive(Debug)]
pub(super) struct Heartbeat {
    _task: JoinSet<()>,
}

impl Heartbeat {
    pub(super) fn start(ledger: Arc<dyn RunLedger>, settings: Settings, stop: Stop) -> Self {
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut renewed = Instant::now();
            loop {
                tokio::time::sleep(settings.lease / 3).await;
                // measured from before the call, the earliest time at which the ledger may have started the new lease
                let asked = Instant::now();
                // a call that hangs must not outlive the lease: another process may have taken it by then
                let answer = tokio::time::timeout_at(renewed + settings.lease, renew(&*ledger, &settings)).await;
                let late = |_| Err(Error::new(ErrorKind::Timeout, "renew the lease on the run"));
                match answer.unwrap_or_else(late) {
                    Ok(()) => renewed = asked,
                    Err(error) if error.kind() == ErrorKind::Conflict => {
                        tracing::error!(error = %error.report(), "the lease on the run is lost; stopping");
                        stop.lose_lease();
                        return;
                    }
                    Err(error) if renewed.elapsed() >= settings.lease => {
                        tracing::error!(error = %error.report(), "the lease on the run has passed and cannot be renewed; stopping");
                        stop.lose_lease();
                        return;
                    }
                    // the lease outlives two failed renewals
                    Err(error) => {
                        tracing::warn!(error = %error.report(), "the lease could not be renewed; trying again");
                    }
                }
            }
        });
        Self { _task: task }
    }
}

async fn renew(ledger: &dyn RunLedger, settings: &Settings) -> Result<()> {
    let now = settings.clock.now();
    ledger.renew(&RenewRun::new(settings.run_id.clone(), &settings.owner, now, settings.lease)).await
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::ledger::{AcquireOutcome, AcquireRun, CloseRun, FinishedRun, ProgressQuery, RecordEntry, RunProgress};
    use crate::pipeline::run::tests::settings;

    /// Never answers.
    #[derive(Debug)]
    struct Silent;

    #[async_trait]
    impl RunLedger for Silent {
        async fn acquire(&self, _: &AcquireRun) -> Result<AcquireOutcome> {
            std::future::pending().await
        }

        async fn renew(&self, _: &RenewRun) -> Result<()> {
            std::future::pending().await
        }

        async fn record(&self, _: &RecordEntry) -> Result<()> {
            std::future::pending().await
        }

        async fn progress(&self, _: &ProgressQuery) -> Result<RunProgress> {
            std::future::pending().await
        }

        async fn close(&self, _: &CloseRun) -> Result<()> {
            std::future::pending().await
        }

        async fn last_finished(&self) -> Result<Option<FinishedRun>> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn renewal_that_hangs_does_not_outlive_the_lease() {
        let settings = settings("r1");
        let stop = Stop::new(&settings);
        let _heartbeat = Heartbeat::start(Arc::new(Silent), settings.clone(), stop.clone());
        tokio::time::sleep(settings.lease / 2).await;
        assert!(stop.check_lease().is_ok(), "the lease holds");
        tokio::time::sleep(settings.lease).await;
        assert!(stop.check_lease().is_err(), "another process may have the run");
    }
}
