use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Shared, SqliteDatabase};
use crate::history::{HistoryCommit, HistoryQuery, HistoryReader, HistorySink, ProjectRun};
use crate::ledger::{AcquireOutcome, AcquireRun, RunLedger};
use crate::{Backend, Error, ErrorKind};

/// Returns a database in a temporary folder, below folders that do not exist yet.
fn scratch() -> SqliteDatabase {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("out/deep/history.db");
    SqliteDatabase { shared: Arc::new(Shared { path, connection: Mutex::new(None), _folder: Some(folder) }) }
}

#[cfg(feature = "testing")]
mod history {
    crate::history_conformance!(async { super::scratch() });
}

#[cfg(feature = "testing")]
mod decisions {
    crate::decisions_conformance!(async { super::scratch() });
}

#[cfg(feature = "testing")]
mod ledger {
    crate::ledger_conformance!(async { super::scratch() });
}

fn run(day: &str) -> ProjectRun {
    ProjectRun::new(day.parse().unwrap(), format!("{day}T00:00:00Z").parse().unwrap())
}

async fn failure(path: &Path) -> Error {
    let database = SqliteDatabase::new(path);
    let checked = database.check().await.unwrap_err();
    let opened = database.project(&HistoryQuery::new("Payments")).await.unwrap_err();
    assert_eq!(checked.kind(), opened.kind(), "{} / {}", checked.report(), opened.report());
    opened
}

/// Many connections to one file, as many processes would have. All open it and write to it at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_processes_share_new_file() {
    let first = scratch();
    let path = first.shared.path.clone();
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let database = SqliteDatabase::new(&path);
            tokio::spawn(async move {
                let run_id: crate::RunId = "2026-11-23".parse().unwrap();
                let asked = AcquireRun::new(run_id, format!("task {n}"), "2026-11-23T00:00:00Z".parse().unwrap());
                let answer = database.acquire(&asked).await.unwrap();
                for day in 10..20 {
                    let run = run(&format!("2026-11-{day}"));
                    database.commit(&HistoryCommit::new(format!("Project {n}"), run, Vec::new())).await.unwrap();
                }
                answer
            })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        granted += u32::from(matches!(task.await.unwrap(), AcquireOutcome::Granted { .. }));
    }
    assert_eq!(granted, 1);
    for n in 0..12 {
        assert_eq!(first.project(&HistoryQuery::new(format!("Project {n}"))).await.unwrap().runs.len(), 10);
    }
}

#[tokio::test]
async fn check_changes_nothing_and_setup_can_be_repeated() {
    let database = scratch();
    assert!(database.check().await.unwrap().summary.contains("not there yet"));
    assert!(!database.shared.path.exists());
    for _ in 0..2 {
        assert!(database.setup().await.unwrap().summary.contains("schema 9 of 9"));
    }
    assert!(database.shared.path.exists());
}

#[tokio::test]
async fn empty_file_is_initialized() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("history.db");
    fs::write(&path, "").unwrap();
    let database = SqliteDatabase::new(&path);
    assert!(database.check().await.unwrap().summary.contains("empty"));
    assert!(database.project(&HistoryQuery::new("Payments")).await.unwrap().runs.is_empty());
}

#[tokio::test]
async fn foreign_files_are_refused_and_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("projects.csv");
    let text = "project,account_ids\n".repeat(100);
    fs::write(&path, &text).unwrap();
    let error = failure(&path).await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("not a SQLite database"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE customer (name TEXT)").unwrap();
    let error = failure(&other).await;
    assert!(error.to_string().contains("another program"), "{error}");
}

#[tokio::test]
async fn unusable_paths_are_storage_errors() {
    let folder = TempDir::new().unwrap();
    assert_eq!(failure(folder.path()).await.kind(), ErrorKind::Storage);
    fs::write(folder.path().join("file"), "x").unwrap();
    let database = SqliteDatabase::new(folder.path().join("file/history.db"));
    let error = database.project(&HistoryQuery::new("Payments")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
}

#[tokio::test]
async fn newer_schema_is_refused() {
    let database = scratch();
    database.setup().await.unwrap();
    Connection::open(&database.shared.path).unwrap().pragma_update(None, "user_version", 10).unwrap();
    let error = failure(&database.shared.path).await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("newer version (schema 10, this one knows 9)"), "{error}");
}

