//! Tests against a connection with scripted responses: refusals and pages that emulators do not produce.
//!
//! The clock is paused, so that pauses take no time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::{DynamoDbTable, config, issue, moment, run, run_id};
use crate::history::{HistoryCommit, HistoryQuery, HistoryReader, HistorySink, ListProjects};
use crate::ledger::{CloseRun, RunLedger};
use crate::{Backend, ErrorKind};

type Answer = (u16, Value);
type Answering = dyn Fn(&str, &Value, usize) -> Answer + Send + Sync;

/// A connection that responds by operation, body and number of earlier calls, and records the calls.
#[derive(Clone)]
struct Script {
    answer: Arc<Answering>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let mut asked = self.asked.lock().unwrap();
        let (status, answer) = (self.answer)(&operation, &body, asked.len());
        asked.push((operation, body));
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(answer.to_string()));
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl Script {
    /// Calls `answer` with the operation, its body and the number of earlier calls.
    fn new(answer: impl Fn(&str, &Value, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), asked: Arc::default() }
    }

    fn table(&self) -> DynamoDbTable {
        let script = self.clone();
        let http = http_client_fn(move |_, _| SharedHttpConnector::new(script.clone()));
        DynamoDbTable::new(Client::from_conf(config().http_client(http).build()), "findings")
    }

    fn operations(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(operation, _)| operation.clone()).collect()
    }
}

fn error(status: u16, code: &str) -> Answer {
    (status, json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "no" }))
}

fn commit(issues: u32) -> HistoryCommit {
    HistoryCommit::new("Payments", run(), (0..issues).map(issue).collect::<Vec<_>>())
}

#[tokio::test(start_paused = true)]
async fn unprocessed_items_are_sent_again() {
    // the table takes seven items of a batch, and none of every third batch
    let written: Arc<Mutex<BTreeMap<String, u32>>> = Arc::default();
    let count = Arc::clone(&written);
    let script = Script::new(move |operation, body, n| {
        if operation != "BatchWriteItem" {
            return (200, json!({}));
        }
        let batch = body["RequestItems"]["findings"].as_array().unwrap();
        assert!((1..=25).contains(&batch.len()));
        let (taken, left) = batch.split_at(if n % 3 == 2 { 0 } else { batch.len().min(7) });
        for item in taken {
            let key = item["PutRequest"]["Item"]["SK"]["S"].as_str().unwrap().to_owned();
            *count.lock().unwrap().entry(key).or_default() += 1;
        }
        let unprocessed = if left.is_empty() { json!({}) } else { json!({ "findings": left }) };
        (200, json!({ "UnprocessedItems": unprocessed }))
    });
    let receipt = script.table().commit(&commit(60)).await.unwrap();
    assert_eq!(receipt.writes, 62, "60 issues, the project's place on the list, the run");
    let written = written.lock().unwrap();
    assert_eq!(written.len(), 60);
    assert!(written.values().all(|n| *n == 1));
    let operations = script.operations();
    assert_eq!(operations[operations.len() - 3..], ["Query", "PutItem", "PutItem"], "list and run come last");
}

