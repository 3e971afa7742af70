//! Twelve weekly runs whose numbers were computed by hand, checked in the workbook, SQLite, DynamoDB and memory.
//!
//! One project owns the accounts A and B.
//!
//! | issue | account | severity | life |
//! | --- | --- | --- | --- |
//! | returning | A | HIGH | appears in week 1, passes in week 4, is back in week 7 |
//! | rising | A | MEDIUM, from week 3 on CRITICAL | appears in week 1, is archived in week 9 |
//! | leaving | B | LOW | appears in week 1, account B leaves in week 10 |
//! | suppressed | B | HIGH | appears in week 6, is suppressed in week 8 |
//! | short | A | CRITICAL | is there in week 2 only; why it disappears is unknown |
//! | twofold | A | MEDIUM | is there all the time: two findings, one for each standard, until week 6 consolidates them |
//!
//! Account B does not answer in week 5.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use calamine::{Data, Reader, Xlsx};
use findings_core::aws::DynamoDbTable;
use findings_core::history::{Durations, HistoryQuery, Measures, ProjectHistory, Sla};
use findings_core::local::SqliteDatabase;
use findings_core::memory::{MemoryHistory, MemoryLedger, MemoryNotifier, MemoryRegistry, MemorySource, MemoryStore};
use findings_core::pipeline::{FixedClock, Parts, Pipeline, RunOutcome, Settings};
use findings_core::registry::Project;
use findings_core::report::Changes;
use findings_core::source::{Budget, FindingsSource, Lane, Page, PageRequest, RetryPolicy, Sweep};
use findings_core::{
    AccountId, Backend, ComplianceStatus, Error, ErrorKind, Finding, HistoryReader, HistorySink, RecordState, Resource,
    Result, RunLedger, Severity, WorkflowStatus,
};
use findings_xlsx::XlsxRenderer;
use jiff::Timestamp;

use crate::killing::dynamodb;

const A: &str = "111111111111";
const B: &str = "222222222222";

/// Expected numbers of a week: new, reopened, open, worse and resolved issues; findings; rows that are New, Reopened,
/// Worse and Open; reasons.
type Week = ([u64; 5], usize, [usize; 4], &'static [&'static str]);

#[rustfmt::skip]
const WEEKS: [Week; 12] = [
    ([4, 0, 0, 0, 0], 5, [5, 0, 0, 0], &[]),
    ([1, 0, 4, 0, 0], 6, [1, 0, 0, 5], &[]),
    ([0, 0, 4, 1, 1], 5, [0, 0, 1, 4], &["why is not known"]),
    ([0, 0, 3, 0, 1], 4, [0, 0, 0, 4], &["the check passes"]),
    ([0, 0, 2, 0, 0], 3, [0, 0, 0, 3], &[]),
    ([1, 0, 3, 0, 0], 4, [1, 0, 0, 3], &[]),
    ([0, 1, 4, 0, 0], 5, [0, 1, 0, 4], &[]),
    ([0, 0, 4, 0, 1], 4, [0, 0, 0, 4], &["Suppressed"]),
    ([0, 0, 3, 0, 1], 3, [0, 0, 0, 3], &["no longer seen by the product"]),
    ([0, 0, 2, 0, 1], 2, [0, 0, 0, 2], &["left the project"]),
    ([0, 0, 2, 0, 0], 2, [0, 0, 0, 2], &[]),
    ([0, 0, 2, 0, 0], 2, [0, 0, 0, 2], &[]),
];

/// Returns the Monday of a week. Week 1 begins on 7 September 2026, week 12 on 23 November.
fn monday(week: usize) -> Timestamp {
    let first: Timestamp = "2026-09-07T06:00:00Z".parse().unwrap();
    first + Duration::from_hours(24 * 7 * (week as u64 - 1))
}

fn run_id(week: usize) -> findings_core::RunId {
    format!("week-{week:02}").parse().unwrap()
}

fn finding(account: &str, name: &str, id: &str, severity: Severity, since: usize) -> Finding {
    let mut finding = Finding::new(account.parse().unwrap(), id.to_owned());
    let mut resource = Resource::default();
    resource.id = format!("arn:aws:s3:::{name}").into();
    (finding.control_id, finding.region) = (Some("S3.1".into()), Some("eu-west-1".into()));
    (finding.title, finding.resources, finding.severity) = (format!("Issue {name}").into(), vec![resource], severity);
    (finding.first_observed_at, finding.compliance) = (Some(monday(since)), Some(ComplianceStatus::Failed));
    finding
}

