//! The message about the report of the organisation.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::Recipient;
use crate::organisation::OrganisationReport;
use crate::store::ArtifactLink;
use crate::{Locale, RunId};

/// The content of a message to one recipient about the report of the organisation. It is for people who may see all
/// projects.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OrganisationNotification {
    /// The recipient. Each recipient gets a separate message.
    pub recipient: Recipient,
    /// The ID of the run at whose end the report was made.
    pub run_id: RunId,
    /// The report.
    pub report: Arc<OrganisationReport>,
    /// The language of the message.
    pub locale: Locale,
    /// The time zone in which the message shows times.
    pub time_zone: TimeZone,
    /// The contact for questions, from the configuration.
    pub contact: Option<String>,
    /// The links to the files of the report, in the order of the renderers.
    pub links: Vec<ReportLink>,
    /// The edition of the run, from 1. Messages of different editions MUST NOT share their identity.
    pub edition: u32,
    /// Whether the recipient was told of an earlier edition, or may have been. Then the message says that the report
    /// replaces the earlier one.
    pub replaces_earlier: bool,
}

/// A link to a file of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportLink {
    /// File name extension of the file without the dot, such as `xlsx`.
    pub extension: &'static str,
    /// The link.
    pub link: ArtifactLink,
}

impl ReportLink {
    /// A link to a file with this extension.
    pub fn new(extension: &'static str, link: ArtifactLink) -> Self {
        Self { extension, link }
    }
}

impl OrganisationNotification {
    /// A message to `recipient`, in English, with times in UTC and without links.
    pub fn new(report: Arc<OrganisationReport>, run_id: RunId, recipient: Recipient) -> Self {
        Self {
            recipient,
            run_id,
            report,
            locale: Locale::default(),
            time_zone: TimeZone::UTC,
            contact: None,
            links: Vec::new(),
            edition: 1,
            replaces_earlier: false,
        }
    }

    /// Sets the language and the time zone.
    #[must_use]
    pub fn with_locale(mut self, locale: Locale, time_zone: TimeZone) -> Self {
        (self.locale, self.time_zone) = (locale, time_zone);
        self
    }

    /// Adds a link to a file of the report.
    #[must_use]
    pub fn with_link(mut self, link: ReportLink) -> Self {
        self.links.push(link);
        self
    }
}
