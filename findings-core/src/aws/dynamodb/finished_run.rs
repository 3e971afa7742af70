//! The item of the run that was finished last.

use super::format_version::{IF_KNOWN, newest, verify};
use super::item::{ItemBuilder, ItemReader, key, text};
use super::keys::{LAST_FINISHED, moment};
use super::{DynamoDbTable, single_attempt};
use crate::Result;
use crate::ledger::FinishedRun;
use crate::patience::Patience;

/// An earlier time never replaces a later one. Both have a fixed width.
const IF_LATER: &str = "attribute_not_exists(PK) OR finished_at <= :at";

impl DynamoDbTable {
    /// Notes the run as the one that was finished last, unless a later one is noted.
    pub(super) async fn note_finished(&self, operation: &'static str, finished: &FinishedRun) -> Result<()> {
        let (pk, sk) = LAST_FINISHED;
        let at = moment(finished.at);
        let item = ItemBuilder::new(pk, sk).text("run_id", finished.run_id.as_str()).text("finished_at", &*at);
        let item = item.flag("complete", finished.complete).build();
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        let put = put
            .condition_expression(format!("({IF_LATER}) AND ({IF_KNOWN})"))
            .expression_attribute_values(":at", text(at))
            .expression_attribute_values(":format_version", newest());
        Patience::default().repeat(|| self.put_if_allowed(operation, put.clone())).await.map(drop)
    }

    /// Returns the run that was finished last, if one is noted.
    pub(super) async fn read_last_finished(&self, operation: &'static str) -> Result<Option<FinishedRun>> {
        let (pk, sk) = LAST_FINISHED;
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key(pk, sk))).consistent_read(true);
        let ask = async || {
            let answer = get.clone().customize().config_override(single_attempt()).send().await;
            answer.map_err(|e| self.failure(e, operation))
        };
        let Some(item) = Patience::default().repeat(ask).await?.item else { return Ok(None) };
        verify(&item)?;
        let reader = ItemReader(&item);
        Ok(Some(FinishedRun::new(reader.value("run_id")?, reader.value("finished_at")?, reader.flag("complete")?)))
    }
}
