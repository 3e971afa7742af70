//! The lease: conditional updates of a run's `META` item. The answer to a refused one brings the item along, which says why.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::DynamoDbTable;
use super::item::{Item, ItemReader, key, number, text};
use super::keys::{self, META, moment};
use super::long_text::LongText;
use crate::ledger::{AcquireRun, CloseRun, Lease, RenewRun, RunState, lease_end};
use crate::{Result, RunId};

/// What became of a conditional update.
pub(super) enum Update {
    /// It was made; the item as it was before, empty if there was none.
    Made(Item),
    /// The condition did not hold for this item.
    Refused(Item),
}

/// A run's `META` item.
pub(super) struct Meta<'a>(pub(super) &'a Item);

impl Meta<'_> {
    /// Whether entries of an earlier, finished go at the run still have to be removed.
    pub(super) fn is_forgetting(&self) -> bool {
        self.0.contains_key("forgetting")
    }

    /// What the lease is decided by.
    pub(super) fn state(&self) -> Result<RunState> {
        let reader = ItemReader(self.0);
        let lease = match reader.maybe("owner")? {
            Some(owner) => Some(Lease { owner: owner.to_owned(), until: reader.value("lease_until")? }),
            None => None,
        };
        Ok(RunState { begun: !self.0.is_empty(), finished: self.0.contains_key("finished_at"), lease })
    }

    /// Whether this very request has closed it: the SDK repeats a call whose answer was lost.
    pub(super) fn was_closed_by(&self, request: &CloseRun) -> bool {
        let reader = ItemReader(self.0);
        let is = |name, value: &str| reader.maybe(name).is_ok_and(|v| v == Some(value));
        is("closed_by", &request.owner) && is("closed_at", &request.now.to_string())
    }
}

const TAKE: &str = "SET #owner = :me, lease_until = :until, run_id = :run, #ttl = :ttl, \
     begun_at = if_not_exists(begun_at, :begun) REMOVE closed_at, closed_by";
const IF_FREE: &str = "attribute_not_exists(finished_at) \
     AND (attribute_not_exists(#owner) OR #owner = :me OR lease_until <= :now)";

const RESTART: &str = "SET #owner = :me, lease_until = :until, run_id = :run, #ttl = :ttl, begun_at = :begun, forgetting = :yes \
     REMOVE closed_at, closed_by, finished_at, summary, summary_sha256, summary_parts";

const IF_MINE: &str = "#owner = :me";

impl DynamoDbTable {
    /// Takes a run that nobody works on and that is not finished.
    pub(super) async fn take(&self, operation: &'static str, request: &AcquireRun) -> Result<Update> {
        let update = self.taking(request).update_expression(TAKE).condition_expression(IF_FREE);
        self.send_update(operation, update.expression_attribute_values(":now", text(moment(request.now)))).await
    }

    /// Takes a run that is finished.
    pub(super) async fn restart(&self, operation: &'static str, request: &AcquireRun) -> Result<Update> {
        let update =
            self.taking(request).update_expression(RESTART).condition_expression("attribute_exists(finished_at)");
        self.send_update(operation, update.expression_attribute_values(":yes", AttributeValue::Bool(true))).await
    }

    fn taking(&self, request: &AcquireRun) -> UpdateItemFluentBuilder {
        self.meta(&request.run_id, &request.owner)
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":ttl", number(self.expiry()))
            .expression_attribute_values(":until", text(moment(lease_end(request.now, request.lease))))
            .expression_attribute_values(":begun", text(request.now.to_string()))
            .expression_attribute_values(":run", text(request.run_id.as_str()))
    }

    /// Whether this owner holds the run now.
    ///
    /// A read before the write and not one transaction with it: transactions of projects that work side by side would refuse each other over the one
    /// item that they all look at. What slips through the moment between the two slips through between the entry and the mail as well.
    pub(super) async fn is_held_by(&self, operation: &'static str, run_id: &RunId, owner: &str) -> Result<bool> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key(keys::run(run_id), META)));
        let get =
            get.consistent_read(true).projection_expression("#owner").expression_attribute_names("#owner", "owner");
        let item = get.send().await.map_err(|e| self.failure(e, operation))?.item.unwrap_or_default();
        Ok(ItemReader(&item).maybe("owner")? == Some(owner))
    }

    pub(super) async fn prolong(&self, operation: &'static str, request: &RenewRun) -> Result<Update> {
        let update = self.meta(&request.run_id, &request.owner).condition_expression(IF_MINE);
        let until = text(moment(lease_end(request.now, request.lease)));
        let update = update.update_expression("SET lease_until = :until").expression_attribute_values(":until", until);
        self.send_update(operation, update).await
    }

    /// Gives a run up, with its summary if it is finished.
    pub(super) async fn give_up(
        &self,
        operation: &'static str,
        request: &CloseRun,
        summary: Option<&LongText<'_>>,
    ) -> Result<Update> {
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

    /// Notes that nothing of an earlier go at the run is left.
    pub(super) async fn forgotten(&self, operation: &'static str, request: &AcquireRun) -> Result<Update> {
        let update = self.meta(&request.run_id, &request.owner).condition_expression(IF_MINE);
        self.send_update(operation, update.update_expression("REMOVE forgetting")).await
    }

    fn meta(&self, run_id: &RunId, owner: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(keys::run(run_id), META)))
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(owner))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    async fn send_update(&self, operation: &'static str, update: UpdateItemFluentBuilder) -> Result<Update> {
        match update.send().await {
            Ok(answer) => Ok(Update::Made(answer.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Update::Refused(refused.item.clone().unwrap_or_default()))
                }
                _ => Err(self.failure(error, operation)),
            },
        }
    }
}
