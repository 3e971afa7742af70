//! The texts of a message that many may read: subject and text, without the link.

use findings_core::notify::{DecisionNotification, Notification, UrgentNotification};
use findings_core::store::ArtifactLink;
use findings_core::{Locale, Result};

use crate::chat::{ChatButton, ChatMessage};
use crate::content::{Content, Fact, facts};
use crate::decisions_content::DecisionsContent;
use crate::templates::{TemplateKind, Templates};
use crate::urgent_content::UrgentContent;
use crate::words;

/// Renders subject (one line) and text (several lines; empty lines separate paragraphs).
#[cfg(feature = "webhook")]
pub(crate) fn plain_message(notification: &Notification, templates: &Templates) -> Result<(String, String)> {
    let (subject, content) = subject_and_content(notification, templates)?;
    Ok((subject, templates.render(TemplateKind::Chat, notification.locale, &content)?))
}

/// Renders the message of a card: as [`plain_message`], and once more without the numbers, which the card may show as a
/// table. The link is only in the button.
pub(crate) fn card_message(notification: &Notification, templates: &Templates) -> Result<ChatMessage> {
    let (subject, content) = subject_and_content(notification, templates)?;
    let content = content.with_button(notification.link.is_some());
    let render = |content: &Content| templates.render(TemplateKind::Chat, notification.locale, content);
    let mut message = ChatMessage::new(subject, render(&content)?);
    message.body = render(&content.without_facts())?;
    let fact = |fact: Fact| (fact.label.to_owned(), fact.value);
    message.facts = facts(notification).into_iter().map(fact).collect();
    message.button = notification.link.as_ref().and_then(|link| button(notification.locale, link));
    Ok(message)
}

/// The button that leads to the report; `None` for a file, which nobody else can open.
pub(crate) fn button(locale: Locale, link: &ArtifactLink) -> Option<ChatButton> {
    let is_web = ["https://", "http://"].iter().any(|scheme| link.url.expose().starts_with(scheme));
    is_web.then(|| ChatButton::new(words::open_report(locale), link.url.clone()))
}

fn subject_and_content(notification: &Notification, templates: &Templates) -> Result<(String, Content)> {
    // removed before rendering, so that not even a custom template can post the link
    let mut public = notification.clone();
    (public.link, public.answer_link, public.attachment) = (None, None, None);
    let content = Content::of(&public);
    let subject = templates.render(TemplateKind::Subject, notification.locale, &content)?;
    Ok((words::one_line(&subject), content))
}

/// Renders subject and text of a message about decisions.
pub(crate) fn plain_decisions(notification: &DecisionNotification, templates: &Templates) -> Result<(String, String)> {
    // removed before rendering, as above
    let mut public = notification.clone();
    public.link = None;
    let content = DecisionsContent::of(&public);
    let render = |part| templates.render(part, notification.locale, &content);
    Ok((words::one_line(&render(TemplateKind::DecisionsSubject)?), render(TemplateKind::DecisionsText)?))
}

/// Renders subject and text of an urgent message, which has no link to a file.
pub(crate) fn plain_urgent(notification: &UrgentNotification, templates: &Templates) -> Result<(String, String)> {
    let content = UrgentContent::of(notification);
    let render = |part| templates.render(part, notification.locale, &content);
    Ok((words::one_line(&render(TemplateKind::UrgentSubject)?), render(TemplateKind::UrgentText)?))
}
