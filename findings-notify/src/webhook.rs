//! Notifier for programs: it posts JSON with a signature.

pub(crate) mod body;
mod endpoints;

use std::fmt;

use async_trait::async_trait;
use findings_core::notify::{DecisionNotification, Notification, Receipt, Recipient, UrgentNotification};
use findings_core::{Backend, BackendReport, Notifier, Result};
use jiff::Timestamp;

use crate::decisions::identity;
use crate::http_client::Client;
use crate::message::hash;
use crate::plain::{plain_decisions, plain_message, plain_urgent};
use crate::posting::{Posting, unknown_recipient};
use crate::templates::Templates;

use endpoints::Endpoint;

pub use endpoints::WebhookEndpoints;

const SCHEME: &str = "webhook";

/// Posts each message as JSON to the endpoint `NAME` of the recipient `webhook:NAME`, for programs: a ticket system, a
/// function behind an API gateway, an automation.
///
/// The body is one JSON object. Names may be added, never renamed:
///
/// | name | value |
/// | --- | --- |
/// | `type`, `version` | `security_hub.report`, 1 |
/// | `run_id`, `project`, `generated_at`, `edition`, `replaces_earlier` | which report; a later edition replaces the earlier one |
/// | `complete`, `conclusion`, `verdict`, `problems` | how far it can be trusted: `conclusion` is `findings`, `clean`, `unverified`, `not_all_seen` or `unknown`; each problem has `kind`, `account` and `region` |
/// | `accounts`, `total`, `counts`, `changes`, `stale` | numbers, findings by severity |
/// | `contact`, `locale`, `subject`, `text` | for people: what a chat channel gets |
///
/// Like a chat message, it contains no link.
///
/// A message about decisions has the `type` `security_hub.decisions`, and instead of the numbers of a report `kind` (`reply`,
/// `reminder` or `escalation`), `at`, `taken` and `not_taken` of a reply, `total` and `overdue` of what is due.
///
/// A message between reports has the `type` `security_hub.urgent`, and instead of the numbers of a report `at`, `total` (issues) and
/// `findings`, the first of them, each with `severity`, `change` (`new`, `reopened` or `worse`), `control`, `title`, `account`,
/// `region`, `resource`, `since` and `url` (the fix).
///
/// The signature is that of [Standard Webhooks](https://www.standardwebhooks.com), for which libraries exist in most languages:
/// `webhook-signature` is `v1,` and the HMAC-SHA256, in base64, of `ID.TIMESTAMP.BODY`; `webhook-timestamp` is the time of
/// sending in seconds since 1970, so that a receiver can refuse old ones; `webhook-id` is the same for every attempt at the
/// same message, so that a receiver can drop a second one. A message counts as accepted with any answer of the class 2xx. What
/// other answers mean is as for [`ChatNotifier`](crate::ChatNotifier): after a 5xx or none, it is unknown whether it was taken.
///
/// ```
/// use findings_core::{Notifier, Secret};
/// use findings_notify::{WebhookEndpoints, WebhookNotifier};
///
/// let endpoints = r#"{"tickets": {"url": "https://tickets.example.com/hooks/findings",
///     "key": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}}"#;
/// let endpoints = WebhookEndpoints::parse("WEBHOOKS", &Secret::new(endpoints.to_owned()))?;
/// let webhook = WebhookNotifier::new(endpoints)?;
/// assert!(webhook.serves(&"webhook:tickets".parse()?) && !webhook.serves(&"webhook:other".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WebhookNotifier {
    endpoints: WebhookEndpoints,
    templates: Templates,
    client: Client,
}

impl WebhookNotifier {
    /// Creates a notifier for these endpoints.
    ///
    /// # Errors
    /// Fails if the machine's trusted certificates cannot be read, and those of [`Templates::builtin`].
    pub fn new(endpoints: WebhookEndpoints) -> Result<Self> {
        Ok(Self {
            client: Client::new(endpoints.all().map(Endpoint::url))?,
            endpoints,
            templates: Templates::builtin()?,
        })
    }

    /// Replaces the built-in templates, of which subject and text are made.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    /// Posts a body to the endpoint of the recipient. What identifies the message gives it its ID.
    async fn post(&self, recipient: &Recipient, body: String, identity: &[&str]) -> Result<Receipt> {
        let to = recipient.as_str();
        let endpoint = self.endpoint(recipient).ok_or_else(|| unknown_recipient(to))?;
        let id = format!("msg_{}", hash(identity));
        let posting = Posting {
            client: &self.client,
            url: endpoint.url(),
            secrets: endpoint.secrets(),
            pace: endpoint.pace(),
            to,
            body,
        };
        let headers = |body: &str| {
            let sent_at = Timestamp::now().as_second().to_string();
            let signature = endpoint.sign(&id, &sent_at, body);
            vec![("webhook-id", id.clone()), ("webhook-timestamp", sent_at), ("webhook-signature", signature)]
        };
        posting.post(headers, |_, _| true).await?;
        Ok(Receipt::new(id))
    }

    fn endpoint(&self, recipient: &Recipient) -> Option<&Endpoint> {
        let channel = recipient.channel().filter(|(scheme, _)| *scheme == SCHEME);
        channel.and_then(|(_, name)| self.endpoints.get(name))
    }
}

impl fmt::Debug for WebhookNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookNotifier").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

#[async_trait]
impl Notifier for WebhookNotifier {
    fn name(&self) -> &'static str {
        SCHEME
    }

    fn schemes(&self) -> Vec<String> {
        vec![SCHEME.to_owned()]
    }

    fn serves(&self, recipient: &Recipient) -> bool {
        self.endpoint(recipient).is_some()
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        let Notification { run_id, project, recipient, edition, .. } = notification;
        let (subject, text) = plain_message(notification, &self.templates)?;
        let body = body::json(notification, &subject, &text)?;
        self.post(recipient, body, &[run_id.as_str(), project, recipient.as_str(), &edition.to_string()]).await
    }

    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        let (subject, text) = plain_decisions(notification, &self.templates)?;
        let body = body::decisions_json(notification, &subject, &text)?;
        let edition = notification.edition.to_string();
        self.post(&notification.recipient, body, &identity(notification, &edition)).await
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        let (subject, text) = plain_urgent(notification, &self.templates)?;
        let body = body::urgent_json(notification, &subject, &text)?;
        self.post(&notification.recipient, body, &notification.identity()).await
    }
}

#[async_trait]
impl Backend for WebhookNotifier {
    /// Sends no request, because an endpoint has no operation other than taking a message.
    async fn check(&self) -> Result<BackendReport> {
        let names: Vec<&str> = self.endpoints.names().collect();
        Ok(BackendReport::new(format!("webhooks: {}", names.join(", "))))
    }

    async fn setup(&self) -> Result<BackendReport> {
        self.check().await
    }
}
