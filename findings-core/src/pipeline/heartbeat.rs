//! Renews the lease on a run while the run is in progress.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Settings;
use super::stop::Stop;
use crate::ledger::{RenewRun, RunLedger};
use crate::{ErrorKind, Result};

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
                match renew(&*ledger, &settings).await {
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
