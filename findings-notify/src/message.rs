//! The message itself: pure, so that the same notification gives the same bytes whatever sends them.

use std::fmt;
use std::time::SystemTime;

use findings_core::notify::{Attachment as File, Notification, Recipient};
use findings_core::{Error, ErrorKind, Locale, Result, RunId};
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest, Sha256};

use crate::content::Content;
use crate::sender::Sender;
use crate::templates::{Part, Templates};
use crate::words;

/// How many characters a subject has at the most; mail programs show about 70.
const MAX_SUBJECT: usize = 200;

/// A finished mail. Its texts hold the link to the report, so `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mail {
    /// Identity of the message, without angle brackets: the same for the same run, project and recipient.
    pub message_id: String,
    /// The run it is about.
    pub run_id: RunId,
    /// The project it is about; `None` for a mail about the whole run.
    pub project: Option<String>,
    /// Whom it is for.
    pub to: Recipient,
    /// The subject, decoded.
    pub subject: String,
    /// The text part, decoded.
    pub text: String,
    /// The HTML part, decoded.
    pub html: String,
    /// The whole message as RFC 5322 has it: ASCII, lines end in CR LF and have at most 998 octets.
    pub raw: Vec<u8>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("message_id", &self.message_id)
            .field("to", &self.to)
            .field("subject", &self.subject)
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

/// Makes the mail for a notification: text and HTML, and the file if one goes along.
///
/// `Date` is the time at which the findings were read, `Message-ID` a hash of run, project and recipient: the same input gives the same bytes.
///
/// ```
/// use findings_core::notify::Notification;
/// use findings_core::report::{AccountSummary, Report};
/// use findings_notify::{Templates, compose};
///
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// report.accounts.push(AccountSummary::new("123456789012".parse()?, true));
/// let notification = Notification::of(&report, "anna@example.com".parse()?);
/// let mail = compose(&notification, &"security@example.com".parse()?, &Templates::builtin()?)?;
/// assert_eq!(mail.subject, "[Security Hub] Payments: no open findings");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) if a template fails on this notification or the addresses cannot stand in a header.
pub fn compose(notification: &Notification, from: &Sender, templates: &Templates) -> Result<Mail> {
    let content = Content::of(notification);
    let render = |part| templates.render(part, notification.locale, &content);
    let relinked_at = notification.relinked_at.map(|at| at.to_string());
    let mut identity = vec![notification.run_id.as_str(), &notification.project, notification.recipient.as_str()];
    identity.extend(relinked_at.as_deref());
    Draft {
        to: &notification.recipient,
        run_id: &notification.run_id,
        project: Some(&notification.project),
        message_id: message_id(&identity, from),
        date: notification.relinked_at.unwrap_or(notification.generated_at),
        locale: notification.locale,
        contact: notification.contact.as_deref(),
        subject: render(Part::Subject)?,
        text: render(Part::Text)?,
        html: render(Part::Html)?,
        attachment: notification.attachment.as_ref(),
    }
    .finish(from)
}

/// Everything that a mail is made of.
pub(crate) struct Draft<'a> {
    pub(crate) to: &'a Recipient,
    pub(crate) run_id: &'a RunId,
    pub(crate) project: Option<&'a str>,
    pub(crate) message_id: String,
    pub(crate) date: Timestamp,
    pub(crate) locale: Locale,
    /// Whom to ask: an answer goes there if it is an address.
    pub(crate) contact: Option<&'a str>,
    /// As the template gives it.
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) attachment: Option<&'a File>,
}

impl Draft<'_> {
    pub(crate) fn finish(self, from: &Sender) -> Result<Mail> {
        let subject = words::clip(&words::one_line(&self.subject), MAX_SUBJECT);
        let message = self.headers(from, &subject)?.multipart(self.body()).map_err(|e| self.unusable(e))?;
        let (to, project) = (self.to.clone(), self.project.map(str::to_owned));
        let Self { message_id, text, html, .. } = self;
        Ok(Mail { message_id, run_id: self.run_id.clone(), project, to, subject, text, html, raw: message.formatted() })
    }

    fn headers(&self, from: &Sender, subject: &str) -> Result<MessageBuilder> {
        let mailbox = |name: Option<&str>, address: &Recipient| -> Result<Mailbox> {
            let address: Address = address.as_str().parse().map_err(|e| self.unusable(e))?;
            Ok(Mailbox::new(name.map(str::to_owned), address))
        };
        let mut builder = Message::builder()
            .from(mailbox(from.name(), from.address())?)
            .to(mailbox(None, self.to)?)
            .subject(subject)
            // a header cannot hold a year before 1970
            .date(SystemTime::try_from(self.date.max(Timestamp::UNIX_EPOCH)).map_err(|e| self.unusable(e))?)
            .message_id(Some(format!("<{}>", self.message_id)))
            .raw_header(ascii_header("Auto-Submitted", "auto-generated"))
            // Exchange reads only this one before it sends an absence note
            .raw_header(ascii_header("X-Auto-Response-Suppress", "All"))
            .raw_header(ascii_header("Content-Language", self.locale.as_str()));
        let contact = self.contact.and_then(|c| c.trim().parse::<Recipient>().ok());
        if let Some(contact) = contact.filter(|c| c.chat().is_none()) {
            builder = builder.reply_to(mailbox(None, &contact)?);
        }
        Ok(builder)
    }

    fn body(&self) -> MultiPart {
        let (text, html) = (self.text.as_str(), self.html.as_str());
        // lettre's own boundaries are random; these hold a hash of everything inside, so that nothing inside can hold them
        let alternative = MultiPart::alternative()
            .boundary(hash(&["alternative", text, html]))
            .singlepart(SinglePart::plain(text.to_owned()))
            .singlepart(SinglePart::html(html.to_owned()));
        let Some(file) = self.attachment else { return alternative };
        let octets = "application/octet-stream";
        let media_type = ContentType::parse(&file.media_type).or_else(|_| ContentType::parse(octets));
        let part = Attachment::new(words::clip(&words::one_line(&file.name), 150));
        let part = part.body(file.body.to_vec(), media_type.unwrap_or(ContentType::TEXT_PLAIN));
        MultiPart::mixed().boundary(hash(&["mixed", text, html])).multipart(alternative).singlepart(part)
    }

    fn unusable(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(ErrorKind::InvalidInput, "write the mail").with_subject(self.to.as_str()).with_source(error)
    }
}

fn ascii_header(name: &'static str, value: &'static str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The same for the same parts, and for no others.
pub(crate) fn message_id(parts: &[&str], from: &Sender) -> String {
    format!("{}.findings@{}", hash(parts), from.domain())
}

/// 40 hex digits.
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // the length in front keeps ("ab", "c") and ("a", "bc") apart
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..20])
}
