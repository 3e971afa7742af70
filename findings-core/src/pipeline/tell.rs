//! Step 7: notifies each recipient of a project once.

use super::compare::ReportFacts;
use super::context::RunContext;
use super::dispatch::{By, Delivery, Dispatch};
use super::edition::ReportEdition;
use super::heard::{Heard, heard};
use super::links::ReportAccess;
use super::outcome::{InDoubtFate, InDoubtMessage, ProjectError, ProjectStatus, Step};
use super::parts::Channel;
use super::served::no_notifier;
use super::settings::Settings;
use super::timings::Stage;
use crate::notify::Notification;
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::report::Report;
use crate::{ErrorKind, NotifyWhen};

/// The results of the messages about one report.
#[derive(Debug, Default)]
pub(super) struct MessageResults {
    /// Recipients that at least one notifier reached.
    pub(super) notified: Vec<String>,
    /// Recipients who chose not to hear of it.
    pub(super) silent: Vec<String>,
    /// How many of them this attempt reached, and none before.
    pub(super) told_now: u64,
    /// Messages in doubt.
    pub(super) in_doubt: Vec<InDoubtMessage>,
    pub(super) errors: Vec<ProjectError>,
    /// Messages of this attempt that a notifier refused for good.
    pub(super) rejected: u64,
    /// Whether a further attempt has a message to send.
    pub(super) has_open: bool,
    /// Whether a message was not begun, because the run was asked to stop.
    pub(super) stopped: bool,
}

impl MessageResults {
    /// Returns the status of the report: failed if it has recipients who want to hear of it, none was notified, and no
    /// message in doubt was skipped, which a recipient may have received.
    pub(super) fn status(&self, has_recipients: bool, complete: bool) -> ProjectStatus {
        let perhaps = self.in_doubt.iter().any(|message| message.fate == InDoubtFate::Skipped);
        // the silence of some must not hide that all others were not told
        let is_wanted = has_recipients && (self.silent.is_empty() || !self.errors.is_empty());
        match (is_wanted && self.notified.is_empty() && !perhaps, complete) {
            (true, _) if self.stopped => ProjectStatus::Skipped,
            (true, _) => ProjectStatus::Failed,
            (false, true) => ProjectStatus::Ok,
            (false, false) => ProjectStatus::Incomplete,
        }
    }

    /// Returns whether a recipient was told of the report, or may have been.
    pub(super) fn may_have_told(&self) -> bool {
        !self.notified.is_empty() || !self.in_doubt.is_empty()
    }

    /// Adds the results of the messages to one recipient.
    pub(super) fn add(&mut self, dispatch: &Dispatch<'_>, recipient: &Recipient, deliveries: &[(&Channel, Delivery)]) {
        if deliveries.is_empty() && !dispatch.channels().is_empty() {
            self.fail(unserved(recipient));
        }
        let mut reached = false;
        for (channel, delivery) in deliveries {
            if let Delivery::Failed(error) | Delivery::StillInDoubt(error) = delivery {
                self.has_open |= dispatch.stays_open(error);
            }
            reached |= self.note(channel, recipient, delivery);
        }
        if reached {
            self.notified.push(recipient.to_string());
            let was_told = |(_, delivery): &(_, Delivery)| {
                matches!(delivery, Delivery::Sent(By::EarlierAttempt) | Delivery::Resent(By::EarlierAttempt))
            };
            self.told_now += u64::from(!deliveries.iter().any(was_told));
        } else if deliveries.iter().any(|(_, delivery)| matches!(delivery, Delivery::Silent)) {
            self.silent.push(recipient.to_string());
        }
    }

    fn fail(&mut self, message: impl Into<String>) {
        self.errors.push(ProjectError::new(Step::Notify, message));
    }

    /// Adds the result of one message. Returns whether it was sent, as far as is known.
    fn note(&mut self, channel: &Channel, recipient: &Recipient, delivery: &Delivery) -> bool {
        let name = &channel.name;
        match delivery {
            Delivery::Sent(_) => true,
            Delivery::Silent => false,
            Delivery::Resent(_) => {
                self.in_doubt.push(doubtful(recipient, name, InDoubtFate::Resent));
                true
            }
            Delivery::Skipped => {
                self.in_doubt.push(doubtful(recipient, name, InDoubtFate::Skipped));
                self.fail(format!("{name} to {recipient}: {SKIPPED}"));
                false
            }
            Delivery::NotBegun => {
                (self.has_open, self.stopped) = (true, true);
                self.fail(format!("{name} to {recipient}: {NOT_BEGUN}"));
                false
            }
            Delivery::Rejected(reason) => {
                self.fail(format!("{name} to {recipient}: {reason}"));
                false
            }
            Delivery::StillInDoubt(error) => {
                self.rejected += u64::from(error.kind() == ErrorKind::InvalidInput);
                let is_lost = error.kind() == ErrorKind::OutcomeUnknown;
                let fate = if is_lost { InDoubtFate::Unknown } else { InDoubtFate::Skipped };
                self.in_doubt.push(doubtful(recipient, name, fate));
                self.fail(format!("{name} to {recipient}: {}", error.report()));
                false
            }
            Delivery::Failed(error) => {
                self.rejected += u64::from(error.kind() == ErrorKind::InvalidInput);
                if error.kind() == ErrorKind::OutcomeUnknown {
                    self.in_doubt.push(doubtful(recipient, name, InDoubtFate::Unknown));
                }
                self.fail(format!("{name} to {recipient}: {}", error.report()));
                false
            }
        }
    }
}

