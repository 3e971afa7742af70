//! Options of the coverage check.

use super::reader::Reader;
use super::values::{boolean, is_region};
use super::{Input, Sources};
use crate::options::Options;

/// The configuration of the coverage check.
#[derive(Clone, Debug)]
pub(crate) struct CoverageConfig {
    /// File or object that lists the members, for exported findings.
    pub(crate) members: Option<Input>,
    /// Linked Regions in which membership is checked even if Security Hub is off there.
    pub(crate) regions: Vec<String>,
    pub(crate) organizations: bool,
    pub(crate) accepted_gaps: Option<Input>,
}

impl CoverageConfig {
    pub(super) fn resolve(options: &Options, sources: &Sources, reader: &mut Reader) -> Self {
        let config = Self {
            members: reader.read_optional("coverage", options.coverage.as_deref(), Input::file),
            regions: reader.read("coverage-regions", options.coverage_regions.as_deref(), Vec::new(), regions),
            organizations: reader.read("organizations", options.organizations.as_deref(), false, boolean),
            accepted_gaps: reader.read_optional("accepted-gaps", options.accepted_gaps.as_deref(), Input::file),
        };
        if let Some((flag, message)) = config.contradiction(sources) {
            reader.fail(flag, message);
        }
        config
    }

    /// Returns the flag and message of an option that contradicts the source.
    fn contradiction(&self, sources: &Sources) -> Option<(&'static str, &'static str)> {
        if sources.has_security_hub() {
            return self.members.is_some().then_some((
                "coverage",
                "it is for findings from a file; with a securityhub: source Security Hub is asked itself",
            ));
        }
        if !self.regions.is_empty() {
            return Some((
                "coverage-regions",
                "it is for a securityhub: source; a file does not know of linked Regions",
            ));
        }
        (self.organizations && self.members.is_none()).then_some((
            "organizations",
            "it adds to the coverage, which an exported file does not tell; give --coverage too",
        ))
    }
}

pub(crate) fn regions(text: &str) -> Result<Vec<String>, String> {
    let regions: Vec<String> = text.split(',').map(|r| r.trim().to_owned()).collect();
    match regions.iter().find(|r| !is_region(r)) {
        Some(bad) => Err(format!("\"{bad}\" is not a Region; expected REGION[,REGION…], such as us-east-1")),
        None => Ok(regions),
    }
}
