//! Sends messages through notifiers, and records each in the ledger before and after sending.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::parts::{Channel, Wiring};
use super::settings::{InDoubtPolicy, Settings};
use super::stop::Stop;
use crate::ledger::{LedgerEntry, MessageEntry, MessageState, RecordEntry, RunLedger, RunProgress};
use crate::notify::{Notification, Receipt};
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::{Error, ErrorKind, Result};

/// Sends messages, and skips those that an earlier attempt at the run has sent.
#[derive(Debug)]
pub(super) struct Dispatch<'a> {
    channels: &'a [Channel],
    stop: Stop,
    /// `None` for new links, which are sent whenever the operator requests them.
    journal: Option<Journal<'a>>,
    /// Names of channels whose quota is used up. Nothing more is sent through them.
    exhausted: Mutex<HashSet<String>>,
}

/// The ledger's entries of a run's messages.
#[derive(Debug)]
struct Journal<'a> {
    ledger: &'a dyn RunLedger,
    settings: &'a Settings,
    /// The edition of the run that this attempt works on.
    edition: u32,
    /// The entries of earlier attempts at the run.
    earlier: HashMap<MessageKey, MessageEntry>,
    /// What became of messages and could not be recorded yet.
    unrecorded: Mutex<Vec<MessageEntry>>,
}

/// Project, notifier and recipient.
type MessageKey = (String, String, Recipient);

/// The result of sending one message.
#[derive(Debug)]
pub(super) enum Delivery {
    /// Sent by this or an earlier attempt at the run.
    Sent,
    /// In doubt after an earlier attempt, and sent again.
    Resent,
    /// In doubt after an earlier attempt, and not sent again.
    Skipped,
    /// Not begun, because the run was asked to stop.
    NotBegun,
    Failed(Error),
}

impl<'a> Dispatch<'a> {
    /// Creates a dispatch that sends each message once for a run, except messages in doubt.
    pub(super) fn once(wiring: &'a Wiring, stop: Stop, progress: &RunProgress) -> Self {
        let key = |m: &MessageEntry| (m.project.clone(), m.notifier.clone(), m.recipient.clone());
        let journal = Journal {
            ledger: &*wiring.parts.ledger,
            settings: &wiring.settings,
            edition: progress.state.edition,
            earlier: progress.messages().map(|message| (key(message), message.clone())).collect(),
            unrecorded: Mutex::default(),
        };
        Self { channels: &wiring.channels, stop, journal: Some(journal), exhausted: Mutex::default() }
    }

    /// Creates a dispatch for messages that may be sent any number of times.
    pub(super) fn repeatable(wiring: &'a Wiring, stop: Stop) -> Self {
        Self { channels: &wiring.channels, stop, journal: None, exhausted: Mutex::default() }
    }

