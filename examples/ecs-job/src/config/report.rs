//! What reports are made of.

use std::fmt;
use std::path::PathBuf;

use super::{path, s3_url};

/// A form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Xlsx,
    Csv,
    Jsonl,
}

impl Format {
    const ALL: [Self; 3] = [Self::Xlsx, Self::Csv, Self::Jsonl];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// `xlsx,csv,jsonl`, each at most once.
pub(super) fn formats(text: &str) -> Result<Vec<Format>, String> {
    let mut formats = Vec::new();
    for name in text.split(',').map(str::trim) {
        let known = Format::ALL.into_iter().find(|format| format.as_str() == name);
        let format = known.ok_or_else(|| {
            format!("\"{name}\" is not a format; expected xlsx, csv or jsonl, several separated by commas")
        })?;
        if formats.contains(&format) {
            return Err(format!("{name} is given twice"));
        }
        formats.push(format);
    }
    Ok(formats)
}

/// Where the organisation's guidance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GuidancePlace {
    /// A CSV file or a folder of Markdown files.
    Path(PathBuf),
    /// A key that ends with `.csv`, or a prefix.
    S3 { bucket: String, key: String },
}

impl fmt::Display for GuidancePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::S3 { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

pub(super) fn guidance(text: &str) -> Result<GuidancePlace, String> {
    match s3_url(text) {
        Some(Ok((bucket, key))) => Ok(GuidancePlace::S3 { bucket, key }),
        Some(Err(message)) => Err(message),
        None => path(text, "a path, s3://bucket/key.csv or s3://bucket/prefix/").map(GuidancePlace::Path),
    }
}
