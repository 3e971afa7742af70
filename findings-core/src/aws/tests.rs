//! Tests of the patience with DynamoDB and S3: which faults each of their calls outlasts.
//!
//! A scripted connection stands in for the services. The clock is paused, so that pauses take no time.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use serde_json::json;

use super::{DynamoDbTable, S3Registry, S3Store};
use crate::history::ListProjects;
use crate::ledger::{AcquireRun, LedgerEntry, MessageEntry, MessageState, RecordEntry, RunLedger};
use crate::store::{ArtifactStore, PutArtifact};
use crate::{Error, ErrorKind, HistoryReader, ProjectRegistry, Result, RunId};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Throttled,
    InternalError,
    /// The connection is closed before the response.
    Closed,
    /// The body of the response ends too early.
    Cut,
    Hang,
}

const FAULTS: [Fault; 5] = [Fault::Throttled, Fault::InternalError, Fault::Closed, Fault::Cut, Fault::Hang];

impl Fault {
    fn kind(self) -> ErrorKind {
        match self {
            Self::Throttled => ErrorKind::Throttled,
            Self::InternalError | Self::Closed => ErrorKind::Unavailable,
            Self::Cut => ErrorKind::Malformed,
            Self::Hang => ErrorKind::Timeout,
        }
    }
}

/// A connection that fails the first calls of one operation. Other calls are answered.
#[derive(Clone)]
struct Connection {
    operation: &'static str,
    fault: Fault,
    faults: usize,
    /// Whether another owner has the lease from the second look at it.
    loses_lease: bool,
    calls: Arc<Mutex<Vec<String>>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target");
        let operation = target.map_or(request.method(), |t| t.rsplit('.').next().unwrap()).to_owned();
        let calls = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(operation.clone());
            calls.iter().filter(|call| **call == operation).count()
        };
        if operation != self.operation || calls > self.faults {
            return answer(200, self.body(&operation, calls));
        }
        match (self.fault, target) {
            (Fault::Throttled, Some(_)) => answer(400, json!({"__type": "ThrottlingException"}).to_string()),
            (Fault::Throttled, None) => answer(503, "<Error><Code>SlowDown</Code></Error>".to_owned()),
            (Fault::InternalError, _) => answer(500, String::new()),
            (Fault::Closed, _) => HttpConnectorFuture::ready(Err(ConnectorError::io("closed".into()))),
            (Fault::Cut, _) => answer(200, "{\"Item".to_owned()),
            (Fault::Hang, _) => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

fn answer(status: u16, body: String) -> HttpConnectorFuture {
    HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))))
}

impl Connection {
    fn new(operation: &'static str, fault: Fault, faults: usize) -> Self {
        Self { operation, fault, faults, loses_lease: false, calls: Arc::default() }
    }

    fn body(&self, operation: &str, calls: usize) -> String {
        let owner = if self.loses_lease && calls > 1 { "another" } else { "me" };
        match operation {
            "GET" => "project,account_ids,recipients\nPayments,111100000001,a@example.com\n".to_owned(),
            "PUT" | "HEAD" => String::new(),
            "GetItem" => json!({"Item": {"owner": {"S": owner}}}).to_string(),
            _ => json!({}).to_string(),
        }
    }

    fn http(&self) -> SharedHttpClient {
        let connection = self.clone();
        http_client_fn(move |_, _| SharedHttpConnector::new(connection.clone()))
    }

