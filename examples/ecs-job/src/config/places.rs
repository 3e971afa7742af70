//! Locations: the source of findings, the store of reports, and the history.

use std::fmt;
use std::path::PathBuf;

use super::values::{is_region, path, s3_url};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file, a folder or a pattern.
    File(PathBuf),
    /// An object, or the objects under a prefix.
    S3 {
        bucket: String,
        prefix: String,
    },
    SecurityHub {
        regions: Vec<String>,
        api: HubApi,
    },
    /// An export of the new Security Hub to S3.
    Export(ExportPlace),
}

/// Where an export is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportPlace {
    pub(crate) region: String,
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    /// ARN of the KMS key.
    pub(crate) key: String,
}

/// Which Security Hub is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HubApi {
    /// Security Hub CSPM, with GetFindings.
    V1,
    /// The new Security Hub, with GetFindingsV2.
    V2,
}

impl Source {
    /// Whether the findings were exported before, so that Security Hub itself is not asked.
    pub(crate) fn is_export(&self) -> bool {
        matches!(self, Self::File(_) | Self::S3 { .. })
    }

    /// The Regions in which Security Hub is asked; empty for files.
    pub(crate) fn regions(&self) -> &[String] {
        match self {
            Self::SecurityHub { regions, .. } => regions,
            Self::Export(place) => std::slice::from_ref(&place.region),
            Self::File(_) | Self::S3 { .. } => &[],
        }
    }
}

impl Default for Source {
    /// The source of the sample organisation.
    fn default() -> Self {
        Self::File("examples/data/findings.json".into())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reports {
    Dir(PathBuf),
    S3 { bucket: String, prefix: String },
}

impl fmt::Display for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dir(dir) => write!(f, "{}", dir.display()),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

impl Default for Reports {
    /// The store of the sample organisation.
    fn default() -> Self {
        Self::Dir("out/reports".into())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum History {
    Sqlite(PathBuf),
    DynamoDb { table: String },
}

impl Default for History {
    /// The history of the sample organisation.
    fn default() -> Self {
        Self::Sqlite("out/history.db".into())
    }
}

pub(super) fn source(text: &str) -> Result<Source, String> {
    if let Some(url) = s3_url(text) {
        return url.map(|(bucket, prefix)| Source::S3 { bucket, prefix });
    }
    if let Some(place) = text.strip_prefix("export:") {
        return export(place).map(Source::Export);
    }
    let (list, api) = match (text.strip_prefix("securityhub:"), text.strip_prefix("securityhub-v2:")) {
        (Some(list), _) => (list, HubApi::V1),
        (_, Some(list)) => (list, HubApi::V2),
        _ => {
            return path(
                text,
                "a path of findings in JSON, s3://bucket/prefix, securityhub:REGION[,REGION…], securityhub-v2:REGION[,REGION…] or export:REGION:s3://bucket/prefix?key=ARN",
            )
            .map(Source::File);
        }
    };
    let regions: Vec<String> = list.split(',').map(|r| r.trim().to_owned()).collect();
    if let Some(bad) = regions.iter().find(|r| !is_region(r)) {
        return Err(format!(
            "\"{bad}\" is not a Region; expected securityhub:REGION[,REGION…], such as securityhub:ap-northeast-1"
        ));
    }
    match regions.iter().enumerate().find(|(n, region)| regions[..*n].contains(region)) {
        Some((_, twice)) => {
            Err(format!("the Region {twice} is given twice, so that all calls would be made twice within one quota"))
        }
        None => Ok(Source::SecurityHub { regions, api }),
    }
}

/// Parses `REGION:s3://bucket/prefix?key=ARN`.
fn export(text: &str) -> Result<ExportPlace, String> {
    let (region, rest) = text.split_once(':').unwrap_or((text, ""));
    let (url, key) = rest.split_once("?key=").unwrap_or((rest, ""));
    if !is_region(region) {
        return Err(format!("\"{region}\" is not a Region; expected export:REGION:s3://bucket/prefix?key=ARN"));
    }
    let Some(place) = s3_url(url) else {
        return Err("not an export; expected export:REGION:s3://bucket/prefix?key=ARN".to_owned());
    };
    let (bucket, prefix) = place?;
    let is_key = key.starts_with("arn:") && key.contains(&format!(":kms:{region}:")) && key.contains(":key/");
    if !is_key || key.contains(":key/mrk-") {
        return Err(format!(
            "an export needs the full ARN of a single-Region KMS key in {region}: ?key=ARN behind the prefix"
        ));
    }
    Ok(ExportPlace { region: region.to_owned(), bucket, prefix, key: key.to_owned() })
}

pub(super) fn reports(text: &str) -> Result<Reports, String> {
    match s3_url(text) {
        Some(Ok((bucket, prefix))) => Ok(Reports::S3 { bucket, prefix }),
        Some(Err(message)) => Err(message),
        None => path(text, "a directory or s3://bucket/prefix").map(Reports::Dir),
    }
}

pub(super) fn history(text: &str) -> Result<History, String> {
    match text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(History::Sqlite(path.into())),
        Some(("dynamodb", table)) if is_table_name(table) => Ok(History::DynamoDb { table: table.to_owned() }),
        Some(("dynamodb", table)) => Err(format!("\"{table}\" is not a table name: 3 to 255 of A-Z a-z 0-9 _ . -")),
        // the text is not repeated: if variables were mixed up it may hold a password
        _ => Err("not a history; expected sqlite:PATH or dynamodb:TABLE".to_owned()),
    }
}

fn is_table_name(name: &str) -> bool {
    (3..=255).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}
