//! Writes many items in batches of 25 and retries the items that DynamoDB did not process.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};

use super::item::Item;
use super::{DynamoDbTable, single_attempt};
use crate::patience::{Patience, given_up};
use crate::{Error, ErrorKind, Result};

/// The most items that one call of BatchWriteItem accepts.
const BATCH: usize = 25;

fn write(item: Item) -> Result<WriteRequest, aws_sdk_dynamodb::error::BuildError> {
    let put = PutRequest::builder().set_item(Some(item)).build()?;
    Ok(WriteRequest::builder().put_request(put).build())
}

impl DynamoDbTable {
    /// Encodes and writes all values and returns their number. Keys must be unique: DynamoDB refuses a batch with
    /// duplicate keys.
    ///
    /// Batches are sent one after the other, which already reaches the limit of a partition (1,000 writes per second).
    /// Values are encoded batch by batch, because the SDK's form of an item takes several times more memory.
    pub(super) async fn write_all<T: Sync>(
        &self,
        operation: &'static str,
        values: &[T],
        encode: impl Fn(&T) -> Result<Item> + Send + Sync,
    ) -> Result<u64> {
        for chunk in values.chunks(BATCH) {
            let invalid = |error| Error::new(ErrorKind::InvalidInput, operation).with_source(error);
            let batch = chunk.iter().map(|value| write(encode(value)?).map_err(invalid)).collect::<Result<_>>()?;
            self.write_batch(operation, batch).await?;
        }
        Ok(values.len() as u64)
    }

    fn refused(&self, operation: &'static str, items: usize) -> Error {
        Error::new(ErrorKind::Throttled, operation)
            .with_subject(format!("table {}", self.name))
            .with_message(format!("{items} items were refused"))
    }

    /// Writes one batch. The attempts that count are those in a row that write no item at all.
    async fn write_batch(&self, operation: &'static str, mut pending: Vec<WriteRequest>) -> Result<()> {
        let (patience, mut fruitless) = (Patience::default(), 0);
        loop {
            let (left, error) = match self.send_batch(operation, pending.clone()).await {
                Ok(left) if left.is_empty() => return Ok(()),
                Ok(left) => {
                    let error = self.refused(operation, left.len());
                    (left, error)
                }
                // DynamoDB returns an error if it wrote no item of the batch, and success if it wrote some
                Err(error) if Patience::allows(&error) => (pending.clone(), error),
                Err(error) => return Err(error),
            };
            fruitless = if left.len() < pending.len() { 0 } else { fruitless + 1 };
            if fruitless >= patience.attempts {
                return Err(given_up(error, fruitless));
            }
            pending = left;
            tokio::time::sleep(patience.pause(fruitless)).await;
        }
    }

    /// Sends one batch and returns the unprocessed items.
    async fn send_batch(&self, operation: &'static str, batch: Vec<WriteRequest>) -> Result<Vec<WriteRequest>> {
        let call = self.client.batch_write_item().request_items(&self.name, batch);
        let sent = call.customize().config_override(single_attempt()).send().await;
        let answer = sent.map_err(|e| self.failure(e, operation))?;
        Ok(answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect())
    }
}
