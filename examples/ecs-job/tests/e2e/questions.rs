//! The subcommands that answer questions about the history, on three weekly runs of the sample organisation.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::aws::World;
use crate::organisation::{FORMULA, three_weeks};
use crate::support::{Done, Job};

fn call(dir: &Path, args: &[&str]) -> Done {
    Job::in_dir(dir).args(args).args(&["--history", "sqlite:h.db"]).run()
}

fn json(dir: &Path, args: &[&str]) -> Value {
    call(dir, &[args, &["--output", "json"]].concat()).expect(0).summary()
}

fn database(dir: &Path) -> Connection {
    Connection::open(dir.join("h.db")).unwrap()
}

fn number(database: &Connection, sql: &str) -> u64 {
    database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("no {name} in {value}"))
}

#[test]
fn messages_tell_who_was_sent_what_in_each_run() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    let of_project = ["history", "--messages", "--project", FORMULA];
    let found = json(dir.path(), &of_project);
    let messages = list(&found, "messages");
    assert_eq!(
        (messages.len() as u64, &found["runs"]),
        (number(&database(dir.path()), &counting("message")), &3.into())
    );
    let runs: Vec<&str> = messages.iter().map(|message| message["run_id"].as_str().unwrap()).collect();
    assert!(runs.is_sorted() && runs.contains(&"week-1") && runs.contains(&"week-3"), "{runs:?}");
    assert!(messages.iter().all(|m| m["state"] == "sent" && m["notifier"] == "outbox" && m["edition"] == 1));
    // what a killed task leaves
    let project = FORMULA.replace('\'', "''");
    let leave = format!(
        "UPDATE message SET state = 'intent', message_id = NULL WHERE run_id = 'week-2' AND project = '{project}'"
    );
    database(dir.path()).execute(&leave, []).unwrap();
    let table = call(dir.path(), &of_project).expect(0).stdout;
    assert!(table.contains("in_doubt") && table.contains("it may have arrived") && table.contains("looked at 3 runs"));
    let one = json(dir.path(), &[&of_project[..], &["--run-id", "week-2"]].concat());
    assert!(list(&one, "messages").iter().all(|m| m["run_id"] == "week-2" && m["state"] == "in_doubt"), "{one}");
    let csv = call(dir.path(), &[&of_project[..], &["--output", "csv"]].concat()).expect(0).stdout;
    assert_eq!(csv.lines().next(), Some("run,read,recipient,notifier,edition,state,recorded,ID_or_reason"));
    let nobody = call(dir.path(), &["history", "--messages", "--project", "Nobody"]).expect(2).stderr;
    assert!(nobody.contains("nothing is remembered of it"), "{nobody}");
    let alone = call(dir.path(), &["history", "--messages"]).expect(2).stderr;
    assert!(alone.contains("--project"), "{alone}");
}

fn counting(table: &str) -> String {
    format!("SELECT count(*) FROM {table} WHERE project = '{}'", FORMULA.replace('\'', "''"))
}

#[test]
fn findings_are_those_of_the_history() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    let database = database(dir.path());
    let open = json(dir.path(), &["findings", "--sla", "critical=7d"]);
    let issues = list(&open, "issues");
    assert_eq!(issues.len() as u64, number(&database, "SELECT count(*) FROM issue WHERE resolved_at IS NULL"));
    assert!(issues.iter().all(|issue| (issue["severity"] == "CRITICAL") == issue["overdue"].is_boolean()));
    assert!(issues.iter().all(|issue| issue["state"] == "open" && issue["last_seen_by"] == "week-3"));
    let rank = |issue: &Value| {
        ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"].iter().position(|s| issue["severity"] == **s)
    };
    // as moments: as text, "06.12Z" comes after "06.123Z"
    let opened = |issue: &Value| issue["opened_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(issues.is_sorted_by_key(|issue| (rank(issue), opened(issue))), "{open}");
    let some =
        list(&json(dir.path(), &["findings", "--severity", "Critical,high", "--control", "s3.8"]), "issues").len();
    let sql = "SELECT count(*) FROM open_issues WHERE control_id = 'S3.8' AND severity IN ('CRITICAL', 'HIGH')";
    assert_eq!(some as u64, number(&database, sql));
    let csv = call(dir.path(), &["findings", "--project", FORMULA, "--output", "csv"]).expect(0).stdout;
    let mut lines = csv::Reader::from_reader(csv.as_bytes());
    assert!(lines.records().all(|record| record.unwrap()[0] == format!("'{FORMULA}")));

    // a run that did not see an account, and a project without a run of this week
    let account = issues[0]["account"].as_str().unwrap();
    let unseen =
        "UPDATE project_run SET complete = 0, incomplete_accounts = ?1 WHERE run_id = 'week-3' AND project_id IN
         (SELECT project_id FROM issue WHERE account_id = ?1)";
    database.execute(unseen, [account]).unwrap();
    // a record that is not written again is as old as its opening
    database.execute("UPDATE issue SET last_seen = opened_at WHERE account_id = ?1", [account]).unwrap();
    let unsure = json(dir.path(), &["findings", "--account", account]);
    assert!(list(&unsure, "issues").iter().all(|issue| issue["state"] == "not_confirmed"), "{unsure}");
    assert!(list(&unsure, "unsure").iter().any(|project| project["accounts"][0] == account), "{unsure}");
    database.execute("DELETE FROM project_run WHERE run_id = 'week-3' AND project_id = 1", []).unwrap();
    let table = call(dir.path(), &["findings"]).expect(0).stdout;
    assert!(table.contains("stale, no run this week") && table.contains("did not see all of"), "{table}");
    let none = call(dir.path(), &["findings", "--control", "None.1"]).expect(0).stdout;
    assert!(none.starts_with("0 issues in 0 projects"), "{none}");
    for (flag, value) in
        [("--severity", "urgent"), ("--account", "12"), ("--since", "soon"), ("--project", "Nobody"), ("--sla", "x")]
    {
        let refused = call(dir.path(), &["findings", flag, value]);
        assert!(refused.code == 2 && !refused.stderr.contains("panicked"), "{flag}: {}", refused.stderr);
    }
}

