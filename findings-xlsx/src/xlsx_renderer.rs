//! The renderer: settings, and the one place where a panic of the writer becomes an error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use findings_core::report::{RenderedReport, Report, ReportFormat};
use findings_core::{ReportRenderer, Result};

use crate::book::{self, Limits};
use crate::error::RenderError;
use crate::guidance::Guidance;
use crate::limits::{MAX_LINKS, MAX_ROWS};

const FORMAT: ReportFormat =
    ReportFormat { extension: "xlsx", media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };

/// Renders a report as an Excel workbook in the report's language.
///
/// The rows go through temporary files without names, which vanish with the call, so that memory does not grow with the findings.
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
#[derive(Clone, Debug)]
pub struct XlsxRenderer {
    scratch: Option<PathBuf>,
    limits: Limits,
    // shared, because renderers are cloned
    guidance: Arc<Guidance>,
}

impl XlsxRenderer {
    /// A renderer with scratch space in the system's folder for temporary files.
    pub fn new() -> Self {
        Self { scratch: None, limits: Limits::default(), guidance: Arc::default() }
    }

    /// Puts the temporary files elsewhere. They need about 2 KB for each finding.
    pub fn with_scratch_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.scratch = Some(folder.into());
        self
    }

    /// Goes on to a next sheet after so many rows, the header included, in place of Excel's 1,048,576; at least 2.
    pub fn with_max_rows(mut self, rows: u32) -> Self {
        self.limits.rows = rows.clamp(2, MAX_ROWS);
        self
    }

    /// Makes so many links of a sheet clickable, the first ones, which are of the worst findings, in place of 14,000; the others stand as text.
    ///
    /// Excel takes 65,530 at the most. Each takes about 2.3 KB of memory while the workbook is written.
    pub fn with_max_links(mut self, links: usize) -> Self {
        self.limits.links = links.min(MAX_LINKS);
        self
    }

    /// Adds the organisation's own words about controls to the sheet of controls.
    pub fn with_guidance(mut self, guidance: Guidance) -> Self {
        self.guidance = Arc::new(guidance);
        self
    }

    fn render_book(&self, report: &Report) -> Result<(Vec<u8>, u64), RenderError> {
        // the writer panics when its temporary file cannot be written; its state is dropped, so nothing broken is seen again
        catch_unwind(AssertUnwindSafe(|| book::render(report, &self.guidance, self.limits, self.scratch.as_deref())))
            .unwrap_or_else(|payload| Err(RenderError::from_panic(payload.as_ref())))
    }
}

impl Default for XlsxRenderer {
    fn default() -> Self {
        Self::new()
    }
}

impl ReportRenderer for XlsxRenderer {
    fn format(&self) -> ReportFormat {
        FORMAT
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let (body, rows) = self.render_book(report).map_err(|e| e.into_core(&report.project))?;
        Ok(RenderedReport { body: Bytes::from(body), format: FORMAT, rows })
    }
}
