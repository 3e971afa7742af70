//! The index of runs: which runs there were, and which files of them are stored.

use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::RunOverview;
use crate::report::ReportFormat;
use crate::store::ArtifactKey;
use crate::{Locale, Result};

/// The runs of the weeks of a report, with those of their files that are stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunIndex {
    /// The time at which it was made, UTC.
    pub as_of: Timestamp,
    /// The language of its readers, who are operators.
    pub locale: Locale,
    /// The time zone of its readers.
    pub time_zone: TimeZone,
    /// The runs, the newest first.
    pub runs: Vec<IndexedRun>,
    /// Number of older runs that are left out.
    pub left_out: u64,
}

/// A run of the index.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IndexedRun {
    /// The run.
    pub run: RunOverview,
    /// The files about the whole run that are stored: the report about the organisation, the manifest, the summary.
    pub files: Vec<ArtifactKey>,
}

impl RunIndex {
    /// An index without runs.
    pub fn new(as_of: Timestamp, locale: Locale, time_zone: TimeZone) -> Self {
        Self { as_of, locale, time_zone, runs: Vec::new(), left_out: 0 }
    }
}

impl IndexedRun {
    /// A run with these files.
    pub fn new(run: RunOverview, files: Vec<ArtifactKey>) -> Self {
        Self { run, files }
    }
}

/// Turns the index of runs into a file, which is stored beside the folders of the runs.
///
/// An implementation
/// * MUST name every run, and link to its files relative to the index, without any host,
/// * MUST give the same bytes for the same index,
/// * MUST accept any text and any time.
///
/// ```
/// use bytes::Bytes;
/// use findings_core::organisation::{RunIndex, RunIndexRenderer};
/// use findings_core::report::ReportFormat;
/// use findings_core::Result;
///
/// /// A line for each file.
/// #[derive(Debug)]
/// struct Lines;
///
/// impl RunIndexRenderer for Lines {
///     fn format(&self) -> ReportFormat {
///         ReportFormat::new("txt", "text/plain; charset=utf-8")
///     }
///
///     fn render(&self, index: &RunIndex) -> Result<Bytes> {
///         let files = index.runs.iter().flat_map(|run| &run.files);
///         Ok(files.map(|key| format!("{key}\n")).collect::<String>().into())
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait RunIndexRenderer: fmt::Debug + Send + Sync + 'static {
    /// The format of the file.
    fn format(&self) -> ReportFormat;

    /// Renders the index.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the format cannot hold it.
    fn render(&self, index: &RunIndex) -> Result<Bytes>;
}
