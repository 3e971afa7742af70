//! The mail about decisions: what became of a returned report, reminders, and what is long overdue.

use findings_core::Result;
use findings_core::notify::{DecisionNotification, DecisionSubject};

use crate::Sender;
use crate::decisions_content::DecisionsContent;
use crate::message::{Mail, MailDraft, message_id};
use crate::templates::{TemplateKind, Templates};

/// Creates the mail about decisions of a project: to people who returned a report, what became of their entries; to the
/// owner of decisions, what is due; to those who lead the project, what has been overdue for long.
///
/// `Date` is the time of the notification. `Message-ID` is a hash of run, edition, project, recipient, kind and, for an
/// reply, the returned file.
///
/// ```
/// use findings_core::notify::{DecisionNotification, DecisionSubject, DueList};
/// use findings_notify::{Templates, compose_decisions};
///
/// let due = DecisionSubject::Reminder(DueList::new(Vec::new(), "2026-11-23".parse()?));
/// let (run, at) = ("2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let notification = DecisionNotification::new("Payments", run, at, "sato@example.com".parse()?, due);
/// let mail = compose_decisions(&notification, &"security@example.com".parse()?, &Templates::builtin()?)?;
/// assert!(mail.subject.starts_with("[Security Hub] Payments: "), "{}", mail.subject);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`compose`](crate::compose).
pub fn compose_decisions(notification: &DecisionNotification, from: &Sender, templates: &Templates) -> Result<Mail> {
    let content = DecisionsContent::of(notification);
    let render = |part| templates.render(part, notification.locale, &content);
    MailDraft {
        to: &notification.recipient,
        run_id: &notification.run_id,
        project: Some(&notification.project),
        message_id: message_id(&identity(notification, &notification.edition.to_string()), from),
        date: notification.at,
        locale: notification.locale,
        contact: notification.contact.as_deref(),
        subject: render(TemplateKind::DecisionsSubject)?,
        text: render(TemplateKind::DecisionsText)?,
        html: render(TemplateKind::DecisionsHtml)?,
        attachment: None,
        image: None,
    }
    .finish(from)
}

/// Returns what distinguishes the message from all others.
pub(crate) fn identity<'a>(notification: &'a DecisionNotification, edition: &'a str) -> Vec<&'a str> {
    let DecisionNotification { run_id, project, recipient, subject, .. } = notification;
    let mut identity = vec!["decisions", subject.kind(), run_id.as_str(), project, recipient.as_str(), edition];
    if let DecisionSubject::Reply(reply) = subject {
        identity.push(&reply.file_id);
    }
    identity
}
