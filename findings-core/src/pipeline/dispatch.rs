//! Sends messages through notifiers, and records each in the ledger before and after sending.

mod named;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) use self::named::Known;

use super::journal::Journal;
use super::links::ReportAccess;
use super::message::Message;
use super::parts::{Channel, Wiring};
use super::settings::Settings;
use super::stop::Stop;
use crate::ledger::{MessageState, RunProgress};
use crate::notify::{Notification, Receipt};
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::store::ArtifactStore;
use crate::{Error, ErrorKind, NotifyWhen, Result};

/// Sends messages, and skips those that an earlier attempt at the run has sent.
#[derive(Debug)]
pub(super) struct Dispatch<'a> {
    channels: &'a [Channel],
    store: &'a dyn ArtifactStore,
    settings: &'a Settings,
    stop: Stop,
    /// `None` for new links, which are sent whenever the operator requests them.
    journal: Option<Journal<'a>>,
    /// Names of channels whose quota is used up. Nothing more is sent through them.
    exhausted: Arc<Mutex<HashSet<String>>>,
}

/// The attempt at the run that sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    ThisAttempt,
    EarlierAttempt,
}

/// The result of sending one message.
#[derive(Debug)]
pub(super) enum Delivery {
    Sent(By),
    /// In doubt after an earlier attempt, and sent again.
    Resent(By),
    /// Not sent, because the recipient chose not to hear of it.
    Silent,
    /// In doubt after an earlier attempt, and not sent again.
    Skipped,
    /// Not begun, because the run was asked to stop.
    NotBegun,
    /// The recipient cannot be served; the reason is that of an earlier attempt.
    Rejected(String),
    Failed(Error),
    /// In doubt after an earlier attempt, and this attempt did not send it.
    StillInDoubt(Error),
}

impl<'a> Dispatch<'a> {
    /// Creates a dispatch that sends each message once for a run, except messages in doubt.
    pub(super) fn once(wiring: &'a Wiring, stop: Stop, projects: &[Project], progress: &RunProgress) -> Self {
        let journal = Some(Journal::new(wiring, projects, progress));
        Self { journal, ..Self::repeatable(wiring, stop) }
    }

    /// Creates a dispatch for messages that may be sent any number of times.
    pub(super) fn repeatable(wiring: &'a Wiring, stop: Stop) -> Self {
        let Wiring { channels, parts, settings, .. } = wiring;
        Self { channels, store: &*parts.store, settings, stop, journal: None, exhausted: Arc::default() }
    }

