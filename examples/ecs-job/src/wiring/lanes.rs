//! Opens the sources of findings.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use findings_core::aws::{ExportRequest, S3FindingsSource, export_findings};
use findings_core::local::AsffFileSource;
use findings_core::pipeline::OpenLanes;
use findings_core::source::{Budget, Lane, UnavailableSource, View};
use findings_core::{Error, Result};
use futures::future::join_all;

use super::sources::region_lanes;
use crate::aws::{Aws, need};
use crate::config::{ConfiguredSource, ExportPlace, HubApi, Source, Sources};

/// The longest time that an export is waited for. A run has to deliver in the rest of its time.
const LONGEST_EXPORT: Duration = Duration::from_hours(2);

/// The time between two questions whether an export has ended.
const EXPORT_POLL: Duration = Duration::from_secs(5);

/// Opens the configured sources.
#[derive(Debug)]
pub(crate) struct RunLanes {
    sources: Sources,
    aws: Option<Aws>,
    /// Name and deadline of the exports of a run; `None` if Security Hub is asked in their place.
    export: Option<(String, Duration)>,
}

impl RunLanes {
    /// Opens what an export would hold by asking Security Hub itself.
    pub(crate) fn new(sources: Sources, aws: Option<Aws>) -> Self {
        Self { sources, aws, export: None }
    }

    /// Starts exports with this name, and waits for their end.
    pub(crate) fn with_exports(mut self, name: String, deadline: Duration) -> Self {
        self.export = Some((name, deadline));
        self
    }

    async fn open_one(&self, one: &ConfiguredSource) -> Result<Vec<Lane>> {
        let aws = || need(self.aws.as_ref());
        match (&one.source, &self.export) {
            (Source::File(path), _) => Ok(vec![file_lane(path, one).await?]),
            (Source::S3 { bucket, prefix }, _) => Ok(vec![s3_lane(bucket, prefix, aws()?).await?]),
            (Source::SecurityHub { regions, api }, _) => region_lanes(regions, *api, one.pace, aws()?),
            (Source::Export(place), None) => {
                region_lanes(std::slice::from_ref(&place.region), HubApi::V2, one.pace, aws()?)
            }
            (Source::Export(place), Some((name, deadline))) => {
                Ok(vec![export_lane(place, name.clone(), *deadline, aws()?).await])
            }
        }
    }
}

#[async_trait]
impl OpenLanes for RunLanes {
    /// Opens all sources at the same time. One of several that cannot be opened costs the completeness of the reports, and
    /// the findings of the others are delivered.
    async fn open(&self) -> Result<Vec<Lane>> {
        let opened = join_all(self.sources.iter().map(|one| self.open_one(one))).await;
        if !opened.iter().any(Result::is_ok) {
            return opened.into_iter().next().unwrap_or_else(|| Ok(Vec::new()));
        }
        let lanes = self.sources.iter().zip(opened).flat_map(|(one, lanes)| match lanes {
            Ok(lanes) => lanes,
            Err(error) => vec![unopened(one, &error)],
        });
        Ok(with_different_names(lanes.collect(), &self.sources))
    }
}

/// A lane that says of every account that it could not be read.
fn unopened(one: &ConfiguredSource, error: &Error) -> Lane {
    tracing::error!(source = one.text, error = %error.report(), "a source could not be opened; the others are read");
    let view = match &one.source {
        Source::S3 { bucket, prefix } => View::files(&s3_name(bucket, prefix)),
        _ => View::files(&one.text),
    };
    Lane::new(&one.text, Arc::new(UnavailableSource::new(error)), Budget::unlimited()).with_view(view)
}

/// Names lanes that would have the same name after their source, as it was given.
fn with_different_names(lanes: Vec<Lane>, sources: &Sources) -> Vec<Lane> {
    let names: Vec<String> = lanes.iter().map(|lane| lane.name().to_owned()).collect();
    let is_taken = |name: &str| names.iter().filter(|other| *other == name).count() > 1;
    let texts = sources.iter().flat_map(|one| match &one.source {
        Source::SecurityHub { regions, api: HubApi::V1 } => regions.clone(),
        Source::SecurityHub { regions, api: HubApi::V2 } => regions.iter().map(|r| format!("{r} (V2)")).collect(),
        Source::Export(place) => vec![format!("{} (export to s3://{}/{})", place.region, place.bucket, place.prefix)],
        Source::File(_) | Source::S3 { .. } => vec![one.text.clone()],
    });
    let named = lanes.into_iter().zip(texts.collect::<Vec<_>>());
    named.map(|(lane, text)| if is_taken(lane.name()) { rename(lane, text) } else { lane }).collect()
}

/// Renames a lane, which goes on asking its Region.
fn rename(lane: Lane, name: String) -> Lane {
    let region = lane.region().to_owned();
    lane.with_region(region).with_name(name)
}

/// Reads files of findings and returns their lane.
async fn file_lane(path: &Path, one: &ConfiguredSource) -> Result<Lane> {
    let source = AsffFileSource::open(path).await?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    let mut inputs = source.inputs().to_vec();
    if let Some(shown) = &one.shown {
        for input in &mut inputs {
            input.location.clone_from(shown);
        }
    }
    let lane = Lane::new(name, Arc::new(source), Budget::unlimited());
    Ok(lane.with_inputs(&inputs).with_view(View::files(&one.text)))
}

fn s3_name(bucket: &str, prefix: &str) -> String {
    format!("s3://{bucket}/{prefix}")
}

/// Reads the findings in S3 and returns their lane.
async fn s3_lane(bucket: &str, prefix: &str, aws: &Aws) -> Result<Lane> {
    let source = S3FindingsSource::open(&aws.s3(), bucket, prefix).await?;
    let inputs = source.inputs().to_vec();
    let name = s3_name(bucket, prefix);
    let view = View::files(&name);
    Ok(Lane::new(name, Arc::new(source), Budget::unlimited()).with_inputs(&inputs).with_view(view))
}

/// Exports the findings and returns their lane. If there is no export in the end, the lane says so of every account.
async fn export_lane(place: &ExportPlace, name: String, deadline: Duration, aws: &Aws) -> Lane {
    let request = ExportRequest::new(&place.region, &place.bucket, &place.prefix)
        .with_key(&place.key)
        .with_name(name)
        .with_patience(deadline.min(LONGEST_EXPORT), EXPORT_POLL);
    let view = View::security_hub_v2();
    match export_findings(&aws.security_hub(&place.region), &aws.s3(), &request).await {
        Ok(source) => {
            let inputs = source.inputs().to_vec();
            Lane::new(&place.region, Arc::new(source), Budget::unlimited()).with_inputs(&inputs).with_view(view)
        }
        Err(error) => {
            tracing::error!(error = %error.report(), "there is no export to read");
            Lane::new(&place.region, Arc::new(UnavailableSource::new(&error)), Budget::unlimited()).with_view(view)
        }
    }
}
