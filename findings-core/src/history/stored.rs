//! How the backends that keep text write values down, and read them again: every value as a person would write it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use crate::{AccountId, Error, ErrorKind, InvalidAccountId, RunId};

/// When a lease that begins now ends.
pub(crate) fn lease_end(now: Timestamp, lease: Duration) -> Timestamp {
    now.checked_add(lease).unwrap_or(Timestamp::MAX)
}

/// That somebody is not, or no longer, the holder.
pub(crate) fn lease_lost(operation: &'static str, run_id: &RunId) -> Error {
    Error::new(ErrorKind::Conflict, operation)
        .with_subject(run_id.as_str())
        .with_message("the lease is lost: somebody else works on it, or it is finished")
}

/// The name of a value of an enum without data, as serde writes it; empty for anything else.
pub(crate) fn label<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The value of such a name.
pub(crate) fn from_label<T: DeserializeOwned>(text: &str) -> Result<T, ValueError> {
    let deserializer: StrDeserializer<'_, ValueError> = text.into_deserializer();
    T::deserialize(deserializer)
}

/// Accounts as one text.
pub(crate) fn accounts_to_text(accounts: &[AccountId]) -> String {
    accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
}

/// The accounts of such a text.
pub(crate) fn accounts_from_text(text: &str) -> Result<Vec<AccountId>, InvalidAccountId> {
    text.split(';').filter(|id| !id.is_empty()).map(str::parse).collect()
}
