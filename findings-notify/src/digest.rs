//! The mail to the operators after a run: how it went, without reading logs.

use findings_core::notify::Recipient;
use findings_core::pipeline::Summary;
use findings_core::{Locale, Result};
use jiff::tz::TimeZone;

use crate::Sender;
use crate::digest_content::DigestContent;
use crate::message::{Draft, Mail, message_id};
use crate::templates::{Part, Templates};

/// What operators are told of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Digest<'a> {
    /// To whom.
    pub recipient: &'a Recipient,
    /// How it went.
    pub summary: &'a Summary,
    /// Their language.
    pub locale: Locale,
    /// Their time zone.
    pub time_zone: TimeZone,
}

impl<'a> Digest<'a> {
    /// What `recipient` is told of a run, in English.
    pub fn new(recipient: &'a Recipient, summary: &'a Summary) -> Self {
        Self { recipient, summary, locale: Locale::En, time_zone: TimeZone::UTC }
    }

    /// In another language and time zone.
    pub fn with_locale(mut self, locale: Locale, time_zone: TimeZone) -> Self {
        (self.locale, self.time_zone) = (locale, time_zone);
        self
    }
}

/// Makes the mail: the table of the projects, those in trouble first, what failed, how often calls were throttled.
///
/// ```
/// use findings_core::pipeline::Summary;
/// use findings_notify::{Digest, Templates, compose_digest};
///
/// let summary = Summary::not_started("2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?, ["no registry".to_owned()]);
/// let to = "ops@example.com".parse()?;
/// let mail = compose_digest(&Digest::new(&to, &summary), &"security@example.com".parse()?, &Templates::builtin()?)?;
/// assert!(mail.subject.contains("FAILED") && mail.text.contains("no registry"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`compose`](crate::compose).
pub fn compose_digest(digest: &Digest<'_>, from: &Sender, templates: &Templates) -> Result<Mail> {
    let content = DigestContent::of(digest.summary, digest.locale, &digest.time_zone);
    let render = |part| templates.render(part, digest.locale, &content);
    let (run, finished_at) = (&digest.summary.run_id, digest.summary.finished_at.to_string());
    Draft {
        to: digest.recipient,
        run_id: run,
        project: None,
        message_id: message_id(&["digest", run.as_str(), &finished_at, digest.recipient.as_str()], from),
        date: digest.summary.finished_at,
        locale: digest.locale,
        contact: None,
        subject: render(Part::DigestSubject)?,
        text: render(Part::DigestText)?,
        html: render(Part::DigestHtml)?,
        attachment: None,
    }
    .finish(from)
}
