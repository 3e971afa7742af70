//! Step 7 in full: each recipient once, with an entry in the ledger before and after.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};

use super::links::Access;
use super::outcome::{ProjectError, Step};
use super::run_all::Run;
use super::run_project::lease_lost;
use super::{DoubtfulMessage, DoubtfulMessageFate, InDoubt, Pipeline, ProjectOutcome, Settings};
use crate::ledger::{Entry, MessageState, RecordEntry};
use crate::notify::{Notification, Notifier, Receipt, Recipient};
use crate::registry::Project;
use crate::report::Report;
use crate::{Error, ErrorKind, Result};

/// What became of one message.
enum Delivery {
    /// Now, or by an earlier attempt at this run.
    Sent,
    /// By an earlier attempt, perhaps, and now once more.
    Resent,
    /// By an earlier attempt, perhaps; not again.
    Skipped,
    Failed(Error),
}

impl Pipeline {
    /// Tells every recipient through every notifier; one that fails stops no other. Who was reached by one of them was told.
    pub(super) async fn tell_people(
        &self,
        project: &Project,
        report: &Report,
        access: &Access,
        run: &Run,
        outcome: &mut ProjectOutcome,
    ) {
        // a registry in CSV has said so already, with its line
        if project.recipients.is_empty() && project.problems.is_empty() {
            let message = "the registry names no recipient, so that nobody was told; add one";
            outcome.errors.push(ProjectError::new(Step::Notify, message));
        }
        for recipient in &project.recipients {
            let mut notification = Notification::of(report, recipient.clone()).with_link(access.link.clone());
            notification.attachment.clone_from(&access.attachment);
            let mut told = false;
            let serving: Vec<_> = self.channels.iter().filter(|(_, notifier)| notifier.serves(recipient)).collect();
            if serving.is_empty() && !self.channels.is_empty() {
                outcome.errors.push(ProjectError::new(Step::Notify, unserved(recipient)));
            }
            for (channel, notifier) in serving {
                let doubt = |fate| doubtful(recipient, channel, fate);
                match self.tell(channel, &**notifier, &notification, run).await {
                    Delivery::Sent => told = true,
                    Delivery::Resent => {
                        told = true;
                        outcome.in_doubt.push(doubt(DoubtfulMessageFate::Resent));
                    }
                    Delivery::Skipped => {
                        outcome.in_doubt.push(doubt(DoubtfulMessageFate::Skipped));
                        let message = format!("{channel} to {recipient}: {SKIPPED}");
                        outcome.errors.push(ProjectError::new(Step::Notify, message));
                    }
                    Delivery::Failed(error) => {
                        if error.kind() == ErrorKind::Other {
                            outcome.in_doubt.push(doubt(DoubtfulMessageFate::Unknown));
                        }
                        outcome.has_unsent |= may_pass(error.kind());
                        let message = format!("{channel} to {recipient}: {}", error.report());
                        outcome.errors.push(ProjectError::new(Step::Notify, message));
                    }
                }
            }
            if told {
                outcome.notified.push(recipient.to_string());
            }
        }
    }

    async fn tell(&self, channel: &str, notifier: &dyn Notifier, notification: &Notification, run: &Run) -> Delivery {
        let to = &notification.recipient;
        let sent = match (run.progress.message(&notification.project, channel, to), self.settings.in_doubt) {
            (Some(MessageState::Sent { .. }), _) => return Delivery::Sent,
            (Some(MessageState::Resent { .. }), _) => return Delivery::Resent,
            (Some(MessageState::Intent), InDoubt::Skip) => return Delivery::Skipped,
            (Some(MessageState::Intent), InDoubt::Resend) => {
                tracing::warn!(project = %notification.project, channel, recipient = %to,
                    "an earlier attempt was cut off while sending; sending again, so that the message may arrive twice");
                Delivery::Resent
            }
            (Some(MessageState::Failed { .. }) | None, _) => Delivery::Sent,
        };
        if run.lost.is_cancelled() {
            return Delivery::Failed(lease_lost());
        }
        if exhausted(run).contains(channel) {
            return Delivery::Failed(out_of_quota());
        }
        // without the entry a crash right after sending would send again unnoticed, so no entry, no message
        if let Err(error) = self.note(channel, notification, to, MessageState::Intent).await {
            let failure =
                Error::new(error.kind(), "record a message before sending it").with_message("it was not sent");
            return Delivery::Failed(failure.with_source(error));
        }
        let answer = notifier.notify(notification).await;
        note_quota(channel, &answer, run);
        let (delivery, state) = match answer {
            // said in the ledger too: the doubt has to be listed also if this attempt is killed before its summary
            Ok(Receipt { message_id, .. }) if matches!(sent, Delivery::Resent) => {
                (sent, MessageState::Resent { message_id })
            }
            Ok(Receipt { message_id, .. }) => (sent, MessageState::Sent { message_id }),
            // nobody knows whether it was sent, which is just what the entry of the intent says
            Err(error) if error.kind() == ErrorKind::Other => return Delivery::Failed(error),
            // not now, but perhaps by the earlier attempt: the doubt stays
            Err(error) if matches!(sent, Delivery::Resent) => return Delivery::Failed(error),
            Err(error) => {
                let reason = error.report();
                (Delivery::Failed(error), MessageState::Failed { reason })
            }
        };
        if let Err(error) = self.note(channel, notification, to, state).await {
            tracing::warn!(recipient = %to, error = %error.report(), "what became of a message could not be recorded");
        }
        delivery
    }

    async fn note(
        &self,
        channel: &str,
        notification: &Notification,
        recipient: &Recipient,
        state: MessageState,
    ) -> Result<()> {
        let entry = Entry::Message {
            project: notification.project.clone(),
            notifier: channel.to_owned(),
            recipient: recipient.clone(),
            state,
            at: self.settings.clock.now(),
        };
        let Settings { run_id, owner, .. } = &self.settings;
        self.parts.ledger.record(&RecordEntry::new(run_id.clone(), owner, entry)).await
    }
}

const SKIPPED: &str = "an earlier attempt was cut off while sending, and messages in doubt are set to be skipped; it may not have arrived";

fn doubtful(recipient: &Recipient, channel: &str, fate: DoubtfulMessageFate) -> DoubtfulMessage {
    DoubtfulMessage { recipient: recipient.to_string(), notifier: channel.to_owned(), fate }
}

fn exhausted(run: &Run) -> MutexGuard<'_, HashSet<String>> {
    run.exhausted.lock().unwrap_or_else(PoisonError::into_inner)
}

/// After the first "no more today" nothing more is offered.
fn note_quota(channel: &str, answer: &Result<Receipt>, run: &Run) {
    let Err(error) = answer else { return };
    if error.kind() == ErrorKind::QuotaExhausted && exhausted(run).insert(channel.to_owned()) {
        tracing::error!(channel, error = %error.report(), "the quota is used up; nothing more is sent in this run");
    }
}

fn out_of_quota() -> Error {
    Error::new(ErrorKind::QuotaExhausted, "send the message").with_message(
        "not tried, because the quota was used up before; start the run again with the same run ID once it is refilled",
    )
}

fn unserved(recipient: &Recipient) -> String {
    let kind = recipient.chat().map_or("", |(kind, _)| kind.as_str());
    format!("{recipient} was not told: no notifier serves it; its webhook belongs into those of a notifier for {kind}")
}

/// Whether a later attempt may send what this one certainly did not.
fn may_pass(kind: ErrorKind) -> bool {
    kind.is_retryable() || matches!(kind, ErrorKind::QuotaExhausted | ErrorKind::Conflict)
}

#[cfg(test)]
mod tests;
