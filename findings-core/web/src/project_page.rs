//! The renderer of a project's report.

use std::sync::Arc;

use findings_core::Result;
use findings_core::guidance::Guidance;
use findings_core::report::{RenderedReport, Report, ReportFormat, ReportRenderer};
use minijinja::value::Serde;

use crate::environment::project_environment;
use crate::page::{HTML, unwritten};
use crate::project::Content;

/// The report of a project as a web page: one file that asks for nothing from anywhere, for readers without Excel.
///
/// Without its script, the page has everything but the findings after the first hundred, and says so. The script draws
/// them all, filters, searches and sorts them, and shows the details of one.
///
/// ```
/// use findings_core::{ReportRenderer, report::Report};
/// use findings_web::ProjectPage;
///
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let rendered = ProjectPage::new().render(&report)?;
/// assert_eq!((rendered.format.extension, rendered.rows), ("html", 0));
/// assert!(rendered.body.starts_with(b"<!doctype html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProjectPage {
    // shared because renderers are cloned
    guidance: Arc<Guidance>,
}

impl ProjectPage {
    /// Creates a renderer without guidance.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the organisation's guidance beside the controls.
    pub fn with_guidance(mut self, guidance: Guidance) -> Self {
        self.guidance = Arc::new(guidance);
        self
    }
}

impl ReportRenderer for ProjectPage {
    fn format(&self) -> ReportFormat {
        HTML
    }

    fn shows_views(&self) -> bool {
        true
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let content = Content::of(report, &self.guidance)?;
        let page = html(report, &content).map_err(|error| unwritten("write the page of the project", &error))?;
        Ok(RenderedReport::new(page, HTML, content.findings()))
    }
}

fn html(report: &Report, content: &Content<'_>) -> std::result::Result<String, minijinja::Error> {
    let environment = project_environment(report.locale, &report.time_zone)?;
    environment.get_template("project.html")?.render(Serde(content))
}
