//! The digest: a mail that tells operators the result of a run, without having to read logs.

use findings_core::notify::{Recipient, ReportLink};
use findings_core::pipeline::Summary;
use findings_core::{Locale, Result};
use jiff::tz::TimeZone;

use crate::Sender;
use crate::digest_content::DigestContent;
use crate::message::{Mail, MailDraft, message_id};
use crate::templates::{TemplateKind, Templates};

/// The input of [`compose_digest`]: the summary of a run, the recipient and the recipient's language and time zone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Digest<'a> {
    /// The operator who gets the mail.
    pub recipient: &'a Recipient,
    /// The summary of the run.
    pub summary: &'a Summary,
    /// The language of the mail.
    pub locale: Locale,
    /// The time zone of the times in the mail.
    pub time_zone: TimeZone,
    /// Links to the files of the report of the organisation.
    pub organisation: Vec<ReportLink>,
}

impl<'a> Digest<'a> {
    /// Creates a digest for `recipient`, in English and with times in UTC.
    pub fn new(recipient: &'a Recipient, summary: &'a Summary) -> Self {
        Self { recipient, summary, locale: Locale::default(), time_zone: TimeZone::UTC, organisation: Vec::new() }
    }

    /// Sets the language and the time zone.
    pub fn with_locale(mut self, locale: Locale, time_zone: TimeZone) -> Self {
        (self.locale, self.time_zone) = (locale, time_zone);
        self
    }

    /// Adds links to the files of the report of the organisation.
    pub fn with_organisation(mut self, links: Vec<ReportLink>) -> Self {
        self.organisation = links;
        self
    }
}

/// Creates the digest mail: a table of the projects (failed and incomplete ones first), the errors, and the number of
/// throttled API calls.
///
/// ```
/// use findings_core::pipeline::Summary;
/// use findings_notify::{Digest, Templates, compose_digest};
///
/// let at = "2026-11-23T00:00:00Z".parse()?;
/// let summary = Summary::not_started("2026-11-23".parse()?, at, ["no registry".to_owned()]);
/// let to = "ops@example.com".parse()?;
/// let mail = compose_digest(&Digest::new(&to, &summary), &"security@example.com".parse()?, &Templates::builtin()?)?;
/// assert!(mail.subject.contains("FAILED") && mail.text.contains("no registry"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The same as those of [`compose`](crate::compose).
pub fn compose_digest(digest: &Digest<'_>, from: &Sender, templates: &Templates) -> Result<Mail> {
    let content =
        DigestContent::of(digest.summary, digest.locale, &digest.time_zone).with_organisation(&digest.organisation);
    let render = |part| templates.render(part, digest.locale, &content);
    let (run, finished_at) = (&digest.summary.run_id, digest.summary.finished_at.to_string());
    MailDraft {
        to: digest.recipient,
        run_id: run,
        project: None,
        message_id: message_id(&["digest", run.as_str(), &finished_at, digest.recipient.as_str()], from),
        date: digest.summary.finished_at,
        locale: digest.locale,
        contact: None,
        subject: render(TemplateKind::DigestSubject)?,
        text: render(TemplateKind::DigestText)?,
        html: render(TemplateKind::DigestHtml)?,
        attachment: None,
        image: None,
    }
    .finish(from)
}
