//! What became of one message, and how backends write it down.

use serde::{Deserialize, Serialize};

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum MessageState {
    /// About to be sent. If nothing follows, it is unknown whether it was.
    Intent,
    /// Accepted under this ID.
    Sent {
        /// ID of the message.
        message_id: String,
    },
    /// Accepted under this ID, after an earlier attempt had left it in doubt: it may have arrived twice.
    Resent {
        /// ID of the message.
        message_id: String,
    },
    /// Certainly not sent.
    Failed {
        /// Why.
        reason: String,
    },
}

/// The written form of a [`MessageState`]: a name, and the text that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenState<'a> {
    /// `intent`, `sent`, `resent` or `failed`.
    pub name: &'a str,
    /// ID of the message, if it was accepted.
    pub message_id: Option<&'a str>,
    /// Why it was not sent, if it was not.
    pub reason: Option<&'a str>,
}

impl MessageState {
    /// As it is stored. The names are part of what older versions wrote: never rename one.
    pub fn written(&self) -> WrittenState<'_> {
        let (name, message_id, reason) = match self {
            Self::Intent => ("intent", None, None),
            Self::Sent { message_id } => ("sent", Some(message_id.as_str()), None),
            Self::Resent { message_id } => ("resent", Some(message_id.as_str()), None),
            Self::Failed { reason } => ("failed", None, Some(reason.as_str())),
        };
        WrittenState { name, message_id, reason }
    }
}

impl WrittenState<'_> {
    /// The state that was stored; `None` if it is none: an unknown name, or a text is missing.
    pub fn read(&self) -> Option<MessageState> {
        let message_id = || self.message_id.map(str::to_owned);
        match self.name {
            "intent" => Some(MessageState::Intent),
            "sent" => message_id().map(|message_id| MessageState::Sent { message_id }),
            "resent" => message_id().map(|message_id| MessageState::Resent { message_id }),
            "failed" => self.reason.map(|reason| MessageState::Failed { reason: reason.to_owned() }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_read_as_it_was_written() {
        let message_id = || "id".to_owned();
        for (state, name) in [
            (MessageState::Intent, "intent"),
            (MessageState::Sent { message_id: message_id() }, "sent"),
            (MessageState::Resent { message_id: message_id() }, "resent"),
            (MessageState::Failed { reason: "no such address".to_owned() }, "failed"),
        ] {
            let written = state.written();
            assert_eq!((written.name, written.read()), (name, Some(state.clone())));
        }
        for name in ["sent", "resent", "failed", "lost", ""] {
            assert_eq!(WrittenState { name, message_id: None, reason: None }.read(), None, "{name}");
        }
    }
}
