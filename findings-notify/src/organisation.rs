//! The mail about the report of the organisation: a few sentences, a picture of the weeks, and links.

use findings_core::Result;
use findings_core::notify::OrganisationNotification;
use findings_core::registry::ORGANISATION;

use crate::Sender;
use crate::message::{InlineImage, Mail, MailDraft, message_id};
use crate::organisation_content::OrganisationContent;
use crate::picture::weeks_picture;
use crate::templates::{TemplateKind, Templates};

/// The ID of the picture in the mail.
const PICTURE: &str = "weeks";

/// Creates the mail about the report of the organisation: how many issues are open and whether they are fewer than
/// before, what the report does not know, a picture of the weeks, and links to the files.
///
/// `Date` is the time of the report. `Message-ID` is a hash of run, edition and recipient.
///
/// ```
/// use std::sync::Arc;
/// use findings_core::notify::OrganisationNotification;
/// use findings_core::organisation::{OrganisationBuilder, OrganisationInput, ReportRange};
/// use findings_notify::{Templates, compose_organisation};
/// use jiff::tz::TimeZone;
///
/// let range = ReportRange::last_weeks(4, "2026-11-23T00:00:00Z".parse()?, TimeZone::UTC)?;
/// let report = Arc::new(OrganisationBuilder::new(OrganisationInput::new(range)).finish());
/// let notification = OrganisationNotification::new(report, "2026-11-23".parse()?, "head@example.com".parse()?);
/// let mail = compose_organisation(&notification, &"security@example.com".parse()?, &Templates::builtin()?)?;
/// assert!(mail.subject.contains("Whole organisation"), "{}", mail.subject);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`compose`](crate::compose).
pub fn compose_organisation(
    notification: &OrganisationNotification,
    from: &Sender,
    templates: &Templates,
) -> Result<Mail> {
    let picture = weeks_picture(&notification.report)?;
    let mut content = OrganisationContent::of(notification);
    let render = |part, content: &OrganisationContent| templates.render(part, notification.locale, content);
    content.lines = sentences(&render(TemplateKind::OrganisationLines, &content)?);
    content.picture = picture.is_some();
    let edition = notification.edition.to_string();
    let identity = ["organisation", notification.run_id.as_str(), &edition, notification.recipient.as_str()];
    MailDraft {
        to: &notification.recipient,
        run_id: &notification.run_id,
        project: Some(ORGANISATION),
        message_id: message_id(&identity, from),
        date: notification.report.as_of,
        locale: notification.locale,
        contact: notification.contact.as_deref(),
        subject: render(TemplateKind::OrganisationSubject, &content)?,
        text: render(TemplateKind::OrganisationText, &content)?,
        html: render(TemplateKind::OrganisationHtml, &content)?,
        attachment: None,
        image: picture.map(|png| InlineImage { id: PICTURE, png }),
    }
    .finish(from)
}

/// Returns the sentences of a rendered template, one from each line.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
