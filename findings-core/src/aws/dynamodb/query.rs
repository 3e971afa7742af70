//! Reads the items of a partition page by page.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use jiff::Timestamp;

use super::format_version::{FORMAT, verify};
use super::item::{Item, ItemReader, text};
use super::keys::{PK, SK};
use super::{DynamoDbTable, single_attempt};
use crate::patience::Patience;
use crate::{Error, ErrorKind, Result};

/// The items of a partition to read.
pub(super) struct Slice<'a> {
    /// The partition key.
    pub(super) pk: &'a str,
    /// The prefix of the sort keys. An empty prefix selects all items.
    pub(super) prefix: &'a str,
    /// Whether to read only the keys and the format versions of the items.
    pub(super) keys_only: bool,
    /// The first sort key; `None` for all with the prefix.
    since: Option<&'a str>,
    /// The sort key of the item before the first one.
    after: Option<&'a str>,
    /// The largest number of items.
    most: usize,
}

impl<'a> Slice<'a> {
    /// All items of the partition whose sort keys have this prefix.
    pub(super) fn new(pk: &'a str, prefix: &'a str) -> Self {
        Self { pk, prefix, keys_only: false, since: None, after: None, most: usize::MAX }
    }

    /// Reads only the keys of the items.
    pub(super) fn keys_only(mut self) -> Self {
        self.keys_only = true;
        self
    }

    /// Leaves out items before this sort key, which must have the prefix.
    pub(super) fn since(mut self, since: &'a str) -> Self {
        self.since = Some(since);
        self
    }

    /// Leaves out the item with this sort key, which must have the prefix, and those before it.
    pub(super) fn after(mut self, after: &'a str) -> Self {
        self.after = Some(after);
        self
    }

    /// Reads the first `most` items.
    pub(super) fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Adds what selects the items.
    fn select(&self, query: QueryFluentBuilder) -> QueryFluentBuilder {
        let query = query.expression_attribute_values(":pk", text(self.pk));
        match (self.since, self.prefix) {
            (None, "") => query.key_condition_expression(format!("{PK} = :pk")),
            (None, prefix) => query
                .key_condition_expression(format!("{PK} = :pk AND begins_with({SK}, :prefix)"))
                .expression_attribute_values(":prefix", text(prefix)),
            // a condition has one test of the sort key; `~` comes after all characters of keys
            (Some(since), prefix) => query
                .key_condition_expression(format!("{PK} = :pk AND {SK} BETWEEN :since AND :end"))
                .expression_attribute_values(":since", text(since))
                .expression_attribute_values(":end", text(format!("{prefix}~"))),
        }
    }
}

impl DynamoDbTable {
    /// Calls `each` with every item that has not expired, in the order of the sort keys.
    ///
    /// Only one page is in memory at a time. A page is up to 1 MB.
    pub(super) async fn query(
        &self,
        operation: &'static str,
        slice: Slice<'_>,
        mut each: impl FnMut(Item) -> Result<()> + Send,
    ) -> Result<()> {
        let now = Timestamp::now();
        // the item itself need not be there any more
        let key = |after: &str| Item::from([(PK.to_owned(), text(slice.pk)), (SK.to_owned(), text(after))]);
        let mut start: Option<Item> = slice.after.map(key);
        let mut left = slice.most;
        while left > 0 {
            // an eventually consistent read could miss the entry of a message, which would then be sent twice
            let mut query = self.client.query().table_name(&self.name).consistent_read(true);
            query = slice.select(query).set_exclusive_start_key(start.clone());
            // without a limit, a page of 1 MB would be read
            query = query.set_limit(i32::try_from(left).ok());
            if slice.keys_only {
                query = query.projection_expression(format!("{PK}, {SK}, {FORMAT}"));
            }
            // each page has the whole patience, so that a table of little capacity is read as fast as it answers
            let page = Patience::default().repeat(|| self.page(operation, query.clone())).await?;
            for item in page.items.unwrap_or_default() {
                if left > 0 && !ItemReader(&item).is_expired(now) {
                    verify(&item)?;
                    each(item)?;
                    left -= 1;
                }
            }
            match page.last_evaluated_key {
                None => return Ok(()),
                Some(next) if next.is_empty() => return Ok(()),
                // the same start key again would repeat this page forever
                next if next == start => return Err(repeated_page(operation, &self.name)),
                next => start = next,
            }
        }
        Ok(())
    }

    async fn page(&self, operation: &'static str, query: QueryFluentBuilder) -> Result<QueryOutput> {
        let answer = query.customize().config_override(single_attempt()).send().await;
        answer.map_err(|e| self.failure(e, operation))
    }
}

fn repeated_page(operation: &'static str, table: &str) -> Error {
    Error::new(ErrorKind::Inconsistent, operation)
        .with_subject(format!("table {table}"))
        .with_message("the same page came twice, so that the list may be incomplete")
}