#[tokio::test]
async fn unreadable_record_error_names_column() {
    let database = scratch();
    database.commit(&HistoryCommit::new("Payments", run("2026-11-23"), Vec::new())).await.unwrap();
    Connection::open(&database.shared.path).unwrap().execute("UPDATE project_run SET at = 'yesterday'", []).unwrap();
    let error = database.project(&HistoryQuery::new("Payments")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.report().contains("column at holds \"yesterday\""), "{}", error.report());
}

#[tokio::test]
async fn failed_commit_writes_nothing() {
    let database = scratch();
    database.setup().await.unwrap();
    let hand = Connection::open(&database.shared.path).unwrap();
    let trigger = "CREATE TRIGGER full BEFORE INSERT ON project_run BEGIN SELECT RAISE(ABORT, 'no'); END";
    hand.execute_batch(trigger).unwrap();
    let commit = HistoryCommit::new("Payments", run("2026-11-23"), Vec::new());
    database.commit(&commit).await.unwrap_err();
    let projects: i64 = hand.query_row("SELECT count(*) FROM project", [], |row| row.get(0)).unwrap();
    assert_eq!(projects, 0);
    hand.execute_batch("DROP TRIGGER full").unwrap();
    database.commit(&commit).await.unwrap();
}

/// Checks the columns that the documentation promises, with one row of each view.
#[tokio::test]
async fn views_show_issues_trend_and_runs() {
    use crate::ledger::{CloseRun, LedgerEntry, MessageEntry, MessageState, RecordEntry};
    use crate::{Finding, Severity, history};

    let database = scratch();
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let run_id: crate::RunId = "2026-11-23".parse().unwrap();
    let mut finding = Finding::new("123456789012".parse().unwrap(), "1");
    (finding.severity, finding.title) = (Severity::High, "Bucket is public".into());
    let diff = history::diff(&history::DiffInput {
        run_id: &run_id,
        now,
        known: &[],
        runs: &[],
        findings: &history::IdentifiedFindings::new([finding].into_iter().collect(), &[]).unwrap(),
        absence: &history::AbsenceRules::default(),
        accounts: None,
        lookups: &std::collections::HashMap::default(),
    })
    .unwrap();
    let mut delivered = run("2026-11-23");
    delivered.counts.high = 1;
    database.commit(&HistoryCommit::new("Payments", delivered, diff.upserts)).await.unwrap();
    // leases that are no runs are not shown
    for lease in [run_id.clone(), run_id.of_batch("0001"), run_id.of_batch("finish"), crate::RunId::between_reports()] {
        database.acquire(&AcquireRun::new(lease, "me", now)).await.unwrap();
    }
    let urgent: crate::RunId = "urgent-2026-11-24".parse().unwrap();
    database.acquire(&AcquireRun::new(urgent.clone(), "me", now)).await.unwrap();
    database.close(&CloseRun::released(urgent, "me", now)).await.unwrap();
    let intent = MessageEntry::new("Payments", "ses", "a@example.com".parse().unwrap(), MessageState::Intent, now);
    database.record(&RecordEntry::new(run_id.clone(), "me", LedgerEntry::Message(intent))).await.unwrap();
    database.close(&CloseRun::finished(run_id, "me", now, "{}")).await.unwrap();

    let hand = Connection::open(&database.shared.path).unwrap();
    let line = |sql: &str| -> String { hand.query_row(sql, [], |row| row.get(0)).unwrap() };
    let issue =
        "SELECT project || '|' || severity || '|' || account_id || '|' || title || '|' || first_seen FROM open_issues";
    assert_eq!(line(issue), "Payments|HIGH|123456789012|Bucket is public|2026-11-23T00:00:00Z");
    let trend = "SELECT project || '|' || at || '|' || run_id || '|' || findings || '|' || high FROM project_trend";
    assert_eq!(line(trend), "Payments|2026-11-23T00:00:00Z|2026-11-23|1|1");
    let runs =
        "SELECT run_id || '|' || state || '|' || closed_at || '|' || in_doubt FROM runs WHERE state = 'finished'";
    assert_eq!(line(runs), "2026-11-23|finished|2026-11-23T00:00:00Z|1");
    let states = "SELECT group_concat(run_id || '|' || state) FROM runs";
    assert_eq!(line(states), "urgent-2026-11-24|ended,2026-11-23|finished");
}

