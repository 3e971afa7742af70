//! Everything that the workbook shows is in the file: each column of each table, and the contents of the pages.

use std::sync::Arc;

use findings_core::coverage::{AcceptedGap, CoverageReason, RegionCoverage};
use findings_core::guidance::GuidancePart;
use findings_core::report::{Problem, ProblemKind};
use findings_core::testing::conformance::renderer::{SAMPLE_TIME, sample_report};
use findings_core::{AccountId, Locale};
use serde_json::{Value, json};

use super::*;
use crate::cell::{Cell, Column, Context};
use crate::column_id::ColumnId;
use crate::columns::FINDINGS;
use crate::limits::Limits;
use crate::sheets::{accepted, accounts, controls, resolved};

/// A report with all fields filled. Its accounts have checks that were seen, impaired checks, an accepted gap and a
/// gap.
fn full_report() -> Report {
    let mut report = sample_report(Locale::Ja);
    let region = |name: &str, reason| {
        let mut coverage = RegionCoverage::new(reason);
        coverage.region = Some(name.to_owned());
        coverage
    };
    let ids: Vec<AccountId> = report.accounts.iter().map(|a| a.id).collect();
    let mut seen = region("ap-northeast-1", CoverageReason::ChecksSeen);
    seen.last_check = Some(SAMPLE_TIME);
    let mut impaired = region("us-east-1", CoverageReason::ChecksImpaired);
    impaired.impaired = 7;
    let mut accepted = region("us-east-1", CoverageReason::NotMember);
    accepted.accepted = Some(AcceptedGap::new(ids[1], "sandbox", "2026-12-31".parse().unwrap()));
    report.accounts[0].coverage = vec![seen.clone(), impaired];
    report.accounts[1].coverage = vec![seen, accepted];
    report.accounts[2].coverage = vec![region("ap-northeast-1", CoverageReason::HubOff)];
    report.accounts[2].complete = false;
    report.regions = vec!["ap-northeast-1".to_owned(), "us-east-1".to_owned()];
    report.other_regions = true;
    report.problems = vec![
        Problem::new(ProblemKind::Coverage(CoverageReason::HubOff), "turn it on").with_account(ids[2]),
        Problem::new(ProblemKind::UnreadableFinding, "line 7: missing field `Id`"),
    ];
    (report.stale.high, report.duplicates, report.fetched) = (9, 6, Some(70));
    let finding = Arc::make_mut(&mut report.findings[0].finding);
    finding.source_url = Some("https://example.com/finding".into());
    finding.account_name = None;
    finding.product_name = None;
    finding.product_arn = "arn:aws:securityhub:us-east-1::product/aws/guardduty".into();
    report
}

fn guidance() -> Guidance {
    let csv = "control,meaning,fix,impact,contact,locale\nEC2.19,open,close it,none,#net,\nEC2.19,開いている,,,,ja\n";
    Guidance::from_csv(csv.as_bytes()).unwrap()
}

fn lines(report: &Report) -> Vec<Value> {
    let body = JsonlRenderer::new().with_guidance(guidance()).render(report).unwrap().body;
    std::str::from_utf8(&body).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_type<'l>(lines: &'l [Value], name: &str) -> Vec<&'l Value> {
    lines.iter().filter(|line| line["type"] == name).collect()
}

/// Asserts that a line has a value wherever the sheet has one, and that each column has a value in some row.
fn assert_lines_hold_columns<R>(
    context: &Context<'_>,
    columns: &[Column<R>],
    rows: &[(&R, &Value)],
    pointer: impl Fn(ColumnId, &Value) -> &'static str,
) {
    for column in columns.iter().filter(|c| !c.kind.is_entry()) {
        let mut filled = 0;
        for (row, line) in rows {
            if !matches!((column.value)(row, context), Cell::Empty) {
                filled += 1;
                let value = line.pointer(pointer(column.id, line));
                assert!(value.is_some_and(|v| !v.is_null()), "{:?} is not in {line}", column.id);
            }
        }
        assert!(filled > 0, "no row shows {:?}", column.id);
    }
}

