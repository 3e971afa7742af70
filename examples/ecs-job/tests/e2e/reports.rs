//! What reports are made of: their forms, and the guidance in them.

use calamine::{Reader, Xlsx};
use serde_json::Value;

use crate::embedded::checkout;
use crate::support::{Job, files, project, project_reports};

#[test]
fn every_form_of_a_report_is_stored_and_the_mail_links_to_the_first() {
    let dir = checkout();
    let done = Job::in_dir(dir.path())
        .args(&["--run-id", "forms"])
        .env("FINDINGS_FORMAT", "csv,xlsx,html,jsonl")
        .run()
        .expect(0);
    let summary = done.summary();
    for extension in ["csv", "xlsx", "html", "jsonl"] {
        assert_eq!(project_reports(&dir.path().join("out/reports"), extension).len(), 6, "{extension}");
    }
    let mobile = project(&summary, "Mobile App");
    let location = |report: &Value| report["location"].as_str().unwrap().to_owned();
    assert_eq!(location(&mobile["report"]).rsplit('.').next(), Some("csv"));
    assert_eq!(mobile["further_reports"].as_array().unwrap().len(), 3);
    let further = |n: usize| std::fs::read_to_string(dir.path().join(location(&mobile["further_reports"][n]))).unwrap();
    let page = further(1);
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(mobile["findings"], data["findings"].as_array().unwrap().len());
    let lines = further(2);
    let findings = lines.lines().filter(|line| line.starts_with("{\"type\":\"finding\"")).count();
    assert_eq!(mobile["findings"], findings);
    for mail in files(&dir.path().join("out/outbox"), "eml") {
        let message = std::fs::read(&mail).unwrap();
        let message = mailparse::parse_mail(&message).unwrap();
        let text = message.subparts[0].get_body().unwrap();
        assert!(text.contains(".csv") && !text.contains(".jsonl"), "{text}");
    }
}

#[test]
fn mail_links_to_the_page_if_it_is_the_first_form() {
    let dir = checkout();
    std::fs::write(dir.path().join("guidance.csv"), "control,meaning\nS3.8,Written for us\n").unwrap();
    let args = ["--format", "html", "--guidance", "guidance.csv", "--run-id", "page"];
    let done = Job::in_dir(dir.path()).args(&args).run().expect(0);
    let summary = done.summary();
    let report = &project(&summary, "Mobile App")["report"];
    let location = report["location"].as_str().unwrap();
    assert_eq!(location.rsplit('.').next(), Some("html"));
    let page = std::fs::read_to_string(dir.path().join(location)).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("Written for us"));
    for mail in files(&dir.path().join("out/outbox"), "eml") {
        let message = std::fs::read(&mail).unwrap();
        let text = mailparse::parse_mail(&message).unwrap().subparts[0].get_body().unwrap();
        assert!(text.contains(".html") && !text.contains(".xlsx"), "{text}");
    }
}

/// Returns the text of the controls sheet of the sample's English project.
fn controls(dir: &std::path::Path, summary: &Value) -> String {
    let location = project(summary, "Mobile App")["report"]["location"].as_str().unwrap().to_owned();
    let mut book: Xlsx<_> = calamine::open_workbook(dir.join(location)).unwrap();
    let sheet = book.worksheet_range("By control").unwrap();
    sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
}

/// Returns a control for which that project of the sample has a finding.
fn control_of_the_sample(dir: &std::path::Path) -> String {
    let done = Job::in_dir(dir).args(&["--format", "jsonl", "--run-id", "before"]).run().expect(0);
    let location = project(&done.summary(), "Mobile App")["report"]["location"].as_str().unwrap().to_owned();
    let lines = std::fs::read_to_string(dir.join(location)).unwrap();
    let mut lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.find_map(|line| line["control_id"].as_str().map(str::to_owned)).expect("a finding of a control")
}

#[test]
fn workbook_shows_guidance_from_file_or_folder() {
    let dir = checkout();
    let control = control_of_the_sample(dir.path());
    let csv = format!("control,meaning,contact\n{control},Written for us,#cloud-platform\n");
    std::fs::write(dir.path().join("guidance.csv"), csv).unwrap();
    std::fs::create_dir(dir.path().join("guidance")).unwrap();
    std::fs::write(dir.path().join("guidance").join(format!("{control}.md")), "## Meaning\nWritten for us\n").unwrap();
    for place in ["guidance.csv", "guidance"] {
        let done = Job::in_dir(dir.path()).args(&["--guidance", place, "--run-id", place]).run().expect(0);
        let text = controls(dir.path(), &done.summary());
        assert!(text.contains("What it means") && text.contains("Written for us"), "{place}: {text}");
    }
}

#[test]
fn guidance_errors_are_reported_with_lines_at_start() {
    let dir = checkout();
    std::fs::write(dir.path().join("g.csv"), "control,fix\nS3.8,x\nS3,y\nS3.8,z\n").unwrap();
    for command in ["run", "plan"] {
        let done = Job::in_dir(dir.path()).args(&[command, "--guidance", "g.csv"]).run().expect(2);
        let told = format!("{}{}", done.stderr, done.stdout);
        assert!(told.contains("g.csv") && told.contains("line 3") && told.contains("line 4"), "{told}");
    }
    assert!(files(&dir.path().join("out"), "xlsx").is_empty() && files(&dir.path().join("out"), "eml").is_empty());
    Job::in_dir(dir.path()).args(&["plan", "--guidance", "missing"]).run().expect(2);
}

#[test]
fn reports_have_the_columns_and_the_portal_that_are_set() {
    let dir = checkout();
    let args = ["--run-id", "columns", "--format", "csv,jsonl", "--columns", "severity,account_name,title,rest"];
    let portal = ["--console-portal", "https://d-1.awsapps.com/start,SecurityAudit"];
    let done = Job::in_dir(dir.path()).args(&[&args[..], &portal].concat()).run().expect(0);
    let summary = done.summary();
    let mobile = project(&summary, "Mobile App");
    let read = |report: &Value| std::fs::read_to_string(dir.path().join(report["location"].as_str().unwrap())).unwrap();
    let table = read(&mobile["report"]);
    assert!(table.starts_with("\u{feff}\"Severity\",\"Account name\",\"Title\",\"Change\","), "{table}");
    let lines = read(&mobile["further_reports"][0]);
    let links = lines.matches("https://d-1.awsapps.com/start/#/console?account_id=").count();
    assert!(links > 0 && !lines.contains("\"console_url\":\"https://ap-"), "{links}");
}
