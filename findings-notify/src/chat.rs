//! Notifier for channels of Microsoft Teams and Slack, which posts to their webhooks.

mod client;
mod slack;
mod teams;
mod webhooks;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use findings_core::notify::{ChatKind, DecisionNotification, Notification, Receipt, Recipient};
use findings_core::{Backend, BackendReport, Error, ErrorKind, Notifier, Result};

use crate::content::Content;
use crate::decisions::identity;
use crate::decisions_content::DecisionsContent;
use crate::message::hash;
use crate::redact::Secrets;
use crate::templates::{TemplateKind, Templates};
use crate::words;

use client::{Client, NoResponse, WebhookResponse};
use webhooks::Webhook;
pub use webhooks::Webhooks;

const POST: &str = "post the message in";
/// Attempts to post one message while the service answers 429 (too many requests).
const ATTEMPTS: u32 = 3;
/// Longest `Retry-After` pause that the notifier waits for. A longer one fails the attempt; the next attempt of the run
/// tries again.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Posts to channels of Microsoft Teams (an Adaptive Card through a Workflows webhook) or Slack (Block Kit through an
/// incoming webhook).
///
/// A channel can have readers who are not recipients of the project. The message therefore contains the counts, the
/// changes and where to find the report, but never the link. Texts from findings and registries are placed in
/// plain-text fields, where neither service interprets markup.
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
    kind: ChatKind,
    webhooks: Webhooks,
    templates: Templates,
    client: Client,
}

/// The rendered texts of a message, before they are converted to the service's JSON.
struct ChatMessage {
    subject: String,
    /// Text of several lines; empty lines separate paragraphs.
    text: String,
}

impl ChatNotifier {
    /// Creates a notifier for Microsoft Teams.
    ///
    /// # Errors
    /// Fails if the machine's trusted certificates cannot be read, and those of [`Templates::builtin`].
    pub fn teams(webhooks: Webhooks) -> Result<Self> {
        Self::new(ChatKind::Teams, webhooks)
    }

    /// Creates a notifier for Slack.
    ///
    /// # Errors
    /// Fails if the machine's trusted certificates cannot be read, and those of [`Templates::builtin`].
    pub fn slack(webhooks: Webhooks) -> Result<Self> {
        Self::new(ChatKind::Slack, webhooks)
    }

    fn new(kind: ChatKind, webhooks: Webhooks) -> Result<Self> {
        Ok(Self { kind, client: Client::new(&webhooks)?, webhooks, templates: Templates::builtin()? })
    }

