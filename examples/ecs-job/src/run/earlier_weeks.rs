//! The runs of the weeks before the first run on the sample organisation, so that its reports show a trend and what was fixed.

use findings_core::pipeline::timings::Timings;
use findings_core::pipeline::{Clock as _, RunOutcome, Summary, SystemClock};
use findings_core::{Error, ErrorKind, Result};
use tokio_util::sync::CancellationToken;

use super::{Ended, start, wire};
use crate::config::{RunConfig, StagingConfig};
use crate::logging::LoggedRun;
use crate::progress::Progress;
use crate::sample::{EARLIER_WEEKS, Sample};
use crate::{by_name, settings};

/// Makes the runs if this is the first one on the sample organisation. A run whose ID was given is made alone. A failure is
/// logged: the run itself then meets the same, and says so.
pub(super) async fn make(config: &RunConfig, cancel: &CancellationToken, logged: &LoggedRun) {
    let is_whole = config.urgent.is_none() && config.redo.is_none() && config.only.is_empty();
    if !config.is_sample || config.is_named || !is_whole || config.sample_files.is_none() {
        return;
    }
    let made = make_all(config, cancel, logged).await;
    logged.name(&config.run_id);
    if let Err(error) = made {
        tracing::warn!(error = %settings::report(&error), "the earlier weeks of the sample could not be made");
    }
}

async fn make_all(config: &RunConfig, cancel: &CancellationToken, logged: &LoggedRun) -> Result<()> {
    let (_, wired) = wire(config).await?;
    if wired.parts.ledger.last_finished().await?.is_some() {
        return Ok(());
    }
    let (sample, now) = (Sample::read()?, SystemClock.now());
    for weeks in EARLIER_WEEKS {
        let mut config = sample.config(config, now, weeks)?;
        config.staging = StagingConfig::default();
        logged.name(&config.run_id);
        let summary = make_one(&config, cancel).await?;
        by_name::name_reports(&summary, &config);
        let findings: u64 = summary.projects.iter().map(|project| project.findings).sum();
        tracing::info!(
            week = %config.run_id,
            status = summary.status.as_str(),
            findings,
            "the sample has no history, so a run of an earlier week was made first"
        );
    }
    Ok(())
}

async fn make_one(config: &RunConfig, cancel: &CancellationToken) -> Result<Summary> {
    let (wiring, wired) = wire(config).await?;
    match start(&wiring, wired, config, &Progress::quiet(), &Timings::default(), cancel.clone()).await? {
        Ended::Run(RunOutcome::Done(summary)) => Ok(*summary),
        _ => {
            Err(Error::new(ErrorKind::Conflict, "make the run of an earlier week")
                .with_message("another task works on it"))
        }
    }
}
