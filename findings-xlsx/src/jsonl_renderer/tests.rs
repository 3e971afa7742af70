//! Everything that the workbook shows is in the file: each column of each table, and the contents of the pages.

use std::sync::Arc;

use findings_core::coverage::{AcceptedGap, CoverageReason, RegionCoverage};
use findings_core::report::{Problem, ProblemKind};
use findings_core::testing::conformance::renderer::{SAMPLE_TIME, sample_report};
use findings_core::{AccountId, Locale};
use serde_json::{Value, json};

use super::*;
use crate::cell::{Cell, Context};
use crate::column::Column;
use crate::columns::{DETAILS, SHOWN};
use crate::settings::Settings;
use crate::sheets::{accepted, accounts, controls, resolved};
use crate::{AddedColumn, ColumnKind};

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
    let finding = Arc::make_mut(&mut report.findings.to_mut().unwrap()[0].finding);
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
    pointer: impl Fn(&str, &Value) -> &'static str,
) {
    for column in columns.iter().filter(|c| !c.kind.is_entry()) {
        let mut filled = 0;
        for (row, line) in rows {
            if !matches!(column.value.of(row, context), Cell::Empty) {
                filled += 1;
                let value = line.pointer(pointer(column.id(), line));
                assert!(value.is_some_and(|v| !v.is_null()), "{:?} is not in {line}", column.id());
            }
        }
        assert!(filled > 0, "no row shows {:?}", column.id());
    }
}

fn in_finding(column: &str) -> &'static str {
    match column {
        "severity" => "/severity",
        "change" => "/change",
        "age_days" => "/age_days",
        "first_seen" => "/first_seen",
        "title" => "/title",
        "control" => "/control_id",
        "account" => "/account",
        "account_name" => "/account_name",
        "severity_reason" => "/provider_severity",
        "region" => "/region",
        "resource_type" => "/resources/0/kind",
        "resource" => "/resources/0/id",
        "further_resources" => "/resources/1/id",
        "tags" => "/resources/0/tags",
        "workflow" => "/workflow",
        "compliance" => "/compliance",
        "standards" => "/standards/0",
        "product" => "/product",
        "description" => "/description",
        "vulnerabilities" => "/vulnerabilities/0/id",
        "what_to_do" => "/remediation_url",
        "console" => "/console_url",
        "resource_page" => "/resource_url",
        "product_console" => "/source_url",
        "notes" => "/note/text",
        "updated" => "/updated_at",
        "finding_id" => "/id",
        "fix_by" => "/due",
        "days_overdue" => "/days_overdue",
        "key" => "/key",
        other => panic!("the findings sheet has {other:?}, and no line of a finding has it"),
    }
}

fn in_account(column: &str) -> &'static str {
    match column {
        "account" => "/id",
        "account_name" => "/name",
        "coverage" => "/verdict",
        "why" => "/coverage/0/reason",
        "last_check" => "/last_check",
        "read" => "/read_completely",
        "CRITICAL" | "HIGH" | "MEDIUM" | "LOW" | "INFORMATIONAL" | "total" => "/counts",
        "newest_update" => "/newest_update",
        other => panic!("the accounts sheet has {other:?}, and no account has it"),
    }
}

fn in_control(column: &str, line: &Value) -> &'static str {
    match column {
        "CRITICAL" | "HIGH" | "MEDIUM" | "LOW" | "INFORMATIONAL" => "/counts",
        "control" if line["control_id"].is_null() => "/product",
        "control" => "/control_id",
        "title" if line["title"].is_null() => "/package",
        "title" => "/title",
        "open_findings" => "/findings",
        "accounts_touched" => "/accounts",
        "resources_touched" => "/resources",
        "first_seen" => "/first_seen",
        "oldest_days" => "/oldest_days",
        "what_to_do" if line["package"].is_string() => "/fixed_in/0",
        "what_to_do" => "/remediation_text",
        "meaning" => "/guidance/meaning",
        "fix" => "/guidance/fix",
        "impact" => "/guidance/impact",
        "contact" => "/guidance/contact",
        other => panic!("the sheet By control has {other:?}, and no line of a control has it"),
    }
}

fn in_resolved(column: &str) -> &'static str {
    match column {
        "severity" => "/severity",
        "control" => "/control_id",
        "title" => "/title",
        "account" => "/account",
        "account_name" => "/account_name",
        "resource" => "/resource",
        "first_seen" => "/first_seen",
        "resolved_at" => "/resolved_at",
        "days_open" => "/days_open",
        "why" => "/resolution",
        other => panic!("the sheet Resolved has {other:?}, and no line of a resolved issue has it"),
    }
}

fn in_accepted(column: &str) -> &'static str {
    match column {
        "region" => "/region",
        "ends_on" => "/decision/kind",
        "days_left" => "/days_left",
        "decided_by" => "/decision/by",
        "decided_on" => "/decision/at",
        other => in_resolved(other),
    }
}

#[test]
fn lines_hold_each_column_of_each_sheet() {
    let (report, guidance) = (full_report(), guidance());
    let settings = Settings { guidance: guidance.into(), ..Settings::default() };
    let context = Context::new(&report, &settings);
    let mut digest = Digest::new(&report).unwrap();
    let lines = lines(&report);

    let findings = report.findings.to_vec().unwrap();
    let rows: Vec<_> = findings.iter().zip(of_type(&lines, "finding")).collect();
    let columns = [&SHOWN[..], &DETAILS].concat();
    assert_lines_hold_columns(&context, &columns, &rows, |id, line| match id {
        // the column says so beside the note
        "notes" if line["acceptance_ended"].is_object() => "/acceptance_ended/comment",
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
fn finding_has_the_columns_that_a_program_added() {
    let report = full_report();
    assert!(lines(&report)[1].get("added").is_none());
    let columns = FindingColumns::standard()
        .with(AddedColumn::new("cost_centre", "Cost centre", |_, report| report.project.as_str().into()))
        .with(AddedColumn::new("rank", "Rank", |_, _| 3_u32.into()).with_kind(ColumnKind::Number));
    let body = JsonlRenderer::new().with_columns(columns).render(&report).unwrap().body;
    let finding: Value = serde_json::from_slice(body.split(|byte| *byte == b'\n').nth(1).unwrap()).unwrap();
    assert_eq!(finding["added"], json!({"cost_centre": report.project, "rank": 3.0}));
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
    report.findings.to_mut().unwrap().clear();
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
