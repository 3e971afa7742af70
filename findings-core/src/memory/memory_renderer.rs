//! Renders a report as plain text.

use std::fmt::Write;

use crate::report::{RenderedReport, Report, ReportFinding, ReportFormat, ReportRenderer};
use crate::{Error, ErrorKind, Result};

/// A renderer that writes a report as tab-separated lines in UTF-8, for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextRenderer;

impl ReportRenderer for TextRenderer {
    fn format(&self) -> ReportFormat {
        ReportFormat { extension: "txt", media_type: "text/plain; charset=utf-8" }
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let rows = report.findings.to_vec()?;
        let text =
            write(report, &rows).map_err(|e| Error::new(ErrorKind::Other, "render the report").with_source(e))?;
        Ok(RenderedReport { body: text.into(), format: self.format(), rows: report.findings.len() as u64 })
    }
}

fn write(report: &Report, rows: &[ReportFinding]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "{}\t{}\t{}", one_line(&report.project), report.run_id, report.generated_at)?;
    if !report.is_complete() {
        writeln!(text, "INCOMPLETE")?;
    }
    if report.stale.total() > 0 {
        writeln!(text, "STALE {}", report.stale.total())?;
    }
    for problem in &report.problems {
        writeln!(text, "{}", one_line(&problem.to_string()))?;
    }
    for row in rows {
        let finding = &row.finding;
        let (severity, title) = (finding.severity, one_line(&finding.title));
        writeln!(text, "{severity}\t{:?}\t{}\t{title}\t{}", row.change, finding.account, one_line(&finding.id))?;
    }
    Ok(text)
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    crate::renderer_conformance!(async { super::TextRenderer });
}
