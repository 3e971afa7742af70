//! History and run ledger in one DynamoDB table: [`DynamoDbTable`] describes it.

mod batch;
mod dynamodb_history;
mod dynamodb_ledger;
mod item;
mod keys;
mod lease;
mod long_text;
mod query;
mod setup;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::aws::sdk_error;
use crate::{Backend, BackendReport, Error, ErrorKind, Result, Setting};

/// A year and some: the same week of last year can still be compared.
const RETENTION: Duration = Duration::from_hours(400 * 24);

/// History and run ledger in one DynamoDB table, made by [`Backend::setup`].
///
/// Resolved issues, runs and everything of the ledger expire after 400 days. What is in the table can be read by hand.
///
/// ```
/// use findings_core::aws::DynamoDbTable;
/// # use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
/// # let config = aws_sdk_dynamodb::Config::builder().behavior_version(BehaviorVersion::latest()).build();
/// let client = aws_sdk_dynamodb::Client::from_conf(config);
/// let table = DynamoDbTable::new(client, "findings");
/// ```
///
/// # The table
/// Keys `PK` and `SK`, both text. On demand, point-in-time recovery, deletion protection, items expire by the attribute `ttl`. Names and addresses go into keys as hashes
/// (32 hex digits of SHA-256), because keys have limits in length and content that names do not know; the names stand beside them as attributes.
///
/// | item | `PK` | `SK` | attributes | expires |
/// | --- | --- | --- | --- | --- |
/// | issue of a project | `PROJ#<project>` | `ISS#<issue ID>` | `project` `account_id` `region` `control_id` `title` `resource` `severity` `workflow` `first_seen` `last_seen` `opened_in` `reopened` `finding_id` `severity_before` `severity_changed_in` `decided_at` `resolved_at` `resolved_in` `resolution` | once resolved |
/// | delivered run of a project | `PROJ#<project>` | `RUN#<run ID>` | `project` `run_id` `at` `complete` `incomplete_accounts` `critical` … `informational` `new` `reopened` `open` `worse` `resolved` `report` | yes |
/// | project | `PROJECTS` | `PROJ#<project>` | `project` | never |
/// | run of the job | `RUN#<run ID>` | `META` | `run_id` `begun_at` `owner` `lease_until` `closed_at` `closed_by` `finished_at` `summary` `forgetting` | yes |
/// | project that is done | `RUN#<run ID>` | `DONE#<project>` | `project` `outcome` | yes |
/// | message | `RUN#<run ID>` | `MSG#<project>#<notifier, recipient>` | `project` `notifier` `recipient` `state` `message_id` `reason` `at` | yes |
/// | part of a long text | `RUN#<run ID>` | `PART#<text>#<number>` | `text` | yes |
///
/// * The key of a delivered run has no time in it: a task that is continued reads its findings again, at another time, and its run has to take the
///   place of the first. A project has a few hundred runs at the most, so all are read and sorted.
/// * A run's item is written only after all issues of its commit: whoever sees the run sees its issues.
/// * A project is put on the list of projects once; whoever commits reads the list once. An unchanged week is one write a project.
/// * One attribute for each field. A summary or outcome longer than 300,000 bytes, as a thousand projects make it, is cut into parts
///   that are named by the hash of the whole: they are written before the item that refers to them (`…_sha256`, `…_parts`), and never change.
/// * A lease is one conditional update of `META`. `forgetting` stands while the entries of a run that was forced are removed, so that a task that is
///   killed there leaves the rest of the removal, and not half a list of things done, to the next.
/// * Times that are compared inside DynamoDB (`lease_until`) have a fixed width. Everything is read consistently; expired items that DynamoDB has not
///   removed yet are passed over.
/// * An entry of the ledger is written after a look at the lease, so that a task that slept past its lease stops at its next entry.
/// * Permissions: `dynamodb:BatchWriteItem`, `GetItem`, `PutItem`, `UpdateItem`, `Query`; `DescribeTable` to check, and to set up `CreateTable`,
///   `DescribeContinuousBackups`, `UpdateContinuousBackups`, `DescribeTimeToLive`, `UpdateTimeToLive`, `UpdateTable`.
#[derive(Clone, Debug)]
pub struct DynamoDbTable {
    client: Client,
    name: String,
    retention: Duration,
    /// The partitions of the projects that are on the list; read by the first commit.
    listed: Arc<Mutex<Option<HashSet<String>>>>,
}

impl DynamoDbTable {
    /// The table of this name in the account and Region of the client.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), retention: RETENTION, listed: Arc::default() }
    }

    /// Keeps what expires for this long.
    pub fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// The `ttl` of an item that is written now. By the clock, because DynamoDB goes by the clock.
    fn expiry(&self) -> i64 {
        Timestamp::now().checked_add(self.retention).unwrap_or(Timestamp::MAX).as_second()
    }

    /// The error of a call to the table.
    fn failure<E>(&self, error: SdkError<E>, operation: &'static str) -> Error
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let failure = sdk_error(error, operation).with_subject(format!("table {}", self.name));
        match failure.kind() {
            ErrorKind::NotFound => failure
                .with_message("there is no such table in this account and Region; check its name, or set it up")
                .with_setting(Setting::History),
            _ => failure,
        }
    }
}

#[async_trait]
impl Backend for DynamoDbTable {
    async fn check(&self) -> Result<BackendReport> {
        self.check_table().await.map(BackendReport::new)
    }

    async fn setup(&self) -> Result<BackendReport> {
        self.set_up_table().await.map(BackendReport::new)
    }
}
