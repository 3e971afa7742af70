//! Notifier for Amazon SES v2.

mod account;
mod failure;
mod suppression;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{Destination, EmailContent, MessageTag, RawMessage};
use aws_sdk_sesv2::{Client, config};
use findings_core::notify::{
    DecisionNotification, Notification, OrganisationNotification, Receipt, UrgentNotification,
};
use findings_core::patience::Patience;
use findings_core::store::ArtifactKey;
use findings_core::{Error, ErrorKind, Notifier, Result};

use crate::decisions::compose_decisions;
use crate::message::{Mail, compose};
use crate::organisation::compose_organisation;
use crate::urgent::compose_urgent;
use crate::{Mailer, Sender, Templates};

use crate::pace::Pace;
use crate::redact::Secrets;
use suppression::Suppressed;
use tokio::sync::OnceCell;

/// Sends each mail through Amazon SES v2, as a raw message to one recipient.
///
/// `SendEmail` has no idempotency token, so the retries of the SDK are disabled for it, whatever the configuration of
/// the client. A request is repeated (with [`Patience`]) only if it is certain that nothing was sent: SES was not reached,
/// throttled it, or answered 503. If the response is lost, the error says that it is unknown whether the mail was sent.
///
/// SES accepts mail to an address on the account's suppression list and drops it. The notifier reads the list before
/// the first mail, and sending to an address on it fails. It ignores suppression settings of a configuration set, which
/// can override those of the account.
///
/// [`Backend::check`](findings_core::Backend::check) reads the account's sending rate, and from then on the notifier
/// keeps to it.
///
/// ```no_run
/// # fn example(config: &aws_sdk_sesv2::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use findings_notify::SesNotifier;
///
/// let client = aws_sdk_sesv2::Client::from_conf(config.clone());
/// let notifier = SesNotifier::new(client, "security@example.com".parse()?)?.with_configuration_set("findings");
/// # Ok(())
/// # }
/// ```
pub struct SesNotifier {
    client: Client,
    from: Sender,
    templates: Templates,
    configuration_set: Option<String>,
    pace: Pace,
    /// The suppression list; read once, before the first mail.
    suppressed: OnceCell<Suppressed>,
}

impl SesNotifier {
    /// Creates a notifier that sends as `from`, which must be an identity in the client's account and Region.
    ///
    /// # Errors
    /// Those of [`Templates::builtin`].
    pub fn new(client: Client, from: Sender) -> Result<Self> {
        let (templates, pace) = (Templates::builtin()?, Pace::default());
        Ok(Self { client, from, templates, configuration_set: None, pace, suppressed: OnceCell::new() })
    }

    /// Replaces the built-in templates.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    /// Sets the configuration set, which publishes deliveries, bounces and complaints as events.
    pub fn with_configuration_set(mut self, name: impl Into<String>) -> Self {
        self.configuration_set = Some(name.into());
        self
    }

    /// Limits the messages per second until a check reads the account's sending rate.
    pub fn with_send_rate(self, per_second: f64) -> Self {
        self.pace.set_rate(per_second);
        self
    }

    /// Divides the account's sending rate between this many processes, which send at the same time: each takes an equal
    /// part.
    pub fn with_senders(mut self, senders: u32) -> Self {
        self.pace.set_senders(senders);
        self
    }

    /// Sends the mail once.
    async fn send_once(&self, mail: &Mail) -> Result<Receipt> {
        let to = mail.to.as_str();
        let request = self
            .client
            .send_email()
            .set_from_email_address(from_header(&mail.raw))
            .destination(Destination::builder().to_addresses(to).build())
            .content(raw_content(mail).map_err(|e| build_error(to, e))?)
            .set_email_tags(Some(tags(mail).map_err(|e| build_error(to, e))?))
            .set_configuration_set_name(self.configuration_set.clone());
        match request.customize().config_override(single_attempt()).send().await {
            Ok(answer) => Ok(Receipt::new(answer.message_id.unwrap_or_else(|| mail.message_id.clone()))),
            Err(error) => Err(failure::of_sending(error, to, &Secrets::of_mail(mail))),
        }
    }
}

impl fmt::Debug for SesNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SesNotifier")
            .field("from", &self.from)
            .field("configuration_set", &self.configuration_set)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Notifier for SesNotifier {
    fn name(&self) -> &'static str {
        "ses"
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
impl Mailer for SesNotifier {
    fn sender(&self) -> &Sender {
        &self.from
    }

    fn templates(&self) -> &Templates {
        &self.templates
    }

    async fn send(&self, mail: &Mail) -> Result<Receipt> {
        self.refuse_suppressed(mail).await?;
        // only errors after which it is certain that nothing was sent
        let may_repeat = |error: &Error| error.is_retryable();
        let call = async || {
            self.pace.wait_for_turn().await;
            self.send_once(mail).await
        };
        Patience::default().repeat_if(may_repeat, call).await
    }
}

/// Returns a configuration without retries, because a retry could send a second mail, and with timeouts, because the
/// SDK has none for responses.
fn single_attempt() -> config::Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_mins(1))
        .operation_timeout(Duration::from_mins(2));
    config::Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build())
}

fn raw_content(mail: &Mail) -> Result<EmailContent, BuildError> {
    let raw = RawMessage::builder().data(Blob::new(mail.raw.clone())).build()?;
    Ok(EmailContent::builder().raw(raw).build())
}

/// Returns the tags that identify run and project in SES events. A tag may contain ASCII letters, digits, `_` and `-`.
fn tags(mail: &Mail) -> Result<Vec<MessageTag>, BuildError> {
    let legal = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let tag = |name: &str, value: &str| {
        MessageTag::builder().name(name).value(value.chars().map(legal).collect::<String>()).build()
    };
    let mut tags = vec![tag("run", mail.run_id.as_str())?];
    if let Some(project) = &mail.project {
        // the name of its report, because a Japanese name would become underscores only
        let key = ArtifactKey::for_report(&mail.run_id, project, "x");
        let name = key.as_str().rsplit('/').next().unwrap_or_default().trim_end_matches(".x").to_owned();
        tags.push(tag("project", &name)?);
    }
    Ok(tags)
}

/// Returns the encoded `From` header of the message, unfolded to one line. SES replaces the header with this value.
fn from_header(raw: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(raw).ok()?;
    let value = head.strip_prefix("From: ").or_else(|| head.split_once("\r\nFrom: ").map(|(_, rest)| rest))?;
    let mut lines = value.split("\r\n");
    let first = lines.next()?.to_owned();
    Some(lines.take_while(|line| line.starts_with(' ')).fold(first, |all, line| all + line))
}

fn build_error(to: &str, error: BuildError) -> Error {
    Error::new(ErrorKind::InvalidInput, failure::SEND).with_subject(to).with_source(error)
}
