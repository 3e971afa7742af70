//! The state of a message, and the form in which backends store it.

use serde::{Deserialize, Serialize};

/// The state of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
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
    /// It was certainly not sent.
    Failed {
        /// The reason.
        reason: String,
    },
}

/// The stored form of a [`MessageState`]: a name, and the text that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredState<'a> {
    /// `intent`, `sent`, `resent` or `failed`.
    pub name: &'a str,
    /// ID of the message; only for `sent` and `resent`.
    pub message_id: Option<&'a str>,
    /// The reason why it was not sent; only for `failed`.
    pub reason: Option<&'a str>,
}

impl MessageState {
    /// The stored form. Ledgers of older versions hold the names, so they must never change.
    pub fn written(&self) -> StoredState<'_> {
        let (name, message_id, reason) = match self {
            Self::Intent => ("intent", None, None),
            Self::Sent { message_id } => ("sent", Some(message_id.as_str()), None),
            Self::Resent { message_id } => ("resent", Some(message_id.as_str()), None),
            Self::Failed { reason } => ("failed", None, Some(reason.as_str())),
        };
        StoredState { name, message_id, reason }
    }
}

impl StoredState<'_> {
    /// The state of a stored form; `None` if the name is unknown or the text that belongs to it is missing.
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
    fn stored_form_of_every_state_can_be_read() {
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
            assert_eq!(StoredState { name, message_id: None, reason: None }.read(), None, "{name}");
        }
    }
}
