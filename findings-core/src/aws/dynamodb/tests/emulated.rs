//! Tests against the DynamoDB of the shared emulator.
//!
//! The variable `FINDINGS_TEST_DYNAMODB` selects another one, for example DynamoDB Local at `http://127.0.0.1:8000`.

use std::time::Duration;

use aws_emulators::{Emulator, EmulatorKind};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_smithy_http_client::Builder as HttpBuilder;
use jiff::Timestamp;

use super::super::item::{Item, ItemBuilder, number, text};
use super::super::keys;
use super::super::message_item::early_item;
use super::{DynamoDbTable, config, issue, moment, run, run_id};
use crate::history::{HistoryCommit, HistoryQuery, HistoryReader, HistorySink, IssueResolution, ListProjects};
use crate::ledger::{
    AcquireRun, CloseRun, FinishedRun, LedgerEntry, MessageEntry, MessageState, ProgressQuery, RecordEntry, Redo,
    RunLedger,
};
use crate::redirect::{IssuedLink, LinkQuery, LinkTable, LinkToken};
use crate::report::Resolution;
use crate::store::LinkRequest;
use crate::{Backend, ErrorKind, Result, Setting};

fn client() -> Client {
    let endpoint = std::env::var("FINDINGS_TEST_DYNAMODB")
        .unwrap_or_else(|_| Emulator::shared(EmulatorKind::Ministack).unwrap().endpoint().to_owned());
    Client::from_conf(config().endpoint_url(endpoint).http_client(HttpBuilder::new().build_http()).build())
}

/// Returns a table with a random name, a new one for every test.
fn table() -> DynamoDbTable {
    DynamoDbTable::new(client(), format!("findings-test-{:016x}", fastrand::u64(..)))
}

async fn fresh() -> DynamoDbTable {
    let table = table();
    table.setup().await.unwrap();
    table
}

mod history {
    crate::history_conformance!(ignore = "needs the emulators: .ci/test", async { super::fresh().await });
}

mod decisions {
    crate::decisions_conformance!(ignore = "needs the emulators: .ci/test", async { super::fresh().await });
}

mod links {
    crate::links_conformance!(ignore = "needs the emulators: .ci/test", async { super::fresh().await });
}

mod ledger {
    crate::ledger_conformance!(ignore = "needs the emulators: .ci/test", async { super::fresh().await });
}