    /// Returns all channels.
    pub(super) fn channels(&self) -> &'a [Channel] {
        self.channels
    }

    /// Returns the edition of the run that messages belong to.
    pub(super) fn edition(&self) -> u32 {
        self.journal.as_ref().map_or(1, |journal| journal.edition)
    }

    /// Whether a message about the project was begun in a later edition than `edition`.
    pub(super) fn has_begun_after(&self, project: &str, edition: u32) -> bool {
        let of_project = |message: &&MessageEntry| message.project == project;
        let earlier = self.journal.iter().flat_map(|journal| journal.earlier.values());
        earlier.filter(of_project).any(|message| message.edition > edition)
    }

    /// Whether the recipient was told of a report before edition `since`, or may have been.
    pub(super) fn was_told_before(&self, project: &str, recipient: &Recipient, since: u32) -> bool {
        let was_told = |channel: &Channel| match self.earlier(channel, project, recipient) {
            Some(message) if message.edition < since => {
                !matches!(message.state, MessageState::Failed { .. } | MessageState::Rejected { .. })
            }
            // it has taken the place of the earlier entry
            Some(_) => true,
            None => false,
        };
        since > 1 && self.channels.iter().any(was_told)
    }

    /// Whether a further attempt has a message about the report of edition `since` to send.
    pub(super) fn has_open_message(&self, project: &Project, since: u32) -> bool {
        let is_open = |channel: &Channel, recipient: &Recipient| {
            let earlier = self.earlier(channel, &project.name, recipient).filter(|message| message.edition >= since);
            match earlier.map(|message| &message.state) {
                None | Some(MessageState::Failed { .. }) => true,
                Some(MessageState::Intent) => self.resends(),
                Some(MessageState::Sent { .. } | MessageState::Resent { .. } | MessageState::Rejected { .. }) => false,
            }
        };
        project.recipients.iter().any(|recipient| self.serving(recipient).any(|channel| is_open(channel, recipient)))
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
        self.journal.as_ref().is_some_and(|journal| journal.settings.in_doubt == InDoubtPolicy::Resend)
    }

    fn earlier(&self, channel: &Channel, project: &str, recipient: &Recipient) -> Option<&MessageEntry> {
        let key = (project.to_owned(), channel.name.clone(), recipient.clone());
        self.journal.as_ref()?.earlier.get(&key)
    }

    /// Sends one message through one channel, unless an earlier attempt has sent it. A message of an edition before
    /// `since` was about another report and does not count.
    pub(super) async fn send(&self, channel: &Channel, notification: &Notification, since: u32) -> Delivery {
        let sent = match self.sent_before(channel, notification, since) {
            EarlierAttempt::Settled(delivery) => return delivery,
            EarlierAttempt::InDoubtPolicy => Delivery::Resent,
            EarlierAttempt::Nothing => Delivery::Sent,
        };
        if let Err(error) = self.stop.check_lease() {
            return Delivery::Failed(error);
        }
        // between two messages, so that the platform's grace period is enough for the one in hand
        if self.stop.is_requested() {
            return Delivery::NotBegun;
        }
        // before the intent is written: a message that is certainly not sent must not end up in doubt
        if self.exhausted().contains(&channel.name) {
            return Delivery::Failed(out_of_quota());
        }
        // without the entry, an attempt after a crash would send the message again and not know it
        if let Err(error) = self.record(channel, notification, MessageState::Intent).await {
            let failure =
                Error::new(error.kind(), "record a message before sending it").with_message("it was not sent");
            return Delivery::Failed(failure.with_source(error));
        }
        let answer = channel.notifier.notify(notification).await;
        self.note_quota(channel, &answer);
        let (delivery, state) = settle(sent, answer);
        if let Some(state) = state {
            self.record_result(channel, notification, state).await;
        }
        delivery
    }

    fn sent_before(&self, channel: &Channel, notification: &Notification, since: u32) -> EarlierAttempt {
        let (project, recipient) = (&notification.project, &notification.recipient);
        let earlier = self.earlier(channel, project, recipient).filter(|message| message.edition >= since);
        match earlier.map(|message| &message.state) {
            Some(MessageState::Sent { .. }) => EarlierAttempt::Settled(Delivery::Sent),
            Some(MessageState::Resent { .. }) => EarlierAttempt::Settled(Delivery::Resent),
            Some(MessageState::Intent) if self.resends() => {
                tracing::warn!(%project, channel = channel.name, %recipient,
                    "an earlier attempt was cut off while sending; sending again, so that the message may arrive twice");
                EarlierAttempt::InDoubtPolicy
            }
            Some(MessageState::Intent) => EarlierAttempt::Settled(Delivery::Skipped),
            // both are recorded only if the message was certainly not sent
            Some(MessageState::Failed { .. } | MessageState::Rejected { .. }) | None => EarlierAttempt::Nothing,
        }
    }

    async fn record(&self, channel: &Channel, notification: &Notification, state: MessageState) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        journal.record(journal.entry(channel, notification, state)).await
    }

    /// Records what became of a message. If that fails, it is kept: the process knows more than the ledger, and
    /// [`flush`](Self::flush) tries again.
    async fn record_result(&self, channel: &Channel, notification: &Notification, state: MessageState) {
        let Some(journal) = &self.journal else { return };
        let entry = journal.entry(channel, notification, state);
        if let Err(error) = journal.record(entry.clone()).await {
            let recipient = &notification.recipient;
            tracing::warn!(%recipient, error = %error.report(), "what became of a message could not be recorded; trying again later");
            journal.unrecorded().push(entry);
        }
    }

    /// Records what could not be recorded of a project's messages. Must be called before anything else of the project is
    /// recorded.
    ///
    /// # Errors
    /// Those of the ledger. Then the next attempt finds the intents, and the messages are in doubt.
    pub(super) async fn flush(&self, project: &str) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let pending = journal.unrecorded().extract_if(.., |entry| entry.project == project).collect::<Vec<_>>();
        for entry in pending {
            journal.record(entry).await?;
        }
        Ok(())
    }

    fn exhausted(&self) -> MutexGuard<'_, HashSet<String>> {
        self.exhausted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a channel whose quota is used up, so that no further message is tried.
    fn note_quota(&self, channel: &Channel, answer: &Result<Receipt>) {
        let Err(error) = answer else { return };
        // `insert` makes it one line in the log and not one for each message
        if error.kind() == ErrorKind::QuotaExhausted && self.exhausted().insert(channel.name.clone()) {
            tracing::error!(channel = channel.name, error = %error.report(), "the quota is used up; nothing more is sent in this run");
        }
    }
}

