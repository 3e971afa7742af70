//! The format version of items: each item says which one it has, and items of newer versions of this crate are refused.
//!
//! Code that writes an item builds it with [`ItemBuilder`](super::item::ItemBuilder), which calls [`stamp`], or sets the
//! attribute in its update. A call that could replace an item without having read it has the condition [`IF_KNOWN`]. Code
//! that reads an item calls [`verify`] before anything else.

use std::fmt::Display;

use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{Item, ItemReader, number};
use super::keys::{PK, SK};
use crate::{Error, ErrorKind, Result, Setting};

/// The name of the attribute with the format version.
pub(super) const FORMAT: &str = "format_version";

/// The format version that this version of the crate writes, and the newest that it reads.
///
/// Raise it when an item changes so that earlier versions would misread it. A new attribute that they may ignore is no
/// such change. Items without the attribute were written before it existed and have version 1.
const NEWEST: u32 = 1;

/// The condition that an item, if there is one, has a format version that this version of the crate knows.
///
/// `:format_version` is [`newest`].
pub(super) const IF_KNOWN: &str = "attribute_not_exists(format_version) OR format_version <= :format_version";

/// Returns the version to write, as an attribute.
pub(super) fn newest() -> AttributeValue {
    number(NEWEST)
}

/// Adds the version to an item that is to be written.
pub(super) fn stamp(mut item: Item) -> Item {
    item.insert(FORMAT.to_owned(), newest());
    item
}

/// Makes a call write its item only if it replaces no item of a newer version.
pub(super) fn unless_newer(put: PutItemFluentBuilder) -> PutItemFluentBuilder {
    put.condition_expression(IF_KNOWN).expression_attribute_values(":format_version", newest())
}

/// Refuses an item of a newer version.
///
/// # Errors
/// `InvalidInput` if a newer version wrote the item, `Malformed` if the version is no number.
pub(super) fn verify(item: &Item) -> Result<()> {
    let reader = ItemReader(item);
    let version: u32 = if reader.has(FORMAT) { reader.number(FORMAT)? } else { return Ok(()) };
    if version <= NEWEST {
        return Ok(());
    }
    Err(unknown_version(item, version))
}

/// Returns the error for an item of a version that this version of the crate does not know.
pub(super) fn unknown_version(item: &Item, version: impl Display) -> Error {
    let key = |name| ItemReader(item).maybe(name).ok().flatten().unwrap_or("?");
    Error::new(ErrorKind::InvalidInput, "read the item")
        .with_subject(format!("{} / {}", key(PK), key(SK)))
        .with_message(format!(
            "it was written by a newer version (format {version}, this one knows {NEWEST}); deploy that version again, or name another table"
        ))
        .with_setting(Setting::History)
}