    /// Returns all channels.
    pub(super) fn channels(&self) -> &'a [Channel] {
        self.channels
    }

    /// Returns the edition of the run.
    pub(super) fn edition(&self) -> u32 {
        self.journal.as_ref().map_or(1, |journal| journal.edition)
    }

    /// Whether a message about the project was begun in a later edition than `edition`.
    pub(super) fn has_begun_after(&self, project: &str, edition: u32) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.has_begun_after(project, edition))
    }

    /// Returns the last edition in which a message about the project was begun, at least 1.
    pub(super) fn last_edition(&self, project: &str) -> u32 {
        self.journal.as_ref().map_or(1, |journal| journal.last_edition(project))
    }

    /// Whether the recipient was told of an earlier edition than `edition`, or may have been.
    pub(super) fn was_told_before(
        &self,
        channel: &Channel,
        project: &str,
        recipient: &Recipient,
        edition: u32,
    ) -> bool {
        let earlier = self.journal.as_ref().and_then(|journal| journal.earlier(channel, project, recipient));
        earlier.is_some_and(|message| message.edition < edition && message.state.may_have_been_sent())
    }

    /// Whether a message of this kind about an earlier edition was sent to its recipient, or may have been.
    pub(super) fn has_sent_earlier(&self, message: &impl Message) -> bool {
        let earlier = |channel: &Channel| self.journal.as_ref()?.earlier_of(channel, message);
        self.serving(message.recipient())
            .filter_map(earlier)
            .any(|earlier| earlier.edition < message.edition() && earlier.state.may_have_been_sent())
    }

    /// Whether a further attempt has a message about the report of edition `since` to send.
    pub(super) fn has_open_message(&self, project: &Project, since: u32) -> bool {
        let is_open =
            |channel: &Channel, recipient: &Recipient| match self.earlier(channel, &project.name, recipient, since) {
                None | Some(MessageState::Failed { .. }) => true,
                Some(MessageState::Intent) => self.resends(),
                Some(
                    MessageState::Sent { .. }
                    | MessageState::Resent { .. }
                    | MessageState::Rejected { .. }
                    | MessageState::Silent,
                ) => false,
            };
        let mut everybody = project.recipients.iter().chain(&project.leads);
        everybody.any(|recipient| self.serving(recipient).any(|channel| is_open(channel, recipient)))
    }

    /// Returns what the ledger says of a message about the report of edition `since`; `None` if it is open.
    pub(super) fn recorded(
        &self,
        channel: &Channel,
        project: &Project,
        recipient: &Recipient,
        since: u32,
    ) -> Option<Delivery> {
        match self.earlier(channel, &project.name, recipient, since)? {
            MessageState::Sent { .. } => Some(Delivery::Sent(By::EarlierAttempt)),
            MessageState::Resent { .. } => Some(Delivery::Resent(By::EarlierAttempt)),
            MessageState::Intent => Some(Delivery::Skipped),
            MessageState::Rejected { reason } => Some(Delivery::Rejected(reason.clone())),
            MessageState::Silent => Some(Delivery::Silent),
            MessageState::Failed { .. } => None,
        }
    }

    /// Returns the channels that serve a recipient.
    pub(super) fn serving(&self, recipient: &Recipient) -> impl Iterator<Item = &'a Channel> {
        self.channels.iter().filter(|channel| channel.notifier.serves(recipient))
    }

    /// Whether a further attempt tries the message again after this error.
    pub(super) fn stays_open(&self, error: &Error) -> bool {
        match error.kind() {
            // the same request fails again
            ErrorKind::InvalidInput => false,
            ErrorKind::OutcomeUnknown => self.resends(),
            _ => true,
        }
    }

    /// Whether messages in doubt are sent again.
    fn resends(&self) -> bool {
        self.journal.as_ref().is_some_and(Journal::resends)
    }

    /// Returns the state of a message about the report of edition `since`. A message of an earlier edition was about
    /// another report.
    fn earlier(&self, channel: &Channel, project: &str, recipient: &Recipient, since: u32) -> Option<&MessageState> {
        let earlier = self.journal.as_ref()?.earlier(channel, project, recipient)?;
        (earlier.edition >= since).then_some(&earlier.state)
    }

    /// Whether a recipient who made this choice hears of the report. An attempt that has begun the message decided that they
    /// do; what they chose since counts for later runs.
    pub(super) fn hears(&self, message: &Notification, when: NotifyWhen) -> bool {
        let (recipient, edition) = (&message.recipient, message.edition);
        let begun = |channel| match self.earlier(channel, &message.project, recipient, edition) {
            None | Some(MessageState::Silent) => false,
            Some(_) => true,
        };
        self.serving(recipient).any(begun) || message.is_for(when)
    }

    /// Records that the recipient does not hear of the report. If that fails, [`flush`](Self::flush) tries again.
    pub(super) async fn stay_silent(&self, channel: &Channel, message: &Notification) -> Delivery {
        let known = self.earlier(channel, &message.project, &message.recipient, message.edition);
        if let (Some(journal), None) = (&self.journal, known) {
            journal.record_result(journal.entry(channel, message, MessageState::Silent)).await;
        }
        Delivery::Silent
    }

    /// Sends one message through one channel, unless an earlier attempt has sent it. A message of an edition before that
    /// of the message was about another report and does not count.
    pub(super) async fn send<M: Message>(&self, channel: &Channel, message: &M, access: &[ReportAccess]) -> Delivery {
        let sent = match self.sent_before(channel, message) {
            EarlierAttempt::Settled(delivery) => return delivery,
            EarlierAttempt::InDoubt => Delivery::Resent(By::ThisAttempt),
            EarlierAttempt::Nothing => Delivery::Sent(By::ThisAttempt),
        };
        let was_in_doubt = matches!(sent, Delivery::Resent(_));
        match self.try_send(channel, message, access, sent).await {
            Delivery::Failed(error) if was_in_doubt => Delivery::StillInDoubt(error),
            // it stays open, too
            Delivery::NotBegun if was_in_doubt => Delivery::StillInDoubt(stopped("send the message again")),
            delivery => delivery,
        }
    }

    /// Sends one message; `sent` is the result if the service accepts it.
    async fn try_send<M: Message>(
        &self,
        channel: &Channel,
        message: &M,
        access: &[ReportAccess],
        sent: Delivery,
    ) -> Delivery {
        let message = &match self.prepare(channel, message, access).await {
            Ok(Some(prepared)) => prepared,
            Ok(None) => return Delivery::NotBegun,
            Err(error) => return Delivery::Failed(error),
        };
        // without the entry, an attempt after a crash would send the message again and not know it
        if let Err(error) = self.record_intent(channel, message).await {
            return Delivery::Failed(not_recorded(error));
        }
        let answer = message.hand_over(&*channel.notifier).await;
        self.note_quota(channel, &answer);
        let (delivery, state) = settle(sent, answer);
        if let (Some(state), Some(journal)) = (state, &self.journal) {
            journal.record_result(journal.entry(channel, message, state)).await;
        }
        delivery
    }

    /// Returns the message with the links of its reader; `None` if the run was asked to stop. This is before the intent
    /// is written: a message that is certainly not sent must not end up in doubt.
    pub(super) async fn prepare<M: Message>(
        &self,
        channel: &Channel,
        message: &M,
        access: &[ReportAccess],
    ) -> Result<Option<M>> {
        self.stop.check_lease()?;
        // between two messages, so that the platform's grace period is enough for the one in hand
        if self.stop.is_requested() {
            return Ok(None);
        }
        if self.exhausted().contains(&channel.name) {
            return Err(out_of_quota());
        }
        let mut message = message.clone();
        if !self.settings.channel_links.allow(message.recipient()) {
            // everybody in a channel would have the link, so it gets none
            return Ok(Some(message));
        }
        // whoever has the link to the page for answers can answer: never a whole channel
        let is_channel = message.recipient().channel().is_some();
        for file in access.iter().filter(|file| !is_channel || file.inbox.is_none()) {
            let link = self.store.link(&file.request_of(message.recipient())).await.map_err(unlinked)?;
            let link = link.with_network(self.settings.link_network.clone());
            message = message.with_link(file, link);
        }
        // the table may have taken a while, and nothing else looks at the lease before a message in doubt is sent again
        self.stop.check_lease()?;
        Ok((!self.stop.is_requested()).then_some(message))
    }

    fn sent_before(&self, channel: &Channel, message: &impl Message) -> EarlierAttempt {
        let (about, recipient) = (message.about(), message.recipient());
        let earlier = self.journal.as_ref().and_then(|journal| journal.earlier_of(channel, message));
        let earlier = earlier.filter(|earlier| earlier.edition >= message.edition());
        match earlier.map(|earlier| &earlier.state) {
            Some(MessageState::Sent { .. }) => EarlierAttempt::Settled(Delivery::Sent(By::EarlierAttempt)),
            Some(MessageState::Resent { .. }) => EarlierAttempt::Settled(Delivery::Resent(By::EarlierAttempt)),
            Some(MessageState::Intent) if self.resends() => {
                tracing::warn!(project = about, channel = channel.name, %recipient,
                    "an earlier attempt was cut off while sending; sending again, so that the message may arrive twice");
                EarlierAttempt::InDoubt
            }
            Some(MessageState::Intent) => EarlierAttempt::Settled(Delivery::Skipped),
            // all three are recorded only if the message was certainly not sent
            Some(MessageState::Failed { .. } | MessageState::Rejected { .. } | MessageState::Silent) | None => {
                EarlierAttempt::Nothing
            }
        }
    }

    /// Records the intent, unless the ledger has it from the attempt that left the message in doubt.
    async fn record_intent(&self, channel: &Channel, message: &impl Message) -> Result<()> {
        match &self.journal {
            Some(journal) if !journal.has_intent(channel, message) => {
                journal.record(journal.entry(channel, message, MessageState::Intent)).await
            }
            _ => Ok(()),
        }
    }

    /// Records what could not be recorded of a project's messages, or of all. Must be called before anything else of the
    /// project is recorded.
    ///
    /// # Errors
    /// Those of the ledger. Then the next attempt finds the intents, and the messages are in doubt.
    pub(super) async fn flush(&self, project: Option<&str>) -> Result<()> {
        match &self.journal {
            Some(journal) => journal.flush(project).await,
            None => Ok(()),
        }
    }

    fn exhausted(&self) -> MutexGuard<'_, HashSet<String>> {
        self.exhausted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a channel whose quota is used up, so that no further message is tried.
    pub(super) fn note_quota(&self, channel: &Channel, answer: &Result<Receipt>) {
        let Err(error) = answer else { return };
        // `insert` makes it one line in the log and not one for each message
        if error.kind() == ErrorKind::QuotaExhausted && self.exhausted().insert(channel.name.clone()) {
            tracing::error!(channel = channel.name, error = %error.report(), "the quota is used up; nothing more is sent in this run");
        }
    }
}