impl Journal<'_> {
    fn entry(&self, channel: &Channel, notification: &Notification, state: MessageState) -> MessageEntry {
        let (project, recipient) = (&notification.project, notification.recipient.clone());
        MessageEntry::new(project, &channel.name, recipient, state, self.settings.clock.now()).in_edition(self.edition)
    }

    async fn record(&self, entry: MessageEntry) -> Result<()> {
        let (run_id, owner) = (self.settings.run_id.clone(), &self.settings.owner);
        self.ledger.record(&RecordEntry::new(run_id, owner, LedgerEntry::Message(entry))).await
    }

    fn unrecorded(&self) -> MutexGuard<'_, Vec<MessageEntry>> {
        self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What earlier attempts at the run did with a message.
enum EarlierAttempt {
    Nothing,
    /// An attempt was cut off while sending: the message is sent again.
    InDoubtPolicy,
    /// It is not sent again.
    Settled(Delivery),
}

/// Converts a notifier's answer to a delivery and the state to record. Records nothing if the outcome is unknown: the
/// intent in the ledger already means that.
fn settle(sent: Delivery, answer: Result<Receipt>) -> (Delivery, Option<MessageState>) {
    let resent = matches!(sent, Delivery::Resent);
    match answer {
        // recorded too, so that the next attempt lists the doubt if this one is killed before its summary
        Ok(Receipt { message_id, .. }) if resent => (sent, Some(MessageState::Resent { message_id })),
        Ok(Receipt { message_id, .. }) => (sent, Some(MessageState::Sent { message_id })),
        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => (Delivery::Failed(error), None),
        // also after a message in doubt: the service refused this recipient then, too
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            let reason = error.report();
            (Delivery::Failed(error), Some(MessageState::Rejected { reason }))
        }
        // this attempt failed, but the earlier one may have sent it: it stays in doubt
        Err(error) if resent => (Delivery::Failed(error), None),
        Err(error) => {
            let reason = error.report();
            (Delivery::Failed(error), Some(MessageState::Failed { reason }))
        }
    }
}

fn out_of_quota() -> Error {
    Error::new(ErrorKind::QuotaExhausted, "send the message").with_message(
        "not tried, because the quota was used up before; start the run again with the same run ID once it is refilled",
    )
}
