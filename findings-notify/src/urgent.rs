//! The mail about findings that do not wait for the next report.

use findings_core::Result;
use findings_core::notify::UrgentNotification;

use crate::Sender;
use crate::message::{Mail, MailDraft, message_id};
use crate::templates::{TemplateKind, Templates};
use crate::urgent_content::UrgentContent;

/// Creates the mail about severe findings of which nobody was told yet.
///
/// `Date` is the time of the notification. `Message-ID` is a hash of project, recipient and issues, so that a message that is
/// sent again is the same.
///
/// ```
/// use findings_core::history::Change;
/// use findings_core::notify::{UrgentFinding, UrgentList, UrgentNotification};
/// use findings_core::Severity;
/// use findings_notify::{Templates, compose_urgent};
///
/// let at = "2026-11-23T00:00:00Z".parse()?;
/// let finding = UrgentFinding::new("1", Severity::Critical, Change::New, "123456789012".parse()?, at);
/// let (run, to) = ("urgent-2026-11-23".parse()?, "sato@example.com".parse()?);
/// let notification = UrgentNotification::new("Payments", run, at, to, UrgentList::new(vec![finding]));
/// let mail = compose_urgent(&notification, &"security@example.com".parse()?, &Templates::builtin()?)?;
/// assert_eq!(mail.subject, "[Security Hub] Payments: 1 new critical finding");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`compose`](crate::compose).
pub fn compose_urgent(notification: &UrgentNotification, from: &Sender, templates: &Templates) -> Result<Mail> {
    let content = UrgentContent::of(notification);
    let render = |part| templates.render(part, notification.locale, &content);
    MailDraft {
        to: &notification.recipient,
        run_id: &notification.run_id,
        project: Some(&notification.project),
        message_id: message_id(&notification.identity(), from),
        date: notification.at,
        locale: notification.locale,
        contact: notification.contact.as_deref(),
        subject: render(TemplateKind::UrgentSubject)?,
        text: render(TemplateKind::UrgentText)?,
        html: render(TemplateKind::UrgentHtml)?,
        attachment: None,
        image: None,
    }
    .finish(from)
}
