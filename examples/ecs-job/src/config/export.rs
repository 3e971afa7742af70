//! The configuration of `export`.

use std::path::PathBuf;

use super::reader::{Reader, given};
use super::values::path;
use super::{ConfigError, HistoryConfig};
use crate::options::Options;

/// A format of exported tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    #[default]
    Csv,
    Parquet,
}

impl ExportFormat {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// The location of the history, and what to write where.
#[derive(Clone, Debug)]
pub(crate) struct ExportConfig {
    pub(crate) history: HistoryConfig,
    pub(crate) format: ExportFormat,
    pub(crate) output: PathBuf,
}

impl ExportConfig {
    pub(crate) fn resolve(options: &Options, output: &str) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let format = reader.read("format", options.format.as_deref(), ExportFormat::default(), format);
        let folder = reader.read_optional("output", Some(output), |text| path(text, "a folder"));
        if given(Some(output)).is_none() {
            reader.fail("output", "name a folder for the tables");
        }
        let mut errors = reader.into_errors();
        match (HistoryConfig::resolve(options), folder) {
            (Ok(history), Some(output)) if errors.is_empty() => Ok(Self { history, format, output }),
            (history, _) => {
                errors.extend(history.err().unwrap_or_default());
                Err(errors)
            }
        }
    }
}

fn format(text: &str) -> Result<ExportFormat, String> {
    match text {
        "csv" => Ok(ExportFormat::Csv),
        "parquet" => Ok(ExportFormat::Parquet),
        _ => Err(format!("\"{text}\" is not a format of exported tables; give csv or parquet")),
    }
}
