//! Step 7 in full: each recipient once, with an entry in the ledger before and after.

use super::outcome::{ProjectError, Step};
use super::{Pipeline, ProjectOutcome};
use crate::Result;
use crate::ledger::{Entry, MessageState, RecordEntry, RunProgress};
use crate::notify::{Notification, Notifier, Recipient};
use crate::registry::Project;
use crate::report::Report;
use crate::store::ArtifactLink;

/// What became of one message.
enum Delivery {
    Sent,
    /// An earlier attempt at this run sent it.
    SentBefore,
    Failed(String),
}

impl Pipeline {
    /// Tells every recipient through every notifier; one that fails stops no other.
    pub(super) async fn tell_people(
        &self,
        project: &Project,
        report: &Report,
        link: &ArtifactLink,
        progress: &RunProgress,
        outcome: &mut ProjectOutcome,
    ) {
        if project.recipients.is_empty() {
            let message = "the registry names no recipient, so that nobody was told; add one in the column recipients";
            outcome.errors.push(ProjectError::new(Step::Notify, message));
        }
        for recipient in &project.recipients {
            let notification = Notification::of(report, recipient.clone()).with_link(link.clone());
            let mut told = !self.parts.notifiers.is_empty();
            for notifier in &self.parts.notifiers {
                let known = progress.message(&project.name, notifier.name(), recipient);
                match self.tell(&**notifier, &notification, known).await {
                    Delivery::Sent | Delivery::SentBefore => {}
                    Delivery::Failed(reason) => {
                        told = false;
                        let message = format!("{} to {recipient}: {reason}", notifier.name());
                        outcome.errors.push(ProjectError::new(Step::Notify, message));
                    }
                }
            }
            if told {
                outcome.notified.push(recipient.to_string());
            }
        }
    }

    async fn tell(
        &self,
        notifier: &dyn Notifier,
        notification: &Notification,
        known: Option<&MessageState>,
    ) -> Delivery {
        match known {
            Some(MessageState::Sent { .. }) => return Delivery::SentBefore,
            Some(MessageState::Intent) => {
                let (by, to) = (notifier.name(), &notification.recipient);
                tracing::warn!(project = %notification.project, notifier = by, recipient = %to,
                    "an earlier attempt was cut off while sending; sending again, so that the message may arrive twice");
            }
            Some(MessageState::Failed { .. }) | None => {}
        }
        let to = &notification.recipient;
        // without the entry a crash right after sending would send again unnoticed, so no entry, no message
        if let Err(error) = self.note(notifier, notification, to, MessageState::Intent).await {
            return Delivery::Failed(format!("not sent, because the ledger failed: {}", error.report()));
        }
        let (delivery, state) = match notifier.notify(notification).await {
            Ok(receipt) => (Delivery::Sent, MessageState::Sent { message_id: receipt.message_id }),
            Err(error) => (Delivery::Failed(error.report()), MessageState::Failed { reason: error.report() }),
        };
        if let Err(error) = self.note(notifier, notification, to, state).await {
            tracing::warn!(recipient = %to, error = %error.report(), "what became of a message could not be recorded");
        }
        delivery
    }

    async fn note(
        &self,
        notifier: &dyn Notifier,
        notification: &Notification,
        recipient: &Recipient,
        state: MessageState,
    ) -> Result<()> {
        let entry = Entry::Message {
            project: notification.project.clone(),
            notifier: notifier.name().to_owned(),
            recipient: recipient.clone(),
            state,
            at: self.settings.clock.now(),
        };
        self.parts.ledger.record(&RecordEntry::new(self.settings.run_id.clone(), entry)).await
    }
}
