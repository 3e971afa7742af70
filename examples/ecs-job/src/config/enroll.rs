//! The configuration of `enroll`.

use super::places::source;
use super::reader::{Reader, given};
use super::{AwsConfig, ConfigError, Input, Pace, Source, coverage, values};
use crate::options::Options;

/// The registry of accounts to enroll, and the Regions to enroll them in.
#[derive(Clone, Debug)]
pub(crate) struct EnrollConfig {
    pub(crate) projects: Input,
    /// The Region of the source that may become the home of a finding aggregator.
    pub(crate) home: String,
    /// All Regions of the source, the home first.
    pub(crate) regions: Vec<String>,
    pub(crate) pace: Pace,
    pub(crate) coverage_regions: Vec<String>,
    pub(crate) organizations: bool,
    s3_path_style: bool,
}

impl EnrollConfig {
    pub(crate) fn resolve(options: &Options) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let regions = source_regions(options, &mut reader);
        if given(options.projects.as_deref()).is_none() {
            reader.fail("projects", "missing; name the registry of accounts");
        }
        let projects = reader.read_optional("projects", options.projects.as_deref(), Input::file);
        let pace = Pace::of_get_findings(options, &mut reader);
        let coverage_regions = options.coverage_regions.as_deref();
        let coverage_regions = reader.read("coverage-regions", coverage_regions, Vec::new(), coverage::regions);
        let mut boolean = |flag, value: &Option<String>| reader.read(flag, value.as_deref(), false, values::boolean);
        let organizations = boolean("organizations", &options.organizations);
        let s3_path_style = boolean("s3-path-style", &options.s3_path_style);
        let config = projects.zip(regions).and_then(|(projects, regions)| {
            let home = regions.first()?.clone();
            Some(Self { projects, home, regions, pace, coverage_regions, organizations, s3_path_style })
        });
        match config {
            Some(config) => reader.finish(config),
            None => Err(reader.into_errors()),
        }
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        AwsConfig {
            is_needed: true,
            region: Some(self.home.clone()),
            s3_path_style: self.s3_path_style,
            link_credentials: None,
        }
    }
}

fn source_regions(options: &Options, reader: &mut Reader) -> Option<Vec<String>> {
    let sources: Vec<&str> = options.source.iter().filter_map(|text| given(Some(text))).collect();
    let text = match sources[..] {
        [one] if one.starts_with("securityhub:") => Some(one),
        _ => None,
    };
    if text.is_none() {
        reader.fail("source", "enrolling is for one source securityhub:REGION[,REGION…]");
    }
    match reader.read_optional("source", text, source)? {
        Source::SecurityHub { regions, .. } => Some(regions),
        Source::File(_) | Source::S3 { .. } | Source::Export(_) => None,
    }
}