/// The report to tell of.
#[derive(Clone, Copy)]
pub(super) struct ReportToTell<'a> {
    pub(super) report: &'a Report,
    pub(super) facts: &'a ReportFacts,
    /// The report, and the page for answers if there is one.
    pub(super) access: &'a [ReportAccess],
    pub(super) edition: &'a ReportEdition,
}

/// Notifies the recipients of a project of its report.
pub(super) async fn tell_project(run: &RunContext<'_>, project: &Project, told: ReportToTell<'_>) -> MessageResults {
    let ReportToTell { report, facts, access, edition } = told;
    let Some(first) = project.recipients.first() else { return no_recipient(project) };
    let mut notification =
        Notification::with_headline(report, facts.counts, Some(facts.headline.clone()), first.clone());
    notification.attachment = access.iter().find_map(|file| file.attachment.clone());
    notification.min_severity = project.min_severity;
    let heard = heard(run, project, report.previous()).await;
    let listeners = listeners(run.settings, project);
    // boxed: with the notification in it, it is large
    let telling = Box::pin(tell(&run.dispatch, notification, access, edition, (listeners, &heard)));
    run.measure(Stage::Notify, telling).await
}

/// A recipient, and which reports they hear of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listener<'a> {
    pub(super) recipient: &'a Recipient,
    pub(super) when: NotifyWhen,
}

/// Returns the recipients of a project with their choices.
pub(super) fn listeners<'a>(settings: &'a Settings, project: &'a Project) -> impl Iterator<Item = Listener<'a>> {
    let listener = |recipient| Listener { recipient, when: settings.choice_of(project, recipient) };
    project.recipients.iter().map(listener)
}

/// Notifies every recipient who hears of the report through every notifier that serves it. Whoever did not hear of the last
/// one hears of this one as of a first one. A failed message does not stop the others.
pub(super) async fn tell<'a>(
    dispatch: &Dispatch<'_>,
    mut notification: Notification,
    access: &[ReportAccess],
    edition: &ReportEdition,
    (listeners, heard): (impl Iterator<Item = Listener<'a>>, &Heard),
) -> MessageResults {
    let mut told = MessageResults::default();
    notification.edition = edition.number;
    let is_correction = |recipient: &Recipient| edition.told_earlier.iter().any(|known| known == recipient.as_str());
    let mut hearing = Vec::new();
    for Listener { recipient, when } in listeners {
        notification.recipient = recipient.clone();
        notification.replaces_earlier = is_correction(recipient);
        // only to decide: the message itself tells of the same changes to all
        let previous = notification.previous.clone();
        if !heard.is_known_to(recipient) {
            notification.previous = None;
        }
        hearing.push((recipient, dispatch.hears(&notification, when)));
        notification.previous = previous;
    }
    let is_mailed = |(recipient, hears): &(&Recipient, bool)| {
        *hears && recipient.channel().is_none() && dispatch.serving(recipient).next().is_some()
    };
    notification.is_mailed = hearing.iter().any(is_mailed);
    for (recipient, hears) in hearing {
        notification.recipient = recipient.clone();
        notification.replaces_earlier = is_correction(recipient);
        let mut deliveries = Vec::new();
        for channel in dispatch.serving(recipient) {
            let delivery = if hears {
                dispatch.send(channel, &notification, access).await
            } else {
                dispatch.stay_silent(channel, &notification).await
            };
            deliveries.push((channel, delivery));
        }
        told.add(dispatch, recipient, &deliveries);
    }
    told
}

/// Returns the results of a project's messages as the ledger has them, and sends none. No message is open.
pub(super) fn recorded_messages(dispatch: &Dispatch<'_>, project: &Project, edition: u32) -> MessageResults {
    let mut told = MessageResults::default();
    for recipient in &project.recipients {
        let recorded = |channel| Some((channel, dispatch.recorded(channel, project, recipient, edition)?));
        let deliveries: Vec<_> = dispatch.serving(recipient).filter_map(recorded).collect();
        told.add(dispatch, recipient, &deliveries);
    }
    told
}

pub(super) fn no_recipient(project: &Project) -> MessageResults {
    let mut told = MessageResults::default();
    // the CSV registry has already reported this with the line number
    if project.problems.is_empty() {
        told.fail("the registry names no recipient, so that nobody was told; add one");
    }
    told
}

const SKIPPED: &str = "an earlier attempt was cut off while sending, and messages in doubt are set to be skipped; it may not have arrived";

const NOT_BEGUN: &str = "not begun, because the run was asked to stop; the next attempt with the same run ID sends it";

fn doubtful(recipient: &Recipient, channel: &str, fate: InDoubtFate) -> InDoubtMessage {
    InDoubtMessage { recipient: recipient.to_string(), notifier: channel.to_owned(), fate }
}

fn unserved(recipient: &Recipient) -> String {
    format!("{recipient} was not told: {}", no_notifier(recipient))
}

#[cfg(test)]
mod tests;