#[tokio::test(start_paused = true)]
async fn unwritten_issues_are_an_error_and_the_run_is_not_written() {
    let script = Script::new(|_, body, _| (200, json!({ "UnprocessedItems": body["RequestItems"] })));
    let error = script.table().commit(&commit(3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.to_string().contains("table findings: 3 items were refused; tried 12 times; "), "{error}");
    assert_eq!(script.operations(), vec!["BatchWriteItem"; 12]);
}

#[tokio::test(start_paused = true)]
async fn refused_batch_is_sent_again() {
    // more refusals than the SDK itself retries
    let script = Script::new(|operation, _, n| match operation {
        "BatchWriteItem" if n < 8 => error(400, "ProvisionedThroughputExceededException"),
        _ => (200, json!({ "UnprocessedItems": {} })),
    });
    script.table().commit(&commit(3)).await.unwrap();
    assert_eq!(script.operations().len(), 9 + 3);
    let script = Script::new(|_, _, _| error(400, "ProvisionedThroughputExceededException"));
    assert_eq!(script.table().commit(&commit(3)).await.unwrap_err().kind(), ErrorKind::Throttled);
}

#[tokio::test(start_paused = true)]
async fn permanent_refusals_are_not_retried() {
    for (status, code, kind) in [
        (400, "AccessDeniedException", ErrorKind::PermissionDenied),
        (400, "ResourceNotFoundException", ErrorKind::NotFound),
        (400, "ValidationException", ErrorKind::InvalidInput),
        (400, "UnrecognizedClientException", ErrorKind::Unauthenticated),
    ] {
        let script = Script::new(move |_, _, _| error(status, code));
        let failure = script.table().commit(&commit(3)).await.unwrap_err();
        assert_eq!(failure.kind(), kind, "{code}");
        assert_eq!(failure.subject(), Some("table findings"));
        assert_eq!(script.operations().len(), 1, "{code}");
    }
}

fn issue_json(n: u32) -> Value {
    json!({
        "PK": {"S": "PROJ#x"}, "SK": {"S": format!("ISS#{n:032x}")}, "account_id": {"S": "123456789012"}, "title": {"S": "x"},
        "severity": {"S": "HIGH"}, "workflow": {"S": "NEW"}, "first_seen": {"S": "2026-11-23T00:00:00Z"},
        "opened_in": {"S": "r"}, "reopened": {"N": "0"},
    })
}

#[tokio::test]
async fn query_continues_after_empty_page() {
    let script = Script::new(|_, body, _| {
        assert_eq!(body["ConsistentRead"], true);
        if body["ExpressionAttributeValues"][":prefix"]["S"] == "RUN#" {
            return (200, json!({ "Items": [] }));
        }
        let page = body["ExclusiveStartKey"]["SK"]["S"].as_str().map_or(0, |sk| sk.parse::<u32>().unwrap());
        let items = if page == 2 { json!([]) } else { json!([issue_json(page * 2), issue_json(page * 2 + 1)]) };
        let next = json!({ "PK": {"S": "PROJ#x"}, "SK": {"S": (page + 1).to_string()} });
        (200, if page == 4 { json!({ "Items": items }) } else { json!({ "Items": items, "LastEvaluatedKey": next }) })
    });
    let seen = script.table().project(&HistoryQuery::new("Payments")).await.unwrap();
    assert_eq!(seen.issues, [0, 1, 2, 3, 6, 7, 8, 9].map(issue));
}

#[tokio::test(start_paused = true)]
async fn each_page_of_a_query_has_the_whole_patience() {
    // as many refusals before each page as are outlasted
    let refused = Mutex::new(0);
    let script = Script::new(move |_, body, _| {
        let mut refused = refused.lock().unwrap();
        *refused += 1;
        if *refused % 12 != 0 {
            return error(400, "ProvisionedThroughputExceededException");
        }
        let page = body["ExclusiveStartKey"]["SK"]["S"].as_str().map_or(0, |sk| sk.parse::<u32>().unwrap());
        let next = json!({ "PK": {"S": "PROJ#x"}, "SK": {"S": (page + 1).to_string()} });
        let items = json!([{ "PK": {"S": "PROJECTS"}, "SK": {"S": "x"}, "project": {"S": page.to_string()} }]);
        (200, if page == 3 { json!({ "Items": items }) } else { json!({ "Items": items, "LastEvaluatedKey": next }) })
    });
    assert_eq!(script.table().projects(&ListProjects::new()).await.unwrap(), ["0", "1", "2", "3"]);
    assert_eq!(script.operations().len(), 4 * 12);
}

#[tokio::test]
async fn ten_thousand_issues_take_four_hundred_batches() {
    const ISSUES: u32 = 10_000;
    const PAGE: u32 = 500;
    let script = Script::new(|operation, body, _| {
        let mut answer = json!({ "UnprocessedItems": {} });
        if operation == "Query" && body["ExpressionAttributeValues"][":prefix"]["S"] == "ISS#" {
            let first = body["ExclusiveStartKey"]["SK"]["S"].as_str().map_or(0, |sk| sk.parse::<u32>().unwrap());
            answer["Items"] = (first..first + PAGE).map(issue_json).collect();
            if first + PAGE < ISSUES {
                answer["LastEvaluatedKey"] = json!({ "SK": {"S": (first + PAGE).to_string()} });
            }
        }
        (200, answer)
    });
    assert_eq!(script.table().commit(&commit(ISSUES)).await.unwrap().writes, 10_002);
    assert_eq!(script.operations().len(), 400 + 3);
    let seen = script.table().project(&HistoryQuery::new("Payments")).await.unwrap();
    assert_eq!(seen.issues, commit(ISSUES).issues.to_vec().unwrap());
    assert_eq!(script.operations().len(), 403 + 1 + 20);
}

#[tokio::test]
async fn repeated_page_is_an_error() {
    let script = Script::new(|_, _, _| {
        let next = json!({ "PK": {"S": "PROJ#x"}, "SK": {"S": "1"} });
        (200, json!({ "Items": [], "LastEvaluatedKey": next }))
    });
    let error = script.table().project(&HistoryQuery::new("Payments")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inconsistent);
}

#[tokio::test]
async fn close_succeeds_if_its_first_attempt_succeeded() {
    for (owner, fine) in [("one", true), ("two", false)] {
        let script = Script::new(|_, _, _| {
            let item = json!({ "closed_by": {"S": "one"}, "closed_at": {"S": "2026-11-23T00:00:00Z"} });
            let (status, mut body) = error(400, "ConditionalCheckFailedException");
            body["Item"] = item;
            (status, body)
        });
        let close = CloseRun::finished(run_id(), owner, moment("2026-11-23T00:00:00Z"), "{}");
        assert_eq!(script.table().close(&close).await.is_ok(), fine, "{owner}");
    }
}

fn described() -> Answer {
    let keys = json!([{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]);
    let types = json!([{"AttributeName": "PK", "AttributeType": "S"}, {"AttributeName": "SK", "AttributeType": "S"}]);
    (200, json!({ "Table": {"TableStatus": "ACTIVE", "KeySchema": keys, "AttributeDefinitions": types} }))
}

#[tokio::test(start_paused = true)]
async fn setup_waits_for_table_and_backups() {
    // missing; created; not visible yet; creating; active; backups available a little later
    let script = Script::new(|operation, _, n| match (operation, n) {
        ("DescribeTable", 0 | 2) => error(400, "ResourceNotFoundException"),
        ("DescribeTable", 3) => (200, json!({ "Table": {"TableStatus": "CREATING"} })),
        ("DescribeTable", _) => described(),
        ("DescribeTimeToLive", _) => (200, json!({ "TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"} })),
        ("UpdateContinuousBackups", 8..10) => error(400, "ContinuousBackupsUnavailableException"),
        _ => (200, json!({})),
    });
    let report = script.table().setup().await.unwrap();
    assert_eq!(report.summary, "table findings: made, expiry on, point-in-time recovery on, deletion protection on");
    let count = |name: &str| script.operations().iter().filter(|o| *o == name).count();
    assert_eq!((count("CreateTable"), count("UpdateTimeToLive"), count("UpdateContinuousBackups")), (1, 1, 3));
}

#[tokio::test(start_paused = true)]
async fn setup_reports_unsupported_features() {
    let script = Script::new(|operation, _, _| match operation {
        "DescribeTable" => described(),
        "DescribeContinuousBackups" | "UpdateContinuousBackups" => error(400, "UnknownOperationException"),
        _ => (200, json!({})),
    });
    let report = script.table().setup().await.unwrap();
    assert_eq!(
        report.summary,
        "table findings: there already, expiry on, point-in-time recovery not offered here, deletion protection on"
    );
}

#[tokio::test]
async fn check_only_describes_the_table() {
    let script = Script::new(|_, _, _| described());
    script.table().check().await.unwrap();
    assert_eq!(script.operations(), ["DescribeTable"]);
}