#[test]
fn comparison_says_what_the_runs_said() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    let database = database(dir.path());
    database.execute("UPDATE project_run SET incomplete_accounts = ''", []).unwrap();
    // the numbers of the comparison are those that the later run told its readers
    for (from, to) in [("week-1", "week-2"), ("week-2", "week-3")] {
        let comparison = json(dir.path(), &["compare", to, from]);
        assert_eq!((&comparison["from"], &comparison["to"]), (&from.into(), &to.into()), "the order does not matter");
        for (name, column) in [("new", "new"), ("reopened", "reopened"), ("worse", "worse"), ("fixed", "resolved")] {
            let sum: u64 = list(&comparison, "projects").iter().map(|p| p["counts"][name].as_u64().unwrap()).sum();
            let sql = format!("SELECT sum({column}) FROM project_run WHERE run_id = '{to}'");
            assert_eq!(sum, number(&database, &sql), "{name} in {to}");
        }
    }
    let table = call(dir.path(), &["compare", "week-1", "week-2", "--details"]).expect(0).stdout;
    assert!(table.contains("all of these") && table.lines().any(|line| line.starts_with("fixed  ")), "{table}");
    database.execute("DELETE FROM project_run WHERE run_id = 'week-2' AND project_id = 1", []).unwrap();
    let lacking = json(dir.path(), &["compare", "week-1", "week-2"]);
    assert_eq!(list(&lacking, "not_compared")[0]["why"], "not_in_later");
    let table = call(dir.path(), &["compare", "week-1", "week-2"]).expect(0).stdout;
    assert!(table.contains("run week-2 did not report it"), "{table}");
    let unknown = call(dir.path(), &["compare", "week-1", "week-9"]).expect(2).stderr;
    assert!(unknown.contains("week-9") && unknown.contains("week-3, week-2, week-1"), "{unknown}");
    for runs in [&["week-1", "week-1"][..], &["week-1"], &["week-1", ""], &["week-1", "a\nb"], &["a", "b", "c"]] {
        let refused = call(dir.path(), &[&["compare"], runs].concat());
        assert!(refused.code == 2 && !refused.stderr.contains("panicked"), "{runs:?}: {}", refused.stderr);
    }
}

#[test]
fn questions_make_no_history() {
    let dir = tempfile::tempdir().unwrap();
    for args in [&["findings"][..], &["compare", "a", "b"], &["history", "--project", "a", "--messages"]] {
        let missing = call(dir.path(), args).expect(2).stderr;
        assert!(missing.contains("no such file"), "{missing}");
    }
    assert!(!dir.path().join("h.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn questions_are_answered_from_a_table() {
    let world = World::new().await;
    for run_id in ["week-1", "week-2"] {
        world.job("run", run_id).run().expect(0);
    }
    let ask = |args: &[&str]| {
        let table = format!("dynamodb:{}", world.table());
        let job = world.bare_job(args[0]).args(&args[1..]).args(&["--output", "json", "--history", &table]);
        job.run().expect(0).summary()
    };
    let messages = ask(&["history", "--messages", "--project", "Mobile App"]);
    let runs: Vec<&str> = list(&messages, "messages").iter().map(|m| m["run_id"].as_str().unwrap()).collect();
    assert!(runs.contains(&"week-1") && runs.contains(&"week-2") && messages["runs"] == 2, "{messages}");
    let issues = ask(&["findings", "--project", "Mobile App"]);
    assert!(list(&issues, "issues").len() > 50 && list(&issues, "unsure").is_empty(), "{}", issues["unsure"]);
    let comparison = ask(&["compare", "week-1", "week-2"]);
    let totals = &comparison["totals"];
    assert_eq!((&totals["new"], &totals["open_before"]), (&0.into(), &totals["open_after"]), "{totals}");
}
