//! Texts that may exceed the size limit of an item (400 KB). They are split into parts and never truncated.

use std::collections::HashMap;

use super::DynamoDbTable;
use super::item::{Item, ItemBuilder, ItemReader, text};
use super::keys::{self, PART, SK};
use super::query::Slice;
use crate::{Error, ErrorKind, Result};

/// The longest text that is stored in the item itself, and the size of a part, in bytes.
pub(super) const INLINE: usize = 300_000;

/// A text to store, either in the item itself or as parts that the item refers to.
pub(super) struct LongText<'a> {
    text: &'a str,
    hash: String,
    parts: Vec<&'a str>,
}

impl<'a> LongText<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        if text.len() <= INLINE {
            return Self { text, hash: String::new(), parts: Vec::new() };
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rest.floor_char_boundary(INLINE));
            parts.push(part);
            rest = after;
        }
        Self { text, hash: keys::hash(&[text]), parts }
    }

    /// Returns the attributes of the item that contains the text or refers to its parts.
    pub(super) fn attributes(&self, name: &str) -> Item {
        if self.parts.is_empty() {
            return Item::from([(name.to_owned(), text(self.text))]);
        }
        let count = super::item::number(self.parts.len());
        Item::from([(format!("{name}_sha256"), text(&self.hash)), (format!("{name}_parts"), count)])
    }
}

impl DynamoDbTable {
    /// Writes the parts of a text, if there are any. Call it before the item that refers to them is written.
    pub(super) async fn write_parts(&self, operation: &'static str, pk: &str, long: &LongText<'_>) -> Result<()> {
        let expiry = self.expiry();
        let parts: Vec<(&str, usize)> = long.parts.iter().copied().zip(1..).collect();
        let encode = |(part, number): &(&str, usize)| {
            let item = ItemBuilder::new(pk, keys::part(&long.hash, *number)).text("text", *part).expires(expiry);
            Ok(item.build())
        };
        self.write_all(operation, &parts, encode).await.map(|_| ())
    }

    /// Returns the text that an item contains or refers to. Queries the parts only if the item refers to parts.
    pub(super) async fn read_text(&self, operation: &'static str, pk: &str, item: &Item, name: &str) -> Result<String> {
        let reader = ItemReader(item);
        if let Some(text) = reader.maybe(name)? {
            return Ok(text.to_owned());
        }
        let mut parts = Parts::default();
        let prefix = format!("{PART}{}#", reader.text(&format!("{name}_sha256"))?);
        self.query(operation, Slice::new(pk, &prefix), |item| parts.add(&item)).await?;
        parts.join(item, name)
    }
}

/// The parts of long texts found while a partition is read, by sort key.
#[derive(Default)]
pub(super) struct Parts(HashMap<String, String>);

impl Parts {
    pub(super) fn add(&mut self, item: &Item) -> Result<()> {
        let reader = ItemReader(item);
        self.0.insert(reader.text(SK)?.to_owned(), reader.text("text")?.to_owned());
        Ok(())
    }

    /// Returns the text that an item contains or refers to.
    pub(super) fn join(&self, item: &Item, name: &str) -> Result<String> {
        let reader = ItemReader(item);
        if let Some(text) = reader.maybe(name)? {
            return Ok(text.to_owned());
        }
        let hash = reader.text(&format!("{name}_sha256"))?;
        let count: usize = reader.number(&format!("{name}_parts"))?;
        (1..=count).map(|n| self.part(hash, n)).collect()
    }

    fn part(&self, hash: &str, number: usize) -> Result<&str> {
        let key = keys::part(hash, number);
        self.0.get(&key).map(String::as_str).ok_or_else(|| {
            Error::new(ErrorKind::Malformed, "read the item").with_subject(key).with_message("it is missing")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_split_between_characters_and_joined_again() {
        for length in [0, 1, 99_999, 100_000, 100_001, 200_000, 350_001] {
            let text = "計".repeat(length);
            let long = LongText::new(&text);
            assert!(long.parts.iter().all(|p| (1..=INLINE).contains(&p.len())));
            let mut parts = Parts::default();
            for (part, n) in long.parts.iter().zip(1..) {
                parts.add(&ItemBuilder::new("p", keys::part(&long.hash, n)).text("text", *part).build()).unwrap();
            }
            let item = long.attributes("summary");
            assert!(parts.join(&item, "summary").unwrap() == text, "{length}");
            if long.parts.len() > 1 {
                assert_eq!(Parts::default().join(&item, "summary").unwrap_err().kind(), ErrorKind::Malformed);
            }
        }
    }
}
