//! The renderer and its settings.

use std::io::{Seek, Write};
use std::sync::Arc;

use findings_core::guidance::Guidance;
use findings_core::report::{RenderedReport, Report, ReportFormat};
use findings_core::{ReportRenderer, Result};

use crate::book;
use crate::columns::FindingColumns;
use crate::limits::{MAX_LINKS, MAX_ROWS};
use crate::package::packer::Packing;
use crate::settings::Settings;
use crate::xlsx_writer::XlsxWriter;

pub(crate) const FORMAT: ReportFormat =
    ReportFormat::new("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");

/// Renders a report as an Excel workbook in the report's language.
///
/// Rows are packed as they are written: memory grows with the packed file only, and nothing is written to the disk.
///
/// ```
/// use findings_core::{ReportRenderer, report::Report};
/// use findings_xlsx::XlsxRenderer;
///
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let rendered = XlsxRenderer::new().render(&report)?;
/// assert_eq!((rendered.format.extension, rendered.rows), ("xlsx", 0));
/// assert!(rendered.body.starts_with(b"PK"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct XlsxRenderer {
    settings: Settings,
}

impl XlsxRenderer {
    /// Returns a renderer with the limits of Excel, the standard columns and without guidance.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum number of rows of a sheet, the header included: at least 2, by default Excel's 1,048,576.
    /// Further rows go on to a next sheet.
    pub fn with_max_rows(mut self, rows: u32) -> Self {
        self.settings.limits.rows = rows.clamp(2, MAX_ROWS);
        self
    }

    /// Sets the maximum number of clickable links of a sheet, by default Excel's 65,530. The first links of a sheet,
    /// which are those of the worst findings, are clickable; the others are written as text.
    pub fn with_max_links(mut self, links: usize) -> Self {
        self.settings.limits.links = links.min(MAX_LINKS);
        self
    }

    /// Packs large sheets on a second thread while their rows are written. If a core is idle, a workbook takes little
    /// more than half the time. There is no gain if many workbooks are rendered at once.
    pub fn with_packing_thread(mut self) -> Self {
        self.settings.packing = Packing::Thread;
        self
    }

    /// Returns a writer for a workbook with only the sheet Findings, to which findings are written one by one.
    ///
    /// The report gives the project, the time, the language and the names of accounts. Findings in it are not written.
    pub fn writer<W: Write + Seek + Send + 'static>(&self, report: Report, out: W) -> XlsxWriter<W> {
        XlsxWriter::new(report, self.settings.clone(), out)
    }

    /// Adds the organisation's guidance to the sheet By control.
    pub fn with_guidance(mut self, guidance: Guidance) -> Self {
        self.settings.guidance = Arc::new(guidance);
        self
    }

    /// Sets which columns the sheet Findings has, and in which order.
    ///
    /// ```
    /// use findings_xlsx::{FindingColumns, XlsxRenderer};
    ///
    /// let columns = FindingColumns::standard().in_order(["severity", "account_name", "title", "rest"])?;
    /// let renderer = XlsxRenderer::new().with_columns(columns);
    /// # Ok::<(), findings_xlsx::ColumnsError>(())
    /// ```
    pub fn with_columns(mut self, columns: FindingColumns) -> Self {
        self.settings.columns = Arc::new(columns);
        self
    }
}

impl ReportRenderer for XlsxRenderer {
    fn format(&self) -> ReportFormat {
        FORMAT
    }

    fn shows_views(&self) -> bool {
        true
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let (body, rows) = book::render(report, &self.settings).map_err(|e| e.into_core(&report.project))?;
        Ok(RenderedReport::new(body, FORMAT, rows))
    }
}
