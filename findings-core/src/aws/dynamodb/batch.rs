//! Writes many items in batches of 25 and retries the items that DynamoDB did not process.

use std::time::Duration;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};

use super::DynamoDbTable;
use super::item::Item;
use crate::{Error, ErrorKind, Result};

/// The most items that one call of BatchWriteItem accepts.
const BATCH: usize = 25;
/// How many attempts in a row may write no item at all before the batch fails; about half a minute with the pauses.
const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

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
        encode: impl Fn(&T) -> Item + Send + Sync,
    ) -> Result<u64> {
        for chunk in values.chunks(BATCH) {
            let batch: Result<Vec<_>, _> = chunk.iter().map(|value| write(encode(value))).collect();
            let batch = batch.map_err(|e| Error::new(ErrorKind::InvalidInput, operation).with_source(e))?;
            self.write_batch(operation, batch).await?;
        }
        Ok(values.len() as u64)
    }

    fn refused(&self, operation: &'static str, items: usize) -> Error {
        Error::new(ErrorKind::Throttled, operation)
            .with_subject(format!("table {}", self.name))
            .with_message(format!("{items} items were refused {ATTEMPTS} times in a row"))
    }

    async fn write_batch(&self, operation: &'static str, mut pending: Vec<WriteRequest>) -> Result<()> {
        let mut fruitless = 0;
        loop {
            let left = match self.send_batch(operation, pending.clone()).await {
                Ok(left) if left.is_empty() => return Ok(()),
                Ok(left) => left,
                // DynamoDB returns an error if it wrote no item of the batch, and success if it wrote some
                Err(e) if e.is_retryable() && fruitless + 1 < ATTEMPTS => pending.clone(),
                Err(e) => return Err(e),
            };
            fruitless = if left.len() < pending.len() { 0 } else { fruitless + 1 };
            if fruitless >= ATTEMPTS {
                return Err(self.refused(operation, left.len()));
            }
            pending = left;
            tokio::time::sleep(pause(fruitless)).await;
        }
    }

    /// Sends one batch and returns the unprocessed items.
    async fn send_batch(&self, operation: &'static str, batch: Vec<WriteRequest>) -> Result<Vec<WriteRequest>> {
        let sent = self.client.batch_write_item().request_items(&self.name, batch).send().await;
        let answer = sent.map_err(|e| self.failure(e, operation))?;
        Ok(answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect())
    }
}

/// Returns the pause before the next attempt.
///
/// It doubles with each fruitless attempt. A random part of up to half is taken off, so that tasks that were throttled
/// together do not retry together.
fn pause(fruitless: u32) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(1 << fruitless.min(10)).min(LONGEST_PAUSE);
    full.mul_f64(1.0 - fastrand::f64() / 2.0)
}
