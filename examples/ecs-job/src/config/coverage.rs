//! Options of the coverage.

use super::{Source, is_region};

pub(crate) fn regions(text: &str) -> Result<Vec<String>, String> {
    let regions: Vec<String> = text.split(',').map(|r| r.trim().to_owned()).collect();
    match regions.iter().find(|r| !is_region(r)) {
        Some(bad) => Err(format!("\"{bad}\" is not a Region; expected REGION[,REGION…], such as us-east-1")),
        None => Ok(regions),
    }
}

/// Options that contradict the source.
pub(super) fn contradiction(source: &Source, file: bool, regions: bool) -> Option<(&'static str, &'static str)> {
    match source {
        Source::SecurityHub { .. } if file => Some((
            "coverage",
            "it is for findings from a file; with a securityhub: source Security Hub is asked itself",
        )),
        Source::File(_) if regions => {
            Some(("coverage-regions", "it is for a securityhub: source; a file does not know of linked Regions"))
        }
        _ => None,
    }
}
