//! Composes mails. The functions are pure: the same notification gives the same bytes, whichever notifier sends it.

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
use crate::templates::{TemplateKind, Templates};
use crate::words;

/// Maximum number of characters in a subject; mail programs show about 70.
const MAX_SUBJECT: usize = 200;

/// A composed mail. Its texts contain the link to the report, so `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mail {
    /// `Message-ID` without angle brackets. It is the same for the same run, edition, project and recipient.
    pub message_id: String,
    /// The run that the mail is about.
    pub run_id: RunId,
    /// The project that the mail is about, [`ORGANISATION`](findings_core::registry::ORGANISATION) for all of them; `None`
    /// for a mail about the run.
    pub project: Option<String>,
    /// The recipient.
    pub to: Recipient,
    /// The subject, decoded.
    pub subject: String,
    /// The text part, decoded.
    pub text: String,
    /// The HTML part, decoded.
    pub html: String,
    /// The whole message in the format of RFC 5322: ASCII, lines of at most 998 octets that end in CR LF.
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

/// Composes the mail for a notification: text, HTML and, if there is one, the attachment.
///
/// `Date` is the time at which the findings were read (for a relinked report, the time of the new link). `Message-ID`
/// is a hash of run, edition, project and recipient. The same input gives the same bytes.
///
/// ```
/// use findings_core::notify::Notification;
/// use findings_core::report::{AccountSummary, Report};
/// use findings_notify::{Templates, compose};
///
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// report.accounts.push(AccountSummary::new("123456789012".parse()?, true));
/// let notification = Notification::of(&report, "anna@example.com".parse()?)?;
/// let mail = compose(&notification, &"security@example.com".parse()?, &Templates::builtin()?)?;
/// assert_eq!(mail.subject, "[Security Hub] Payments: no open findings seen");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) if a template fails to render this notification or an address is not valid
/// in a header.
pub fn compose(notification: &Notification, from: &Sender, templates: &Templates) -> Result<Mail> {
    let content = Content::of(notification);
    let render = |part| templates.render(part, notification.locale, &content);
    let relinked_at = notification.relinked_at.map(|at| at.to_string());
    let edition = notification.edition.to_string();
    let mut identity = vec![notification.run_id.as_str(), &notification.project, notification.recipient.as_str()];
    // a fresh link is another mail: programs drop a second one with the same Message-ID
    identity.extend(relinked_at.as_deref());
    // so is a report that replaces an earlier one; the first edition keeps the identity of early versions
    identity.extend((notification.edition > 1).then_some(&*edition));
    MailDraft {
        to: &notification.recipient,
        run_id: &notification.run_id,
        project: Some(&notification.project),
        message_id: message_id(&identity, from),
        date: notification.relinked_at.unwrap_or(notification.generated_at),
        locale: notification.locale,
        contact: notification.contact.as_deref(),
        subject: render(TemplateKind::Subject)?,
        text: render(TemplateKind::Text)?,
        html: render(TemplateKind::Html)?,
        attachment: notification.attachment.as_ref(),
        image: None,
    }
    .finish(from)
}

/// The parts of a mail before it is encoded.
pub(crate) struct MailDraft<'a> {
    pub(crate) to: &'a Recipient,
    pub(crate) run_id: &'a RunId,
    pub(crate) project: Option<&'a str>,
    pub(crate) message_id: String,
    pub(crate) date: Timestamp,
    pub(crate) locale: Locale,
    /// The contact for questions. If it is a mail address and the sender names no other, it becomes `Reply-To`.
    pub(crate) contact: Option<&'a str>,
    /// The subject as rendered; it is shortened to one line later.
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) attachment: Option<&'a File>,
    pub(crate) image: Option<InlineImage>,
}

/// An image that the HTML part shows.
pub(crate) struct InlineImage {
    /// The HTML part names it as `cid:ID`.
    pub(crate) id: &'static str,
    /// The file.
    pub(crate) png: Vec<u8>,
}

