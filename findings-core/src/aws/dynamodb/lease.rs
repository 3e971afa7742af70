//! The lease of a run: conditional updates of its `META` item.
//!
//! DynamoDB returns the current item with a refused update. The item shows why the update was refused.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::format_version::{FORMAT, IF_KNOWN, newest, verify};
use super::item::{Item, ItemReader, key, number, text};
use super::keys::{self, META, moment};
use super::long_text::LongText;
use super::{DynamoDbTable, single_attempt};
use crate::ledger::{AcquireRun, CloseRun, Lease, Redo, RenewRun, Reopened, RunState, lease_end};
use crate::patience::Patience;
use crate::{Result, RunId};

/// The result of a conditional update.
pub(super) enum LeaseUpdate {
    /// The update was made. Contains the previous item, empty if there was none.
    Made(Item),
    /// The condition did not hold. Contains the current item.
    Refused(Item),
}

/// A run's `META` item.
pub(super) struct Meta<'a>(pub(super) &'a Item);

impl Meta<'_> {
    /// Returns the state on which the lease decision is based.
    pub(super) fn state(&self) -> Result<RunState> {
        let reader = ItemReader(self.0);
        let lease = match reader.maybe("owner")? {
            Some(owner) => Some(Lease { owner: owner.to_owned(), until: reader.value("lease_until")? }),
            None => None,
        };
        let redo = if reader.has("redo") { Some(reader.value("redo")?) } else { None };
        let (begun, finished) = (!self.0.is_empty(), reader.has("finished_at"));
        Ok(RunState { begun, finished, lease, edition: reader.edition()?, redo })
    }

    /// Returns whether an earlier attempt of the same request closed the run. A call is repeated if its response is lost.
    pub(super) fn was_closed_by(&self, request: &CloseRun) -> bool {
        let reader = ItemReader(self.0);
        let is = |name, value: &str| reader.maybe(name).is_ok_and(|v| v == Some(value));
        is("closed_by", &request.owner) && is("closed_at", &request.now.to_string())
    }
}

const TAKE: &str = "SET #owner = :me, lease_until = :until, run_id = :run, #ttl = :ttl, format_version = :format_version, \
     begun_at = if_not_exists(begun_at, :begun) REMOVE closed_at, closed_by";
/// A run is free if it is not finished and its lease is missing, expired or held by the same owner (a repeated call).
const IF_FREE: &str = "attribute_not_exists(finished_at) \
     AND (attribute_not_exists(#owner) OR #owner = :me OR lease_until <= :now)";

/// An unfinished run whose incomplete projects are to be done again is reopened, unless it already was, or the request is
/// a repetition of the one that began it.
const UNLESS_REOPENED: &str =
    " AND (attribute_exists(redo) OR attribute_not_exists(begun_at) OR (#owner = :me AND begun_at = :begun))";

const REOPEN: &str = "SET #owner = :me, lease_until = :until, run_id = :run, #ttl = :ttl, format_version = :format_version, \
     begun_at = if_not_exists(begun_at, :begun), edition = :edition, redo = :redo \
     REMOVE closed_at, closed_by, finished_at, summary, summary_sha256, summary_parts";
/// A run can be reopened once for each edition, and not while another owner holds it.
const IF_EARLIER: &str = "(attribute_not_exists(edition) OR edition < :edition) \
     AND (attribute_not_exists(#owner) OR #owner = :me OR lease_until <= :now)";

const IF_MINE: &str = "#owner = :me";

impl DynamoDbTable {
    /// Takes the lease of a run that is not finished and that no other owner holds.
    pub(super) async fn take(&self, operation: &'static str, request: &AcquireRun) -> Result<LeaseUpdate> {
        let unless = if request.redo == Some(Redo::Incomplete) { UNLESS_REOPENED } else { "" };
        let update = self.lease_update(request).update_expression(TAKE);
        let update = update.condition_expression(format!("({IF_KNOWN}) AND {IF_FREE}{unless}"));
        self.send_update(operation, update.expression_attribute_values(":now", text(moment(request.now)))).await
    }

