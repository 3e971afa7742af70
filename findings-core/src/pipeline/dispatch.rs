//! The way to the people: notifiers, and the ledger's entry before and after each message.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::parts::{Channel, Wiring};
use super::settings::{InDoubt, Settings};
use super::stop::Stop;
use crate::ledger::{Entry, MessageState, RecordEntry, RunLedger, RunProgress};
use crate::notify::{Notification, Receipt};
use crate::{Error, ErrorKind, Result};

/// The way to the people.
#[derive(Debug)]
pub(super) struct Dispatch<'a> {
    channels: &'a [Channel],
    stop: Stop,
    /// `None` for fresh links, which are sent as often as somebody asks for them.
    journal: Option<Journal<'a>>,
    /// Channels whose quota is used up: nothing more is sent through them.
    exhausted: Mutex<HashSet<String>>,
}

/// The ledger's entries of a run's messages.
#[derive(Debug)]
struct Journal<'a> {
    ledger: &'a dyn RunLedger,
    settings: &'a Settings,
    /// What earlier attempts at the run have sent.
    earlier: RunProgress,
}

/// What became of one message.
#[derive(Debug)]
pub(super) enum Delivery {
    /// Now, or by an earlier attempt at this run.
    Sent,
    /// By an earlier attempt, perhaps, and now once more.
    Resent,
    /// By an earlier attempt, perhaps; not again.
    Skipped,
    Failed(Error),
}

impl<'a> Dispatch<'a> {
    /// For messages that each go out once.
    pub(super) fn once(wiring: &'a Wiring, stop: Stop, earlier: RunProgress) -> Self {
        let journal = Journal { ledger: &*wiring.parts.ledger, settings: &wiring.settings, earlier };
        Self { channels: &wiring.channels, stop, journal: Some(journal), exhausted: Mutex::default() }
    }

    /// For messages that go out whenever somebody asks for them.
    pub(super) fn repeatable(wiring: &'a Wiring, stop: Stop) -> Self {
        Self { channels: &wiring.channels, stop, journal: None, exhausted: Mutex::default() }
    }

    /// All channels.
    pub(super) fn channels(&self) -> &'a [Channel] {
        self.channels
    }

    /// Sends one message through one channel, unless an earlier attempt has.
    pub(super) async fn send(&self, channel: &Channel, notification: &Notification) -> Delivery {
        let sent = match self.sent_before(channel, notification) {
            EarlierAttempt::Settled(delivery) => return delivery,
            EarlierAttempt::InDoubt => Delivery::Resent,
            EarlierAttempt::Nothing => Delivery::Sent,
        };
        if let Err(error) = self.stop.check_lease() {
            return Delivery::Failed(error);
        }
        if self.exhausted().contains(&channel.name) {
            return Delivery::Failed(out_of_quota());
        }
        // without the entry a crash right after sending would send again unnoticed, so no entry, no message
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
            (Some(MessageState::Intent), InDoubt::Skip) => EarlierAttempt::Settled(Delivery::Skipped),
            (Some(MessageState::Intent), InDoubt::Resend) => {
                tracing::warn!(%project, channel = channel.name, %recipient,
                    "an earlier attempt was cut off while sending; sending again, so that the message may arrive twice");
                EarlierAttempt::InDoubt
            }
            (Some(MessageState::Failed { .. }) | None, _) => EarlierAttempt::Nothing,
        }
    }

    async fn record(&self, channel: &Channel, notification: &Notification, state: MessageState) -> Result<()> {
        let Some(Journal { ledger, settings, .. }) = &self.journal else { return Ok(()) };
        let entry = Entry::Message {
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

    /// After the first "no more today" nothing more is offered.
    fn note_quota(&self, channel: &Channel, answer: &Result<Receipt>) {
        let Err(error) = answer else { return };
        if error.kind() == ErrorKind::QuotaExhausted && self.exhausted().insert(channel.name.clone()) {
            tracing::error!(channel = channel.name, error = %error.report(), "the quota is used up; nothing more is sent in this run");
        }
    }
}

/// What earlier attempts at the run did with a message.
enum EarlierAttempt {
    Nothing,
    /// One was cut off while sending, and the message goes out again.
    InDoubt,
    /// It is not sent again.
    Settled(Delivery),
}

/// What a notifier's answer means, and what the ledger is told: nothing where nobody knows, because that is just what the entry of the intent says.
fn settle(sent: Delivery, answer: Result<Receipt>) -> (Delivery, Option<MessageState>) {
    let resent = matches!(sent, Delivery::Resent);
    match answer {
        // said in the ledger too: the doubt has to be listed also if this attempt is killed before its summary
        Ok(Receipt { message_id, .. }) if resent => (sent, Some(MessageState::Resent { message_id })),
        Ok(Receipt { message_id, .. }) => (sent, Some(MessageState::Sent { message_id })),
        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => (Delivery::Failed(error), None),
        // not now, but perhaps by the earlier attempt: the doubt stays
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
