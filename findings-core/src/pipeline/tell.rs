//! Step 7: notifies each recipient of a project once.

use super::compare::ReportFacts;
use super::context::RunContext;
use super::dispatch::{Delivery, Dispatch};
use super::links::ReportAccess;
use super::outcome::{InDoubtFate, InDoubtMessage, ProjectError, ProjectStatus, Step};
use super::parts::Channel;
use super::timings::Stage;
use crate::ErrorKind;
use crate::notify::Notification;
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::report::Report;

/// The results of the messages about one report.
#[derive(Debug, Default)]
pub(super) struct MessageResults {
    /// Recipients that at least one notifier reached.
    pub(super) notified: Vec<String>,
    /// Messages in doubt.
    pub(super) in_doubt: Vec<InDoubtMessage>,
    pub(super) errors: Vec<ProjectError>,
    /// Whether a message was certainly not sent and a further attempt may succeed.
    pub(super) has_unsent: bool,
}

impl MessageResults {
    /// Returns the status of the report: failed if it has recipients, none was notified, and no message in doubt was
    /// skipped, which a recipient may have received.
    pub(super) fn status(&self, has_recipients: bool, complete: bool) -> ProjectStatus {
        let perhaps = self.in_doubt.iter().any(|message| message.fate == InDoubtFate::Skipped);
        match (has_recipients && self.notified.is_empty() && !perhaps, complete) {
            (true, _) => ProjectStatus::Failed,
            (false, true) => ProjectStatus::Ok,
            (false, false) => ProjectStatus::Incomplete,
        }
    }

    /// Returns whether a recipient was told of the report, or may have been.
    pub(super) fn may_have_told(&self) -> bool {
        !self.notified.is_empty() || !self.in_doubt.is_empty()
    }

    fn fail(&mut self, message: impl Into<String>) {
        self.errors.push(ProjectError::new(Step::Notify, message));
    }

    /// Adds the result of one message. Returns whether it was sent, as far as is known.
    fn note(&mut self, channel: &Channel, recipient: &Recipient, delivery: &Delivery) -> bool {
        let name = &channel.name;
        match delivery {
            Delivery::Sent => true,
            Delivery::Resent => {
                self.in_doubt.push(doubtful(recipient, name, InDoubtFate::Resent));
                true
            }
            Delivery::Skipped => {
                self.in_doubt.push(doubtful(recipient, name, InDoubtFate::Skipped));
                self.fail(format!("{name} to {recipient}: {SKIPPED}"));
                false
            }
            Delivery::Failed(error) => {
                if error.kind() == ErrorKind::OutcomeUnknown {
                    self.in_doubt.push(doubtful(recipient, name, InDoubtFate::Unknown));
                }
                self.has_unsent |= may_pass(error.kind());
                self.fail(format!("{name} to {recipient}: {}", error.report()));
                false
            }
        }
    }
}

/// Notifies the recipients of a project of its report.
pub(super) async fn tell_project(
    run: &RunContext<'_>,
    project: &Project,
    report: &Report,
    facts: &ReportFacts,
    access: &ReportAccess,
) -> MessageResults {
    let Some(first) = project.recipients.first() else { return no_recipient(project) };
    let mut notification =
        Notification::with_counts(report, facts.counts, first.clone()).with_link(access.link.clone());
    notification.attachment.clone_from(&access.attachment);
    let telling = tell(&run.dispatch, notification, project.recipients.iter());
    run.measure(Stage::Notify, telling).await
}

/// Notifies every recipient through every notifier that serves it. A failed message does not stop the others.
pub(super) async fn tell<'a>(
    dispatch: &Dispatch<'_>,
    mut notification: Notification,
    recipients: impl Iterator<Item = &'a Recipient>,
) -> MessageResults {
    let mut told = MessageResults::default();
    for recipient in recipients {
        notification.recipient = recipient.clone();
        let serving: Vec<&Channel> = dispatch.channels().iter().filter(|c| c.notifier.serves(recipient)).collect();
        if serving.is_empty() && !dispatch.channels().is_empty() {
            told.fail(unserved(recipient));
        }
        let mut reached = false;
        for channel in serving {
            let delivery = dispatch.send(channel, &notification).await;
            reached |= told.note(channel, recipient, &delivery);
        }
        if reached {
            told.notified.push(recipient.to_string());
        }
    }
    told
}

fn no_recipient(project: &Project) -> MessageResults {
    let mut told = MessageResults::default();
    // the CSV registry has already reported this with the line number
    if project.problems.is_empty() {
        told.fail("the registry names no recipient, so that nobody was told; add one");
    }
    told
}

const SKIPPED: &str = "an earlier attempt was cut off while sending, and messages in doubt are set to be skipped; it may not have arrived";

fn doubtful(recipient: &Recipient, channel: &str, fate: InDoubtFate) -> InDoubtMessage {
    InDoubtMessage { recipient: recipient.to_string(), notifier: channel.to_owned(), fate }
}

fn unserved(recipient: &Recipient) -> String {
    let kind = recipient.chat().map_or("", |(kind, _)| kind.as_str());
    format!("{recipient} was not told: no notifier serves it; its webhook belongs into those of a notifier for {kind}")
}

/// Returns whether a later attempt may succeed after this kind of error.
fn may_pass(kind: ErrorKind) -> bool {
    // `Conflict` means that the lease was lost: the attempt that has it now can send the message
    kind.is_retryable() || matches!(kind, ErrorKind::QuotaExhausted | ErrorKind::Conflict)
}

#[cfg(test)]
mod tests;
