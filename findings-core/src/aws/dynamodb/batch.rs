//! Writing many items: 25 at a time, and again what DynamoDB left over.

use std::time::Duration;

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};

use super::DynamoDbTable;
use super::item::Item;
use crate::{Error, ErrorKind, Result};

/// What BatchWriteItem takes.
const BATCH: usize = 25;
/// Attempts of which none gets a single item through before it is an error; with the pauses between them half a minute.
const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One item to write or to remove.
pub(super) enum Write {
    Put(Item),
    Delete(Item),
}

impl Write {
    fn request(self) -> Result<WriteRequest, aws_sdk_dynamodb::error::BuildError> {
        let request = WriteRequest::builder();
        Ok(match self {
            Self::Put(item) => request.put_request(PutRequest::builder().set_item(Some(item)).build()?),
            Self::Delete(key) => request.delete_request(DeleteRequest::builder().set_key(Some(key)).build()?),
        }
        .build())
    }
}

impl DynamoDbTable {
    /// Writes what `encode` makes of each thing and counts it. No key may come twice: DynamoDB would refuse the batch.
    ///
    /// One batch after the other: a partition takes a thousand writes a second, which this reaches already. Items are encoded when their turn
    /// comes, because as the SDK keeps them they are several times larger.
    pub(super) async fn write_all<T: Sync>(
        &self,
        operation: &'static str,
        things: &[T],
        encode: impl Fn(&T) -> Write + Send + Sync,
    ) -> Result<u64> {
        for chunk in things.chunks(BATCH) {
            let batch: Result<Vec<_>, _> = chunk.iter().map(|thing| encode(thing).request()).collect();
            let batch = batch.map_err(|e| Error::new(ErrorKind::InvalidInput, operation).with_source(e))?;
            self.write_batch(operation, batch).await?;
        }
        Ok(things.len() as u64)
    }

    async fn write_batch(&self, operation: &'static str, mut pending: Vec<WriteRequest>) -> Result<()> {
        let mut fruitless = 0;
        loop {
            let left = match self.send_batch(operation, pending.clone()).await {
                Ok(left) if left.is_empty() => return Ok(()),
                Ok(left) => left,
                // all of it was refused, which is told as an error although some of it is told as a success
                Err(e) if e.is_retryable() && fruitless + 1 < ATTEMPTS => pending.clone(),
                Err(e) => return Err(e),
            };
            fruitless = if left.len() < pending.len() { 0 } else { fruitless + 1 };
            if fruitless >= ATTEMPTS {
                return Err(Error::new(ErrorKind::Throttled, operation)
                    .with_subject(format!("table {}", self.name))
                    .with_message(format!("{} items were refused {ATTEMPTS} times in a row", left.len())));
            }
            pending = left;
            tokio::time::sleep(pause(fruitless)).await;
        }
    }

    /// Sends one batch and returns what was left over.
    async fn send_batch(&self, operation: &'static str, batch: Vec<WriteRequest>) -> Result<Vec<WriteRequest>> {
        let sent = self.client.batch_write_item().request_items(&self.name, batch).send().await;
        let answer = sent.map_err(|e| self.failure(e, operation))?;
        Ok(answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect())
    }
}

/// Doubles with each fruitless attempt; by chance up to half shorter, so that tasks that were refused together do not come back together.
fn pause(fruitless: u32) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(1 << fruitless.min(10)).min(LONGEST_PAUSE);
    full.mul_f64(1.0 - fastrand::f64() / 2.0)
}
