//! What reports are made of: their forms, and the guidance in them.

use serde_json::Value;

use crate::embedded::checkout;
use crate::support::{Job, files, project};

#[test]
fn every_form_of_a_report_is_stored_and_the_mail_links_to_the_first() {
    let dir = checkout();
    let done = Job::in_dir(dir.path()).env("FINDINGS_FORMAT", "csv,xlsx,jsonl").run().expect(0);
    let summary = done.summary();
    for extension in ["csv", "xlsx", "jsonl"] {
        assert_eq!(files(&dir.path().join("out/reports"), extension).len(), 6, "{extension}");
    }
    let mobile = project(&summary, "Mobile App");
    let location = |report: &Value| report["location"].as_str().unwrap().to_owned();
    assert_eq!(location(&mobile["report"]).rsplit('.').next(), Some("csv"));
    assert_eq!(mobile["further_reports"].as_array().unwrap().len(), 2);
    let lines = std::fs::read_to_string(dir.path().join(location(&mobile["further_reports"][1]))).unwrap();
    let findings = lines.lines().filter(|line| line.starts_with("{\"type\":\"finding\"")).count();
    assert_eq!(mobile["findings"], findings);
    for mail in files(&dir.path().join("out/outbox"), "eml") {
        let message = std::fs::read(&mail).unwrap();
        let message = mailparse::parse_mail(&message).unwrap();
        let text = message.subparts[0].get_body().unwrap();
        assert!(text.contains(".csv") && !text.contains(".jsonl"), "{text}");
    }
}
