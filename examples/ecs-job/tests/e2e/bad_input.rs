//! Bad input gives a clear message with a cure, no panic, and no half-written file that looks complete.

use std::path::Path;

use crate::support::{Done, Job, files, project, project_reports};

const FINDINGS: &str =
    r#"[{"AwsAccountId":"111122223333","Id":"f-1","ProductArn":"p","Title":"=cmd()","Severity":{"Label":"HIGH"}}]"#;

fn run(dir: &Path, registry: &[u8], findings: &[u8]) -> Done {
    std::fs::write(dir.join("projects.csv"), registry).unwrap();
    std::fs::write(dir.join("findings.json"), findings).unwrap();
    start(dir)
}

fn start(dir: &Path) -> Done {
    Job::in_dir(dir).args(&["--projects", "projects.csv", "--source", "findings.json", "--run-id", "r"]).run()
}

#[track_caller]
fn refused(done: Done, want: &str) {
    let done = done.expect(2);
    assert!(done.stderr.contains(want), "{want}: {}", done.stderr);
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
    let summary = done.summary();
    assert_eq!((&summary["status"], summary["errors"].as_array().unwrap().is_empty()), (&"failed".into(), false));
}

#[test]
fn all_configuration_errors_name_their_variables() {
    let dir = tempfile::tempdir().unwrap();
    let done = Job::in_dir(dir.path())
        .args(&[
            "--projects",
            "s3://x",
            "--source",
            "securityhub:here",
            "--link-ttl",
            "30d",
            "--locale",
            "xx",
            "--log",
            "xml",
        ])
        .env("FINDINGS_RATE", "fast")
        .run()
        .expect(2);
    for variable in ["PROJECTS", "SOURCE", "REPORTS", "NOTIFY", "HISTORY", "LINK_TTL", "LOCALE", "RATE", "LOG"] {
        assert!(done.stderr.contains(&format!("FINDINGS_{variable}")), "{variable}: {}", done.stderr);
    }
    assert_eq!(done.summary()["errors"].as_array().unwrap().len(), 9);
}

#[test]
fn invalid_registry_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    refused(start(dir.path()), "projects.csv");
    for (registry, want) in [
        (&b""[..], "empty"),
        (b"\x00\x01\x02\xff\xfe\x00", "projects.csv"),
        (b"PK\x03\x04\x14\x00\x06\x00", "projects.csv"),
        (b"a,b\n1,2\n", "account_ids"),
        (b"project,account_ids,recipients\n", "no project below it"),
        (b"project,account_ids,recipients\nx,1.23E+11,a@example.com\n", "rounded"),
    ] {
        refused(run(dir.path(), registry, FINDINGS.as_bytes()), want);
    }
    assert!(files(dir.path(), "xlsx").is_empty());
}

#[test]
fn invalid_source_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let registry = b"project,account_ids,recipients\nx,111122223333,a@example.com\n";
    for (findings, want) in
        [("", "empty"), ("hello", "expected findings in ASFF"), ("<html>", "expected findings in ASFF")]
    {
        refused(run(dir.path(), registry, findings.as_bytes()), want);
    }
    std::fs::remove_file(dir.path().join("findings.json")).unwrap();
    refused(start(dir.path()), "FINDINGS_SOURCE");
}

#[test]
fn damaged_row_makes_only_its_project_incomplete() {
    let dir = tempfile::tempdir().unwrap();
    let registry = "project,account_ids,recipients,locale,cost centre\n\
        good,111122223333,a@example.com,en,7\n\
        bad,111122223333;12345678901;1.11E+11,b@example.com;nobody,ja,8\n";
    let done = run(dir.path(), registry.as_bytes(), FINDINGS.as_bytes()).expect(1);
    let summary = done.summary();
    assert_eq!(project(&summary, "good")["status"], "ok");
    let bad = project(&summary, "bad");
    assert_eq!((&bad["status"], &bad["findings"]), (&"incomplete".into(), &1.into()));
    let errors = bad["errors"].to_string();
    for want in ["line 3", "leading zeros", "rounded", "nobody"] {
        assert!(errors.contains(want), "{want}: {errors}");
    }
    assert_eq!(bad["notified"][0], "b@example.com");
    assert!(done.stderr.contains("cost centre"), "no warning of the unknown column: {}", done.stderr);
}

