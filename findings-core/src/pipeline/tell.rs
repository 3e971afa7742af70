//! Step 7: notifies each recipient of a project once.

use super::compare::ReportFacts;
use super::context::RunContext;
use super::dispatch::{By, Delivery, Dispatch};
use super::edition::ReportEdition;
use super::heard::{Heard, heard};
use super::links::ReportAccess;
use super::month::monthly;
use super::outcome::{InDoubtFate, InDoubtMessage, ProjectError, ProjectStatus, Step};
use super::parts::Channel;
use super::served::no_notifier;
use super::settings::Settings;
use super::timings::Stage;
use crate::notify::{MonthlyReport, Notification};
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

    /// Adds the results of the messages to a listener. That those who lead the project hear of few reports is the rule, and
    /// no silence that somebody chose.
    fn add_listener(&mut self, dispatch: &Dispatch<'_>, listener: Listener<'_>, deliveries: &[(&Channel, Delivery)]) {
        let silent = self.silent.len();
        self.add(dispatch, listener.recipient, deliveries);
        if listener.is_lead {
            self.silent.truncate(silent);
        }
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
    let audience = Audience {
        listeners: listeners(run.settings, project).collect(),
        heard: heard(run, project, report.previous()).await,
        monthly: monthly(report.trend.iter(), report.generated_at, &report.time_zone),
    };
    // boxed: with the notification in it, it is large
    let telling = Box::pin(tell(&run.dispatch, notification, access, edition, audience));
    run.measure(Stage::Notify, telling).await
}

/// A recipient, and which reports they hear of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listener<'a> {
    pub(super) recipient: &'a Recipient,
    pub(super) when: NotifyWhen,
    /// Whether they lead the project, and are not among its recipients.
    pub(super) is_lead: bool,
}

impl<'a> Listener<'a> {
    /// A recipient of the project.
    pub(super) fn new(recipient: &'a Recipient, when: NotifyWhen) -> Self {
        Self { recipient, when, is_lead: false }
    }
}

/// Who may hear of a report.
#[derive(Debug)]
pub(super) struct Audience<'a> {
    pub(super) listeners: Vec<Listener<'a>>,
    pub(super) heard: Heard,
    /// What those who hear monthly compare with.
    pub(super) monthly: MonthlyReport,
}

/// Returns the recipients of a project with their choices, then those who lead it and are no recipients: they hear of the
/// first report of each month, unless they chose otherwise.
pub(super) fn listeners<'a>(settings: &'a Settings, project: &'a Project) -> impl Iterator<Item = Listener<'a>> {
    let recipients = project.recipients.iter().map(|to| Listener::new(to, settings.choice_of(project, to)));
    let leads = project.leads.iter().filter(|lead| !project.has_recipient(lead));
    let leads = leads.map(|lead| Listener { recipient: lead, when: project.choice_of_lead(lead), is_lead: true });
    recipients.chain(leads)
}

/// Notifies every recipient who hears of the report through every notifier that serves it. Whoever did not hear of the last
/// one hears of this one as of a first one. A failed message does not stop the others.
pub(super) async fn tell(
    dispatch: &Dispatch<'_>,
    mut notification: Notification,
    access: &[ReportAccess],
    edition: &ReportEdition,
    audience: Audience<'_>,
) -> MessageResults {
    let Audience { listeners, heard, monthly } = audience;
    let mut told = MessageResults::default();
    notification.edition = edition.number;
    let is_correction = |recipient: &Recipient| edition.told_earlier.iter().any(|known| known == recipient.as_str());
    let mut hearing = Vec::new();
    for listener in listeners {
        let Listener { recipient, when, .. } = listener;
        notification.recipient = recipient.clone();
        notification.replaces_earlier = is_correction(recipient);
        // only to decide: the message itself tells of the same changes to all
        let previous = notification.previous.clone();
        if !heard.is_known_to(recipient) {
            notification.previous = None;
        }
        hearing.push((listener, dispatch.hears(&notification, when)));
        notification.previous = previous;
    }
    let is_mailed = |(Listener { recipient, is_lead, .. }, hears): &(Listener<'_>, bool)| {
        // a card points to the mail of its own readers
        *hears && !is_lead && recipient.channel().is_none() && dispatch.serving(recipient).next().is_some()
    };
    notification.is_mailed = hearing.iter().any(is_mailed);
    for (listener, hears) in hearing {
        let recipient = listener.recipient;
        notification.recipient = recipient.clone();
        notification.monthly = (listener.when == NotifyWhen::Monthly).then(|| monthly.clone());
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
        told.add_listener(dispatch, listener, &deliveries);
    }
    told
}

/// Returns the results of a project's messages as the ledger has them, and sends none. No message is open.
pub(super) fn recorded_messages(run: &RunContext<'_>, project: &Project, edition: u32) -> MessageResults {
    let (mut told, dispatch) = (MessageResults::default(), &run.dispatch);
    for listener in listeners(run.settings, project) {
        let recorded = |channel| Some((channel, dispatch.recorded(channel, project, listener.recipient, edition)?));
        let deliveries: Vec<_> = dispatch.serving(listener.recipient).filter_map(recorded).collect();
        told.add_listener(dispatch, listener, &deliveries);
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