impl MailDraft<'_> {
    pub(crate) fn finish(self, from: &Sender) -> Result<Mail> {
        let subject = words::clip(&words::one_line(&self.subject), MAX_SUBJECT);
        let message = self.headers(from, &subject)?.multipart(self.body()).map_err(|e| self.invalid_mail(e))?;
        let (to, project) = (self.to.clone(), self.project.map(str::to_owned));
        let Self { message_id, text, html, .. } = self;
        Ok(Mail { message_id, run_id: self.run_id.clone(), project, to, subject, text, html, raw: message.formatted() })
    }

    fn headers(&self, from: &Sender, subject: &str) -> Result<MessageBuilder> {
        let mailbox = |name: Option<&str>, address: &Recipient| -> Result<Mailbox> {
            let address: Address = address.as_str().parse().map_err(|e| self.invalid_mail(e))?;
            Ok(Mailbox::new(name.map(str::to_owned), address))
        };
        let mut builder = Message::builder()
            .from(mailbox(from.name(), from.address())?)
            .to(mailbox(None, self.to)?)
            .subject(subject)
            // lettre's Date header cannot hold a time before 1970
            .date(SystemTime::try_from(self.date.max(Timestamp::UNIX_EPOCH)).map_err(|e| self.invalid_mail(e))?)
            .message_id(Some(format!("<{}>", self.message_id)))
            // automatic replies are not sent to such mails (RFC 3834)
            .raw_header(ascii_header("Auto-Submitted", "auto-generated"))
            // Exchange suppresses out-of-office replies only for this header
            .raw_header(ascii_header("X-Auto-Response-Suppress", "All"))
            .raw_header(ascii_header("Content-Language", self.locale.as_str()));
        // one for all reports, so that a filter of the reader needs one rule (RFC 2919)
        builder = builder.raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("List-Id"),
            format!("Security Hub reports <security-hub-reports.{}>", from.domain()),
        ));
        let contact = || self.contact.and_then(|c| c.trim().parse::<Recipient>().ok());
        let answers = from.reply_to().cloned().or_else(contact);
        if let Some(answers) = answers.filter(|address| address.channel().is_none()) {
            builder = builder.reply_to(mailbox(None, &answers)?);
        }
        Ok(builder)
    }

    fn body(&self) -> MultiPart {
        let (text, html) = (self.text.as_str(), self.html.as_str());
        // lettre's boundaries are random, which would change the bytes; a hash of the content cannot occur in the
        // content
        let alternative = MultiPart::alternative()
            .boundary(hash(&["alternative", text, html]))
            .singlepart(SinglePart::plain(text.to_owned()));
        let html_part = SinglePart::html(html.to_owned());
        let alternative = match &self.image {
            Some(InlineImage { id, png }) => {
                let image = Attachment::new_inline_with_name((*id).to_owned(), format!("{id}.png"));
                let image = image.body(png.clone(), image_type());
                let related = MultiPart::related().boundary(hash(&["related", text, html]));
                alternative.multipart(related.singlepart(html_part).singlepart(image))
            }
            None => alternative.singlepart(html_part),
        };
        let Some(file) = self.attachment else { return alternative };
        let octets = "application/octet-stream";
        let media_type = ContentType::parse(&file.media_type).or_else(|_| ContentType::parse(octets));
        let part = Attachment::new(words::clip(&words::one_line(&file.name), 150));
        let part = part.body(file.body.to_vec(), media_type.unwrap_or(ContentType::TEXT_PLAIN));
        MultiPart::mixed().boundary(hash(&["mixed", text, html])).multipart(alternative).singlepart(part)
    }

    fn invalid_mail(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(ErrorKind::InvalidInput, "write the mail").with_subject(self.to.as_str()).with_source(error)
    }
}

/// Returns the media type of inline images.
fn image_type() -> ContentType {
    ContentType::parse("image/png").unwrap_or(ContentType::TEXT_PLAIN)
}

fn ascii_header(name: &'static str, value: &'static str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Returns a `Message-ID` that is unique for the list of parts.
pub(crate) fn message_id(parts: &[&str], from: &Sender) -> String {
    format!("{}.findings@{}", hash(parts), from.domain())
}

/// Returns a hash of the parts as 40 hexadecimal digits (the first 20 bytes of SHA-256).
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // the length prefix makes the hashes of ("ab", "c") and ("a", "bc") differ
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..20])
}
