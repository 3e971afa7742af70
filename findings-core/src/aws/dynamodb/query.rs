//! Reading a partition, page by page.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::DynamoDbTable;
use super::item::{Item, ItemReader, text};
use super::keys::{PK, SK};
use crate::{Error, ErrorKind, Result};

/// Which items of a partition.
pub(super) struct Slice<'a> {
    /// The partition.
    pub(super) pk: &'a str,
    /// What the sort keys begin with; empty for all.
    pub(super) prefix: &'a str,
    /// Whether the keys alone are enough.
    pub(super) keys_only: bool,
}

impl DynamoDbTable {
    /// Hands each item to `each`, in the order of the sort keys. A page is a megabyte, so nothing but a page is held here.
    pub(super) async fn query(
        &self,
        operation: &'static str,
        slice: Slice<'_>,
        mut each: impl FnMut(Item) -> Result<()> + Send,
    ) -> Result<()> {
        let now = Timestamp::now();
        let mut start: Option<Item> = None;
        loop {
            let mut query = self.client.query().table_name(&self.name).consistent_read(true);
            query = query.expression_attribute_values(":pk", text(slice.pk)).set_exclusive_start_key(start.clone());
            query = if slice.prefix.is_empty() {
                query.key_condition_expression(format!("{PK} = :pk"))
            } else {
                query
                    .key_condition_expression(format!("{PK} = :pk AND begins_with({SK}, :prefix)"))
                    .expression_attribute_values(":prefix", text(slice.prefix))
            };
            if slice.keys_only {
                query = query.projection_expression(format!("{PK}, {SK}"));
            }
            let page = query.send().await.map_err(|e| self.failure(e, operation))?;
            for item in page.items.unwrap_or_default() {
                if !ItemReader(&item).is_expired(now) {
                    each(item)?;
                }
            }
            match page.last_evaluated_key {
                None => return Ok(()),
                Some(next) if next.is_empty() => return Ok(()),
                next if next == start => return Err(repeated(operation, &self.name)),
                next => start = next,
            }
        }
    }

    /// The keys of all items of a partition but those that `keep` names.
    pub(super) async fn keys_except(&self, operation: &'static str, pk: &str, keep: &str) -> Result<Vec<Item>> {
        let mut keys = Vec::new();
        let kept = AttributeValue::S(keep.to_owned());
        self.query(operation, Slice { pk, prefix: "", keys_only: true }, |item| {
            if item.get(SK) != Some(&kept) {
                keys.push(item);
            }
            Ok(())
        })
        .await?;
        Ok(keys)
    }
}

fn repeated(operation: &'static str, table: &str) -> Error {
    Error::new(ErrorKind::Inconsistent, operation)
        .with_subject(format!("table {table}"))
        .with_message("the same page came twice, so that the list may be incomplete")
}
