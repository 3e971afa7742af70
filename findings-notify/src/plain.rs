//! The texts of a message that many may read: subject and text, without the link.

use findings_core::Result;
use findings_core::notify::{DecisionNotification, Notification};

use crate::content::Content;
use crate::decisions_content::DecisionsContent;
use crate::templates::{TemplateKind, Templates};
use crate::words;

/// Renders subject (one line) and text (several lines; empty lines separate paragraphs).
pub(crate) fn plain_message(notification: &Notification, templates: &Templates) -> Result<(String, String)> {
    // removed before rendering, so that not even a custom template can post the link
    let mut public = notification.clone();
    (public.link, public.attachment) = (None, None);
    let content = Content::of(&public);
    let render = |part| templates.render(part, notification.locale, &content);
    Ok((words::one_line(&render(TemplateKind::Subject)?), render(TemplateKind::Chat)?))
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