fn in_finding(column: ColumnId) -> &'static str {
    match column {
        ColumnId::Severity => "/severity",
        ColumnId::Change => "/change",
        ColumnId::AgeDays => "/age_days",
        ColumnId::FirstSeen => "/first_seen",
        ColumnId::Title => "/title",
        ColumnId::Control => "/control_id",
        ColumnId::Account => "/account",
        ColumnId::AccountName => "/account_name",
        ColumnId::Region => "/region",
        ColumnId::ResourceType => "/resources/0/kind",
        ColumnId::Resource => "/resources/0/id",
        ColumnId::FurtherResources => "/resources/1/id",
        ColumnId::Tags => "/resources/0/tags",
        ColumnId::Workflow => "/workflow",
        ColumnId::Compliance => "/compliance",
        ColumnId::Standards => "/standards/0",
        ColumnId::Product => "/product",
        ColumnId::Description => "/description",
        ColumnId::Vulnerabilities => "/vulnerabilities/0/id",
        ColumnId::WhatToDo => "/remediation_url",
        ColumnId::Console => "/console_url",
        ColumnId::ProductConsole => "/source_url",
        ColumnId::Notes => "/note/text",
        ColumnId::Updated => "/updated_at",
        ColumnId::FindingId => "/id",
        ColumnId::FixBy => "/due",
        ColumnId::DaysOverdue => "/days_overdue",
        ColumnId::Key => "/key",
        other => panic!("the findings sheet has {other:?}, and no line of a finding has it"),
    }
}

fn in_account(column: ColumnId) -> &'static str {
    match column {
        ColumnId::Account => "/id",
        ColumnId::AccountName => "/name",
        ColumnId::Coverage => "/verdict",
        ColumnId::Why => "/coverage/0/reason",
        ColumnId::LastCheck => "/last_check",
        ColumnId::Read => "/read_completely",
        ColumnId::SeverityCount(_) | ColumnId::Total => "/counts",
        ColumnId::NewestUpdate => "/newest_update",
        other => panic!("the accounts sheet has {other:?}, and no account has it"),
    }
}

fn in_control(column: ColumnId, line: &Value) -> &'static str {
    match column {
        ColumnId::Severity => "/severity",
        ColumnId::Control if line["control_id"].is_null() => "/product",
        ColumnId::Control => "/control_id",
        ColumnId::Title if line["title"].is_null() => "/package",
        ColumnId::Title => "/title",
        ColumnId::OpenFindings => "/findings",
        ColumnId::AccountsTouched => "/accounts",
        ColumnId::ResourcesTouched => "/resources",
        ColumnId::FirstSeen => "/first_seen",
        ColumnId::OldestDays => "/oldest_days",
        ColumnId::WhatToDo if line["package"].is_string() => "/fixed_in/0",
        ColumnId::WhatToDo => "/remediation_text",
        ColumnId::Guidance(GuidancePart::Meaning) => "/guidance/meaning",
        ColumnId::Guidance(GuidancePart::Fix) => "/guidance/fix",
        ColumnId::Guidance(GuidancePart::Impact) => "/guidance/impact",
        ColumnId::Guidance(GuidancePart::Contact) => "/guidance/contact",
        other => panic!("the sheet By control has {other:?}, and no line of a control has it"),
    }
}

fn in_resolved(column: ColumnId) -> &'static str {
    match column {
        ColumnId::Severity => "/severity",
        ColumnId::Control => "/control_id",
        ColumnId::Title => "/title",
        ColumnId::Account => "/account",
        ColumnId::AccountName => "/account_name",
        ColumnId::Resource => "/resource",
        ColumnId::FirstSeen => "/first_seen",
        ColumnId::ResolvedAt => "/resolved_at",
        ColumnId::DaysOpen => "/days_open",
        ColumnId::Why => "/resolution",
        other => panic!("the sheet Resolved has {other:?}, and no line of a resolved issue has it"),
    }
}

fn in_accepted(column: ColumnId) -> &'static str {
    match column {
        ColumnId::Region => "/region",
        ColumnId::EndsOn => "/decision/kind",
        ColumnId::DaysLeft => "/days_left",
        ColumnId::DecidedBy => "/decision/by",
        ColumnId::DecidedOn => "/decision/at",
        other => in_resolved(other),
    }
}

