//! Locations of input files on disk or in S3: the registry, the accepted gaps, the guidance.

use std::fmt;
use std::path::PathBuf;

use super::values::{path, s3_url};

/// A file or folder, or an object or prefix in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Path(PathBuf),
    S3 { bucket: String, key: String },
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::S3 { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

impl Input {
    /// The registry of the sample organisation.
    pub(super) fn sample() -> Self {
        Self::Path("examples/data/projects.csv".into())
    }

    pub(crate) fn is_s3(&self) -> bool {
        matches!(self, Self::S3 { .. })
    }

    /// Parses the location of one file; in S3 it must have a key.
    pub(super) fn file(text: &str) -> Result<Self, String> {
        match Self::parse(text, "a path or s3://bucket/key")? {
            Self::S3 { key, .. } if key.is_empty() => Err("the key is missing; expected s3://bucket/key".to_owned()),
            input => Ok(input),
        }
    }

    /// Parses the location of a CSV file, or of a folder or prefix of Markdown files.
    pub(super) fn file_or_folder(text: &str) -> Result<Self, String> {
        Self::parse(text, "a path, s3://bucket/key.csv or s3://bucket/prefix/")
    }

    fn parse(text: &str, expected: &str) -> Result<Self, String> {
        match s3_url(text) {
            Some(url) => url.map(|(bucket, key)| Self::S3 { bucket, key }),
            None => path(text, expected).map(Self::Path),
        }
    }
}
