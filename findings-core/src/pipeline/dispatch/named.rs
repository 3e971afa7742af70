//! Messages of which the ledger has several entries: one for each thing that they tell of.

use super::Dispatch;
use crate::Result;
use crate::ledger::MessageState;
use crate::pipeline::journal::EntryName;

/// What the ledger says of a part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pipeline) enum Known {
    /// It was certainly not sent.
    Nothing,
    /// An attempt was cut off while sending: it is sent again.
    InDoubt,
    /// The same, and it is not sent again.
    Skipped,
    /// It was sent, or the recipient cannot be served.
    Settled,
}

impl Dispatch<'_> {
    /// Takes over which channels have used up their quota, and tells the other dispatch of further ones.
    #[must_use]
    pub(in crate::pipeline) fn sharing_quota(mut self, other: &Self) -> Self {
        self.exhausted = other.exhausted.clone();
        self
    }

    /// Returns what earlier attempts did with a part of a message.
    pub(in crate::pipeline) fn known(&self, name: &EntryName<'_>) -> Known {
        let earlier = self.journal.as_ref().and_then(|journal| journal.earlier_named(name));
        match earlier.filter(|earlier| earlier.edition >= name.edition).map(|earlier| &earlier.state) {
            None | Some(MessageState::Failed { .. } | MessageState::Silent) => Known::Nothing,
            Some(MessageState::Intent) if self.resends() => Known::InDoubt,
            Some(MessageState::Intent) => Known::Skipped,
            Some(MessageState::Sent { .. } | MessageState::Resent { .. } | MessageState::Rejected { .. }) => {
                Known::Settled
            }
        }
    }

    /// Records a part of a message.
    pub(in crate::pipeline) async fn record_named(&self, name: &EntryName<'_>, state: MessageState) -> Result<()> {
        match &self.journal {
            Some(journal) => journal.record(journal.entry_named(name, state)).await,
            None => Ok(()),
        }
    }

    /// Records what became of a part of a message. If that fails, [`flush`](Self::flush) tries again.
    pub(in crate::pipeline) async fn record_named_result(&self, name: &EntryName<'_>, state: MessageState) {
        if let Some(journal) = &self.journal {
            journal.record_result(journal.entry_named(name, state)).await;
        }
    }
}