/// Migrates a file that the first version wrote.
#[tokio::test]
async fn first_schema_is_migrated_without_loss() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("history.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("schema_1.sql")).unwrap();
    old.execute_batch(
        "PRAGMA application_id = 0x464E4447; PRAGMA user_version = 1;
         INSERT INTO project VALUES (1, 'Payments');
         INSERT INTO issue VALUES (1, 'a', '123456789012', NULL, NULL, 'Bucket is public', NULL, 'HIGH', 'NEW',
           '2026-11-01T00:00:00Z', '2026-11-02', 0, NULL, NULL, NULL);
         INSERT INTO project_run VALUES (1, '2026-11-02', '2026-11-02T00:00:00Z', 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'x.xlsx')",
    )
    .unwrap();
    drop(old);
    let history = SqliteDatabase::new(&path).project(&HistoryQuery::new("Payments")).await.unwrap();
    let issue = &history.issues[0];
    assert_eq!((&*issue.title, issue.is_open(), &issue.severity_change), ("Bucket is public", true, &None));
    assert_eq!(issue.last_seen.to_string(), "2026-11-01T00:00:00Z");
    assert_eq!(history.last_seen(issue).to_string(), "2026-11-02T00:00:00Z");
    assert_eq!((history.runs[0].changes.new, history.runs[0].changes.worse), (1, 0));
    let hand = Connection::open(&path).unwrap();
    let seen: String = hand.query_row("SELECT last_seen FROM open_issues", [], |row| row.get(0)).unwrap();
    assert_eq!(seen, "2026-11-02T00:00:00Z", "the view and the code agree");
}

/// A file of a version that did not record the last finished run knows it all the same.
#[tokio::test]
async fn last_finished_run_of_earlier_schema_is_found() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("history.db");
    let old = Connection::open(&path).unwrap();
    for step in [1, 2, 3, 4] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/local/sqlite/schema_{step}.sql"));
        old.execute_batch(&fs::read_to_string(file).unwrap()).unwrap();
    }
    old.execute_batch(
        r#"PRAGMA application_id = 0x464E4447; PRAGMA user_version = 4;
         INSERT INTO run (run_id, begun_at, closed_at, summary) VALUES
           ('a', '2026-11-02T00:00:00Z', '2026-11-02T00:10:00Z', '{"status":"ok"}'),
           ('b', '2026-11-09T00:00:00Z', '2026-11-09T00:10:00.5Z', '{"status":"partial"}'),
           ('c', '2026-11-16T00:00:00Z', '2026-11-16T00:10:00Z', NULL)"#,
    )
    .unwrap();
    drop(old);
    let last = SqliteDatabase::new(&path).last_finished().await.unwrap().unwrap();
    assert_eq!((last.run_id.as_str(), last.complete), ("b", false));
    assert_eq!(last.at.to_string(), "2026-11-09T00:10:00.5Z");
}

/// A file of an early version goes on: no issue is new or resolved because of a new rule.
#[tokio::test]
async fn history_of_early_version_goes_on() {
    use crate::history::tests::early;

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("history.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("schema_1.sql")).unwrap();
    old.execute("INSERT INTO project VALUES (1, ?1)", [early::PROJECT]).unwrap();
    old.execute_batch(
        "PRAGMA application_id = 0x464E4447; PRAGMA user_version = 1;
         INSERT INTO project_run VALUES (1, '2026-11-02', '2026-11-02T00:00:00Z', 1, 0, 3, 0, 0, 0, 3, 0, 0, 0, 'x.xlsx')",
    )
    .unwrap();
    for record in early::records() {
        old.execute(
            "INSERT INTO issue VALUES (1, ?1, ?2, 'eu-west-1', ?3, ?4, ?5, 'HIGH', 'NEW', '2026-10-01T00:00:00Z',
             '2026-11-02', ?6, NULL, NULL, NULL)",
            rusqlite::params![
                record.id.as_str(),
                record.account.to_string(),
                record.control_id,
                record.title,
                record.resource,
                record.reopened
            ],
        )
        .unwrap();
    }
    drop(old);
    early::assert_goes_on(&SqliteDatabase::new(&path)).await;
}

