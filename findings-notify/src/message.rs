//! The message itself: pure, so that the same notification gives the same bytes whatever sends them.

use std::fmt;
use std::time::SystemTime;

use findings_core::notify::{Notification, Recipient};
use findings_core::{Error, ErrorKind, Result};
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
    let subject = templates.render(Part::Subject, notification, &content)?;
    let subject = words::clip(&words::one_line(&subject), MAX_SUBJECT);
    let text = templates.render(Part::Text, notification, &content)?;
    let html = templates.render(Part::Html, notification, &content)?;
    let message_id = message_id(notification, from);
    let message = headers(notification, from, &message_id, &subject)?
        .multipart(body(notification, &text, &html))
        .map_err(|e| unusable(notification, e))?;
    let to = notification.recipient.clone();
    Ok(Mail { message_id, to, subject, text, html, raw: message.formatted() })
}

fn headers(n: &Notification, from: &Sender, message_id: &str, subject: &str) -> Result<MessageBuilder> {
    let mailbox = |name: Option<&str>, address: &Recipient| -> Result<Mailbox> {
        let address: Address = address.as_str().parse().map_err(|e| unusable(n, e))?;
        Ok(Mailbox::new(name.map(str::to_owned), address))
    };
    let mut builder = Message::builder()
        .from(mailbox(from.name(), from.address())?)
        .to(mailbox(None, &n.recipient)?)
        .subject(subject)
        // a header cannot hold a year before 1970
        .date(SystemTime::try_from(n.generated_at.max(Timestamp::UNIX_EPOCH)).map_err(|e| unusable(n, e))?)
        .message_id(Some(format!("<{message_id}>")))
        .raw_header(ascii_header("Auto-Submitted", "auto-generated"))
        // Exchange reads only this one before it sends an absence note
        .raw_header(ascii_header("X-Auto-Response-Suppress", "All"))
        .raw_header(ascii_header("Content-Language", n.locale.as_str()));
    // an answer goes to whom the reader is told to ask
    if let Some(contact) = n.contact.as_deref().and_then(|c| c.trim().parse::<Recipient>().ok()) {
        builder = builder.reply_to(mailbox(None, &contact)?);
    }
    Ok(builder)
}

fn ascii_header(name: &'static str, value: &'static str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn body(n: &Notification, text: &str, html: &str) -> MultiPart {
    // lettre's own boundaries are random; these hold a hash of everything inside, so that nothing inside can hold them
    let alternative = MultiPart::alternative()
        .boundary(hash(&["alternative", text, html]))
        .singlepart(SinglePart::plain(text.to_owned()))
        .singlepart(SinglePart::html(html.to_owned()));
    let Some(file) = &n.attachment else { return alternative };
    let octets = "application/octet-stream";
    let media_type = ContentType::parse(&file.media_type).or_else(|_| ContentType::parse(octets));
    let part = Attachment::new(words::clip(&words::one_line(&file.name), 150));
    let part = part.body(file.body.to_vec(), media_type.unwrap_or(ContentType::TEXT_PLAIN));
    MultiPart::mixed().boundary(hash(&["mixed", text, html])).multipart(alternative).singlepart(part)
}

fn message_id(n: &Notification, from: &Sender) -> String {
    let hash = hash(&[n.run_id.as_str(), &n.project, n.recipient.as_str()]);
    format!("{hash}.findings@{}", from.domain())
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

fn unusable(n: &Notification, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::InvalidInput, "write the mail").with_subject(n.recipient.as_str()).with_source(error)
}
