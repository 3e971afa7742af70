//! Builds the inputs: the registry, the lanes of Security Hub, the source of coverage facts.

use std::sync::Arc;

use findings_core::aws::{
    OrganizationsCoverage, S3Registry, SecurityHubCoverage, SecurityHubSource, SecurityHubV2Source,
};
use findings_core::local::{FileCoverage, FileRegistry};
use findings_core::source::{Budget, ExceptRegions, Lane, View};
use findings_core::{CoverageSource, FindingsSource, ProjectRegistry, Result};

use super::s3_members::S3Members;
use crate::aws::{Aws, need};
use crate::config::{CoverageConfig, HubApi, Input, Pace, Sources};

pub(crate) fn registry(projects: &Input, aws: Option<&Aws>) -> Result<Arc<dyn ProjectRegistry>> {
    Ok(match projects {
        Input::Path(path) => Arc::new(FileRegistry::new(path)),
        Input::S3 { bucket, key } => Arc::new(S3Registry::new(need(aws)?.s3(), bucket, key)),
    })
}

/// Returns a lane for each Region of Security Hub. Each leaves out the Regions of the others, which the home Region of an aggregator
/// would show once more.
pub(crate) fn region_lanes(regions: &[String], api: HubApi, pace: Pace, aws: &Aws) -> Result<Vec<Lane>> {
    let lane = |region: &String| {
        let client = aws.security_hub(region);
        let source: Arc<dyn FindingsSource> = match api {
            HubApi::V1 => Arc::new(SecurityHubSource::new(&client)),
            HubApi::V2 => Arc::new(SecurityHubV2Source::new(&client)),
        };
        let view = match api {
            HubApi::V1 => View::security_hub(),
            HubApi::V2 => View::security_hub_v2(),
        };
        let others = regions.iter().filter(|other| *other != region).map(String::as_str);
        let source = Arc::new(ExceptRegions::new(source, others));
        Ok(Lane::new(region, source, Budget::new(pace.rate, pace.burst)).with_view(view))
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
    sources: &Sources,
    aws: Option<&Aws>,
) -> Result<Option<Arc<dyn CoverageSource>>> {
    let coverage: Arc<dyn CoverageSource> = match &config.members {
        _ if sources.has_security_hub() => {
            let aws = need(aws)?;
            let coverage = SecurityHubCoverage::new(sources.regions().iter().map(|region| aws.security_hub(region)));
            Arc::new(coverage.with_linked_regions(config.regions.clone()))
        }
        Some(place) => members(place, aws)?,
        None => return Ok(None),
    };
    if !config.organizations {
        return Ok(Some(coverage));
    }
    Ok(Some(Arc::new(OrganizationsCoverage::new(coverage, &need(aws)?.organizations()))))
}
