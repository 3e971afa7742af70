//! The item of a message, written only if it can follow the last one.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

#[cfg(test)]
use super::format_version::FORMAT;
use super::format_version::{IF_KNOWN, newest, verify};
#[cfg(test)]
use super::item::Item;
use super::item::{ItemBuilder, ItemReader, number, text};
use super::{DynamoDbTable, keys, single_attempt};
use crate::Result;
use crate::ledger::{MessageEntry, StoredState};

impl DynamoDbTable {
    /// Returns the call that writes a message into the partition of its run, if it can follow the last one.
    pub(super) fn message_put(&self, pk: &str, message: &MessageEntry) -> PutItemFluentBuilder {
        let item = message_item(pk, message).expires(self.expiry()).build();
        may_follow(self.client.put_item().table_name(&self.name).set_item(Some(item)), message)
    }

    /// Writes an item once. Returns false if its condition does not hold.
    ///
    /// # Errors
    /// Also fails if the item that is there has a format version that this version of the crate does not know.
    pub(super) async fn put_if_allowed(&self, operation: &'static str, put: PutItemFluentBuilder) -> Result<bool> {
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.customize().config_override(single_attempt()).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    refused.item.as_ref().map_or(Ok(()), verify).map(|()| false)
                }
                _ => Err(self.failure(error, operation)),
            },
        }
    }
}

/// Adds the condition that says what [`MessageEntry::may_follow`] says.
///
/// An item without `edition` was written by an early version and is of the first edition.
fn may_follow(put: PutItemFluentBuilder, message: &MessageEntry) -> PutItemFluentBuilder {
    let stage = message.state.stage();
    let mut put = put
        .expression_attribute_names("#state", "state")
        .expression_attribute_names("#at", "at")
        .expression_attribute_values(":edition", number(message.edition))
        .expression_attribute_values(":same", text(stage.as_str()))
        .expression_attribute_values(":at", text(message.at.to_string()));
    // the same entry: the response to an earlier call was lost. AND comes before OR, and DynamoDB refuses needless brackets
    let mut of_edition = vec!["#state = :same AND #at = :at".to_owned()];
    for before in message.earlier_stages() {
        let name = format!(":{}", before.as_str());
        of_edition.push(format!("#state = {name}"));
        put = put.expression_attribute_values(name, text(before.as_str()));
    }
    let is_first = message.edition == 1;
    let same_edition =
        if is_first { "(attribute_not_exists(edition) OR edition = :edition)" } else { "edition = :edition" };
    let mut condition = format!("({same_edition} AND ({}))", of_edition.join(" OR "));
    if stage.may_follow(None) {
        // a first edition follows nothing; later ones follow any entry of an earlier edition
        let earlier = if is_first { "" } else { "attribute_not_exists(edition) OR edition < :edition OR " };
        condition = format!("(attribute_not_exists({}) OR {earlier}{condition})", keys::PK);
    }
    put.condition_expression(format!("({IF_KNOWN}) AND {condition}"))
        .expression_attribute_values(":format_version", newest())
}

fn message_item(pk: &str, message: &MessageEntry) -> ItemBuilder {
    let MessageEntry { project, notifier, recipient, edition, state, at, .. } = message;
    let state = state.written();
    ItemBuilder::new(pk, keys::message(project, notifier, recipient))
        .text("project", project)
        .text("notifier", notifier)
        .text("recipient", recipient.as_str())
        .number("edition", edition)
        .text("state", state.name)
        .maybe("message_id", state.message_id)
        .maybe("reason", state.reason)
        .text("at", at.to_string())
}

/// Reads the item of a message.
pub(super) fn read_message(item: ItemReader<'_>) -> Result<MessageEntry> {
    let name = item.text("state")?;
    let written = StoredState { name, message_id: item.maybe("message_id")?, reason: item.maybe("reason")? };
    let Some(state) = written.read() else {
        return Err(item.malformed("state", format_args!("holds \"{}\"", name.escape_debug())));
    };
    let (project, notifier, recipient) = (item.text("project")?, item.text("notifier")?, item.value("recipient")?);
    let message = MessageEntry::new(project, notifier, recipient, state, item.value("at")?);
    Ok(message.in_edition(item.edition()?))
}

/// The item as an early version wrote it, for tests.
#[cfg(test)]
pub(super) fn early_item(pk: &str, message: &MessageEntry) -> Item {
    let mut item = message_item(pk, message).build();
    item.remove("edition");
    item.remove(FORMAT);
    item
}