/// Returns all findings of Security Hub in a week, including archived and resolved ones.
fn findings(week: usize) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut returning = finding(A, "returning", "returning", Severity::High, 1);
    if (4..7).contains(&week) {
        (returning.compliance, returning.workflow) = (Some(ComplianceStatus::Passed), WorkflowStatus::Resolved);
    }
    let mut rising = finding(A, "rising", "rising", if week < 3 { Severity::Medium } else { Severity::Critical }, 1);
    if week >= 9 {
        rising.record_state = RecordState::Archived;
    }
    all.extend([returning, rising, finding(B, "leaving", "leaving", Severity::Low, 1)]);
    if week >= 6 {
        let mut suppressed = finding(B, "suppressed", "suppressed", Severity::High, 6);
        if week >= 8 {
            suppressed.workflow = WorkflowStatus::Suppressed;
        }
        all.push(suppressed);
    }
    if week == 2 {
        all.push(finding(A, "short", "short", Severity::Critical, 2));
    }
    for id in ["cis/twofold", "fsbp/twofold"] {
        let mut copy = finding(A, "twofold", id, Severity::Medium, 1);
        if week >= 6 {
            copy.record_state = RecordState::Archived;
        }
        all.push(copy);
    }
    if week >= 6 {
        all.push(finding(A, "twofold", "security-control/S3.1/twofold", Severity::Medium, 1));
    }
    all
}

/// Security Hub in one week. Account B does not answer in week 5.
#[derive(Debug)]
struct Hub {
    week: usize,
    findings: MemorySource,
}

#[async_trait]
impl FindingsSource for Hub {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        if self.week == 5 && request.query.accounts.contains(B.parse().unwrap()) {
            return Err(Error::new(ErrorKind::Unavailable, "get findings").with_message("no answer"));
        }
        self.findings.page(request).await
    }
}

/// Runs all weeks against one database.
async fn tell<M: HistorySink + HistoryReader + RunLedger + Clone>(memory: M) -> ProjectHistory {
    tell_with(memory.clone(), memory.clone(), memory).await
}

async fn tell_with(sink: impl HistorySink, reader: impl HistoryReader, ledger: impl RunLedger) -> ProjectHistory {
    let store = Arc::new(MemoryStore::new());
    let retry = RetryPolicy::default().with_attempts(1);
    let mut parts = Parts {
        ledger: Arc::new(ledger),
        registry: Arc::new(MemoryRegistry::new(Vec::new())),
        sweep: Sweep::new(Vec::new()),
        coverage: None,
        renderers: vec![Arc::new(XlsxRenderer::new())],
        store: store.clone(),
        notifiers: vec![Arc::new(MemoryNotifier::new())],
        history_sink: Arc::new(sink),
        history_reader: Arc::new(reader),
    };
    for (week, want) in (1..).zip(WEEKS) {
        let mut project = Project::new("Payments");
        let accounts = if week < 10 { vec![A, B] } else { vec![A] };
        project.accounts = accounts.iter().map(|a| a.parse::<AccountId>().unwrap()).collect();
        project.recipients = vec!["team@example.com".parse().unwrap()];
        parts.registry = Arc::new(MemoryRegistry::new(vec![project]));
        let hub = Arc::new(Hub { week, findings: MemorySource::new(findings(week)) });
        parts.sweep = Sweep::new(vec![Lane::new("eu-west-1", hub, Budget::unlimited())]).with_retry(retry.clone());
        let mut settings = Settings::new(run_id(week), "story");
        settings.clock = Arc::new(FixedClock(monday(week)));
        let RunOutcome::Done(summary) = Pipeline::new(parts.clone(), settings).run().await.unwrap() else {
            panic!("the lease is held by another task")
        };
        let outcome = &summary.projects[0];
        assert_eq!(counts(outcome.changes), want.0, "week {week}");
        // in week 5 an account does not answer, in week 10 it leaves
        assert_eq!(
            (outcome.changes.stale, outcome.changes.left),
            (u64::from(week == 5), u64::from(week == 10)),
            "week {week}"
        );
        assert_eq!(outcome.findings, want.1 as u64, "week {week}");
        assert_eq!(summary.exit_code(), if week == 5 { 3 } else { 0 }, "week {week}: {:?}", outcome.errors);
        let book = store.artifacts().into_iter().rfind(|a| a.media_type.contains("spreadsheet")).unwrap();
        check_workbook(&book.body, want, week);
    }
    parts.history_reader.project(&HistoryQuery::new("Payments")).await.unwrap()
}

/// New, reopened, open, worse and closed issues, for whatever reason they were closed.
fn counts(changes: Changes) -> [u64; 5] {
    [changes.new, changes.reopened, changes.open, changes.worse, changes.closed()]
}

/// Returns the column under a heading of a sheet.
fn column(bytes: &[u8], sheet: &str, heading: &str) -> Vec<String> {
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    let rows: Vec<&[Data]> = range.rows().collect();
    let Some((header, place)) =
        rows.iter().enumerate().find_map(|(n, row)| Some((n, row.iter().position(|cell| *cell == heading)?)))
    else {
        panic!("no heading {heading} in {sheet}")
    };
    rows[header + 1..].iter().map(|row| row[place].to_string()).filter(|cell| !cell.is_empty()).collect()
}