async fn items(table: &DynamoDbTable, pk: &str) -> Vec<Item> {
    let query = client().query().table_name(&table.name).key_condition_expression("PK = :pk");
    query.expression_attribute_values(":pk", text(pk)).send().await.unwrap().items.unwrap_or_default()
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn setup_creates_table_and_can_be_repeated() {
    let table = table();
    let missing = table.check().await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert_eq!(missing.setting(), Some(Setting::History), "{missing}");
    let lost = table.commit(&HistoryCommit::new("Payments", run(), vec![issue(1)])).await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::NotFound);

    assert!(table.setup().await.unwrap().summary.contains("made, expiry on, point-in-time recovery"));
    let set_up = client().describe_table().table_name(&table.name).send().await.unwrap().table.unwrap();
    assert_eq!(set_up.deletion_protection_enabled, Some(true));
    assert!(table.check().await.unwrap().summary.contains("active, on demand"));
    table.commit(&HistoryCommit::new("Payments", run(), vec![issue(1)])).await.unwrap();
    assert!(table.setup().await.unwrap().summary.contains("there already, expiry on, point-in-time recovery"));
    assert_eq!(table.project(&HistoryQuery::new("Payments")).await.unwrap().issues.len(), 1);
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn table_with_other_keys_is_refused() {
    let table = table();
    let attribute = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S).build();
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build();
    let create = client().create_table().table_name(&table.name).billing_mode(BillingMode::PayPerRequest);
    create.attribute_definitions(attribute.unwrap()).key_schema(key.unwrap()).send().await.unwrap();
    for error in [table.check().await.unwrap_err(), table.setup().await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("its keys are HASH id S, not HASH PK S, RANGE SK S"), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn only_resolved_issues_and_runs_expire() {
    let table = fresh().await;
    let mut resolved = issue(1);
    let at = moment("2026-11-23T00:00:00Z");
    resolved.resolved = Some(IssueResolution { at, run_id: run_id(), resolution: Resolution::Gone });
    let commit = HistoryCommit::new("Payments", run(), vec![resolved, issue(2)]);
    table.commit(&commit).await.unwrap();
    let pk = keys::project("Payments");
    let expiring: Vec<_> = items(&table, &pk).await.iter().map(|i| i.contains_key("ttl")).collect();
    assert_eq!(expiring, [true, false, true]);

    // expired items stay until DynamoDB removes them
    table.clone().with_retention(Duration::ZERO).commit(&commit).await.unwrap();
    assert_eq!(items(&table, &pk).await.len(), 3);
    let seen = table.project(&HistoryQuery::new("Payments")).await.unwrap();
    assert_eq!((seen.issues, seen.runs), (vec![issue(2)], vec![]));
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn last_record_of_an_issue_counts() {
    let table = fresh().await;
    let mut last = issue(1);
    last.reopened = 7;
    let commit = HistoryCommit::new("Payments", run(), vec![issue(1), issue(2), last.clone()]);
    assert_eq!(table.commit(&commit).await.unwrap().writes, 4, "two issues, the project's place on the list, the run");
    assert_eq!(table.commit(&commit).await.unwrap().writes, 3);
    assert_eq!(table.project(&HistoryQuery::new("Payments")).await.unwrap().issues, vec![last, issue(2)]);
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn long_texts_are_truncated_to_fit() {
    let table = fresh().await;
    let mut large = issue(1);
    let text: std::sync::Arc<str> = "長い".repeat(200_000).into();
    large.title = text.clone();
    (large.region, large.control_id, large.resource) = (Some(text.clone()), Some(text.clone()), Some(text.clone()));
    let project = "長い".repeat(100_000);
    table.commit(&HistoryCommit::new(&project, run(), vec![large])).await.unwrap();
    let seen = table.project(&HistoryQuery::new(&project)).await.unwrap().issues;
    assert!(seen[0].title.len() > 60_000 && text.starts_with(&*seen[0].title));
}

/// Early versions knew one edition and did not write it.
#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn message_of_an_early_version_is_of_the_first_edition() {
    let table = fresh().await;
    let now = moment("2026-11-23T00:00:00Z");
    table.acquire(&AcquireRun::new(run_id(), "one", now)).await.unwrap();
    let message = |state| MessageEntry::new("Payments", "ses", "a@example.com".parse().unwrap(), state, now);
    let sent = message(MessageState::Sent { message_id: "1".to_owned() });
    let early = early_item(&keys::run(&run_id()), &sent);
    table.client.put_item().table_name(&table.name).set_item(Some(early)).send().await.unwrap();
    let record = |message: MessageEntry| RecordEntry::new(run_id(), "one", LedgerEntry::Message(message));
    let intent = || message(MessageState::Intent);
    assert_eq!(table.record(&record(intent())).await.unwrap_err().kind(), ErrorKind::Conflict);
    let seen = table.progress(&ProgressQuery::new(run_id())).await.unwrap();
    assert_eq!(seen.entries, [LedgerEntry::Message(sent)]);
    table.record(&record(intent().in_edition(2))).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn repeated_close_is_no_conflict() {
    let table = fresh().await;
    let now = moment("2026-11-23T00:00:00Z");
    table.acquire(&AcquireRun::new(run_id(), "one", now)).await.unwrap();
    let close = CloseRun::finished(run_id(), "one", now, "{}");
    table.close(&close).await.unwrap();
    table.close(&close).await.unwrap();
    let other = CloseRun::finished(run_id(), "two", now, "{}");
    assert_eq!(table.close(&other).await.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn error_names_malformed_item() {
    let table = fresh().await;
    let pk = keys::project("Payments");
    let spoilt = ItemBuilder::new(&pk, "RUN#r").text("run_id", "r").text("at", "yesterday").build();
    client().put_item().table_name(&table.name).set_item(Some(spoilt)).send().await.unwrap();
    let error = table.project(&HistoryQuery::new("Payments")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().contains(&format!("{pk} / RUN#r: attribute at holds \"yesterday\"")), "{error}");
}

/// Items of an early version, which have none of the later attributes, go on.
#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn history_of_early_version_goes_on() {
    use crate::history::tests::early;

    let table = fresh().await;
    let pk = keys::project(early::PROJECT);
    let put = |item: Item| client().put_item().table_name(&table.name).set_item(Some(item)).send();
    for record in early::records() {
        let item = ItemBuilder::new(&pk, keys::issue(&record.id))
            .text("project", early::PROJECT)
            .text("account_id", record.account)
            .text("region", "eu-west-1")
            .maybe("control_id", record.control_id)
            .text("title", record.title)
            .text("resource", record.resource)
            .text("severity", "HIGH")
            .text("workflow", "NEW")
            .text("first_seen", "2026-10-01T00:00:00Z")
            .text("opened_in", "2026-11-02")
            .number("reopened", record.reopened);
        put(item.build()).await.unwrap();
    }
    let run = ["critical", "high", "medium", "low", "informational", "new", "reopened", "open", "resolved"]
        .iter()
        .fold(ItemBuilder::new(&pk, keys::project_run(&"2026-11-02".parse().unwrap())), |item, name| {
            item.number(name, 0)
        })
        .text("project", early::PROJECT)
        .text("run_id", "2026-11-02")
        .text("at", "2026-11-02T00:00:00Z")
        .flag("complete", true)
        .text("report", "x.xlsx");
    put(run.build()).await.unwrap();
    early::assert_goes_on(&table).await;
}

/// Every kind of item that is in the table after a run, by its sort key (or by the partition key of the list).
const KINDS: [&str; 9] = ["RUNS", "ISS#", "RUN#", "META", "DONE#", "MSG#", "PART#", "PROJECTS", "LINK"];

/// Commits to the history and records a run, so that there is an item of every kind.
async fn filled() -> DynamoDbTable {
    let table = fresh().await;
    table.commit(&HistoryCommit::new("Payments", run(), vec![issue(1)])).await.unwrap();
    table.acquire(&AcquireRun::new(run_id(), "one", moment("2026-11-23T00:00:00Z"))).await.unwrap();
    for entry in entries() {
        table.record(&RecordEntry::new(run_id(), "one", entry)).await.unwrap();
    }
    table.issue(&link()).await.unwrap();
    let finished = FinishedRun::new(run_id(), moment("2026-11-23T00:00:00Z"), true);
    table.note_finished("note", &finished).await.unwrap();
    table
}

fn link() -> IssuedLink {
    let id = "0".repeat(48).parse::<LinkToken>().unwrap().id();
    let mut link = IssuedLink::new(id, "a".parse().unwrap(), Timestamp::now(), Timestamp::now());
    link.report =
        LinkRequest::new("a".parse().unwrap(), Duration::ZERO, link.issued_at).for_report(run_id(), "Payments").report;
    link
}

/// A message and a finished project whose outcome is cut into parts.
fn entries() -> [LedgerEntry; 2] {
    let at = moment("2026-11-23T00:00:00Z");
    let message = MessageEntry::new("Payments", "ses", "a@example.com".parse().unwrap(), MessageState::Intent, at);
    let done = LedgerEntry::ProjectDone { project: "Payments".to_owned(), outcome: "x".repeat(300_001) };
    [LedgerEntry::Message(message), done]
}

async fn all_items(table: &DynamoDbTable) -> Vec<Item> {
    client().scan().table_name(&table.name).consistent_read(true).send().await.unwrap().items.unwrap_or_default()
}

/// Returns the part of a key that tells the kind of an item.
fn kind(item: &Item) -> &'static str {
    let key = |name| item[name].as_s().unwrap().as_str();
    let is_of_kind = |kind: &&&str| key("PK") == **kind || key("SK").starts_with(**kind);
    KINDS.iter().find(is_of_kind).expect("a kind that the table of this test lacks")
}

/// Every reader fails at an item of a newer version, and what writes such an item without reading it leaves it as it is.
#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn items_of_newer_version_are_refused() {
    let now = moment("2026-11-23T01:00:00Z");
    let message = |stage| {
        let LedgerEntry::Message(mut message) = entries()[0].clone() else { unreachable!() };
        message.state = stage;
        RecordEntry::new(run_id(), "one", LedgerEntry::Message(message))
    };
    let mut seen = std::collections::BTreeSet::new();
    for item in all_items(&filled().await).await {
        let kind = kind(&item);
        seen.insert(kind);
        assert_eq!(item.get("format_version"), Some(&number(1)), "{kind} has a version");
        let table = filled().await;
        let mut newer = item.clone();
        newer.insert("format_version".to_owned(), number(7));
        newer.insert("novel".to_owned(), text("what this version would lose"));
        table.client.put_item().table_name(&table.name).set_item(Some(newer.clone())).send().await.unwrap();

        let refusals: Vec<Result<()>> = match kind {
            "ISS#" => vec![table.project(&HistoryQuery::new("Payments")).await.map(drop)],
            "RUN#" => vec![
                table.project(&HistoryQuery::new("Payments")).await.map(drop),
                table.commit(&HistoryCommit::new("Payments", run(), vec![])).await.map(drop),
            ],
            "PROJECTS" => vec![
                table.projects(&ListProjects::new()).await.map(drop),
                // a new process, which has not read the list yet
                DynamoDbTable::new(client(), &table.name)
                    .commit(&HistoryCommit::new("Other", run(), vec![]))
                    .await
                    .map(drop),
            ],
            "META" => {
                let mut again = AcquireRun::new(run_id(), "two", now);
                let first = table.acquire(&again).await.map(drop);
                again.redo = Some(Redo::All);
                vec![
                    first,
                    table.acquire(&again).await.map(drop),
                    table.acquire(&AcquireRun::new(run_id(), "one", now)).await.map(drop),
                    table.record(&message(MessageState::Intent)).await,
                    table.progress(&ProgressQuery::new(run_id())).await.map(drop),
                ]
            }
            "DONE#" => vec![
                table.record(&RecordEntry::new(run_id(), "one", entries()[1].clone())).await,
                table.progress(&ProgressQuery::new(run_id())).await.map(drop),
            ],
            "MSG#" => vec![
                table.record(&message(MessageState::Sent { message_id: "1".to_owned() })).await,
                table.progress(&ProgressQuery::new(run_id())).await.map(drop),
            ],
            "PART#" => vec![table.progress(&ProgressQuery::new(run_id())).await.map(drop)],
            // the link itself, or its place in the list of the project
            "RUNS" => vec![table.last_finished().await.map(drop)],
            "LINK" => vec![table.issued(&LinkQuery::new("Payments")).await.map(drop)],
            other => panic!("nothing reads {other}"),
        };
        for (n, refusal) in refusals.into_iter().enumerate() {
            let error = refusal.expect_err(&format!("{kind}, call {n}"));
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{kind}, call {n}: {error}");
            let said = "it was written by a newer version (format 7, this one knows 1); deploy that version again";
            assert!(error.to_string().contains(said), "{kind}, call {n}: {error}");
        }
        assert!(all_items(&table).await.contains(&newer), "{kind} was overwritten");
    }
    assert_eq!(seen, KINDS.into());
}
