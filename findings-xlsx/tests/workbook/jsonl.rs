//! JSON Lines files, read back.

use findings_core::report::Report;
use findings_core::testing::conformance::renderer::{
    clean_report, empty_report, hostile_report, hostile_texts, incomplete_report, sample_report,
};
use findings_core::{Locale, ReportRenderer};
use findings_xlsx::JsonlRenderer;
use serde_json::{Value, json};

fn lines(report: &Report) -> Vec<Value> {
    let body = JsonlRenderer::new().render(report).unwrap().body;
    assert!(body.ends_with(b"\n"));
    let text = std::str::from_utf8(&body).unwrap();
    text.strip_suffix('\n').unwrap().split('\n').map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn lines_are_report_findings_resolved_accepted_controls() {
    let report = sample_report(Locale::Ja);
    let lines = lines(&report);
    let kinds: Vec<&str> = lines.iter().map(|l| l["type"].as_str().unwrap()).collect();
    let want: Vec<&str> =
        [vec!["report"], vec!["finding"; 64], vec!["resolved"; 5], vec!["accepted"; 3], vec!["control"; 9]].concat();
    assert_eq!(kinds, want);
    assert_eq!(lines[0]["project"], "決済基盤");
    assert_eq!((&lines[0]["complete"], &lines[0]["problems"]), (&json!(true), &json!([])));
    assert_eq!(lines[0]["counts"]["critical"], 20);
    assert_eq!(lines[0]["selection"], json!({"record_states": ["ACTIVE"], "workflow": ["NEW", "NOTIFIED"]}));
    let ids: Vec<&str> = lines[1..65].iter().map(|l| l["id"].as_str().unwrap()).collect();
    let want = report.findings.to_vec().unwrap();
    assert_eq!(ids, want.iter().map(|r| &*r.finding.id).collect::<Vec<_>>());
}

#[test]
fn finding_line_has_all_fields() {
    let report = sample_report(Locale::En);
    let line = &lines(&report)[1];
    let finding = &report.findings.get(0).unwrap().finding;
    for (name, want) in [
        ("account", json!("100000000001")),
        ("severity", json!("CRITICAL")),
        ("workflow", json!(finding.workflow.as_str())),
        ("compliance", json!("FAILED")),
        ("control_id", json!("EC2.19")),
        ("change", json!("reopened")),
        ("first_seen", json!("2025-10-14T00:00:00Z")),
        ("opened_at", json!("2026-11-18T00:00:00Z")),
        ("age_days", json!(5)),
        ("title", json!(&*finding.title)),
    ] {
        assert_eq!(line[name], want, "{name}");
    }
    assert_eq!(line["resources"][0]["tags"], json!({"Owner": "team-a", "環境": "本番"}));
    assert_eq!(line["resources"].as_array().unwrap().len(), finding.resources.len());
}

#[test]
fn decisions_are_in_the_lines() {
    let mut report = sample_report(Locale::En);
    let all = lines(&report);
    let token = report.returning.clone().unwrap().token.unwrap();
    assert_eq!(all[0]["returning"], json!({"token": token, "until": "2027-02-21T00:00:00Z"}));
    assert_eq!(all[0]["overdue"], report.overdue());
    let (row, line) =
        report.findings.to_vec().unwrap().into_iter().zip(&all[1..]).find(|(row, _)| row.decision.is_some()).unwrap();
    assert_eq!(line["decision"]["kind"], row.decision.as_ref().unwrap().entry.kind.as_str());
    assert_eq!(line["key"], row.row_key().unwrap().to_string());
    let accepted = all.iter().find(|line| line["type"] == "accepted").unwrap();
    assert_eq!((&accepted["days_left"], &accepted["accepted_until"]), (&json!(12), &json!("2026-12-05")));
    report.returning = None;
    let unread = lines(&report);
    assert!(unread.iter().all(|line| line["key"].is_null()) && unread[0]["returning"].is_null());
}

#[test]
fn incomplete_report_has_complete_false() {
    let mut unread = clean_report(Locale::En);
    unread.accounts[0].complete = false;
    for report in [incomplete_report(Locale::En), empty_report(), unread] {
        assert_eq!(lines(&report)[0]["complete"], false);
    }
    assert_eq!(lines(&incomplete_report(Locale::En))[0]["problems"][0]["kind"], "account_not_fetched");
}

#[test]
fn hostile_texts_are_unchanged() {
    for text in hostile_texts() {
        let lines = lines(&hostile_report(&text));
        assert_eq!(lines[0]["project"], text);
        assert_eq!(lines.iter().filter(|l| l["type"] == "finding" && l["title"] == text).count(), 6);
    }
}
