//! `ecs-job organisation` on three weekly runs of the sample organisation.

use std::path::Path;

use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::support::{Done, Job, files, workspace};

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
fn csv_has_the_numbers_of_each_week() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    let report = call(dir.path(), &["--output", "json", "--weeks", "3"]).expect(0).summary();
    let csv = call(dir.path(), &["--output", "csv", "--weeks", "3"]).expect(0).stdout;
    let mut compared = 0;
    for week in report["weeks"].as_array().unwrap() {
        let (day, numbers) = (week["first_day"].as_str().unwrap(), &week["numbers"]);
        let of_week = ["new", "reopened", "fixed"].map(|name| (name, &numbers["flow"][name]));
        for (measure, counts) in of_week.into_iter().chain([("open", &numbers["open"])]) {
            for (severity, count) in counts.as_object().unwrap() {
                let line = format!("\n,{},{day},,{measure},{count}", severity.to_uppercase());
                assert!(csv.contains(&format!("{line}\n")) || csv.contains(&format!("{line}\r\n")), "{line}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 3 * 4 * 5);
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

/// The arguments of a run with operators and executives.
const TOLD: [&str; 8] = [
    "--operators",
    "ops@example.com",
    "--executives",
    "head@example.com",
    "--sla",
    "critical=7d,high=30d",
    "--notify",
    "outbox:outbox",
];

fn run(dir: &Path, run_id: &str, more: &[&str]) -> Value {
    let data = workspace().join("examples/data");
    let (projects, findings) = (data.join("projects.csv"), data.join("findings.json"));
    let args = ["run", "--run-id", run_id, "--history", "sqlite:h.db", "--reports", "reports"];
    let inputs = ["--projects", projects.to_str().unwrap(), "--source", findings.to_str().unwrap()];
    Job::in_dir(dir).args(&args).args(&inputs).args(&TOLD).args(more).run().expect(0).summary()
}

/// The mails to an address, decoded: subject, and text and HTML together.
fn mails_to(dir: &Path, address: &str) -> Vec<(String, String)> {
    use mailparse::MailHeaderMap as _;
    let mut mails = Vec::new();
    for path in files(&dir.join("outbox"), "eml") {
        let raw = std::fs::read(path).unwrap();
        let mail = mailparse::parse_mail(&raw).unwrap();
        if mail.headers.get_first_value("To").is_some_and(|to| to.contains(address)) {
            let text = mail.parts().filter(|part| part.ctype.mimetype.starts_with("text/"));
            let text = text.map(|part| part.get_body().unwrap()).collect::<String>();
            mails.push((mail.headers.get_first_value("Subject").unwrap(), text));
        }
    }
    mails
}

#[test]
fn a_run_stores_the_report_and_tells_executives_once_a_week() {
    let dir = tempfile::tempdir().unwrap();
    let summary = run(dir.path(), "first", &[]);
    let organisation = &summary["organisation"];
    assert_eq!(organisation["notified"], serde_json::json!(["head@example.com"]), "{organisation}");
    let folder = dir.path().join("reports/organisation/first");
    let page = std::fs::read_to_string(folder.join("organisation.html")).unwrap();
    let workbook = std::fs::read(folder.join("organisation.xlsx")).unwrap();
    for project in summary["projects"].as_array().unwrap() {
        let name = project["project"].as_str().unwrap();
        assert!(page.contains(name), "{name} is not in the page");
    }
    assert!(workbook.starts_with(b"PK") && organisation["reports"].as_array().unwrap().len() == 2);

    let [(subject, text)] = &mails_to(dir.path(), "head@example.com")[..] else { panic!("one mail") };
    // an issue of two projects that own its account is one
    let database = rusqlite::Connection::open(dir.path().join("h.db")).unwrap();
    let open = "SELECT count(DISTINCT issue_id) FROM issue WHERE resolved_at IS NULL";
    let open: u32 = database.query_row(open, [], |row| row.get(0)).unwrap();
    assert!(subject.contains(&format!("{open} open issues")), "{subject}");
    // the picture begins with the first run, and not with the first week of the report
    let legend = text.split("Open issues by week, ").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
    let (first, last) = legend.split_once(" to ").unwrap();
    assert_eq!(first.trim_start_matches("from "), last.split(';').next().unwrap());
    for file in ["organisation.html", "organisation.xlsx"] {
        let there = |text: &str| text.contains(&format!("organisation/first/{file}"));
        assert!(there(text), "{text}");
        let operators = mails_to(dir.path(), "ops@example.com");
        assert!(operators.iter().all(|(_, text)| there(text)), "{operators:?}");
    }
    let index = std::fs::read_to_string(dir.path().join("reports/index.html")).unwrap();
    for link in ["organisation/first/organisation.html", "runs/first/summary.json"] {
        assert!(index.contains(&format!("href=\"{link}\"")), "{index}");
    }
    // nobody else hears of it
    assert_eq!(page.matches("head@example.com").count(), 0);
    let others = files(&dir.path().join("outbox"), "eml").len();
    let told: usize =
        summary["projects"].as_array().unwrap().iter().map(|p| p["notified"].as_array().unwrap().len()).sum();
    assert_eq!(others, told + 2);

    let summary = run(dir.path(), "second", &[]);
    assert_eq!(summary["organisation"]["told_this_week"], serde_json::json!(["head@example.com"]));
    assert_eq!(mails_to(dir.path(), "head@example.com").len(), 1);
    let index = std::fs::read_to_string(dir.path().join("reports/index.html")).unwrap();
    assert!(index.find("runs/second/") < index.find("runs/first/"), "the newest first");
}

#[test]
fn report_can_be_left_out_and_written_for_any_weeks() {
    let dir = tempfile::tempdir().unwrap();
    let summary = run(dir.path(), "first", &["--executives", "", "--organisation-report", "none"]);
    assert!(summary["organisation"].is_null() && !dir.path().join("reports/organisation").exists());
    let refused = Job::in_dir(dir.path()).args(&["run", "--organisation-report", "none"]).args(&TOLD).run();
    assert!(refused.code == 2 && refused.stderr.contains("--executives"), "{}", refused.stderr);

    let files = ["--html", "page.html", "--xlsx", "組織.xlsx", "--locale", "ja"];
    call(dir.path(), &files).expect(0);
    let page = std::fs::read_to_string(dir.path().join("page.html")).unwrap();
    assert!(page.contains("<html lang=\"ja\"") && page.contains("決済"), "{}", &page[..300]);
    assert!(std::fs::read(dir.path().join("組織.xlsx")).unwrap().starts_with(b"PK"));
    let refused = call(dir.path(), &["--html", "no/such/folder/page.html"]);
    assert!(refused.code == 2 && refused.stderr.contains("page.html"), "{}", refused.stderr);
}
