//! Notifier for topics of Amazon SNS.

mod failure;
mod payload;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::timeout::TimeoutConfig;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_sdk_sns::{Client, config};
use findings_core::notify::{DecisionNotification, Notification, Receipt, Recipient, UrgentNotification};
use findings_core::patience::Patience;
use findings_core::{Backend, BackendReport, Error, ErrorKind, Notifier, Result, RunId};

use crate::decisions::identity;
use crate::message::hash;
use crate::plain::{plain_decisions, plain_message, plain_urgent};
use crate::posting::unknown_recipient;
use crate::templates::Templates;
use crate::webhook::body;

use payload::Payload;

const SCHEME: &str = "sns";

/// Publishes each message to the topic of the recipient `sns:ARN`, such as
/// `sns:arn:aws:sns:ap-northeast-1:111122223333:findings`.
///
/// Subscribers by mail read the text. All others (Lambda, SQS, HTTPS, Firehose) get the JSON that a
/// [`WebhookNotifier`](crate::WebhookNotifier) posts; SMS has the subject. Everybody who subscribes reads what is published, so a topic is a
/// channel, and its messages have no link.
///
/// The attributes `type`, `project` and `run_id` are for filter policies. The subject of SNS is ASCII: one with other
/// characters stands in the first line of the text. A message has at most 256 KiB; if it would have more, the text is cut, only the first
/// problems are listed, and `is_cut` is true in the JSON. A topic whose name ends with `.fifo` gets each message once within five minutes.
///
/// `Publish` is repeated (with [`Patience`]) only if it is certain that nothing was published: SNS was not reached, throttled it, or
/// answered 503. If the answer is lost, the error says that it is unknown whether it was published.
///
/// ```no_run
/// # fn example(config: &aws_sdk_sns::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use findings_core::Notifier;
/// use findings_notify::SnsNotifier;
///
/// let notifier = SnsNotifier::new([aws_sdk_sns::Client::from_conf(config.clone())])?;
/// assert!(notifier.serves(&"sns:arn:aws:sns:ap-northeast-1:111122223333:findings".parse()?));
/// # Ok(())
/// # }
/// ```
pub struct SnsNotifier {
    /// By Region.
    clients: BTreeMap<String, Client>,
    templates: Templates,
}

impl SnsNotifier {
    /// Creates a notifier for topics in the Regions of these clients.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if a client has no Region, and those of [`Templates::builtin`].
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Result<Self> {
        let with_region = |client: Client| match client.config().region().map(ToString::to_string) {
            Some(region) => Ok((region, client)),
            None => Err(Error::new(ErrorKind::InvalidInput, failure::PUBLISH).with_message("the client has no Region")),
        };
        let clients = clients.into_iter().map(with_region).collect::<Result<_>>()?;
        Ok(Self { clients, templates: Templates::builtin()? })
    }

    /// Replaces the built-in templates, of which subject and text are made.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    /// Returns the ARN of the recipient's topic and the client of its Region.
    fn topic<'a>(&'a self, recipient: &'a Recipient) -> Option<(&'a str, &'a Client)> {
        let (_, arn) = recipient.channel().filter(|(scheme, _)| *scheme == SCHEME)?;
        Some((arn, self.clients.get(arn.split(':').nth(3)?)?))
    }

    async fn publish(&self, recipient: &Recipient, message: &Message<'_>) -> Result<Receipt> {
        let (arn, client) = self.topic(recipient).ok_or_else(|| unknown_recipient(recipient.as_str()))?;
        // only errors after which it is certain that nothing was published
        let may_repeat = |error: &Error| error.is_retryable();
        Patience::default().repeat_if(may_repeat, async || publish_once(client, arn, message).await).await
    }
}

/// A message for a topic.
struct Message<'a> {
    payload: Payload,
    r#type: &'static str,
    project: &'a str,
    run_id: &'a RunId,
    /// What identifies it: the same for every attempt.
    id: String,
}

async fn publish_once(client: &Client, arn: &str, message: &Message<'_>) -> Result<Receipt> {
    let mut request = client
        .publish()
        .topic_arn(arn)
        .subject(&message.payload.subject)
        .message(&message.payload.message)
        .message_structure("json");
    for (name, value) in [("type", message.r#type), ("project", message.project), ("run_id", message.run_id.as_str())] {
        request = request.message_attributes(name, text(value).map_err(|e| failure::of_building(arn, e))?);
    }
    if arn.strip_suffix(".fifo").is_some() {
        request = request.message_group_id(hash(&[message.project])).message_deduplication_id(&message.id);
    }
    match request.customize().config_override(single_attempt()).send().await {
        Ok(answer) => Ok(Receipt::new(answer.message_id.unwrap_or_else(|| message.id.clone()))),
        Err(error) => Err(failure::of_publishing(error, arn)),
    }
}

fn text(value: &str) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

/// Returns a configuration without retries, because a retry could publish twice, and with timeouts, because the SDK has
/// none for responses.
fn single_attempt() -> config::Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_mins(1))
        .operation_timeout(Duration::from_mins(2));
    config::Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build())
}

impl fmt::Debug for SnsNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let regions: Vec<&String> = self.clients.keys().collect();
        f.debug_struct("SnsNotifier").field("regions", &regions).finish_non_exhaustive()
    }
}

#[async_trait]
impl Notifier for SnsNotifier {
    fn name(&self) -> &'static str {
        SCHEME
    }

    fn schemes(&self) -> Vec<String> {
        vec![SCHEME.to_owned()]
    }

    fn serves(&self, recipient: &Recipient) -> bool {
        self.topic(recipient).is_some()
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        let Notification { run_id, project, recipient, edition, .. } = notification;
        let (subject, text) = plain_message(notification, &self.templates)?;
        let payload = Payload::new(&subject, &text, &body::json(notification, &subject, &text)?)?;
        let id = hash(&[run_id.as_str(), project, recipient.as_str(), &edition.to_string()]);
        self.publish(recipient, &Message { payload, r#type: "security_hub.report", project, run_id, id }).await
    }

    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        let DecisionNotification { run_id, project, recipient, edition, .. } = notification;
        let (subject, text) = plain_decisions(notification, &self.templates)?;
        let payload = Payload::new(&subject, &text, &body::decisions_json(notification, &subject, &text)?)?;
        let id = hash(&identity(notification, &edition.to_string()));
        self.publish(recipient, &Message { payload, r#type: "security_hub.decisions", project, run_id, id }).await
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        let UrgentNotification { run_id, project, recipient, .. } = notification;
        let (subject, text) = plain_urgent(notification, &self.templates)?;
        let payload = Payload::new(&subject, &text, &body::urgent_json(notification, &subject, &text)?)?;
        let id = hash(&notification.identity());
        self.publish(recipient, &Message { payload, r#type: "security_hub.urgent", project, run_id, id }).await
    }
}

#[async_trait]
impl Backend for SnsNotifier {
    /// Makes no call: the recipients name the topics, and a call about each of them needs a permission that a run does not need.
    async fn check(&self) -> Result<BackendReport> {
        let regions: Vec<&str> = self.clients.keys().map(String::as_str).collect();
        Ok(BackendReport::new(format!("SNS topics in {}", regions.join(", "))))
    }

    async fn setup(&self) -> Result<BackendReport> {
        self.check().await
    }
}
