//! Builds the inputs: the registry, the lanes of findings, the source of coverage facts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use findings_core::aws::{
    ExportRequest, OrganizationsCoverage, S3FindingsSource, S3Registry, SecurityHubCoverage, SecurityHubSource,
    SecurityHubV2Source, export_findings,
};
use findings_core::local::{AsffFileSource, FileCoverage, FileRegistry};
use findings_core::source::{Budget, Lane, UnavailableSource};
use findings_core::{CoverageSource, FindingsSource, ProjectRegistry, Result};

use super::s3_members::S3Members;
use crate::aws::{Aws, need};
use crate::config::{CoverageConfig, ExportPlace, HubApi, Input, Pace, Source};

/// The longest time that an export is waited for. A run has to deliver in the rest of its time.
const LONGEST_EXPORT: Duration = Duration::from_hours(2);

/// The time between two questions whether an export has ended.
const EXPORT_POLL: Duration = Duration::from_secs(5);

pub(crate) fn registry(projects: &Input, aws: Option<&Aws>) -> Result<Arc<dyn ProjectRegistry>> {
    Ok(match projects {
        Input::Path(path) => Arc::new(FileRegistry::new(path)),
        Input::S3 { bucket, key } => Arc::new(S3Registry::new(need(aws)?.s3(), bucket, key)),
    })
}

/// Reads files of findings and returns their lane.
pub(super) async fn file_lane(path: &Path) -> Result<Lane> {
    let source = AsffFileSource::open(path).await?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    let inputs = source.inputs().to_vec();
    Ok(Lane::new(name, Arc::new(source), Budget::unlimited()).with_inputs(&inputs))
}

/// Reads the findings in S3 and returns their lane.
pub(super) async fn s3_lane(bucket: &str, prefix: &str, aws: &Aws) -> Result<Lane> {
    let source = S3FindingsSource::open(&aws.s3(), bucket, prefix).await?;
    let inputs = source.inputs().to_vec();
    let name = format!("s3://{bucket}/{prefix}");
    Ok(Lane::new(name, Arc::new(source), Budget::unlimited()).with_inputs(&inputs))
}

/// Exports the findings and returns their lane. If there is no export in the end, the lane says so of every account.
pub(super) async fn export_lane(place: &ExportPlace, name: String, deadline: Duration, aws: &Aws) -> Lane {
    let request = ExportRequest::new(&place.region, &place.bucket, &place.prefix)
        .with_key(&place.key)
        .with_name(name)
        .with_patience(deadline.min(LONGEST_EXPORT), EXPORT_POLL);
    match export_findings(&aws.security_hub(&place.region), &aws.s3(), &request).await {
        Ok(source) => {
            let inputs = source.inputs().to_vec();
            Lane::new(&place.region, Arc::new(source), Budget::unlimited()).with_inputs(&inputs)
        }
        Err(error) => {
            tracing::error!(error = %error.report(), "there is no export to read");
            Lane::new(&place.region, Arc::new(UnavailableSource::new(&error)), Budget::unlimited())
        }
    }
}

/// Returns a lane for each Region of Security Hub.
pub(crate) fn region_lanes(regions: &[String], api: HubApi, pace: Pace, aws: &Aws) -> Result<Vec<Lane>> {
    let lane = |region: &String| {
        let client = aws.security_hub(region);
        let source: Arc<dyn FindingsSource> = match api {
            HubApi::V1 => Arc::new(SecurityHubSource::new(&client)),
            HubApi::V2 => Arc::new(SecurityHubV2Source::new(&client)),
        };
        Ok(Lane::new(region, source, Budget::new(pace.rate, pace.burst)))
    };
    regions.iter().map(lane).collect()
}

/// Returns the source of coverage facts in a list of members.
pub(crate) fn members(place: &Input, aws: Option<&Aws>) -> Result<Arc<dyn CoverageSource>> {
    Ok(match place {
        Input::Path(path) => Arc::new(FileCoverage::new(path)),
        Input::S3 { bucket, key } => Arc::new(S3Members::new(need(aws)?.s3(), bucket, key)),
    })
}

/// Returns the source of coverage facts. A file of findings needs a file of members as well; without it the result is
/// `None`.
pub(super) fn coverage(
    config: &CoverageConfig,
    source: &Source,
    aws: Option<&Aws>,
) -> Result<Option<Arc<dyn CoverageSource>>> {
    let coverage: Arc<dyn CoverageSource> = match (source, &config.members) {
        (Source::SecurityHub { .. } | Source::Export(_), _) => {
            let aws = need(aws)?;
            let coverage = SecurityHubCoverage::new(source.regions().iter().map(|region| aws.security_hub(region)));
            Arc::new(coverage.with_linked_regions(config.regions.clone()))
        }
        (Source::File(_) | Source::S3 { .. }, Some(place)) => members(place, aws)?,
        (Source::File(_) | Source::S3 { .. }, None) => return Ok(None),
    };
    if !config.organizations {
        return Ok(Some(coverage));
    }
    Ok(Some(Arc::new(OrganizationsCoverage::new(coverage, &need(aws)?.organizations()))))
}