/// Runs the queries of a page and returns each with its output, as `sqlite3 -header` prints it.
fn answers(page: &str, database: &Connection) -> Vec<(String, String)> {
    let blocks = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|sql| (sql.to_owned(), printed(database, sql))).collect()
}

fn printed(database: &Connection, sql: &str) -> String {
    use rusqlite::types::Value;

    let mut statement = database.prepare(sql).unwrap();
    let mut text = statement.column_names().collect::<Vec<_>>().join("|") + "\n";
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cell = |index| match row.get::<_, Value>(index).unwrap() {
            Value::Null => String::new(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => format!("{number:?}"),
            Value::Text(text) => text,
            Value::Blob(_) => panic!("a blob"),
        };
        text += &((0..columns).map(cell).collect::<Vec<_>>().join("|") + "\n");
    }
    text
}

/// The queries of the documentation print what it says, in both languages.
#[tokio::test]
async fn documented_queries_print_what_the_page_says() {
    let database = scratch();
    database.setup().await.unwrap();
    let hand = Connection::open(&database.shared.path).unwrap();
    hand.execute_batch(include_str!("tests/story.sql")).unwrap();
    let [english, japanese] =
        [include_str!("../../../../docs/history-sql.md"), include_str!("../../../../docs/ja/history-sql.md")];
    let answers_in_english = answers(english, &hand);
    assert!(answers_in_english.len() > 4);
    for (sql, output) in &answers_in_english {
        assert!(english.contains(&format!("```sql\n{sql}```\n\n```text\n{output}```")), "{sql}\n{output}");
        assert!(japanese.contains(&format!("```sql\n{sql}```\n\n```text\n{output}```")), "{sql}\n{output}");
    }
    assert_eq!(answers(japanese, &hand), answers_in_english);
}

/// The view and the measures agree on percentiles.
#[tokio::test]
async fn time_to_fix_is_that_of_the_measures() {
    use crate::history::{Measures, Sla};

    let database = scratch();
    database.setup().await.unwrap();
    let hand = Connection::open(&database.shared.path).unwrap();
    hand.execute("INSERT INTO project VALUES (1, 'Payments')", []).unwrap();
    for n in 1..=23_i64 {
        let days = (n * 7) % 31;
        hand.execute(
            "INSERT INTO issue (project_id, issue_id, account_id, title, severity, workflow, first_seen, opened_at, opened_in, reopened,
               resolved_at, resolved_in, resolution, last_seen)
             VALUES (1, ?1, '111100000001', '', 'HIGH', 'NEW', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z', 'a', 0,
               strftime('%Y-%m-%dT%H:%M:%SZ', '2026-11-01', ?2), 'b', ?3, '2026-11-01T00:00:00Z')",
            rusqlite::params![n.to_string(), format!("+{days} days"), if n % 3 == 0 { "archived" } else { "gone" }],
        )
        .unwrap();
    }
    let history = database.project(&HistoryQuery::new("Payments")).await.unwrap();
    let measures = Measures::of_project("Payments", &history, &Sla::default(), "2026-12-31T00:00:00Z".parse().unwrap());
    let high = measures.severities[1].time_to_resolve;
    let row =
        hand.query_row("SELECT fixed, median_days, p90_days FROM time_to_fix WHERE severity = 'HIGH'", [], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, f64>(1).ok(), row.get::<_, f64>(2).ok()))
        });
    assert_eq!(row.unwrap(), (high.count, high.median_days, high.p90_days));
}
