//! The state of a message, and the form in which backends store it.

use serde::{Deserialize, Serialize};

use crate::named::named_values;

/// The state of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
#[non_exhaustive]
pub enum MessageState {
    /// It is about to be sent. If no other state follows, the message is in doubt: it is unknown whether it was sent.
    Intent,
    /// The service accepted it.
    Sent {
        /// ID that the service gave to the message.
        message_id: String,
    },
    /// The service accepted it after an earlier attempt had left it in doubt. It may have arrived twice.
    Resent {
        /// ID that the service gave to the message.
        message_id: String,
    },
    /// It was certainly not sent, and can be tried again.
    Failed {
        /// The reason.
        reason: String,
    },
    /// It was certainly not sent, and the same request fails again: the recipient cannot be served. It does not keep the
    /// run open. An attempt that has other work for the project tries it again, because somebody may have mended the
    /// cause.
    Rejected {
        /// The reason.
        reason: String,
    },
    /// The recipient chose not to hear of a report like this one, so that none was sent. It does not keep the run open. An
    /// attempt that has other work for the project decides again: by the same report and the same choice, it decides the
    /// same.
    Silent,
}

/// The name of a [`MessageState`] without what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageStage {
    /// See [`MessageState::Intent`].
    Intent,
    /// See [`MessageState::Sent`].
    Sent,
    /// See [`MessageState::Resent`].
    Resent,
    /// See [`MessageState::Failed`].
    Failed,
    /// See [`MessageState::Rejected`].
    Rejected,
    /// See [`MessageState::Silent`].
    Silent,
}

named_values!(
    /// The stored name. Ledgers of older versions hold the names, so they must never change.
    MessageStage, "a message stage", [
    Intent => "intent",
    Sent => "sent",
    Resent => "resent",
    Failed => "failed",
    Rejected => "rejected",
    Silent => "silent",
]);

impl MessageStage {
    /// Whether a message can get this stage after `before`; `None` before its first entry in an edition.
    ///
    /// Every message begins with an intent, unless the recipient chose silence. What was sent stays so.
    ///
    /// ```
    /// use findings_core::ledger::MessageStage::{Failed, Intent, Sent};
    /// assert!(Intent.may_follow(None) && Sent.may_follow(Some(Intent)) && Intent.may_follow(Some(Failed)));
    /// assert!(!Sent.may_follow(None) && !Intent.may_follow(Some(Sent)));
    /// ```
    pub fn may_follow(self, before: Option<Self>) -> bool {
        match self {
            // not after an intent: of two attempts that begin the same message, one is refused. An attempt that sends a
            // message in doubt again knows of the intent and needs no further one
            Self::Intent => matches!(before, None | Some(Self::Failed | Self::Rejected | Self::Silent)),
            // only if nothing was begun: whoever may have been told is not silent
            Self::Silent => before.is_none(),
            Self::Sent | Self::Resent | Self::Failed | Self::Rejected => before == Some(Self::Intent),
        }
    }
}

/// The stored form of a [`MessageState`]: a name, and the text that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredState<'a> {
    /// The name of a [`MessageStage`].
    pub name: &'a str,
    /// ID of the message; only for `sent` and `resent`.
    pub message_id: Option<&'a str>,
    /// The reason why it was not sent; only for `failed` and `rejected`.
    pub reason: Option<&'a str>,
}

impl MessageState {
    /// The name of the state.
    pub fn stage(&self) -> MessageStage {
        match self {
            Self::Intent => MessageStage::Intent,
            Self::Sent { .. } => MessageStage::Sent,
            Self::Resent { .. } => MessageStage::Resent,
            Self::Failed { .. } => MessageStage::Failed,
            Self::Rejected { .. } => MessageStage::Rejected,
            Self::Silent => MessageStage::Silent,
        }
    }

    /// Whether the service may have the message.
    pub fn may_have_been_sent(&self) -> bool {
        matches!(self, Self::Intent | Self::Sent { .. } | Self::Resent { .. })
    }

    /// The stored form.
    pub fn written(&self) -> StoredState<'_> {
        let (message_id, reason) = match self {
            Self::Intent | Self::Silent => (None, None),
            Self::Sent { message_id } | Self::Resent { message_id } => (Some(message_id.as_str()), None),
            Self::Failed { reason } | Self::Rejected { reason } => (None, Some(reason.as_str())),
        };
        StoredState { name: self.stage().as_str(), message_id, reason }
    }
}

impl StoredState<'_> {
    /// Reads the stored form; `None` if the name is unknown or its text is missing.
    pub fn read(self) -> Option<MessageState> {
        let message_id = || self.message_id.map(str::to_owned);
        let reason = || self.reason.map(str::to_owned);
        let stage = MessageStage::ALL.iter().copied().find(|stage| stage.as_str() == self.name)?;
        match stage {
            MessageStage::Intent => Some(MessageState::Intent),
            MessageStage::Sent => message_id().map(|message_id| MessageState::Sent { message_id }),
            MessageStage::Resent => message_id().map(|message_id| MessageState::Resent { message_id }),
            MessageStage::Failed => reason().map(|reason| MessageState::Failed { reason }),
            MessageStage::Rejected => reason().map(|reason| MessageState::Rejected { reason }),
            MessageStage::Silent => Some(MessageState::Silent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_form_of_every_state_can_be_read() {
        let message_id = || "id".to_owned();
        for (state, name) in [
            (MessageState::Intent, "intent"),
            (MessageState::Sent { message_id: message_id() }, "sent"),
            (MessageState::Resent { message_id: message_id() }, "resent"),
            (MessageState::Failed { reason: "throttled".to_owned() }, "failed"),
            (MessageState::Rejected { reason: "no such address".to_owned() }, "rejected"),
            (MessageState::Silent, "silent"),
        ] {
            let written = state.written();
            assert_eq!((written.name, written.read()), (name, Some(state.clone())));
        }
        for name in ["sent", "resent", "failed", "rejected", "lost", ""] {
            assert_eq!(StoredState { name, message_id: None, reason: None }.read(), None, "{name}");
        }
    }

    /// The table of `docs/delivery.md` says what [`MessageStage::may_follow`] says.
    #[test]
    fn table_of_the_docs_is_the_function() {
        let page = include_str!("../../../docs/delivery.md");
        let cells = |line: &str| line.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
        let mut lines = page.lines().skip_while(|line| !line.starts_with("| entry | none |"));
        let before: Vec<Option<MessageStage>> = cells(lines.next().unwrap())
            .iter()
            .skip(1)
            .map(|name| MessageStage::ALL.iter().copied().find(|stage| stage.as_str() == name))
            .collect();
        assert_eq!(before.len(), 1 + MessageStage::ALL.len());
        for (line, &stage) in lines.skip(1).zip(MessageStage::ALL) {
            let row = cells(line);
            assert_eq!(row[0], stage.as_str());
            let marked: Vec<bool> = row.iter().skip(1).map(|cell| cell == "x").collect();
            let allowed: Vec<bool> = before.iter().map(|before| stage.may_follow(*before)).collect();
            assert_eq!(marked, allowed, "{line}");
        }
    }
}
