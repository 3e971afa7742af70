//! The trait for chat services, and the services that are built in.

use std::fmt::Debug;
use std::sync::Arc;

use findings_core::Secret;

use super::google_chat::GoogleChat;
use super::mattermost::Mattermost;
use super::slack::Slack;
use super::teams::Teams;

/// A chat service: what a message to its webhooks looks like.
///
/// An implementation
/// * MUST put all texts where the service interprets neither markup nor mentions, or escape them,
/// * MUST take an answer for accepted only if it can come from nothing but the service,
/// * SHOULD keep the message below the service's limits by cutting its end.
///
/// ```
/// use findings_core::{Notifier, Secret};
/// use findings_notify::{ChatAnswer, ChatFormat, ChatMessage, ChatNotifier, Webhooks};
///
/// /// A service that shows plain text.
/// #[derive(Debug)]
/// struct Plain;
///
/// impl ChatFormat for Plain {
///     fn scheme(&self) -> &'static str {
///         "plain"
///     }
///
///     fn body(&self, message: &ChatMessage) -> String {
///         serde_json::json!({ "title": message.subject, "text": message.text }).to_string()
///     }
///
///     fn is_accepted(&self, answer: &ChatAnswer) -> bool {
///         answer.status == 201
///     }
/// }
///
/// let hooks = Secret::new(r#"{"payments": "https://chat.example.com/hooks/secret"}"#.to_owned());
/// let notifier = ChatNotifier::new(Plain, Webhooks::parse("HOOKS", &hooks)?)?;
/// assert!(notifier.serves(&"plain:payments".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait ChatFormat: Debug + Send + Sync + 'static {
    /// The scheme of its recipients: `slack` for `slack:NAME`. It is the name of the notifier, too.
    fn scheme(&self) -> &'static str;

    /// The JSON that is posted to a webhook.
    fn body(&self, message: &ChatMessage) -> String;

    /// Whether this answer says that the message was accepted. It is asked only about answers of the class 2xx.
    fn is_accepted(&self, answer: &ChatAnswer) -> bool;
}

/// The rendered texts of a message, before they are converted to the service's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatMessage {
    /// One line.
    pub subject: String,
    /// Text of several lines; empty lines separate paragraphs. It says everything but what the button leads to.
    pub text: String,
    /// The same text without the facts, for services that show those as a table.
    pub body: String,
    /// Labels and numbers of the report. Neither holds a text from findings or registries.
    pub facts: Vec<(String, String)>,
    /// A button that leads to the report.
    pub button: Option<ChatButton>,
}

/// A button of a message. Its URL is a secret, so `Debug` does not show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatButton {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub url: Secret<String>,
}

impl ChatButton {
    /// A button.
    pub fn new(label: impl Into<String>, url: Secret<String>) -> Self {
        Self { label: label.into(), url }
    }
}

impl ChatMessage {
    /// A message of these texts, without facts and button.
    pub fn new(subject: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { subject: subject.into(), body: text.clone(), text, facts: Vec::new(), button: None }
    }
}

/// What a webhook answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The first 16 KiB of the body.
    pub text: String,
}

impl ChatAnswer {
    /// An answer.
    pub fn new(status: u16, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

/// Returns the chat services that are built in.
///
/// ```
/// let schemes: Vec<_> = findings_notify::chat_formats().iter().map(|format| format.scheme()).collect();
/// assert_eq!(schemes, ["googlechat", "mattermost", "slack", "teams"]);
/// ```
pub fn chat_formats() -> [Arc<dyn ChatFormat>; 4] {
    [Arc::new(GoogleChat), Arc::new(Mattermost), Arc::new(Slack), Arc::new(Teams)]
}
