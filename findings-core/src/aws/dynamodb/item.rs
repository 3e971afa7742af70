//! Builds and reads items. Each field is one attribute, a string, a number or a Boolean.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::format_version::stamp;
use super::keys::{PK, SK, TTL};
use crate::history::stored::from_label;
use crate::{Error, ErrorKind, Result};

/// An item in the SDK's form.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Returns a string attribute.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Returns a number attribute.
pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Returns the key of an item.
pub(super) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    Item::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))])
}

/// Builds an item.
pub(super) struct ItemBuilder(Item);

impl ItemBuilder {
    /// Starts an item that has only its key and the format version.
    pub(super) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self(stamp(key(pk, sk)))
    }

    pub(super) fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), text(value));
        self
    }

    /// Adds a string attribute if there is a value.
    pub(super) fn maybe(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(super) fn number(mut self, name: &str, value: impl Display) -> Self {
        self.0.insert(name.to_owned(), number(value));
        self
    }

    pub(super) fn flag(mut self, name: &str, value: bool) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::Bool(value));
        self
    }

    /// Sets the time from which DynamoDB may remove the item, in seconds since 1970.
    pub(super) fn expires(self, at: i64) -> Self {
        self.number(TTL, at)
    }

    pub(super) fn build(self) -> Item {
        self.0
    }
}

/// Reads the attributes of an item.
#[derive(Clone, Copy)]
pub(super) struct ItemReader<'a>(pub(super) &'a Item);

impl<'a> ItemReader<'a> {
    pub(super) fn maybe(self, name: &str) -> Result<Option<&'a str>> {
        match self.0.get(name) {
            None | Some(AttributeValue::Null(_)) => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(self.malformed(name, "is not text")),
        }
    }

    pub(super) fn text(self, name: &str) -> Result<&'a str> {
        self.maybe(name)?.ok_or_else(|| self.malformed(name, "is missing"))
    }

    /// Parses a value that is stored as a string.
    pub(super) fn value<T: DeserializeOwned>(self, name: &str) -> Result<T> {
        let text = self.text(name)?;
        from_label(text).map_err(|e| self.malformed(name, format_args!("holds \"{}\": {e}", text.escape_debug())))
    }

    /// Parses a value that is stored as a string, if there is one.
    pub(super) fn optional<T: DeserializeOwned>(self, name: &str) -> Result<Option<T>> {
        if self.has(name) { self.value(name).map(Some) } else { Ok(None) }
    }

    /// Parses a text.
    pub(super) fn parsed<T: FromStr<Err: Display>>(self, name: &str) -> Result<T> {
        self.text(name)?.parse().map_err(|e| self.malformed(name, format_args!("is wrong: {e}")))
    }

    pub(super) fn number<T: FromStr>(self, name: &str) -> Result<T> {
        match self.0.get(name) {
            Some(AttributeValue::N(digits)) => {
                digits.parse().map_err(|_| self.malformed(name, format_args!("holds {digits}")))
            }
            Some(_) => Err(self.malformed(name, "is not a number")),
            None => Err(self.malformed(name, "is missing")),
        }
    }

    pub(super) fn flag(self, name: &str) -> Result<bool> {
        match self.0.get(name) {
            Some(AttributeValue::Bool(value)) => Ok(*value),
            _ => Err(self.malformed(name, "is not true or false")),
        }
    }

    /// Returns the edition of a run or message. Early versions, which had one edition, did not write it.
    pub(super) fn edition(self) -> Result<u32> {
        if self.has("edition") { self.number("edition") } else { Ok(1) }
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns whether the item has expired. DynamoDB removes expired items with a delay of up to a few days.
    pub(super) fn is_expired(self, now: Timestamp) -> bool {
        self.number::<i64>(TTL).is_ok_and(|at| at <= now.as_second())
    }

    /// Returns the error for an attribute that this version cannot read.
    pub(super) fn malformed(self, name: &str, what: impl Display) -> Error {
        let part = |key| self.maybe(key).ok().flatten().unwrap_or("?");
        Error::new(ErrorKind::Malformed, "read the item")
            .with_subject(format!("{} / {}", part(PK), part(SK)))
            .with_message(format!("attribute {name} {what}; was it changed by hand, or written by a newer version?"))
    }
}

/// Truncates a text to 64 KiB, because findings from files can have titles longer than an item (400 KB).
pub(super) fn clipped(text: &str) -> &str {
    const LIMIT: usize = 65_536;
    &text[..text.floor_char_boundary(LIMIT)]
}
