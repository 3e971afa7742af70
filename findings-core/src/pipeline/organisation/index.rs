//! The index of runs, beside the folders of the runs.

use futures::{StreamExt as _, stream};

use super::OrganisationSettings;
use crate::organisation::{IndexedRun, OrganisationReport, RunIndex, RunOverview};
use crate::pipeline::context::RunContext;
use crate::store::{ArtifactKey, PutArtifact};
use crate::{Result, RunId, blocking};

/// The most runs of an index: those of two years, if there is one a week. It is also the most calls to the store, times the
/// files of a run.
const RUNS: usize = 104;

/// Runs whose files are looked up at the same time.
const CONCURRENCY: usize = 8;

/// Stores the index. A failure is no error of the run: the runs and their files are there without it.
pub(super) async fn store_index(run: &RunContext<'_>, settings: &OrganisationSettings, report: &OrganisationReport) {
    if let Err(error) = try_store(run, settings, report).await {
        tracing::warn!(error = %error.report(), "the index of runs could not be stored; the one of an earlier run stays");
    }
}

async fn try_store(run: &RunContext<'_>, settings: &OrganisationSettings, report: &OrganisationReport) -> Result<()> {
    let Some(renderer) = settings.index.clone() else { return Ok(()) };
    let of_run = run.settings;
    let zone = of_run.time_zone.clone().unwrap_or_else(|| of_run.locale.time_zone());
    let mut index = RunIndex::new(report.as_of, of_run.locale, zone);
    index.left_out = report.runs.len().saturating_sub(RUNS) as u64;
    let runs = report.runs.iter().rev().take(RUNS).cloned();
    index.runs = stream::iter(runs).map(|known| indexed(run, settings, known)).buffered(CONCURRENCY).collect().await;
    let format = renderer.format();
    let body = blocking::run("render the index of runs", move || renderer.render(&index)).await?;
    let key = ArtifactKey::for_index(format.extension);
    run.parts.store.put(&PutArtifact::new(key, body, format.media_type)).await.map(drop)
}

/// Finds out which files of the run are stored. The manifest and summary of this run follow in a moment.
async fn indexed(run: &RunContext<'_>, settings: &OrganisationSettings, known: RunOverview) -> IndexedRun {
    let this = known.run_id == run.settings.run_id;
    let mut files = Vec::new();
    for key in keys(&known.run_id, settings) {
        // a file that cannot be looked up is left out, like one that is not there
        if this || run.parts.store.size_of(&key).await.is_ok_and(|size| size.is_some()) {
            files.push(key);
        }
    }
    IndexedRun::new(known, files)
}

fn keys(run: &RunId, settings: &OrganisationSettings) -> Vec<ArtifactKey> {
    let formats = settings.renderers.iter().map(|renderer| renderer.format().extension);
    let of_organisation = formats.map(|extension| ArtifactKey::for_organisation(run, extension));
    of_organisation.chain([ArtifactKey::for_manifest(run), ArtifactKey::for_summary(run)]).collect()
}
