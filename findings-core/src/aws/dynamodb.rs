//! The history and the run ledger in one DynamoDB table. [`DynamoDbTable`] describes the table.

mod batch;
mod dynamodb_decisions;
mod dynamodb_history;
mod dynamodb_ledger;
mod dynamodb_links;
mod finished_run;
mod format_version;
mod item;
mod keys;
mod lease;
mod long_text;
mod message_item;
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
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use jiff::Timestamp;
use tokio::sync::Mutex;

use self::format_version::{unknown_version, unless_newer};
use self::item::Item;
use crate::aws::sdk_error;
use crate::patience::Patience;
use crate::{Backend, BackendReport, Error, ErrorKind, Result, Setting};

/// How long one attempt of a call may take. A page of a query has up to 1 MB, and a batch of parts up to 8 MB.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(15);

/// How long expiring items are kept. More than a year, to compare a report with the same week of last year.
const RETENTION: Duration = Duration::from_hours(400 * 24);

/// The history and the run ledger in one DynamoDB table, which [`Backend::setup`] creates.
///
/// Resolved issues, runs and all ledger items expire after 400 days. All attributes are readable in the console.
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
/// The keys are `PK` and `SK`, both strings. The table uses on-demand capacity, point-in-time recovery and deletion
/// protection. Items expire by the attribute `ttl`. Keys contain hashes of names and addresses (32 hex digits of
/// SHA-256), because DynamoDB limits the length and content of keys. The names themselves are attributes of the item.
///
/// | item | `PK` | `SK` | attributes | expires |
/// | --- | --- | --- | --- | --- |
/// | issue of a project | `PROJ#<project>` | `ISS#<issue ID>` | `project` `account_id` `region` `control_id` `title` `resource` `severity` `workflow` `first_seen` `last_seen` `opened_in` `reopened` `finding_id` `severity_before` `severity_changed_in` `decided_at` `resolved_at` `resolved_in` `resolution` `sources` | once resolved |
/// | decision about an issue | `PROJ#<project>` | `DEC#<issue ID>#<decision ID>` | `project` `issue_id` `decision_id` `account_id` `kind` `owner` `due` `comment` `decided_by` `run_id` `at` `mirrored_at` | never |
/// | file that came back | `FILE#<SHA-256>` | `FILE` | `name` `project` `taken_at` `taken` `not_taken` | always |
/// | delivered run of a project | `PROJ#<project>` | `RUN#<run ID>` | `project` `run_id` `at` `complete` `incomplete_accounts` `critical` … `informational` `new` `reopened` `open` `worse` `resolved` `report` `sources` | yes |
/// | project | `PROJECTS` | `PROJ#<project>` | `project` | never |
/// | run of the job | `RUN#<run ID>` | `META` | `run_id` `begun_at` `owner` `lease_until` `closed_at` `closed_by` `finished_at` `summary` `edition` `redo` | yes |
/// | run that was finished last | `RUNS` | `LAST_FINISHED` | `run_id` `finished_at` `complete` | never |
/// | project that is done | `RUN#<run ID>` | `DONE#<project>` | `project` `outcome` | yes |
/// | message | `RUN#<run ID>` | `MSG#<project>#<notifier, recipient>` | `project` `notifier` `recipient` `edition` `state` `message_id` `reason` `at` | yes |
/// | link | `LINK#<SHA-256 of its token>` | `LINK` | `key` `name` `project` `run_id` `recipient` `issued_at` `expires_at` `revoked_at` `opened` `first_opened_at` `last_opened_at` `last_opened_from` | 35 days after the link at the earliest |
/// | link in the list of its project | `PROJ#<project>` | `LINK#<time>#<SHA-256 of its token>` | none | with the link |
/// | part of a long text | `RUN#<run ID>` | `PART#<text>#<number>` | `text` | yes |
///
/// * The key of a delivered run contains no time. A continued task reads its findings again at a later time, and its
///   run must replace the first one. A project has a few hundred runs at most, so a reader reads and sorts all of them.
/// * The item of a run is written after all issues of its commit. A reader that sees the run also sees its issues.
/// * A project is added to the list of projects once. Each process reads the list once, before its first commit. A week
///   without changes costs one write per project.
/// * Each field is one attribute. A summary or outcome longer than 300,000 bytes (about a thousand projects) is cut
///   into parts, which are named by the hash of the whole text. The parts are written before the item that refers to
///   them (`…_sha256`, `…_parts`) and never change.
/// * A lease is one conditional update of `META`. A message is one conditional write, so what was sent stays so.
/// * Each item has a `format_version`; items without it have version 1. An item of a version that this version of the
///   crate does not know is an error of the kind [`InvalidInput`](ErrorKind::InvalidInput) for every reader. The lease of
///   its run is refused, its entry of the ledger stays, and so does a run in the history. A pipeline reads the history of
///   a project before it writes it; another program that writes without reading does not notice newer issues.
/// * Times that DynamoDB compares (`lease_until`, and `finished_at` of the last run) have a fixed width. All reads are
///   consistent. Expired items that DynamoDB has not removed yet are ignored.
/// * The lease is checked before each ledger entry is written. A task that was suspended beyond its lease stops at its
///   next entry.
/// * Permissions for every run: `dynamodb:BatchWriteItem`, `GetItem`, `PutItem`, `UpdateItem`, `Query`. The check also
///   needs `DescribeTable`. Setup also needs `CreateTable`, `DescribeContinuousBackups`, `UpdateContinuousBackups`,
///   `DescribeTimeToLive`, `UpdateTimeToLive`, `UpdateTable`.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use findings_core::aws::DynamoDbTable;
/// use findings_core::{Backend, HistoryReader, HistorySink, RunLedger};
/// # async fn example() -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let table = DynamoDbTable::new(aws_sdk_dynamodb::Client::new(&config), "findings");
/// table.setup().await?;
/// // one table is history and ledger
/// let (sink, ledger): (Arc<dyn HistorySink>, Arc<dyn RunLedger>) = (Arc::new(table.clone()), Arc::new(table));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct DynamoDbTable {
    client: Client,
    name: String,
    retention: Duration,
    /// The partition keys of the listed projects. `None` until the first commit reads the list.
    listed: Arc<Mutex<Option<HashSet<String>>>>,
}

impl DynamoDbTable {
    /// Uses the table of this name in the account and Region of the client.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), retention: RETENTION, listed: Arc::default() }
    }

    /// Sets how long expiring items are kept (400 days by default).
    pub fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Returns the `ttl` of an item that is written now, in seconds since 1970.
    ///
    /// It depends on the clock and not on the time of the run, because DynamoDB compares it with its own clock.
    fn expiry(&self) -> i64 {
        Timestamp::now().checked_add(self.retention).unwrap_or(Timestamp::MAX).as_second()
    }

    /// Writes one item, unless it would replace an item of a newer version.
    async fn put(&self, operation: &'static str, item: Item) -> Result<()> {
        Patience::default().repeat(|| self.put_once(operation, item.clone())).await
    }

    async fn put_once(&self, operation: &'static str, item: Item) -> Result<()> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item.clone()));
        let is_put = self.put_if_allowed(operation, unless_newer(put)).await?;
        if is_put { Ok(()) } else { Err(unknown_version(&item, "?")) }
    }

    /// Converts the error of a call to the table.
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

/// Returns the configuration of one attempt: without the retries of the SDK, because [`Patience`] repeats calls, and with
/// a time limit, because the SDK has none.
///
/// [`Patience`]: crate::patience::Patience
fn single_attempt() -> Builder {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_LIMIT).build();
    Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts)
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
