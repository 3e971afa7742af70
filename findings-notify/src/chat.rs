//! Channels of Microsoft Teams and Slack, by webhook.

mod client;
mod slack;
mod teams;
mod webhooks;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use findings_core::notify::{ChatKind, Notification, Receipt, Recipient};
use findings_core::{Backend, BackendReport, Error, ErrorKind, Notifier, Result};

use crate::content::Content;
use crate::message::hash;
use crate::templates::{Part, Templates};
use crate::{redact, words};

use client::{Answer, Client, Lost};
use webhooks::Webhook;
pub use webhooks::Webhooks;

const POST: &str = "post the message in";
/// How often a message is offered that the service does not take because too many came.
const ATTEMPTS: u32 = 3;
/// The longest pause that is waited for; after a longer one the next attempt at the run tries again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Posts in channels of Microsoft Teams (an Adaptive Card by a Workflows webhook) or Slack (Block Kit by an incoming webhook).
///
/// A channel has more readers than a project has recipients, so the message has the counts, what changed and where to find the report, and never the
/// link. Texts from outside stand where neither service reads markup.
///
/// A message that was not taken because too many came (429) is offered again after the pause that the service asks for, if that is short. What a service
/// answers with 5xx, or not at all, may have been posted, and the error says so. Teams answers before its workflow runs: that a card was accepted does
/// not mean that it is shown.
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

/// A message before it is put into a service's form.
struct Message {
    subject: String,
    /// Lines, some of them empty.
    text: String,
}

impl ChatNotifier {
    /// Channels of Microsoft Teams.
    ///
    /// # Errors
    /// If the machine's trusted certificates cannot be read, and those of [`Templates::builtin`].
    pub fn teams(webhooks: Webhooks) -> Result<Self> {
        Self::new(ChatKind::Teams, webhooks)
    }

    /// Channels of Slack.
    ///
    /// # Errors
    /// If the machine's trusted certificates cannot be read, and those of [`Templates::builtin`].
    pub fn slack(webhooks: Webhooks) -> Result<Self> {
        Self::new(ChatKind::Slack, webhooks)
    }

    fn new(kind: ChatKind, webhooks: Webhooks) -> Result<Self> {
        Ok(Self { kind, client: Client::new()?, webhooks, templates: Templates::builtin()? })
    }

    /// Other templates.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    fn webhook(&self, recipient: &Recipient) -> Option<&Webhook> {
        recipient.chat().filter(|(kind, _)| *kind == self.kind).and_then(|(_, name)| self.webhooks.get(name))
    }

    fn body(&self, notification: &Notification) -> Result<String> {
        // built without them, so that no template can show what a channel must not see
        let mut public = notification.clone();
        (public.link, public.attachment) = (None, None);
        let content = Content::of(&public);
        let render = |part| self.templates.render(part, notification.locale, &content);
        let message = Message { subject: words::one_line(&render(Part::Subject)?), text: render(Part::Chat)? };
        Ok(match self.kind {
            ChatKind::Slack => slack::body(&message),
            _ => teams::body(&message),
        })
    }

    /// One attempt.
    async fn offer(&self, webhook: &Webhook, body: &str, to: &str) -> Result<()> {
        webhook.turn().await;
        match self.client.post(webhook.url(), body.to_owned()).await {
            Ok(answer) if self.is_accepted(&answer) => Ok(()),
            Ok(answer) => Err(refused(&answer, to)),
            Err(Lost::Before(what)) => Err(failure(ErrorKind::Unavailable, to, format!("{what}; nothing was sent"))),
            Err(Lost::After(what)) => Err(unknown(to, &what)),
        }
    }

    fn is_accepted(&self, answer: &Answer) -> bool {
        match self.kind {
            // a proxy's login page is a 200, too
            ChatKind::Slack => answer.status == 200 && answer.text.trim() == "ok",
            // the documented 202, and 200 where the workflow ends with an answer of its own
            _ => matches!(answer.status, 200 | 202),
        }
    }
}

fn refused(answer: &Answer, to: &str) -> Error {
    let said = redact::answer(&answer.text);
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    let (kind, advice) = match answer.status {
        200..=299 => {
            return unknown(to, &format!("HTTP {}, which is not the answer of a webhook{said}", answer.status));
        }
        300..=399 => (ErrorKind::InvalidInput, "; the webhook answers with a redirect: check its URL"),
        401 | 403 => (ErrorKind::PermissionDenied, "; the webhook may not post there: check it, and who owns it"),
        404 | 410 => (ErrorKind::NotFound, "; the webhook or its channel is gone: make a new one, and replace its URL"),
        429 => (ErrorKind::Throttled, "; too many messages came"),
        400..=499 => (ErrorKind::InvalidInput, "; the message was not accepted"),
        status => return unknown(to, &format!("HTTP {status}{said}")),
    };
    let error = failure(kind, to, format!("HTTP {}{said}{advice}", answer.status));
    match answer.retry_after {
        Some(pause) => error.with_retry_after(pause),
        None => error,
    }
}

fn unknown(to: &str, what: &str) -> Error {
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
        let to = notification.recipient.as_str();
        let webhook = self.webhook(&notification.recipient).ok_or_else(|| {
            failure(ErrorKind::InvalidInput, to, "no webhook is known for it; add it to the variable".to_owned())
        })?;
        let body = self.body(notification)?;
        let mut attempt = 1;
        loop {
            match self.offer(webhook, &body, to).await {
                Err(e) if e.kind() == ErrorKind::Throttled && attempt < ATTEMPTS => {
                    let pause = e.retry_after().unwrap_or(Duration::from_secs(1 << attempt));
                    if pause > LONGEST_PAUSE {
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
        // webhooks name no message
        let id = hash(&[notification.run_id.as_str(), &notification.project, to]);
        Ok(Receipt { message_id: format!("{}-{}", self.name(), &id[..16]) })
    }
}

#[async_trait]
impl Backend for ChatNotifier {
    /// Calls nobody: the only thing that a webhook does is to post.
    async fn check(&self) -> Result<BackendReport> {
        let names: Vec<&str> = self.webhooks.names().collect();
        Ok(BackendReport::new(format!("{} channels: {}", self.name(), names.join(", "))))
    }

    async fn setup(&self) -> Result<BackendReport> {
        self.check().await
    }
}
