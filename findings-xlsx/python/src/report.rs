//! From a file to a report, without Python.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use findings_core::AccountId;
use findings_core::local::AsffFileSource;
use findings_core::report::{Report, ReportBuilder};
use findings_core::source::{Budget, Lane, Sweep, SweepTarget};
use futures::StreamExt;

use crate::error::Failure;
use crate::options::Settings;
use crate::outcome::Outcome;

/// Renders the report of the findings in a file, or in all files of a folder or pattern.
pub(crate) fn render(path: PathBuf, settings: &Settings) -> Result<Outcome, Failure> {
    // a runtime for this call alone: none that a script could leave behind, or that a fork would break
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Failure::unexpected)?;
    let (source, report) = runtime.block_on(read(path, settings))?;
    let rendered = settings.renderer.render(&report)?;
    Ok(Outcome::new(rendered, &report, &source))
}

/// Reads the findings. What cannot be read makes the report incomplete.
async fn read(path: PathBuf, settings: &Settings) -> Result<(AsffFileSource, Report), Failure> {
    let source = if settings.is_temporary {
        AsffFileSource::open_named(path, &settings.source).await?
    } else {
        AsffFileSource::open(path).await?
    };
    let lane = Lane::new(&settings.source, Arc::new(source.clone()), Budget::unlimited());
    let mut targets = Sweep::new(vec![lane]).start(vec![SweepTarget::new(accounts(&source, settings))]);
    let swept = targets.next().await.ok_or_else(|| Failure::unexpected("the findings ended early"))?;
    let report = ReportBuilder::new(&settings.project, settings.run_id.clone(), settings.generated_at)
        .with_locale(settings.locale)
        .with_time_zone(settings.time_zone.clone())
        .with_source(&settings.source);
    let report = settings.contact.iter().fold(report, ReportBuilder::with_contact);
    Ok((source, swept.accounts.into_iter().fold(report, ReportBuilder::with_swept).build()?))
}

/// Returns the accounts of the report: those that were asked for, and each that a record names, readable or not.
fn accounts(source: &AsffFileSource, settings: &Settings) -> BTreeSet<AccountId> {
    let unread = source.rejected().iter().filter_map(|record| record.account);
    source.accounts().into_iter().chain(unread).chain(settings.accounts.iter().copied()).collect()
}
