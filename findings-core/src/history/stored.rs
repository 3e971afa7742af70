//! The stored form of values in backends that store text. It is readable for people.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::IssuePeriod;
use crate::{AccountId, InvalidAccountId, Text};

/// The name of an enum variant without data, as serde writes it; empty for any other value.
pub(crate) fn label<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Reads the result of [`label`].
pub(crate) fn from_label<T: DeserializeOwned>(text: &str) -> Result<T, ValueError> {
    let deserializer: StrDeserializer<'_, ValueError> = text.into_deserializer();
    T::deserialize(deserializer)
}

/// Account IDs separated by `;`.
pub(crate) fn accounts_to_text(accounts: &[AccountId]) -> String {
    accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
}

/// Reads the result of [`accounts_to_text`].
pub(crate) fn accounts_from_text(text: &str) -> Result<Vec<AccountId>, InvalidAccountId> {
    text.split(';').filter(|id| !id.is_empty()).map(str::parse).collect()
}

/// Periods of an issue as JSON; `None` if there are none, as with most issues.
pub(crate) fn periods_to_text(periods: &[IssuePeriod]) -> Option<String> {
    if periods.is_empty() { None } else { serde_json::to_string(periods).ok() }
}

/// Reads the result of [`periods_to_text`]. An empty text has no periods.
pub(crate) fn periods_from_text(text: &str) -> Result<Vec<IssuePeriod>, serde_json::Error> {
    if text.is_empty() { Ok(Vec::new()) } else { serde_json::from_str(text) }
}

/// Names of views, one in each line; `None` if there are none, as with most issues.
pub(crate) fn sources_to_text(sources: &[Text]) -> Option<String> {
    if sources.is_empty() { None } else { Some(sources.join("\n")) }
}

/// Reads the result of [`sources_to_text`].
pub(crate) fn sources_from_text(text: &str) -> Vec<Text> {
    text.lines().map(Text::from).collect()
}
