//! Notifier for an SMTP relay.

mod replies;
mod session;
mod target;

use std::fmt;

use async_trait::async_trait;
use findings_core::notify::{
    DecisionNotification, Notification, OrganisationNotification, Receipt, Recipient, UrgentNotification,
};
use findings_core::{Backend, BackendReport, Notifier, Result, Secret};

use crate::decisions::compose_decisions;
use crate::message::compose;
use crate::organisation::compose_organisation;
use crate::urgent::compose_urgent;
use crate::{Mail, Mailer, Sender, Templates};

use session::Sessions;
use target::Target;

/// Sends each mail through an SMTP relay.
///
/// The URL is `smtp://host`, `smtp://user:password@host:587` or `smtps://user:password@host`, with special characters
/// percent-encoded. The default port is 25, 587 with credentials, and 465 with `smtps`. A path is the client's name in
/// `EHLO`. The query may contain
///
/// * `from=security%40example.com`, the sender,
/// * `ca=/etc/ssl/company.pem`, a certificate authority to trust in addition to the public ones,
/// * `tls=required` (fail without STARTTLS; the default), `tls=opportunistic` (STARTTLS if offered; the default for
///   loopback) or `tls=none`. Everybody between the job and a relay without TLS can read the mails, their links and the
///   password, so only these words allow it.
///
/// A retryable error means that the relay does not have the message: the connection failed, or the relay rejected the
/// message. If the connection breaks after the message was sent and before the relay answered, the error says that it
/// is unknown whether the mail was sent.
///
/// ```
/// use findings_core::Secret;
/// use findings_notify::SmtpNotifier;
///
/// let url = Secret::new("smtps://user:p%40ss@mail.example.com?from=security@example.com".to_owned());
/// let notifier = SmtpNotifier::from_url(&url, None)?;
/// assert!(!format!("{notifier:?}").contains("p@ss"));
/// # Ok::<(), findings_core::Error>(())
/// ```
pub struct SmtpNotifier {
    sessions: Sessions,
    from: Sender,
    templates: Templates,
}

impl SmtpNotifier {
    /// Creates a notifier for the relay at `url`. The sender is the URL's `from`, or else `from`.
    ///
    /// # Errors
    /// [`InvalidInput`](findings_core::ErrorKind::InvalidInput) if the URL cannot be read or there is no sender.
    pub fn from_url(url: &Secret<String>, from: Option<Sender>) -> Result<Self> {
        let (target, own) = target::parse(url)?;
        let from = own.or(from).ok_or_else(|| target::invalid("there is no sender; add ?from=name@example.com"))?;
        Ok(Self { sessions: Sessions::new(target), from, templates: Templates::builtin()? })
    }

    /// Replaces the built-in templates.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    /// Sets the address that answers go to: see [`Sender::with_reply_to`].
    pub fn with_reply_to(mut self, address: Recipient) -> Self {
        self.from = self.from.with_reply_to(address);
        self
    }

    fn target(&self) -> &Target {
        self.sessions.target()
    }
}

impl fmt::Debug for SmtpNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpNotifier")
            .field("relay", &self.target().to_string())
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Notifier for SmtpNotifier {
    fn name(&self) -> &'static str {
        "smtp"
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        self.send(&compose(notification, &self.from, &self.templates)?).await
    }

    async fn notify_organisation(&self, notification: &OrganisationNotification) -> Result<Receipt> {
        self.send(&compose_organisation(notification, &self.from, &self.templates)?).await
    }

    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        self.send(&compose_decisions(notification, &self.from, &self.templates)?).await
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        self.send(&compose_urgent(notification, &self.from, &self.templates)?).await
    }
}

#[async_trait]
impl Mailer for SmtpNotifier {
    fn sender(&self) -> &Sender {
        &self.from
    }

    fn templates(&self) -> &Templates {
        &self.templates
    }

    async fn send(&self, mail: &Mail) -> Result<Receipt> {
        self.sessions.send(&self.from, mail).await?;
        tracing::debug!(message_id = mail.message_id, "mail accepted by the relay");
        Ok(Receipt::new(mail.message_id.clone()))
    }
}

#[async_trait]
impl Backend for SmtpNotifier {
    async fn check(&self) -> Result<BackendReport> {
        self.sessions.probe().await?;
        Ok(BackendReport::new(format!("SMTP relay {}, mail from {}", self.target(), self.from.address())))
    }

    async fn setup(&self) -> Result<BackendReport> {
        self.check().await
    }
}
