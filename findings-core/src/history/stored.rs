//! How the backends that keep text write values down, and read them again: every value as a person would write it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use crate::{AccountId, InvalidAccountId};

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