/// What earlier attempts at the run did with a message.
enum EarlierAttempt {
    Nothing,
    /// An attempt was cut off while sending: the message is sent again.
    InDoubt,
    /// It is not sent again.
    Settled(Delivery),
}

/// Converts a notifier's answer to a delivery and the state to record. Records nothing if the outcome is unknown: the
/// intent in the ledger already means that.
fn settle(sent: Delivery, answer: Result<Receipt>) -> (Delivery, Option<MessageState>) {
    let state = state_after(matches!(sent, Delivery::Resent(_)), &answer);
    match answer {
        Ok(_) => (sent, state),
        Err(error) => (Delivery::Failed(error), state),
    }
}

/// Returns the state to record after a notifier's answer. `was_in_doubt` says whether an earlier attempt may have sent the
/// message.
pub(super) fn state_after(was_in_doubt: bool, answer: &Result<Receipt>) -> Option<MessageState> {
    match answer {
        // recorded too, so that the next attempt lists the doubt if this one is killed before its summary
        Ok(Receipt { message_id, .. }) if was_in_doubt => Some(MessageState::Resent { message_id: message_id.clone() }),
        Ok(Receipt { message_id, .. }) => Some(MessageState::Sent { message_id: message_id.clone() }),
        Err(error) => match error.kind() {
            ErrorKind::OutcomeUnknown => None,
            // also after a message in doubt: the service refused this recipient then, too
            ErrorKind::InvalidInput => Some(MessageState::Rejected { reason: error.report() }),
            // this attempt failed, but the earlier one may have sent it: it stays in doubt
            _ if was_in_doubt => None,
            _ => Some(MessageState::Failed { reason: error.report() }),
        },
    }
}

/// The error of a message that was not sent, because it could not be recorded before.
pub(super) fn not_recorded(error: Error) -> Error {
    let failure = Error::new(error.kind(), "record a message before sending it").with_message("it was not sent");
    failure.with_source(error)
}

/// Returns the error of a link. The fault is the store's and not the recipient's, who must not count as rejected for it.
fn unlinked(error: Error) -> Error {
    if error.kind() != ErrorKind::InvalidInput {
        return error;
    }
    Error::new(ErrorKind::Other, "make the link of a message").with_message("it was not sent").with_source(error)
}

/// The error for what was not begun, because the run was asked to stop.
pub(super) fn stopped(operation: &'static str) -> Error {
    Error::new(ErrorKind::Cancelled, operation).with_message("the run was asked to stop; the next attempt goes on")
}

fn out_of_quota() -> Error {
    Error::new(ErrorKind::QuotaExhausted, "send the message").with_message(
        "not tried, because the quota was used up before; start the run again with the same run ID once it is refilled",
    )
}
