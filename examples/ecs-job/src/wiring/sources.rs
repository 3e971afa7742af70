//! Builds the inputs: the registry, the lanes of findings, the source of coverage facts.

use std::path::Path;
use std::sync::Arc;

use findings_core::aws::{OrganizationsCoverage, S3FindingsSource, S3Registry, SecurityHubCoverage, SecurityHubSource};
use findings_core::local::{AsffFileSource, FileCoverage, FileRegistry};
use findings_core::source::{Budget, Lane};
use findings_core::{CoverageSource, ProjectRegistry, Result};

use super::s3_members::S3Members;
use crate::aws::{Aws, need};
use crate::config::{CoverageConfig, Input, Pace, Source};

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

/// Returns a lane for each Region of Security Hub.
pub(crate) fn region_lanes(regions: &[String], pace: Pace, aws: &Aws) -> Result<Vec<Lane>> {
    let lane = |region: &String| {
        let source = SecurityHubSource::new(&aws.security_hub(region));
        Ok(Lane::new(region, Arc::new(source), Budget::new(pace.rate, pace.burst)))
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
        (Source::SecurityHub { regions }, _) => {
            let aws = need(aws)?;
            let coverage = SecurityHubCoverage::new(regions.iter().map(|region| aws.security_hub(region)));
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