/// A check that passed in the account of project y.
const PASSED_IN_Y: &str = r#"{"AwsAccountId":"444455556666","Id":"passed","Compliance":{"Status":"PASSED"},"Workflow":{"Status":"RESOLVED"}}"#;

#[test]
fn unreadable_finding_is_named_by_line() {
    let dir = tempfile::tempdir().unwrap();
    let registry = b"project,account_ids,recipients\nx,111122223333,a@example.com\ny,444455556666,b@example.com\n";
    // y has a record, or nothing would be known about it
    let (unreadable, other) = (r#"{"AwsAccountId":"111122223333","Title":"no Id"}"#, PASSED_IN_Y);
    let mine = format!("{}\n{unreadable}\n{other}\n", FINDINGS.trim_matches(['[', ']']));
    let summary = run(dir.path(), registry, mine.as_bytes()).expect(3).summary();
    assert_eq!(summary["status"], "partial");
    assert_eq!(project(&summary, "x")["status"], "incomplete");
    assert!(project(&summary, "x")["errors"][0]["message"].as_str().unwrap().contains("line 2"));
    assert_eq!(project(&summary, "y")["status"], "ok", "the record belongs to another project");

    let dir = tempfile::tempdir().unwrap();
    let stray = format!("{}\n{}\n", FINDINGS.trim_matches(['[', ']']), r#"{"Title":"nobody's"}"#);
    let summary = run(dir.path(), registry, stray.as_bytes()).expect(3).summary();
    assert_eq!(summary["errors"][0]["line"], 2);
    assert_eq!(project(&summary, "y")["status"], "incomplete", "the record may belong to this project");
}

#[test]
fn project_names_cannot_escape_folder() {
    let dir = tempfile::tempdir().unwrap();
    let registry = "project,account_ids,recipients\n../../etc/passwd,111122223333,a@example.com\n決済/基盤,111122223333,a@example.com\n\
        \"a\u{7}b\",111122223333,a@example.com\n..,111122223333,a@example.com\n";
    let done = run(dir.path(), registry.as_bytes(), FINDINGS.as_bytes());
    assert!(done.code == 0 || done.code == 1, "{}", done.stderr);
    let summary = done.summary();
    let reports = dir.path().join("out/reports");
    assert_eq!(project_reports(&reports, "xlsx").len(), summary["projects"].as_array().unwrap().len());
    let written = files(dir.path(), "xlsx");
    // the names for people are all in one folder
    let (for_people, keys): (Vec<_>, Vec<_>) =
        written.iter().partition(|path| path.parent().unwrap() == reports.join("by-name"));
    assert!(keys.iter().all(|path| path.starts_with(&reports) && path.to_str().unwrap().is_ascii()), "{keys:?}");
    assert_eq!(for_people.len(), project_reports(&reports, "xlsx").len(), "{for_people:?}");
}

#[test]
fn unwritable_destinations_are_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "in the way").unwrap();
    let registry = b"project,account_ids,recipients\nx,111122223333,a@example.com\n";
    std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
    std::fs::write(dir.path().join("findings.json"), FINDINGS).unwrap();
    for (flag, value) in
        [("--reports", "file/reports"), ("--history", "sqlite:file/history.db"), ("--history", "sqlite:file")]
    {
        let done = Job::in_dir(dir.path())
            .args(&["--projects", "projects.csv", "--source", "findings.json", flag, value])
            .run();
        refused(done, "file");
    }
}
