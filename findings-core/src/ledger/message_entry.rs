//! The entry of a message in the ledger, and which entry may follow which.

use jiff::Timestamp;

use super::{MessageStage, MessageState};
use crate::recipient::Recipient;

/// The state of the message that one notifier sends to one recipient about one project.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageEntry {
    /// Name of the project.
    pub project: String,
    /// Name of the notifier.
    pub notifier: String,
    /// The recipient.
    pub recipient: Recipient,
    /// The edition of the run in which the message is sent. A message of a later edition replaces that of an earlier one.
    pub edition: u32,
    /// The state of the message.
    pub state: MessageState,
    /// When the entry was made, UTC.
    pub at: Timestamp,
}

impl MessageEntry {
    /// An entry of the first edition.
    pub fn new(
        project: impl Into<String>,
        notifier: impl Into<String>,
        recipient: Recipient,
        state: MessageState,
        at: Timestamp,
    ) -> Self {
        Self { project: project.into(), notifier: notifier.into(), recipient, edition: 1, state, at }
    }

    /// Sets the edition.
    pub fn in_edition(self, edition: u32) -> Self {
        Self { edition, ..self }
    }

    /// Whether this entry can follow `before`, the last entry of the same project, notifier and recipient.
    ///
    /// A later edition starts from the beginning, and an earlier one comes too late. An equal entry can be recorded
    /// again, because a call is repeated if its response is lost.
    pub fn may_follow(&self, before: Option<&Self>) -> bool {
        let same_edition = before.filter(|before| before.edition == self.edition);
        let is_late = before.is_some_and(|before| before.edition > self.edition);
        let is_repeated = before == Some(self);
        let stage = same_edition.map(|before| before.state.stage());
        !is_late && (is_repeated || self.state.stage().may_follow(stage))
    }

    /// The stages that this entry can follow within its edition.
    pub fn earlier_stages(&self) -> impl Iterator<Item = MessageStage> {
        let stage = self.state.stage();
        MessageStage::ALL.iter().copied().filter(move |before| stage.may_follow(Some(*before)))
    }
}
