//! The trait for renderers of a report about the organisation.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::tz::TimeZone;

use super::OrganisationReport;
use crate::report::ReportFormat;
use crate::{Locale, Result};

/// A report about the organisation for readers of one language: what a renderer needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OrganisationDocument {
    /// The report.
    pub report: Arc<OrganisationReport>,
    /// The language of the readers.
    pub locale: Locale,
    /// The time zone of the readers, in which times are shown. Weeks begin in the time zone of the report.
    pub time_zone: TimeZone,
    /// The contact for questions, from the configuration.
    pub contact: Option<String>,
}

impl OrganisationDocument {
    /// The document for readers of this language, in its default time zone and without a contact.
    pub fn new(report: impl Into<Arc<OrganisationReport>>, locale: Locale) -> Self {
        Self { report: report.into(), locale, time_zone: locale.time_zone(), contact: None }
    }

    /// Sets the time zone of the readers.
    #[must_use]
    pub fn with_time_zone(mut self, time_zone: TimeZone) -> Self {
        self.time_zone = time_zone;
        self
    }

    /// Sets the contact for questions.
    #[must_use]
    pub fn with_contact(mut self, contact: impl Into<String>) -> Self {
        self.contact = Some(contact.into());
        self
    }
}

/// A rendered report about the organisation: a whole file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenderedOrganisation {
    /// The whole file.
    pub body: Bytes,
    /// The format of the file.
    pub format: ReportFormat,
    /// Number of projects in the file, to detect lost rows.
    pub projects: u64,
}

impl RenderedOrganisation {
    /// A file with this number of projects.
    pub fn new(body: impl Into<Bytes>, format: ReportFormat, projects: u64) -> Self {
        Self { body: body.into(), format, projects }
    }
}

/// Turns a report about the organisation into a file.
///
/// Rendering is CPU work and therefore not async: the pipeline calls it on a blocking thread.
///
/// An implementation
/// * MUST put every project of the report into the file and count them in [`RenderedOrganisation::projects`],
/// * MUST show in the file which weeks have no run and which are incomplete, and never show them like others,
/// * MUST show what is not known (`null` in the report) in another way than nothing or 0,
/// * MUST give the same bytes for the same document,
/// * MUST NOT write anywhere but into its result (and temporary files that it removes),
/// * MUST accept any text in any field, and any time,
/// * SHOULD write in the language of the document and show times in its time zone.
///
/// `testing::conformance::organisation` has a test for each MUST that can be checked without knowing the format.
///
/// ```
/// use findings_core::organisation::{OrganisationDocument, OrganisationRenderer, RenderedOrganisation};
/// use findings_core::report::ReportFormat;
/// use findings_core::Result;
///
/// /// The names of the projects. A real one says of each week what is known.
/// #[derive(Debug)]
/// struct Names;
///
/// impl OrganisationRenderer for Names {
///     fn format(&self) -> ReportFormat {
///         ReportFormat::new("txt", "text/plain; charset=utf-8")
///     }
///
///     fn render(&self, document: &OrganisationDocument) -> Result<RenderedOrganisation> {
///         let names: Vec<&str> = document.report.projects.iter().map(|project| project.project.as_str()).collect();
///         Ok(RenderedOrganisation::new(names.join("\n"), self.format(), names.len() as u64))
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait OrganisationRenderer: fmt::Debug + Send + Sync + 'static {
    /// The format of the rendered files.
    fn format(&self) -> ReportFormat;

    /// Renders a report about the organisation.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the format cannot hold the report.
    fn render(&self, document: &OrganisationDocument) -> Result<RenderedOrganisation>;
}
