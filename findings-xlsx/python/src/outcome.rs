//! What Python gets back, as a dict.

use findings_core::local::AsffFileSource;
use findings_core::report::{RenderedReport, Report};
use findings_core::source::RejectedRecord;
use pyo3::IntoPyObject;

/// The rendered report, and what became of the records.
#[derive(Debug, IntoPyObject)]
pub(crate) struct Outcome {
    body: Vec<u8>,
    rows: u64,
    complete: bool,
    problems: Vec<String>,
    rejected: Vec<Rejected>,
    /// Findings that the selection leaves out.
    not_selected: u64,
    /// Copies and older versions.
    superseded: u64,
    /// Findings about other clouds, and events that are no findings.
    set_aside: u64,
}

/// A record that could not be read.
#[derive(Debug, IntoPyObject)]
struct Rejected {
    file: Option<String>,
    line: Option<u64>,
    account: Option<String>,
    message: String,
}

impl Outcome {
    pub(crate) fn new(rendered: RenderedReport, report: &Report, source: &AsffFileSource) -> Self {
        let certainty = report.certainty();
        Self {
            body: rendered.body.into(),
            rows: rendered.rows,
            complete: certainty.is_complete(),
            problems: certainty.problems.iter().map(ToString::to_string).collect(),
            rejected: source.rejected().iter().map(Rejected::of).collect(),
            not_selected: (source.len() as u64).saturating_sub(report.findings.len() as u64),
            superseded: source.superseded() as u64,
            set_aside: source.set_aside() + source.outside_aws(),
        }
    }
}

impl Rejected {
    fn of(record: &RejectedRecord) -> Self {
        Self {
            file: record.file.as_deref().map(str::to_owned),
            line: record.line,
            account: record.account.map(|account| account.to_string()),
            message: record.message.clone(),
        }
    }
}