    /// Takes the lease of a run in a new edition.
    pub(super) async fn reopen(
        &self,
        operation: &'static str,
        request: &AcquireRun,
        reopened: Reopened,
    ) -> Result<LeaseUpdate> {
        let update = self
            .lease_update(request)
            .update_expression(REOPEN)
            .condition_expression(format!("({IF_KNOWN}) AND {IF_EARLIER}"));
        let update = update
            .expression_attribute_values(":edition", number(reopened.edition))
            .expression_attribute_values(":redo", text(reopened.redo.as_str()));
        self.send_update(operation, update.expression_attribute_values(":now", text(moment(request.now)))).await
    }

    fn lease_update(&self, request: &AcquireRun) -> UpdateItemFluentBuilder {
        self.meta(&request.run_id, &request.owner)
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":format_version", newest())
            .expression_attribute_values(":ttl", number(self.expiry()))
            .expression_attribute_values(":until", text(moment(lease_end(request.now, request.lease))))
            .expression_attribute_values(":begun", text(request.now.to_string()))
            .expression_attribute_values(":run", text(request.run_id.as_str()))
    }

    /// Returns whether this owner holds the lease of the run now. Asks once.
    ///
    /// The check is a separate read and not part of a transaction with the write that follows. Transactions of projects
    /// that run in parallel would conflict, because all of them read the same item. The lease can be lost between the
    /// check and the write, but it can just as well be lost between the entry and the mail.
    pub(super) async fn is_held_by(&self, operation: &'static str, run_id: &RunId, owner: &str) -> Result<bool> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key(keys::run(run_id), META)));
        let get = get
            .consistent_read(true)
            .projection_expression(format!("#owner, {FORMAT}"))
            .expression_attribute_names("#owner", "owner");
        let answer = get.customize().config_override(single_attempt()).send().await;
        let item = answer.map_err(|e| self.failure(e, operation))?.item.unwrap_or_default();
        verify(&item)?;
        Ok(ItemReader(&item).maybe("owner")? == Some(owner))
    }

    /// Moves the end of the lease, if the owner still holds it.
    pub(super) async fn extend_lease(&self, operation: &'static str, request: &RenewRun) -> Result<LeaseUpdate> {
        let update = self.meta(&request.run_id, &request.owner).condition_expression(IF_MINE);
        let until = text(moment(lease_end(request.now, request.lease)));
        let update = update.update_expression("SET lease_until = :until").expression_attribute_values(":until", until);
        self.send_update(operation, update).await
    }

    /// Releases the lease of a run. Also stores the summary if the run is finished.
    pub(super) async fn release_lease(
        &self,
        operation: &'static str,
        request: &CloseRun,
        summary: Option<&LongText<'_>>,
    ) -> Result<LeaseUpdate> {
        let mut set = vec!["closed_at = :now".to_owned(), "closed_by = :me".to_owned()];
        let mut update = self.meta(&request.run_id, &request.owner).condition_expression(IF_MINE);
        update = update.expression_attribute_values(":now", text(request.now.to_string()));
        if let Some(summary) = summary {
            set.push("finished_at = :now".to_owned());
            for (name, value) in summary.attributes("summary") {
                set.push(format!("{name} = :{name}"));
                update = update.expression_attribute_values(format!(":{name}"), value);
            }
        }
        let set = format!("SET {} REMOVE #owner, lease_until", set.join(", "));
        self.send_update(operation, update.update_expression(set)).await
    }

    fn meta(&self, run_id: &RunId, owner: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(keys::run(run_id), META)))
            // `owner` and `ttl` are reserved words of DynamoDB
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(owner))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    async fn send_update(&self, operation: &'static str, update: UpdateItemFluentBuilder) -> Result<LeaseUpdate> {
        Patience::default().repeat(|| self.update_once(operation, update.clone())).await
    }

    async fn update_once(&self, operation: &'static str, update: UpdateItemFluentBuilder) -> Result<LeaseUpdate> {
        match update.customize().config_override(single_attempt()).send().await {
            Ok(answer) => Ok(LeaseUpdate::Made(answer.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    let item = refused.item.clone().unwrap_or_default();
                    verify(&item)?;
                    Ok(LeaseUpdate::Refused(item))
                }
                _ => Err(self.failure(error, operation)),
            },
        }
    }
}
