//! Amazon SES v2.

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
use findings_core::notify::{Notification, Receipt};
use findings_core::store::ArtifactKey;
use findings_core::{Error, ErrorKind, Notifier, Result};

use crate::message::{Mail, compose};
use crate::{Mailer, Sender, Templates};

use crate::pace::Pace;
use suppression::Suppressed;
use tokio::sync::OnceCell;

/// How often a message is offered that SES does not take because too many are.
const ATTEMPTS: u32 = 5;

/// Sends each mail through Amazon SES v2, as a raw message to one recipient.
///
/// `SendEmail` knows no idempotency token, so the SDK's own retries are off for it, whatever the client is configured for. Only an answer that says
/// "too fast" is followed by another attempt, because then nothing was sent. If the answer is lost, the error says that it is unknown whether the
/// mail was sent.
///
/// SES accepts mail to an address on the account's suppression list and drops it. The list is read before the first mail, and mail to such an address is
/// an error that says so. A configuration set that overrides the account's suppression is not looked at.
///
/// [`Backend::check`](findings_core::Backend::check) reads the account's sending rate, and from then on messages are paced to it.
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
    /// Read once, before the first mail.
    suppressed: OnceCell<Suppressed>,
}

impl SesNotifier {
    /// A notifier that sends as `from`, which has to be an identity of the account and Region that the client is for.
    ///
    /// # Errors
    /// None but those of [`Templates::builtin`].
    pub fn new(client: Client, from: Sender) -> Result<Self> {
        let (templates, pace) = (Templates::builtin()?, Pace::default());
        Ok(Self { client, from, templates, configuration_set: None, pace, suppressed: OnceCell::new() })
    }

    /// Other templates.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    /// The configuration set that publishes what becomes of the mails: deliveries, bounces, complaints.
    pub fn with_configuration_set(mut self, name: impl Into<String>) -> Self {
        self.configuration_set = Some(name.into());
        self
    }

    /// At most so many messages a second, until a check finds what the account may send.
    pub fn with_send_rate(self, per_second: f64) -> Self {
        self.pace.set_rate(per_second);
        self
    }

    /// One attempt.
    async fn offer(&self, mail: &Mail) -> Result<Receipt> {
        let to = mail.to.as_str();
        let request = self
            .client
            .send_email()
            .set_from_email_address(from_header(&mail.raw))
            .destination(Destination::builder().to_addresses(to).build())
            .content(content(mail).map_err(|e| unbuilt(to, e))?)
            .set_email_tags(Some(tags(mail).map_err(|e| unbuilt(to, e))?))
            .set_configuration_set_name(self.configuration_set.clone());
        match request.customize().config_override(once()).send().await {
            Ok(answer) => Ok(Receipt { message_id: answer.message_id.unwrap_or_else(|| mail.message_id.clone()) }),
            Err(error) => Err(failure::of_sending(error, to)),
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
        let mut attempt = 1;
        loop {
            self.pace.turn().await;
            match self.offer(mail).await {
                Err(e) if e.kind() == ErrorKind::Throttled && attempt < ATTEMPTS => {
                    tracing::debug!(attempt, "SES takes no more messages just now");
                    tokio::time::sleep(Duration::from_secs(1 << (attempt - 1))).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

/// No retries, because the second might be a second mail; and an end to the waiting, because the SDK has none.
fn once() -> config::Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_mins(1))
        .operation_timeout(Duration::from_mins(2));
    config::Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build())
}

fn content(mail: &Mail) -> Result<EmailContent, BuildError> {
    let raw = RawMessage::builder().data(Blob::new(mail.raw.clone())).build()?;
    Ok(EmailContent::builder().raw(raw).build())
}

/// What events are told apart by. A tag takes letters, digits, `_` and `-`.
fn tags(mail: &Mail) -> Result<Vec<MessageTag>, BuildError> {
    let legal = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let tag = |name: &str, value: &str| {
        MessageTag::builder().name(name).value(value.chars().map(legal).collect::<String>()).build()
    };
    let mut tags = vec![tag("run", mail.run_id.as_str())?];
    if let Some(project) = &mail.project {
        let key = ArtifactKey::for_report(&mail.run_id, project, "x");
        let name = key.as_str().rsplit('/').next().unwrap_or_default().trim_end_matches(".x").to_owned();
        tags.push(tag("project", &name)?);
    }
    Ok(tags)
}

/// The sender as the message has it, encoded and on one line: SES puts this value in its place.
fn from_header(raw: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(raw).ok()?;
    let value = head.strip_prefix("From: ").or_else(|| head.split_once("\r\nFrom: ").map(|(_, rest)| rest))?;
    let mut lines = value.split("\r\n");
    let first = lines.next()?.to_owned();
    Some(lines.take_while(|line| line.starts_with(' ')).fold(first, |all, line| all + line))
}

fn unbuilt(to: &str, error: BuildError) -> Error {
    Error::new(ErrorKind::InvalidInput, failure::SEND).with_subject(to).with_source(error)
}
