//! The right to tell people of findings. Runs that make reports share it for their whole work, and an urgent run has it while
//! it sends its messages: what a report tells just now is not told once more beside it.
//!
//! It is the lease of a run that is no run: under its ID, the ledger keeps urgent messages, too. It is never finished.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::parts::Wiring;
use super::run::HELD_INTERVAL;
use super::settings::Settings;
use super::stop::Stop;
use crate::ledger::{AcquireOutcome, AcquireRun, CloseRun, RunLedger};
use crate::{Error, ErrorKind, Result, RunId};

/// How the owners begin that make reports. They need not wait for each other.
const REPORTS: &str = "reports:";

/// Checks that no run has the ID under which the ledger keeps urgent messages.
pub(super) fn check_run_id(run_id: &RunId) -> Result<()> {
    if *run_id == RunId::between_reports() {
        return Err(Error::new(ErrorKind::InvalidInput, "use the run ID")
            .with_subject(run_id.as_str())
            .with_message("the ledger keeps urgent messages under it; choose another"));
    }
    Ok(())
}

/// The right to tell people while reports are made.
#[derive(Debug)]
pub(super) struct Telling {
    lease: TellingLease,
    /// Keeps the lease, or asks for it as long as somebody else has it.
    keeping: JoinSet<()>,
}

#[derive(Clone, Debug)]
struct TellingLease {
    ledger: Arc<dyn RunLedger>,
    settings: Settings,
    owner: String,
}

impl Telling {
    /// Takes the right. Waits for an urgent run, but no longer than a lease lasts: a report that tells of a finding twice is
    /// better than none.
    pub(super) async fn begin(wiring: &Wiring, stop: &Stop) -> Self {
        let settings = &wiring.settings;
        let owner = format!("{REPORTS}{}", settings.owner);
        let lease = TellingLease { ledger: wiring.parts.ledger.clone(), settings: settings.clone(), owner };
        lease.wait(stop).await;
        let (mut keeping, kept) = (JoinSet::new(), lease.clone());
        keeping.spawn(async move {
            loop {
                tokio::time::sleep(kept.settings.lease / 3).await;
                if let Err(error) = kept.ask().await {
                    tracing::debug!(error = %error.report(), "the right to tell people could not be renewed");
                }
            }
        });
        Self { lease, keeping }
    }

    /// Leaves the right to other processes of the same run. It ends by itself if there is none.
    pub(super) fn leave(self) {
        drop(self.keeping);
    }

    /// Gives the right up.
    pub(super) async fn end(mut self) {
        // first: a renewal that is under way would take the right again
        self.keeping.shutdown().await;
        let TellingLease { ledger, settings, owner } = &self.lease;
        let close = CloseRun::released(RunId::between_reports(), owner, settings.clock.now());
        match ledger.close(&close).await {
            // somebody else has it
            Err(error) if error.kind() != ErrorKind::Conflict => {
                tracing::warn!(error = %error.report(), "the right to tell people could not be given up; it ends by itself");
            }
            _ => {}
        }
    }
}

impl TellingLease {
    async fn ask(&self) -> Result<AcquireOutcome> {
        let mut request = AcquireRun::new(RunId::between_reports(), &self.owner, self.settings.clock.now());
        request.lease = self.settings.lease;
        self.ledger.acquire(&request).await
    }

    async fn wait(&self, stop: &Stop) {
        let end = Instant::now() + self.settings.lease;
        let mut is_waiting = false;
        loop {
            let (owner, until) = match self.ask().await {
                Ok(AcquireOutcome::Held { owner, until }) if !owner.starts_with(REPORTS) => (owner, until),
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(error = %error.report(), "urgent runs could not be kept from telling people at the same time; somebody may hear of a finding twice");
                    return;
                }
            };
            if Instant::now() >= end || stop.is_ending() {
                tracing::warn!(owner, %until, "an urgent run still tells people; going on beside it, and somebody may hear of a finding twice");
                return;
            }
            if !is_waiting {
                tracing::info!(owner, %until, "an urgent run tells people just now; waiting for it");
                is_waiting = true;
            }
            tokio::select! {
                () = stop.ending() => {}
                () = tokio::time::sleep_until(end.min(Instant::now() + HELD_INTERVAL)) => {}
            }
        }
    }
}
