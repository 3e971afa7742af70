//! Sends messages through notifiers, and records each in the ledger before and after sending.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::parts::{Channel, Wiring};
use super::settings::{InDoubtPolicy, Settings};
use super::stop::Stop;
use crate::ledger::{LedgerEntry, MessageState, RecordEntry, RunLedger, RunProgress};
use crate::notify::{Notification, Receipt};
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
    /// The messages that earlier attempts at the run have sent.
    earlier: RunProgress,
}

/// The result of sending one message.
#[derive(Debug)]
pub(super) enum Delivery {
    /// Sent by this or an earlier attempt at the run.
    Sent,
    /// In doubt after an earlier attempt, and sent again.
    Resent,
    /// In doubt after an earlier attempt, and not sent again.
    Skipped,
    Failed(Error),
}

impl<'a> Dispatch<'a> {
    /// Creates a dispatch that sends each message once for a run, except messages in doubt.
    pub(super) fn once(wiring: &'a Wiring, stop: Stop, earlier: RunProgress) -> Self {
        let journal = Journal { ledger: &*wiring.parts.ledger, settings: &wiring.settings, earlier };
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

    /// Sends one message through one channel, unless an earlier attempt has sent it.
    pub(super) async fn send(&self, channel: &Channel, notification: &Notification) -> Delivery {
        let sent = match self.sent_before(channel, notification) {
            EarlierAttempt::Settled(delivery) => return delivery,
            EarlierAttempt::InDoubtPolicy => Delivery::Resent,
            EarlierAttempt::Nothing => Delivery::Sent,
        };
        if let Err(error) = self.stop.check_lease() {
            return Delivery::Failed(error);
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
        if let Some(state) = state
            && let Err(error) = self.record(channel, notification, state).await
        {
            // no failure of the message, which is out: the next attempt finds the intent and treats it as in doubt
            let recipient = &notification.recipient;
            tracing::warn!(%recipient, error = %error.report(), "what became of a message could not be recorded");
        }
        delivery
    }

    fn sent_before(&self, channel: &Channel, notification: &Notification) -> EarlierAttempt {
        let Some(Journal { earlier, settings, .. }) = &self.journal else { return EarlierAttempt::Nothing };
        let (project, recipient) = (&notification.project, &notification.recipient);
        match (earlier.message(project, &channel.name, recipient), settings.in_doubt) {
            (Some(MessageState::Sent { .. }), _) => EarlierAttempt::Settled(Delivery::Sent),
            (Some(MessageState::Resent { .. }), _) => EarlierAttempt::Settled(Delivery::Resent),
            (Some(MessageState::Intent), InDoubtPolicy::Skip) => EarlierAttempt::Settled(Delivery::Skipped),
            (Some(MessageState::Intent), InDoubtPolicy::Resend) => {
                tracing::warn!(%project, channel = channel.name, %recipient,
                    "an earlier attempt was cut off while sending; sending again, so that the message may arrive twice");
                EarlierAttempt::InDoubtPolicy
            }
            // `Failed` is recorded only if the message was certainly not sent
            (Some(MessageState::Failed { .. }) | None, _) => EarlierAttempt::Nothing,
        }
    }

    async fn record(&self, channel: &Channel, notification: &Notification, state: MessageState) -> Result<()> {
        let Some(Journal { ledger, settings, .. }) = &self.journal else { return Ok(()) };
        let entry = LedgerEntry::Message {
            project: notification.project.clone(),
            notifier: channel.name.clone(),
            recipient: notification.recipient.clone(),
            state,
            at: settings.clock.now(),
        };
        ledger.record(&RecordEntry::new(settings.run_id.clone(), &settings.owner, entry)).await
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
