//! The workbook about the organisation: its renderer, and the order of its sheets.

mod about;
mod ageing;
mod charts;
mod coverage;
mod gaps;
mod heat_map;
mod movers;
mod problems;
mod projects;
mod recent;
mod runs;
mod series;
mod summary;
mod tiles;
mod unknown;
mod values;
mod view;
mod weeks;

use findings_core::Result;
use findings_core::organisation::{OrganisationDocument, OrganisationRenderer, RenderedOrganisation};
use findings_core::report::ReportFormat;

use self::view::View;
use crate::book;
use crate::error::RenderError;
use crate::xlsx_renderer::FORMAT;

/// Renders a report about the organisation as an Excel workbook in the reader's language.
///
/// What is not known is a word or an empty cell with a legend, never 0.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::organisation::{
///     OrganisationBuilder, OrganisationDocument, OrganisationInput, OrganisationRenderer, ReportRange,
/// };
/// use findings_xlsx::OrganisationWorkbook;
/// use jiff::tz::TimeZone;
///
/// let range = ReportRange::last_weeks(52, "2026-11-25T12:00:00Z".parse()?, TimeZone::UTC)?;
/// let report = OrganisationBuilder::new(OrganisationInput::new(range)).finish();
/// let rendered = OrganisationWorkbook::new().render(&OrganisationDocument::new(report, Locale::En))?;
/// assert_eq!((rendered.format.extension, rendered.projects), ("xlsx", 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OrganisationWorkbook {
    _private: (),
}

impl OrganisationWorkbook {
    /// Returns the renderer.
    pub fn new() -> Self {
        Self::default()
    }
}

impl OrganisationRenderer for OrganisationWorkbook {
    fn format(&self) -> ReportFormat {
        FORMAT
    }

    fn render(&self, document: &OrganisationDocument) -> Result<RenderedOrganisation> {
        let view = View::new(document);
        let (body, projects) = render(&view).map_err(|error| error.into_core(view.own.title))?;
        Ok(RenderedOrganisation::new(body, FORMAT, projects))
    }
}

/// Renders the whole workbook. Returns its bytes and the number of projects in it.
fn render(view: &View<'_>) -> std::result::Result<(Vec<u8>, u64), RenderError> {
    let report = view.report;
    let subject = report.runs.last().map_or("", |run| run.run_id.as_str());
    let mut book = book::titled(view.own.title, subject, report.as_of, None, view.texts)?;
    summary::write(&mut book, view)?;
    let projects = projects::write(&mut book, view)?;
    problems::write(&mut book, view)?;
    heat_map::write(&mut book, view)?;
    ageing::write(&mut book, view)?;
    weeks::write(&mut book, view)?;
    weeks::write_severities(&mut book, view)?;
    series::write(&mut book, view)?;
    coverage::write(&mut book, view)?;
    gaps::write(&mut book, view)?;
    runs::write(&mut book, view)?;
    about::write(&mut book, view)?;
    Ok((book.save_to_buffer()?, projects))
}