#[test]
fn lines_hold_each_column_of_each_sheet() {
    let (report, guidance) = (full_report(), guidance());
    let context = Context::new(&report, &guidance, Limits::default());
    let mut digest = Digest::new(&report);
    let lines = lines(&report);

    let rows: Vec<_> = report.findings.iter().zip(of_type(&lines, "finding")).collect();
    assert_lines_hold_columns(&context, &FINDINGS, &rows, |id, line| match id {
        // the column says so beside the note
        ColumnId::Notes if line["acceptance_ended"].is_object() => "/acceptance_ended/comment",
        id => in_finding(id),
    });

    let rows: Vec<_> = report.resolved.iter().zip(of_type(&lines, "resolved")).collect();
    assert_lines_hold_columns(&context, &resolved::COLUMNS, &rows, |id, _| in_resolved(id));

    let rows: Vec<_> = report.accepted.iter().zip(of_type(&lines, "accepted")).collect();
    assert_lines_hold_columns(&context, &accepted::COLUMNS, &rows, |id, _| in_accepted(id));

    let rows: Vec<_> = digest.controls.iter().zip(of_type(&lines, "control")).collect();
    assert_eq!(rows.len(), digest.controls.len());
    assert_lines_hold_columns(&context, &controls::columns(true), &rows, in_control);

    digest.accounts.sort_by_key(|row| row.id);
    let rows: Vec<_> = digest.accounts.iter().zip(lines[0]["accounts"].as_array().unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_lines_hold_columns(&context, &accounts::columns(), &rows, |id, _| in_account(id));
}

#[test]
fn report_line_has_the_coverage() {
    let line = &lines(&full_report())[0];
    assert_eq!((&line["verdict"], &line["other_regions"]), (&json!("not_covered"), &json!(true)));
    assert_eq!(line["regions"], json!(["ap-northeast-1", "us-east-1"]));
    assert_eq!(line["problems"][0]["kind"], json!({"coverage": "hub_off"}));
    let verdicts: Vec<_> = line["accounts"].as_array().unwrap().iter().map(|a| &a["verdict"]).collect();
    assert_eq!(verdicts, ["degraded", "not_covered", "not_covered"]);
    assert_eq!(line["accounts"][0]["last_check"], "2026-11-23T00:00:00Z");
    assert_eq!(line["accounts"][0]["coverage"][1]["impaired"], 7);
    assert_eq!(line["accounts"][2]["read_completely"], false);
    assert_eq!(
        line["notices"],
        json!([
            {"account": "100000000001", "region": "us-east-1", "verdict": "degraded", "reason": "checks_impaired", "impaired": 7},
            {"account": "100000000002", "region": "us-east-1", "verdict": "not_covered", "reason": "not_member",
             "accepted": {"account": "100000000002", "reason": "sandbox", "until": "2026-12-31"}},
        ])
    );
}

#[test]
fn report_line_has_the_counts_of_the_about_sheet() {
    let mut report = full_report();
    let line = &lines(&report)[0];
    for (name, want) in [("total", 64), ("issues", 64), ("stale", 9), ("unreadable", 1), ("fetched", 70)] {
        assert_eq!(line[name], want, "{name}");
    }
    assert_eq!((&line["duplicates"], &line["adds_up"]), (&json!(6), &json!(true)));
    report.fetched = Some(71);
    assert_eq!(lines(&report)[0]["adds_up"], false);
    report.fetched = None;
    assert_eq!(lines(&report)[0]["adds_up"], Value::Null);
}

#[test]
fn incomplete_report_always_has_a_problem() {
    let mut report = sample_report(Locale::En);
    report.accounts[1].complete = false;
    let want = json!([{"kind": "account_not_fetched", "account": "100000000002", "region": null, "detail": ""}]);
    assert_eq!(lines(&report)[0]["problems"], want);
    report.accounts.clear();
    report.findings.clear();
    assert_eq!(lines(&report)[0]["problems"][0]["kind"], "no_account");
}

#[test]
fn finding_line_adds_account_name_and_product() {
    let lines = lines(&full_report());
    assert_eq!(lines[1]["product"], "aws/guardduty");
    assert_eq!(lines[1]["account_name"], lines[0]["accounts"][0]["name"]);
}

#[test]
fn control_has_guidance_and_package_has_fixed_versions() {
    let lines = lines(&full_report());
    let controls = of_type(&lines, "control");
    let of = |id: &str| *controls.iter().find(|line| line["control_id"] == id).unwrap();
    assert_eq!(of("EC2.19")["guidance"]["meaning"], "開いている");
    assert_eq!(of("EC2.19")["guidance"]["contact"], "#net");
    let package = controls.iter().find(|line| line["package"] == "openssl").unwrap();
    assert_eq!((&package["product"], &package["fixed_in"]), (&json!("Inspector"), &json!(["3.0.14"])));
    assert_eq!((&package["control_id"], &package["title"]), (&Value::Null, &Value::Null));
    assert!(controls.iter().all(|line| line["title"].is_string() != line["package"].is_string()));
}

#[test]
fn same_report_gives_same_bytes() {
    let renderer = JsonlRenderer::new().with_guidance(guidance());
    let report = full_report();
    assert_eq!(renderer.render(&report).unwrap().body, renderer.clone().render(&report.clone()).unwrap().body);
}
