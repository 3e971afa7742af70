//! Why findings could not be read, as far as readers have to know.

use serde::{Deserialize, Serialize};

use crate::ErrorKind;
use crate::named::named_values;

/// Why findings of an account could not be read.
///
/// Readers get a sentence for it ([`Wording::unread`](crate::wording::Wording::unread)) and never the text of the error,
/// which can name roles and accounts of the operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnreadReason {
    /// A permission is missing.
    NotAllowed,
    /// The credentials are missing, wrong or expired.
    NotSignedIn,
    /// Security Hub is off.
    HubOff,
    /// Too many requests were made.
    Throttled,
    /// There was no answer, or only errors of the service.
    NoAnswer,
    /// The answer could not be decoded or contradicted itself.
    BadAnswer,
    /// No source returned anything about any account, although the last reports had many findings.
    Empty,
    /// Anything else.
    Other,
}

named_values!(
    /// The name in summaries.
    UnreadReason, "a reason", [
    NotAllowed => "not_allowed",
    NotSignedIn => "not_signed_in",
    HubOff => "hub_off",
    Throttled => "throttled",
    NoAnswer => "no_answer",
    BadAnswer => "bad_answer",
    Empty => "empty",
    Other => "other",
]);

impl From<ErrorKind> for UnreadReason {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::PermissionDenied => Self::NotAllowed,
            ErrorKind::Unauthenticated => Self::NotSignedIn,
            ErrorKind::NotEnabled => Self::HubOff,
            ErrorKind::Throttled | ErrorKind::QuotaExhausted => Self::Throttled,
            ErrorKind::Unavailable | ErrorKind::Timeout => Self::NoAnswer,
            ErrorKind::Malformed | ErrorKind::StaleToken | ErrorKind::Inconsistent => Self::BadAnswer,
            _ => Self::Other,
        }
    }
}
