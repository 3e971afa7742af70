//! CSV files, read back with the crate `csv`.

use std::collections::HashSet;

use csv::StringRecord;
use findings_core::coverage::{CoverageReason, RegionCoverage};
use findings_core::report::{Report, UnreadReason};
use findings_core::testing::conformance::renderer::{
    clean_report, hostile_report, hostile_texts, incomplete_report, report_of, sample_report,
};
use findings_core::wording::Wording;
use findings_core::{Locale, ReportRenderer};
use findings_xlsx::{CsvRenderer, FindingColumns};

use super::opened::{LOCALES, Opened};

const MARK: &str = "\u{feff}";

fn text(report: &Report) -> String {
    let body = CsvRenderer::new().render(report).unwrap().body;
    String::from_utf8(body.to_vec()).unwrap()
}

fn records(report: &Report) -> Vec<StringRecord> {
    let text = text(report);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(text.strip_prefix(MARK).unwrap().as_bytes());
    reader.records().map(Result::unwrap).collect()
}

/// The place of a column in the records, found by its ID.
fn place(records: &[StringRecord], id: &str, locale: Locale) -> usize {
    let columns = FindingColumns::standard();
    let heading = columns.heading(id, locale).unwrap();
    records[0].iter().position(|cell| cell == heading).unwrap_or_else(|| panic!("no {heading}"))
}

#[test]
fn csv_has_the_workbooks_columns_and_entry_columns_only_if_somebody_reads_them() {
    for locale in LOCALES {
        let mut report = sample_report(locale);
        let headings = |report: &Report| records(report).remove(0).iter().map(str::to_owned).collect::<Vec<_>>();
        let sheet = Opened::new(&report).sheet(2);
        let of_workbook: Vec<String> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(headings(&report), of_workbook);
        assert_eq!(of_workbook.len(), 34);
        report.returning = None;
        let columns = FindingColumns::standard();
        let is_entry = |heading: &&String| {
            ["decision", "owner", "due", "comment"].iter().any(|id| columns.heading(id, locale) == Some(heading))
        };
        let read_only: Vec<&String> = of_workbook[..33].iter().filter(|heading| !is_entry(heading)).collect();
        assert_eq!(read_only.len(), 29);
        assert_eq!(headings(&report).iter().collect::<Vec<_>>(), read_only);
    }
}

#[test]
fn csv_has_decisions_and_keys() {
    let report = sample_report(Locale::En);
    let decided = report.findings.to_vec().unwrap().into_iter().position(|row| row.decision.is_some()).unwrap();
    let row = &report.findings.get(decided).unwrap();
    let decision = row.decision.as_ref().unwrap();
    let records = records(&report);
    let cell = |n: usize| &records[decided + 1][n];
    let [decision_at, comment_at] = ["decision", "comment"].map(|id| place(&records, id, Locale::En));
    assert_eq!(cell(decision_at), Wording::of(Locale::En).decision(decision.entry.kind));
    assert_eq!(cell(33), row.row_key().unwrap().to_string());
    let comments: Vec<&str> = records.iter().map(|record| &record[comment_at]).collect();
    assert!(comments.contains(&"'=1+1 is what team B says"), "{comments:?}");
}

#[test]
fn row_has_the_values_of_the_finding() {
    let mut report = sample_report(Locale::Ja);
    let mut finding = (*report.findings.get(0).unwrap().finding).clone();
    finding.remediation_text = Some("ポートを閉じる".into());
    finding.source_url = Some("https://example.com/1".into());
    report.findings.to_mut().unwrap()[0].finding = finding.clone().into();
    let records = records(&report);
    let row = |heading: &str| &records[1][records[0].iter().position(|h| h == heading).unwrap()];
    for (heading, want) in [
        ("重要度", "重大 (CRITICAL)"),
        ("変化", "再発"),
        ("経過日数", "5"),
        ("初回検出日", "2025-10-14"),
        ("アカウントID", "100000000001"),
        ("タグ", "Owner=team-a\n環境=本番"),
        (
            "対処方法",
            "ポートを閉じる\nhttps://docs.aws.amazon.com/ja_jp/securityhub/latest/userguide/ec2-controls.html#ec2-19",
        ),
        ("検出元の画面", "https://example.com/1"),
        ("更新日時", "2026-11-23 09:00"),
        ("検出結果ID", &finding.id),
    ] {
        assert_eq!(row(heading), want, "{heading}");
    }
    assert!(row("コンソール").starts_with("https://ap-northeast-1.console.aws.amazon.com/securityhub/"));
}

