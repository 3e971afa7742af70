//! Renders the whole report as JSON Lines, for scripts.

mod lines;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use findings_core::guidance::Guidance;
use findings_core::rendering::Digest;
use findings_core::report::{RenderedReport, Report, ReportFormat};
use findings_core::{Error, ErrorKind, ReportRenderer, Result};

use crate::columns::FindingColumns;

use self::lines::{AcceptedLine, ControlLine, FindingLine, Line, ReportLine, ResolvedLine};

const FORMAT: ReportFormat = ReportFormat::new("jsonl", "application/x-ndjson");

/// Renders the whole report as JSON Lines: one object per line, with its `type` first.
///
/// The first line is the `report` itself: its selection, whether it is `complete` and, if not, its `problems`, its
/// accounts and their coverage. It is followed by a line for each `finding`, the worst first, for each `resolved`
/// issue, for each `accepted` one, and for each `control`, which groups findings that are fixed together. The [crate's
/// page](crate#json-lines) lists the names. A finding has the names of [`Finding`](findings_core::Finding) and its
/// parts. Times are in UTC and terms are those of ASFF, whatever the language of the report. No text is cut. Later
/// versions may add names and types of lines, but do not change any.
///
/// ```
/// use findings_core::{ReportRenderer, report::Report};
/// use findings_xlsx::JsonlRenderer;
///
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let body = JsonlRenderer::new().render(&report)?.body;
/// let first: serde_json::Value = serde_json::from_slice(&body)?;
/// assert_eq!((&first["type"], &first["complete"]), (&"report".into(), &false.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct JsonlRenderer {
    // shared because renderers are cloned
    guidance: Arc<Guidance>,
    columns: Arc<FindingColumns>,
}

impl JsonlRenderer {
    /// Returns a renderer without guidance.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the organisation's guidance to the lines of controls.
    pub fn with_guidance(mut self, guidance: Guidance) -> Self {
        self.guidance = Arc::new(guidance);
        self
    }

    /// Adds the columns that a program added to the lines of findings, as `added`. The order of the columns changes
    /// nothing, and no name is left out.
    pub fn with_columns(mut self, columns: FindingColumns) -> Self {
        self.columns = Arc::new(columns);
        self
    }
}

impl ReportRenderer for JsonlRenderer {
    fn format(&self) -> ReportFormat {
        FORMAT
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let body = write(report, &self.guidance, &self.columns)?;
        Ok(RenderedReport::new(body, FORMAT, report.findings.len() as u64))
    }
}

fn write(report: &Report, guidance: &Guidance, columns: &FindingColumns) -> Result<Vec<u8>> {
    let digest = Digest::new(report)?;
    let mut body = Vec::new();
    let mut write = |line: &Line<'_>| {
        serde_json::to_writer(&mut body, line).map_err(|error| {
            Error::new(ErrorKind::Other, "write the JSON Lines of").with_subject(&report.project).with_source(error)
        })?;
        body.push(b'\n');
        Result::Ok(())
    };
    write(&Line::Report(Box::new(ReportLine::new(report, &digest))))?;
    for row in &report.findings {
        write(&Line::Finding(Box::new(FindingLine::new(&row?, report, columns))))?;
    }
    let resolved = report.resolved.iter().map(|issue| Line::Resolved(ResolvedLine::new(issue, report)));
    let accepted = report.accepted.iter().map(|issue| Line::Accepted(Box::new(AcceptedLine::new(issue, report))));
    let controls = digest.controls.iter().map(|row| Line::Control(Box::new(ControlLine::new(row, report, guidance))));
    resolved.chain(accepted).chain(controls).try_for_each(|line| write(&line))?;
    Ok(body)
}
