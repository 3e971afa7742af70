//! Notifier for channels of chat services, which posts to their webhooks.

mod format;
mod google_chat;
mod mattermost;
mod slack;
mod teams;
mod webhooks;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use findings_core::notify::{DecisionNotification, Notification, Receipt, Recipient, UrgentNotification};
use findings_core::{Backend, BackendReport, Notifier, Result};

use crate::decisions::identity;
use crate::http_client::Client;
use crate::message::hash;
use crate::plain::{button, card_message, plain_decisions, plain_urgent};
use crate::posting::{Posting, unknown_recipient};
use crate::templates::Templates;

use webhooks::Webhook;

pub use format::{ChatAnswer, ChatButton, ChatFormat, ChatMessage, chat_formats};
pub use webhooks::Webhooks;

/// Posts to channels of a chat service: Microsoft Teams (an Adaptive Card through a Workflows webhook), Slack (Block Kit),
/// Mattermost and Google Chat through their incoming webhooks, or any other with a [`ChatFormat`].
///
/// A channel can have readers who are not recipients of the project. The message therefore contains what changed, what to
/// do first, the counts and where to find the report. A notification for a channel has a link only if the operator allows
/// it there; then the card has a button that leads to the report. Texts from findings and registries are placed where
/// the service interprets no markup.
///
/// After a 429 the message is posted again once the pause in `Retry-After` has passed, if that pause is at most 30
/// seconds. A message that got a 5xx answer or no answer may have been posted, and the error says so. Teams answers
/// before its workflow runs, so an accepted card is not always shown.
///
/// ```
/// use findings_core::{Notifier, Secret};
/// use findings_notify::{ChatNotifier, Webhooks};
///
/// let hooks = Secret::new(r#"{"payments": "https://hooks.slack.com/services/T0/B0/secret"}"#.to_owned());
/// let slack = ChatNotifier::slack(Webhooks::parse("SLACK_WEBHOOKS", &hooks)?)?;
/// assert!(slack.serves(&"slack:payments".parse()?) && !slack.serves(&"slack:other".parse()?));
/// assert!(!format!("{slack:?}").contains("secret"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ChatNotifier {
    format: Arc<dyn ChatFormat>,
    webhooks: Webhooks,
    templates: Templates,
    client: Client,
}

impl ChatNotifier {
    /// Creates a notifier for a chat service of your own.
    ///
    /// # Errors
    /// Fails if the machine's trusted certificates cannot be read, and those of [`Templates::builtin`].
    pub fn new(format: impl ChatFormat, webhooks: Webhooks) -> Result<Self> {
        Self::of(Arc::new(format), webhooks)
    }

    /// Like [`new`](Self::new), for one of [`chat_formats`].
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn of(format: Arc<dyn ChatFormat>, webhooks: Webhooks) -> Result<Self> {
        let client = Client::new(webhooks.all().map(Webhook::url))?;
        Ok(Self { format, client, webhooks, templates: Templates::builtin()? })
    }

    /// Creates a notifier for Microsoft Teams.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn teams(webhooks: Webhooks) -> Result<Self> {
        Self::new(teams::Teams, webhooks)
    }

    /// Creates a notifier for Slack.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn slack(webhooks: Webhooks) -> Result<Self> {
        Self::new(slack::Slack, webhooks)
    }

    /// Creates a notifier for Mattermost.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn mattermost(webhooks: Webhooks) -> Result<Self> {
        Self::new(mattermost::Mattermost, webhooks)
    }

    /// Creates a notifier for Google Chat.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn google_chat(webhooks: Webhooks) -> Result<Self> {
        Self::new(google_chat::GoogleChat, webhooks)
    }

    /// Replaces the built-in templates.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    fn webhook(&self, recipient: &Recipient) -> Option<&Webhook> {
        let channel = recipient.channel().filter(|(scheme, _)| *scheme == self.format.scheme());
        channel.and_then(|(_, name)| self.webhooks.get(name))
    }

    /// Posts a message to the channel of the recipient. Webhooks return no message ID, so the receipt gets one derived from
    /// what identifies the message.
    async fn post(&self, recipient: &Recipient, message: &ChatMessage, identity: &[&str]) -> Result<Receipt> {
        let to = recipient.as_str();
        let webhook = self.webhook(recipient).ok_or_else(|| unknown_recipient(to))?;
        let posting = Posting {
            client: &self.client,
            url: webhook.url(),
            secrets: webhook.secrets(),
            pace: webhook.pace(),
            to,
            body: self.format.body(message),
        };
        let is_accepted = |status, text: &str| self.format.is_accepted(&ChatAnswer::new(status, text));
        posting.post(|_| Vec::new(), is_accepted).await?;
        Ok(Receipt::new(format!("{}-{}", self.name(), &hash(identity)[..16])))
    }
}

impl fmt::Debug for ChatNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatNotifier")
            .field("format", &self.format)
            .field("webhooks", &self.webhooks)
            .finish_non_exhaustive()
    }
}

/// Returns the message that notifiers of chat services post, before it is converted to the JSON of a service.
///
/// ```
/// use findings_core::notify::Notification;
/// use findings_core::report::Report;
/// use findings_notify::{Templates, chat_formats, chat_message};
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let message = chat_message(&Notification::of(&report, "teams:payments".parse()?)?, &Templates::builtin()?)?;
/// assert!(message.subject.contains("Payments") && message.button.is_none());
/// assert!(chat_formats().iter().all(|format| format.body(&message).contains("Payments")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](findings_core::ErrorKind::InvalidInput) if a template fails to render this notification.
pub fn chat_message(notification: &Notification, templates: &Templates) -> Result<ChatMessage> {
    card_message(notification, templates)
}

#[async_trait]
impl Notifier for ChatNotifier {
    fn name(&self) -> &str {
        self.format.scheme()
    }

    fn schemes(&self) -> Vec<String> {
        vec![self.format.scheme().to_owned()]
    }

    fn serves(&self, recipient: &Recipient) -> bool {
        self.webhook(recipient).is_some()
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        let Notification { run_id, project, recipient, .. } = notification;
        let message = card_message(notification, &self.templates)?;
        self.post(recipient, &message, &[run_id.as_str(), project, recipient.as_str()]).await
    }

    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        let (subject, text) = plain_decisions(notification, &self.templates)?;
        let edition = notification.edition.to_string();
        let mut message = ChatMessage::new(subject, text);
        message.button = notification.link.as_ref().and_then(|file| button(notification.locale, &file.link));
        self.post(&notification.recipient, &message, &identity(notification, &edition)).await
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        let (subject, text) = plain_urgent(notification, &self.templates)?;
        self.post(&notification.recipient, &ChatMessage::new(subject, text), &notification.identity()).await
    }
}

#[async_trait]
impl Backend for ChatNotifier {
    /// Sends no request, because a webhook has no operation other than posting a message.
    async fn check(&self) -> Result<BackendReport> {
        let names: Vec<&str> = self.webhooks.names().collect();
        Ok(BackendReport::new(format!("{} channels: {}", self.name(), names.join(", "))))
    }

    async fn setup(&self) -> Result<BackendReport> {
        self.check().await
    }
}
