//! `ecs-job organisation` on three weekly runs of the sample organisation.

use std::path::Path;

use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::support::{Done, Job, workspace};

/// A project whose name a spreadsheet would take for a formula.
pub(crate) const FORMULA: &str = "=1+1, \"total\"";

/// Runs the sample three times, and moves each run to its week before the next one. The second run lacks every third finding.
pub(crate) fn three_weeks(dir: &Path) {
    let data = workspace().join("examples/data");
    let projects =
        std::fs::read_to_string(data.join("projects.csv")).unwrap().replace("Mobile App,", "\"=1+1, \"\"total\"\"\",");
    std::fs::write(dir.join("projects.csv"), projects).unwrap();
    let all: Value = serde_json::from_slice(&std::fs::read(data.join("findings.json")).unwrap()).unwrap();
    let mut some = all.clone();
    for (n, finding) in some["Findings"].as_array_mut().unwrap().iter_mut().enumerate() {
        if n % 3 == 0 {
            finding["Compliance"]["Status"] = "PASSED".into();
            finding["Workflow"]["Status"] = "RESOLVED".into();
        }
    }
    for (run_id, findings, days) in [("week-1", &all, 14), ("week-2", &some, 7), ("week-3", &all, 0)] {
        std::fs::write(dir.join("findings.json"), findings.to_string()).unwrap();
        let run = ["run", "--run-id", run_id, "--history", "sqlite:h.db", "--projects", "projects.csv"];
        Job::in_dir(dir).args(&run).args(&["--source", "findings.json"]).run().expect(0);
        let database = rusqlite::Connection::open(dir.join("h.db")).unwrap();
        let at = (Timestamp::now() - (days * 24).hours()).to_string();
        database.execute("UPDATE project_run SET at = ?1 WHERE run_id = ?2", [at.as_str(), run_id]).unwrap();
        database.execute("UPDATE issue SET resolved_at = ?1 WHERE resolved_in = ?2", [at.as_str(), run_id]).unwrap();
    }
}

fn call(dir: &Path, args: &[&str]) -> Done {
    Job::in_dir(dir).args(&["organisation", "--history", "sqlite:h.db"]).args(args).run()
}

fn sum(report: &Value, columns: &[&str], week: usize) -> u64 {
    let of_project = |project: &Value| columns.iter().filter_map(|c| project["series"][c][week].as_u64()).sum::<u64>();
    report["projects"].as_array().unwrap().iter().map(of_project).sum()
}

#[test]
fn numbers_are_those_of_the_reports() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    let report = call(dir.path(), &["--output", "json", "--weeks", "3", "--sla", "critical=7d"]).expect(0).summary();
    let history = Job::in_dir(dir.path()).args(&["history", "--history", "sqlite:h.db", "--output", "json"]).run();
    let history = history.expect(0).summary();
    let open = ["open_critical", "open_high", "open_medium", "open_low", "open_informational"];
    for (week, run) in history["measures"][0]["runs"].as_array().unwrap().iter().enumerate() {
        let of_run = |names: &[&str]| names.iter().map(|name| run["changes"][name].as_u64().unwrap()).sum::<u64>();
        assert_eq!(sum(&report, &open, week), of_run(&["new", "reopened", "open", "stale"]), "{run}");
        assert_eq!(sum(&report, &["baseline", "new"], week), of_run(&["new"]), "{run}");
        assert_eq!(sum(&report, &["reopened"], week), of_run(&["reopened"]), "{run}");
        assert_eq!(sum(&report, &["fixed"], week), of_run(&["resolved"]), "{run}");
    }
    assert!(sum(&report, &["fixed"], 1) > 50 && sum(&report, &["reopened"], 2) > 50, "the story has a plot");
    let of_all = &history["measures"][0]["severities"];
    for (mine, other) in report["severities"].as_array().unwrap().iter().zip(of_all.as_array().unwrap()) {
        assert_eq!((&mine["open"], &mine["open_by_age"]), (&other["open"], &other["open_by_age"]));
    }
    let ranked = report["projects"].as_array().unwrap().iter().filter(|project| project["rank"].is_u64()).count();
    assert_eq!((ranked, &report["score"]["formula"]), (6, &"open_and_overdue_per_account".into()));
}

#[test]
fn table_fits_100_columns_and_csv_has_no_formula() {
    let dir = tempfile::tempdir().unwrap();
    let missing = call(dir.path(), &[]);
    assert!(missing.code == 2 && missing.stderr.contains("no such file"), "{}", missing.stderr);
    assert!(!dir.path().join("h.db").exists());
    three_weeks(dir.path());
    let table = call(dir.path(), &["--sla", "critical=7d,high=30d"]).expect(0).stdout;
    let long: Vec<&str> = table.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(long.is_empty(), "{long:#?}");
    assert!(table.contains(FORMULA) && table.contains("movers of the week"), "{table}");
    let csv = call(dir.path(), &["--output", "csv"]).expect(0).stdout;
    let mut lines = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(lines.headers().unwrap(), vec!["project", "severity", "week", "control", "measure", "value"]);
    let records: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    assert!(records.iter().any(|record| record[0] == format!("'{FORMULA}")));
    assert!(records.iter().all(|record| !record[0].starts_with(['=', '+', '-', '@'])));
    let week = (Timestamp::now() - 168.hours()).to_string();
    let past = call(dir.path(), &["--to", &week[..10], "--weeks", "2", "--output", "json"]).expect(0).summary();
    assert_eq!(past["runs"].as_array().unwrap().len(), 2, "the third run was later");
}

#[test]
fn weeks_that_make_no_sense_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (args, flag) in [
        (["--weeks", "0"], "--weeks"),
        (["--weeks", "521"], "--weeks"),
        (["--weeks", "many"], "--weeks"),
        (["--from", "2026-13-01"], "--from"),
        (["--from", "9999-01-01"], "--from"),
        (["--from", "0001-01-01"], "--from"),
        (["--to", "9999-12-31"], "--to"),
        (["--to", "soon"], "--to"),
        (["--time-zone", "Mars/Olympus"], "--time-zone"),
    ] {
        let refused = call(dir.path(), &args);
        assert!(refused.code == 2 && refused.stderr.contains(flag), "{args:?}: {}", refused.stderr);
        assert!(!refused.stderr.contains("panicked"), "{args:?}: {}", refused.stderr);
    }
}
