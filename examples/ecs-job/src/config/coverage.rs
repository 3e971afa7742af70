//! Options of the coverage.

use std::path::PathBuf;

use super::{Source, is_region, path, s3_url};

/// A small file that is read at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    File(PathBuf),
    S3 { bucket: String, key: String },
}

pub(super) fn input(text: &str) -> Result<Input, String> {
    match s3_url(text) {
        Some(Ok((_, key))) if key.is_empty() => Err("the key is missing; expected s3://bucket/key".to_owned()),
        Some(Ok((bucket, key))) => Ok(Input::S3 { bucket, key }),
        Some(Err(message)) => Err(message),
        None => path(text, "a path or s3://bucket/key").map(Input::File),
    }
}

pub(super) fn regions(text: &str) -> Result<Vec<String>, String> {
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
