//! The renderer.

use findings_core::organisation::{OrganisationDocument, OrganisationRenderer, RenderedOrganisation};
use findings_core::report::ReportFormat;
use findings_core::{Error, ErrorKind, Result};
use minijinja::value::Serde;

use crate::content::Content;
use crate::environment::environment;

/// The format of all pages.
pub(crate) const HTML: ReportFormat = ReportFormat::new("html", "text/html; charset=utf-8");

/// The report about the organisation as a web page: one file that asks for nothing from anywhere.
///
/// The page is complete without its script. The script adds sorting, filtering, details of a project, a comparison of
/// two, the other language, and the other theme. It is in the page, and the page's policy allows nothing else to run.
///
/// ```
/// use findings_core::organisation::OrganisationRenderer;
/// assert_eq!(findings_web::OrganisationPage::new().format().extension, "html");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OrganisationPage {}

impl OrganisationPage {
    /// Creates the renderer.
    pub fn new() -> Self {
        Self {}
    }
}

impl OrganisationRenderer for OrganisationPage {
    fn format(&self) -> ReportFormat {
        HTML
    }

    fn render(&self, document: &OrganisationDocument) -> Result<RenderedOrganisation> {
        let page = html(document).map_err(|error| unwritten("write the page of the organisation", &error))?;
        let projects = document.report.projects.len() as u64;
        Ok(RenderedOrganisation::new(page, self.format(), projects))
    }
}

fn html(document: &OrganisationDocument) -> std::result::Result<String, minijinja::Error> {
    let environment = environment(document.locale, &document.time_zone)?;
    let content = Content::of(document);
    environment.get_template("page.html")?.render(Serde(&content))
}

/// The error of a page that could not be written.
pub(crate) fn unwritten(operation: &'static str, error: &minijinja::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, operation).with_message(place(error))
}

/// What is wrong and where, without values: they are names of projects.
fn place(error: &minijinja::Error) -> String {
    let (name, line) = (error.name().unwrap_or("page.html"), error.line().unwrap_or_default());
    let detail = error.detail().unwrap_or_default();
    format!("{name}, line {line}: {} {detail}", error.kind())
}