fn check_workbook(bytes: &[u8], (_, findings, rows, reasons): Week, week: usize) {
    let told = column(bytes, "Findings", "Change");
    assert_eq!(told.len(), findings, "week {week}");
    let count = |name: &str| told.iter().filter(|cell| *cell == name).count();
    assert_eq!(["New", "Reopened", "Worse", "Still open"].map(count), rows, "week {week}");
    let why = column(bytes, "Closed", "Why");
    assert_eq!(why.len(), reasons.len(), "week {week}: {why:?}");
    assert!(
        why.iter().zip(reasons).all(|(cell, reason)| cell.to_lowercase().contains(&reason.to_lowercase())),
        "week {week}: {why:?}"
    );
}

/// Checks the history at the end against numbers computed by hand.
fn check_history(history: &ProjectHistory) {
    let told: Vec<_> = history.runs.iter().map(|run| (run.run_id.clone(), run.at, counts(run.changes))).collect();
    let want: Vec<_> = (1..).zip(WEEKS).map(|(week, want)| (run_id(week), monday(week), want.0)).collect();
    assert_eq!(told, want);
    let incomplete: Vec<_> = history.runs.iter().filter(|run| !run.complete).map(|run| run.run_id.clone()).collect();
    assert_eq!(incomplete, [run_id(5)]);
    let issue = |name: &str| history.issues.iter().find(|i| i.title.ends_with(name)).unwrap();
    let seen = |name: &str| history.last_seen(issue(name));
    assert_eq!([seen("returning"), seen("twofold")], [monday(12); 2]);
    // last seen in these weeks
    assert_eq!(["short", "suppressed", "rising", "leaving"].map(seen), [2, 7, 8, 9].map(monday));
    assert_eq!((issue("returning").reopened, &issue("returning").opened_in), (1, &run_id(7)));
    assert_eq!(issue("rising").severity_change.as_ref().unwrap().run_id, run_id(3));

    let day = |days: u64| Duration::from_hours(24 * days);
    let sla = Sla::default().with_target(Severity::Critical, day(7)).with_target(Severity::High, day(30));
    let alone = Measures::of_project("Payments", history, &sla, monday(12));
    // a project that owns the same accounts adds no issue
    let together = Measures::of_all([history, history], &sla, monday(12));
    assert_eq!(alone.severities, together.severities);
    let of = |n: usize| {
        let s = &alone.severities[n];
        (s.severity, s.open, s.open_by_age, s.overdue)
    };
    assert_eq!(of(0), (Severity::Critical, 0, [0, 0, 0, 0], Some(0)));
    assert_eq!(of(1), (Severity::High, 1, [0, 0, 1, 0], Some(1)), "open again since week 7: 35 days");
    assert_eq!(of(2), (Severity::Medium, 1, [0, 0, 1, 0], None));
    assert_eq!(of(3), (Severity::Low, 0, [0, 0, 0, 0], None));
    let spread = |d: Durations| (d.count, d.median_days, d.p90_days);
    // short took from week 2 to 3, returning from 1 to 4 the first time
    assert_eq!(spread(alone.severities[0].time_to_resolve), (1, Some(7.0), Some(7.0)));
    assert_eq!(spread(alone.severities[1].time_to_resolve), (1, Some(21.0), Some(21.0)));
    // suppressed and archived issues, and issues of accounts that left, do not count as fixed
    assert_eq!([2, 3].map(|n| alone.severities[n].time_to_resolve.count), [0, 0]);
    assert_eq!(spread(alone.severities[1].time_to_decision), (1, Some(14.0), Some(14.0)));
}

#[tokio::test]
async fn story_holds_in_memory() {
    let history = MemoryHistory::new();
    check_history(&tell_with(history.clone(), history, MemoryLedger::new()).await);
}

#[tokio::test]
async fn story_holds_in_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    check_history(&tell(SqliteDatabase::new(&path)).await);
    let file = rusqlite::Connection::open(&path).unwrap();
    let mut trend = file.prepare("SELECT new, reopened, open, worse, resolved + suppressed + archived + account_left, findings FROM project_trend").unwrap();
    let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<[i64; 6]> {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])
    };
    let told: Vec<_> = trend.query_map([], row).unwrap().map(|r| r.unwrap()).collect();
    let want = WEEKS
        .map(|([a, b, c, d, e], findings, ..)| [a, b, c, d, e, findings as u64].map(|n| i64::try_from(n).unwrap()));
    assert_eq!(told, want);
    let mut open = file.prepare("SELECT title || ' ' || last_seen FROM open_issues").unwrap();
    let told: Vec<String> = open.query_map([], |row| row.get(0)).unwrap().map(|r| r.unwrap()).collect();
    assert_eq!(told, ["Issue returning 2026-11-23T06:00:00Z", "Issue twofold 2026-11-23T06:00:00Z"]);
    let runs: i64 = file.query_row("SELECT count(*) FROM runs WHERE state = 'finished'", [], |r| r.get(0)).unwrap();
    assert_eq!(runs, 12, "the week without account B was not delivered");
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn story_holds_in_dynamodb() {
    let table = DynamoDbTable::new(dynamodb(), format!("story-{}", std::process::id()));
    table.setup().await.unwrap();
    check_history(&tell(table).await);
}