    /// Replaces the built-in templates.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    fn webhook(&self, recipient: &Recipient) -> Option<&Webhook> {
        recipient.chat().filter(|(kind, _)| *kind == self.kind).and_then(|(_, name)| self.webhooks.get(name))
    }

    fn body(&self, notification: &Notification) -> Result<String> {
        // removed before rendering, so that not even a custom template can post the link
        let mut public = notification.clone();
        (public.link, public.attachment) = (None, None);
        let content = Content::of(&public);
        let render = |part| self.templates.render(part, notification.locale, &content);
        let message = ChatMessage {
            subject: words::one_line(&render(TemplateKind::Subject)?),
            text: render(TemplateKind::Chat)?,
        };
        Ok(self.format(&message))
    }

    fn decisions_body(&self, notification: &DecisionNotification) -> Result<String> {
        // removed before rendering, as above
        let mut public = notification.clone();
        public.link = None;
        let content = DecisionsContent::of(&public);
        let render = |part| self.templates.render(part, notification.locale, &content);
        let message = ChatMessage {
            subject: words::one_line(&render(TemplateKind::DecisionsSubject)?),
            text: render(TemplateKind::DecisionsText)?,
        };
        Ok(self.format(&message))
    }

    /// Returns the body in the format of the service.
    fn format(&self, message: &ChatMessage) -> String {
        match self.kind {
            ChatKind::Slack => slack::body(message),
            _ => teams::body(message),
        }
    }

    /// Posts a body to the channel of the recipient. Webhooks return no message ID, so the receipt gets one derived from
    /// what identifies the message.
    async fn post(&self, recipient: &Recipient, body: &str, identity: &[&str]) -> Result<Receipt> {
        let to = recipient.as_str();
        let webhook = self.webhook(recipient).ok_or_else(|| {
            failure(ErrorKind::InvalidInput, to, "no webhook is known for it; add it to the variable".to_owned())
        })?;
        let mut attempt = 1;
        loop {
            match self.post_once(webhook, body, to).await {
                Err(e) if e.kind() == ErrorKind::Throttled && attempt < ATTEMPTS => {
                    let pause = e.retry_after().unwrap_or(Duration::from_secs(1 << attempt));
                    if pause > MAX_PAUSE {
                        return Err(e);
                    }
                    tracing::debug!(to, ?pause, "the channel takes no more messages just now");
                    tokio::time::sleep(pause).await;
                    attempt += 1;
                }
                Err(e) => return Err(e),
                Ok(()) => break,
            }
        }
        tracing::debug!(to, "message accepted by the webhook");
        Ok(Receipt { message_id: format!("{}-{}", self.name(), &hash(identity)[..16]) })
    }

    /// Posts the message once.
    async fn post_once(&self, webhook: &Webhook, body: &str, to: &str) -> Result<()> {
        webhook.wait_for_turn().await;
        match self.client.post(webhook, body.to_owned()).await {
            Ok(answer) if self.is_accepted(&answer) => Ok(()),
            Ok(answer) => Err(refusal(&answer, to, webhook.secrets())),
            Err(NoResponse::NotSent(what)) => {
                Err(failure(ErrorKind::Unavailable, to, format!("{what}; nothing was sent")))
            }
            Err(NoResponse::MaybeSent(what)) => Err(outcome_unknown(to, &what)),
        }
    }

    fn is_accepted(&self, answer: &WebhookResponse) -> bool {
        match self.kind {
            // status 200 alone is not enough: the login page of a proxy has it, too
            ChatKind::Slack => answer.status == 200 && answer.text.trim() == "ok",
            // 202 is documented; a workflow with a Response action answers 200
            _ => matches!(answer.status, 200 | 202),
        }
    }
}

fn refusal(answer: &WebhookResponse, to: &str, secrets: &Secrets) -> Error {
    let said = secrets.answer(&answer.text);
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    let (kind, advice) = match answer.status {
        200..=299 => {
            return outcome_unknown(to, &format!("HTTP {}, which is not the answer of a webhook{said}", answer.status));
        }
        300..=399 => (ErrorKind::InvalidInput, "; the webhook answers with a redirect: check its URL"),
        401 | 403 => (ErrorKind::PermissionDenied, "; the webhook may not post there: check it, and who owns it"),
        404 | 410 => (ErrorKind::NotFound, "; the webhook or its channel is gone: make a new one, and replace its URL"),
        429 => (ErrorKind::Throttled, "; too many messages came"),
        400..=499 => (ErrorKind::InvalidInput, "; the message was not accepted"),
        status => return outcome_unknown(to, &format!("HTTP {status}{said}")),
    };
    let error = failure(kind, to, format!("HTTP {}{said}{advice}", answer.status));
    match answer.retry_after {
        Some(pause) => error.with_retry_after(pause),
        None => error,
    }
}

fn outcome_unknown(to: &str, what: &str) -> Error {
    failure(ErrorKind::OutcomeUnknown, to, format!("{what}; it is unknown whether the message was posted"))
}

fn failure(kind: ErrorKind, to: &str, message: String) -> Error {
    Error::new(kind, POST).with_subject(to).with_message(message)
}

impl fmt::Debug for ChatNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatNotifier")
            .field("kind", &self.kind)
            .field("webhooks", &self.webhooks)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Notifier for ChatNotifier {
    fn name(&self) -> &str {
        self.kind.as_str()
    }

    fn serves(&self, recipient: &Recipient) -> bool {
        self.webhook(recipient).is_some()
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        let Notification { run_id, project, recipient, .. } = notification;
        let body = self.body(notification)?;
        self.post(recipient, &body, &[run_id.as_str(), project, recipient.as_str()]).await
    }

    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        let body = self.decisions_body(notification)?;
        let edition = notification.edition.to_string();
        self.post(&notification.recipient, &body, &identity(notification, &edition)).await
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