    /// An ordinary client, as an embedding program makes it.
    fn table(&self) -> DynamoDbTable {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(credentials())
            .http_client(self.http());
        DynamoDbTable::new(aws_sdk_dynamodb::Client::from_conf(config.build()), "findings")
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(credentials())
            .http_client(self.http());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    fn store(&self) -> S3Store {
        S3Store::new(self.s3(), SharedCredentialsProvider::new(credentials()), "bucket", "")
    }

    async fn perform(&self) -> Result<()> {
        let (table, key) = (self.table(), || "a.xlsx".parse().unwrap());
        match self.operation {
            "Query" => table.projects(&ListProjects::new()).await.map(drop),
            "GetItem" | "PutItem" => table.record(&RecordEntry::new(run(), "me", message())).await,
            "UpdateItem" => table.acquire(&AcquireRun::new(run(), "me", Timestamp::UNIX_EPOCH)).await.map(drop),
            "BatchWriteItem" => table.record(&RecordEntry::new(run(), "me", long_outcome())).await,
            "PUT" => self.store().put(&PutArtifact::new(key(), "x".into(), "text/plain")).await.map(drop),
            "HEAD" => self.store().size_of(&key()).await.map(drop),
            _ => S3Registry::new(self.s3(), "bucket", "projects.csv").load().await.map(drop),
        }
    }

    fn count(&self, operation: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| *call == operation).count()
    }
}

const OPERATIONS: [&str; 8] = ["Query", "GetItem", "PutItem", "UpdateItem", "BatchWriteItem", "PUT", "HEAD", "GET"];

/// Returns whether the fault shows in an answer of the operation: S3 answers without a body, or with any.
fn is_possible(operation: &str, fault: Fault) -> bool {
    fault != Fault::Cut || operation.len() > 4
}

/// Returns the number of attempts. Those of S3 that hang take longer than there is patience for twelve.
fn attempts(operation: &str, fault: Fault) -> usize {
    if fault == Fault::Hang && operation.len() <= 4 { 8 } else { 12 }
}

fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "test")
}

fn run() -> RunId {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn message() -> LedgerEntry {
    let (recipient, state) = ("a@example.com".parse().unwrap(), MessageState::Intent);
    LedgerEntry::Message(MessageEntry::new("Payments", "ses", recipient, state, Timestamp::UNIX_EPOCH))
}

/// An outcome that is stored in parts, for which batches are written.
fn long_outcome() -> LedgerEntry {
    LedgerEntry::ProjectDone { project: "Payments".to_owned(), outcome: "x".repeat(300_001) }
}

#[tokio::test(start_paused = true)]
async fn every_call_outlasts_every_fault() {
    for operation in OPERATIONS {
        for fault in FAULTS.into_iter().filter(|fault| is_possible(operation, *fault)) {
            for faults in [1, 3, 6, attempts(operation, fault) - 1] {
                let connection = Connection::new(operation, fault, faults);
                let result = connection.perform().await;
                assert!(result.is_ok(), "{operation}, {fault:?} {faults} times: {}", result.unwrap_err().report());
                assert_eq!(connection.count(operation), faults + 1, "{operation}, {fault:?}");
            }
        }
    }
}

fn assert_given_up(error: &Error, connection: &Connection) {
    let (operation, fault, text) = (connection.operation, connection.fault, error.report());
    assert_eq!(error.kind(), fault.kind(), "{operation}, {fault:?}: {text}");
    assert_eq!(
        connection.count(operation),
        if fault == Fault::Hang && operation.len() <= 4 { 8 } else { 12 },
        "{text}"
    );
    let advice = match fault {
        Fault::Throttled => "raise the quota, or run again later",
        Fault::Cut => "check the network and proxies",
        _ => "check the network and the state of the service",
    };
    assert!(text.contains("tried ") && text.contains(advice), "{operation}, {fault:?}: {text}");
    assert!(text.contains("table findings") || text.contains("s3://bucket/"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn lasting_faults_are_given_up_with_advice() {
    for operation in OPERATIONS {
        for fault in FAULTS.into_iter().filter(|fault| is_possible(operation, *fault)) {
            let connection = Connection::new(operation, fault, usize::MAX);
            assert_given_up(&connection.perform().await.unwrap_err(), &connection);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn entry_is_not_written_again_after_the_lease_was_lost() {
    let connection = Connection { loses_lease: true, ..Connection::new("PutItem", Fault::Throttled, 1) };
    assert_eq!(connection.perform().await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!((connection.count("PutItem"), connection.count("GetItem")), (1, 2));
}
