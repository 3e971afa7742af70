//! The links in the table: one item by the hash of the token, and one in the partition of the project that lists it.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::format_version::verify;
use super::item::{Item, ItemBuilder, ItemReader, key, number, text};
use super::keys::{self, LINK, SK};
use super::query::Slice;
use super::{DynamoDbTable, single_attempt};
use crate::patience::Patience;
use crate::recipient::Recipient;
use crate::redirect::{IssuedLink, LinkId, LinkQuery, LinkTable, Opening, Openings, RevokeLink};
use crate::store::{ArtifactKey, LinkRequest};
use crate::{Error, ErrorKind, Result};

const ISSUE: &str = "remember the link in";
const FIND: &str = "find the link in";
const LIST: &str = "list the links of the project in";
const OPEN: &str = "remember the opening of the link in";
const REVOKE: &str = "revoke the link in";

/// How long an expired link is kept at least, so that its reader learns that it expired.
const AFTER_EXPIRY: SignedDuration = SignedDuration::from_hours(35 * 24);

/// Number of links that are read at the same time.
const AT_ONCE: usize = 16;

#[async_trait]
impl LinkTable for DynamoDbTable {
    async fn issue(&self, link: &IssuedLink) -> Result<()> {
        let forgotten_at = link.expires_at.checked_add(AFTER_EXPIRY).unwrap_or(Timestamp::MAX).as_second();
        let expiry = self.expiry().max(forgotten_at);
        let listed = ItemBuilder::new(keys::project(link.project()), keys::project_link(link.issued_at, &link.id));
        // first, because every link that works must be listed: it could not be revoked otherwise
        self.put(ISSUE, listed.expires(expiry).build()).await?;
        self.put(ISSUE, link_item(link, expiry)).await
    }

    async fn find(&self, id: &LinkId) -> Result<Option<IssuedLink>> {
        let item = Patience::default().repeat(|| self.get_link(id)).await?;
        let Some(item) = item else { return Ok(None) };
        verify(&item)?;
        read_link(id, ItemReader(&item)).map(Some)
    }

    async fn issued(&self, query: &LinkQuery) -> Result<Vec<IssuedLink>> {
        let (pk, since) = (keys::project(&query.project), keys::project_links_since(query.since));
        let mut ids = Vec::new();
        self.query(LIST, Slice::new(&pk, LINK).since(&since), |item| {
            let item = ItemReader(&item);
            let id = item.text(SK)?.rsplit('#').next().and_then(LinkId::from_stored);
            ids.push(id.ok_or_else(|| item.malformed(SK, "names no link"))?);
            Ok(())
        })
        .await?;
        let links = stream::iter(ids).map(|id| async move { self.find(&id).await });
        // listed without an item: it was listed first, and its task was killed in between
        links.buffered(AT_ONCE).try_filter_map(|link| async { Ok(link) }).try_collect().await
    }

    async fn note_opening(&self, opening: &Opening) -> Result<()> {
        let update = self
            .update_link(&opening.id)
            .update_expression(
                "SET first_opened_at = if_not_exists(first_opened_at, :at), last_opened_at = :at, \
                 last_opened_from = :from ADD opened :one",
            )
            .expression_attribute_values(":at", text(opening.at.to_string()))
            .expression_attribute_values(":from", text(opening.from.clone().unwrap_or_default()))
            .expression_attribute_values(":one", number(1));
        self.change_link(OPEN, update).await
    }

    async fn revoke(&self, request: &RevokeLink) -> Result<()> {
        let update = self
            .update_link(&request.id)
            .update_expression("SET revoked_at = if_not_exists(revoked_at, :at)")
            .expression_attribute_values(":at", text(request.at.to_string()));
        self.change_link(REVOKE, update).await
    }
}

impl DynamoDbTable {
    async fn get_link(&self, id: &LinkId) -> Result<Option<Item>> {
        let get = self.client.get_item().table_name(&self.name).consistent_read(true);
        let get = get.set_key(Some(key(keys::link(id), keys::LINK_ITEM)));
        let answer = get.customize().config_override(single_attempt()).send().await;
        let item = answer.map_err(|e| self.failure(e, FIND))?.item;
        Ok(item.filter(|item| !ItemReader(item).is_expired(Timestamp::now())))
    }

    /// Returns the update of a link that exists: without the condition, DynamoDB would make one.
    fn update_link(&self, id: &LinkId) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.name);
        update
            .set_key(Some(key(keys::link(id), keys::LINK_ITEM)))
            .condition_expression(format!("attribute_exists({})", keys::PK))
    }

    async fn change_link(&self, operation: &'static str, update: UpdateItemFluentBuilder) -> Result<()> {
        Patience::default()
            .repeat(|| async {
                let sent = update.clone().customize().config_override(single_attempt()).send().await;
                match sent {
                    Ok(_) => Ok(()),
                    Err(error) => match error.as_service_error() {
                        Some(UpdateItemError::ConditionalCheckFailedException(_)) => {
                            Err(Error::new(ErrorKind::NotFound, operation).with_message("there is no such link"))
                        }
                        _ => Err(self.failure(error, operation)),
                    },
                }
            })
            .await
    }
}

fn link_item(link: &IssuedLink, expiry: i64) -> Item {
    let report = link.report.as_ref();
    ItemBuilder::new(keys::link(&link.id), keys::LINK_ITEM)
        .text("key", link.key.as_str())
        .text("name", &link.download_name)
        .maybe("project", report.map(|report| &report.project))
        .maybe("run_id", report.map(|report| report.run_id.as_str()))
        .maybe("upload", link.upload.as_ref().map(ArtifactKey::as_str))
        .maybe("recipient", link.reader.as_ref().map(Recipient::as_str))
        .text("issued_at", link.issued_at.to_string())
        .text("expires_at", link.expires_at.to_string())
        .expires(expiry)
        .build()
}

fn read_link(id: &LinkId, item: ItemReader<'_>) -> Result<IssuedLink> {
    let mut link =
        IssuedLink::new(id.clone(), item.parsed("key")?, item.value("issued_at")?, item.value("expires_at")?);
    item.text("name")?.clone_into(&mut link.download_name);
    if item.has("project") {
        let request = LinkRequest::new(link.key.clone(), std::time::Duration::ZERO, link.issued_at);
        link.report = request.for_report(item.value("run_id")?, item.text("project")?).report;
    }
    link.upload = item.has("upload").then(|| item.parsed("upload")).transpose()?;
    link.reader = item.optional("recipient")?;
    link.revoked_at = item.optional("revoked_at")?;
    link.openings = Openings {
        count: if item.has("opened") { item.number("opened")? } else { 0 },
        first_at: item.optional("first_opened_at")?,
        last_at: item.optional("last_opened_at")?,
        last_from: item.maybe("last_opened_from")?.filter(|from| !from.is_empty()).map(str::to_owned),
    };
    Ok(link)
}