#[test]
fn csv_has_exactly_the_findings_of_the_report() {
    let report = report_of(500, Locale::En);
    let records = records(&report);
    let id = place(&records, "finding_id", Locale::En);
    let got: HashSet<String> = records.iter().skip(1).map(|r| r[id].to_owned()).collect();
    assert_eq!(got, report.findings.to_vec().unwrap().into_iter().map(|r| r.finding.id.to_string()).collect());
}

#[test]
fn first_rows_say_that_the_report_is_incomplete() {
    for (locale, mark) in [(Locale::En, "INCOMPLETE REPORT"), (Locale::Ja, "【不完全なレポート】")] {
        let records = records(&incomplete_report(locale));
        assert_eq!(records.len(), 1 + 3 + 1 + 64);
        let [severity, title, id] = ["severity", "title", "finding_id"].map(|id| place(&records, id, locale));
        assert!(records[1..4].iter().all(|r| &r[severity] == mark && !r[title].is_empty() && r[id].is_empty()));
        let reason = Wording::of(locale).unread(UnreadReason::NotAllowed);
        assert!(records[1].iter().any(|c| c == reason) && !records[1].iter().any(|c| c.contains("AccessDenied")));
        assert!(records[4..].iter().all(|r| &r[severity] != mark));
        let stale = if locale == Locale::Ja { "9件（高 9件）" } else { "9 issues that were open" };
        assert!(records[4].iter().any(|cell| cell.contains(stale)) && records[4][id].is_empty(), "{:?}", records[4]);
    }
}

#[test]
fn only_a_covered_clean_report_has_just_a_header() {
    let with = |reason| {
        let mut report = clean_report(Locale::En);
        report.accounts.iter_mut().for_each(|a| a.coverage = vec![RegionCoverage::new(reason)]);
        records(&report)
    };
    assert_eq!(with(CoverageReason::ChecksSeen).len(), 1);
    let unchecked = records(&clean_report(Locale::En));
    assert!(unchecked.len() == 2 && unchecked[1].iter().any(|c| c.contains("was not verified")), "{unchecked:?}");
    let impaired = with(CoverageReason::ChecksImpaired);
    assert!(impaired.len() > 1 && impaired[1].iter().any(|c| c.contains("AWS Config")), "{impaired:?}");
}

#[test]
fn no_text_becomes_a_formula_with_any_separator() {
    let begins =
        |cell: &str| cell.trim_start_matches(['"', ' ']).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    for hostile in hostile_texts().into_iter().chain(["x;=1+1".into(), "x\t@y".into(), "x\n+1".into(), "\";=1".into()])
    {
        let report = hostile_report(&hostile);
        let text = text(&report);
        let body = text.strip_prefix(MARK).unwrap();
        assert!(!body.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')));
        let bad = body.split(['\n', '\r', '\t', ';']).find(|cell| begins(cell));
        assert_eq!(
            bad.map(|b| b.chars().take(40).collect::<String>()),
            None,
            "{:?}",
            hostile.chars().take(30).collect::<String>()
        );
        let records = records(&report);
        assert!(records.iter().flatten().all(|cell| !begins(cell)));
        assert!(records.iter().flatten().all(|cell| cell.encode_utf16().count() <= 32_767 + 20_000));
    }
}

#[test]
fn gaps_are_told_whatever_columns_are_chosen() {
    let report = incomplete_report(Locale::En);
    let whole = text(&report);
    let columns = FindingColumns::standard().in_order(["account"]).unwrap();
    let body = CsvRenderer::new().with_columns(columns).render(&report).unwrap().body;
    let short = String::from_utf8(body.to_vec()).unwrap();
    assert!(short.starts_with("\u{feff}\"Account\",\"Severity\",\"Title\""), "{short}");
    for said in ["INCOMPLETE REPORT", "line 1812", "9 issues that were open"] {
        assert!(whole.contains(said) && short.contains(said), "{said}");
    }
}
