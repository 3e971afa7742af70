//! A run between reports: it tells people of severe findings of which nobody was told yet, and does nothing else. The next
//! report is as if it had not been.
//!
//! ```text
//! registry ─► sweep, severe findings only ─► right to tell ─► for each project: recall ─► candidates ─► tell
//! ```
//!
//! It has a run ID and a lease of its own, so that a task that is started twice does it once. Who was told of which issue
//! is kept under one ID for all urgent runs: each recipient hears of an issue once, whichever run tells. A run that makes
//! reports holds that ID's lease, too (see [`telling`](super::telling)), so the history is read only when it says what
//! reports have told.

mod candidates;
mod deliver;
mod fetch;
mod outcome;
mod tell;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::fetch::{FetchedProjects, fetch};
use self::outcome::{Outcomes, is_done};
use super::heartbeat::Heartbeat;
use super::parts::Wiring;
use super::run::{RunOutcome, acquire, open_lanes, read_registry};
use super::stop::Stop;
use super::summary::Summary;
use super::telling::check_run_id;
use crate::ledger::{AcquireOutcome, CloseRun, LedgerEntry, ProgressQuery, RecordEntry};
use crate::registry::{ORGANISATION, Registry};
use crate::{Result, RunId, Severity};

/// What an urgent run is about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UrgentSettings {
    /// The run, in place of that of the pipeline's settings.
    pub run_id: RunId,
    /// The least severity that is told.
    pub from: Severity,
}

impl UrgentSettings {
    /// A run that tells of critical findings.
    pub fn new(run_id: RunId) -> Self {
        Self { run_id, from: Severity::Critical }
    }

    /// Sets the least severity that is told.
    #[must_use]
    pub fn with_severity(mut self, from: Severity) -> Self {
        self.from = from;
        self
    }
}

/// What an urgent run was about, in its summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UrgentCounts {
    /// The least severity that is told.
    pub from: Severity,
    /// Number of issues that do not wait for the next report, whether this run or an earlier one told of them.
    pub issues: u64,
    /// Number of recipients whom this run told, each once for a project.
    pub told: u64,
}

/// Does an urgent run.
pub(super) async fn run(wiring: &Wiring, urgent: &UrgentSettings) -> Result<RunOutcome> {
    check_run_id(&urgent.run_id)?;
    let mut wiring = wiring.clone();
    (wiring.settings.run_id, wiring.settings.redo) = (urgent.run_id.clone(), None);
    let (started_at, stop) = (wiring.settings.clock.now(), Stop::new(&wiring.settings));
    let (registry, chosen) = read_registry(&wiring).await?;
    match acquire(&wiring, &stop).await? {
        AcquireOutcome::Held { owner, until } => return Ok(RunOutcome::Held { owner, until }),
        AcquireOutcome::Finished { summary } => return Ok(RunOutcome::AlreadyFinished { summary, untold: Vec::new() }),
        AcquireOutcome::Granted { .. } => {}
    }
    let is_whole = chosen.projects.len() == registry.projects.len();
    let outcome = match earlier_summary(&wiring).await {
        Ok(Some(summary)) => Ok(RunOutcome::AlreadyFinished { summary, untold: Vec::new() }),
        Ok(None) => match work(&wiring, urgent, &chosen, started_at, stop).await {
            Ok(mut summary) => {
                if is_whole {
                    remember_done(&wiring, &summary).await;
                } else {
                    let left = registry.projects.len() - chosen.projects.len();
                    summary.not_asked_for = Some(left as u64);
                }
                Ok(RunOutcome::Done(Box::new(summary)))
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    let close = CloseRun::released(urgent.run_id.clone(), &wiring.settings.owner, wiring.settings.clock.now());
    if let Err(error) = wiring.parts.ledger.close(&close).await {
        tracing::warn!(error = %error.report(), "the lease on an urgent run could not be given up; it ends by itself");
    }
    outcome
}

/// Returns the summary of the run if it was done before.
///
/// It stands in the ledger as the outcome of the whole organisation and not as that of a finished run: the run that was
/// finished last is one whose reports people wait for.
async fn earlier_summary(wiring: &Wiring) -> Result<Option<String>> {
    let progress = wiring.parts.ledger.progress(&ProgressQuery::new(wiring.settings.run_id.clone())).await?;
    Ok(progress.outcome_of(ORGANISATION).map(str::to_owned))
}

/// Remembers that the run is done, unless the next attempt has something to do. If that fails, the next attempt finds nobody
/// to tell.
async fn remember_done(wiring: &Wiring, summary: &Summary) {
    let Some(json) = is_done(summary).then(|| serde_json::to_string(summary).ok()).flatten() else { return };
    let entry = LedgerEntry::ProjectDone { project: ORGANISATION.to_owned(), outcome: json };
    let record = RecordEntry::new(summary.run_id.clone(), &wiring.settings.owner, entry);
    if let Err(error) = wiring.parts.ledger.record(&record).await {
        tracing::warn!(error = %error.report(), "the end of the urgent run could not be recorded; another start looks once more and tells nobody twice");
    }
}

async fn work(
    wiring: &Wiring,
    urgent: &UrgentSettings,
    registry: &Registry,
    started_at: Timestamp,
    stop: Stop,
) -> Result<Summary> {
    let _heartbeat = Heartbeat::start(wiring.parts.ledger.clone(), wiring.settings.clone(), stop.clone());
    let wiring = &open_lanes(wiring, &stop).await?;
    let FetchedProjects { projects, stats } = fetch(wiring, &stop, &registry.projects, urgent.from).await;
    let mut outcomes = Outcomes::new(wiring, registry, &projects);
    tell::tell(wiring, urgent, registry, &projects, &stop, &mut outcomes).await;
    Ok(outcomes.into_summary(urgent, &stop, &stats, started_at))
}

#[cfg(test)]
mod tests;
