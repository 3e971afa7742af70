//! The findings sheet, cell by cell.

use std::collections::HashSet;

use calamine::Data;
use findings_core::Locale;
use findings_core::decision::DecisionKind;
use findings_core::report::{Change, Report, ReportFinding};
use findings_core::testing::conformance::renderer::{report_of, sample_report};
use findings_xlsx::XlsxRenderer;
use jiff::civil::date;

use super::opened::{LOCALES, Opened};

const FINDINGS: usize = 1;

const EN: [&str; 31] = [
    "Severity",
    "Change",
    "Age (days)",
    "First seen",
    "Title",
    "Control",
    "Account",
    "Account name",
    "Region",
    "Resource type",
    "Resource",
    "Further resources",
    "Tags",
    "Workflow",
    "Compliance",
    "Standards",
    "Product",
    "Description",
    "Vulnerabilities",
    "What to do",
    "In the console",
    "In the product",
    "Notes",
    "Updated",
    "Finding ID",
    "Fix by",
    "Days overdue",
    "Decision",
    "Owner",
    "Due date",
    "Comment",
];
const JA: [&str; 31] = [
    "重要度",
    "変化",
    "経過日数",
    "初回検出日",
    "タイトル",
    "コントロール",
    "アカウントID",
    "アカウント名",
    "リージョン",
    "リソースタイプ",
    "リソース",
    "その他のリソース",
    "タグ",
    "ワークフロー",
    "コンプライアンス",
    "セキュリティ標準",
    "検出元",
    "説明",
    "脆弱性",
    "対処方法",
    "コンソール",
    "検出元の画面",
    "メモ",
    "更新日時",
    "検出結果ID",
    "対応期限",
    "超過日数",
    "対応方針",
    "担当者",
    "期限",
    "コメント",
];

#[test]
fn headings_are_in_the_agreed_order() {
    for (locale, want, key) in [(Locale::En, EN, "Key"), (Locale::Ja, JA, "キー")] {
        let mut report = sample_report(locale);
        let headings = |report: &Report| -> Vec<String> {
            Opened::new(report).sheet(FINDINGS).rows().next().unwrap().iter().map(ToString::to_string).collect()
        };
        let token = report.returning.clone().unwrap().token.unwrap();
        let with_key = headings(&report);
        assert_eq!(with_key[..31], want);
        assert_eq!(with_key[31..], [format!("{key} {token}")]);
        report.returning = None;
        assert_eq!(headings(&report), want, "nobody reads keys");
    }
}

#[test]
fn row_has_the_values_of_the_finding() {
    for locale in LOCALES {
        let report = sample_report(locale);
        let sheet = Opened::new(&report).sheet(FINDINGS);
        assert_eq!(sheet.rows().count(), report.findings.len() + 1);
        for (row, cells) in report.findings.iter().zip(sheet.rows().skip(1)) {
            let got: Vec<String> = cells.iter().map(plain).collect();
            assert_eq!(got, expected(&report, row), "{}", row.finding.id);
        }
    }
}

/// Returns the expected row, built independently of the renderer.
fn expected(report: &Report, row: &ReportFinding) -> Vec<String> {
    let ja = report.locale == Locale::Ja;
    let finding = &row.finding;
    let term = |pairs: &[(&str, &str)], asff: &str| {
        let name = pairs.iter().find(|p| p.0 == asff).unwrap().1;
        if ja { format!("{name} ({asff})") } else { asff.to_owned() }
    };
    let severities = [("CRITICAL", "重大"), ("HIGH", "高"), ("MEDIUM", "中"), ("LOW", "低"), ("INFORMATIONAL", "情報")];
    let change = match (row.change, ja) {
        (Change::New, false) => "New",
        (Change::Reopened, false) => "Reopened",
        (Change::Worse, false) => "Worse",
        (Change::Open, false) => "Open",
        (Change::New, true) => "新規",
        (Change::Reopened, true) => "再発",
        (Change::Worse, true) => "悪化",
        (Change::Open, true) => "継続",
        (change, _) => panic!("{change} has no name here"),
    };
    let days = (report.generated_at.as_second() - row.opened_at.as_second()) / 86_400;
    let optional = |text: &Option<findings_core::Text>| text.as_deref().unwrap_or_default().to_owned();
    let further: Vec<String> = finding.resources[1..]
        .iter()
        .map(|r| format!("{} ({}) [Owner=team-a; 環境=本番]", r.id, r.kind.as_deref().unwrap()))
        .collect();
    let fix = match (&finding.control_id, ja) {
        (Some(control), false) => format!("How to fix {control}"),
        (Some(control), true) => format!("{control} の対処方法を見る"),
        (None, false) => "How to fix it".to_owned(),
        (None, true) => "対処方法を見る".to_owned(),
    };
    let vulnerability = finding.vulnerabilities.first().map_or(String::new(), |v| {
        let words = if ja {
            ["修正版", "修正版の有無：", "攻撃コードの有無："]
        } else {
            ["fixed in", "fix:", "exploit:"]
        };
        format!("{}: openssl 3.0.1 ({} 3.0.14) · {} YES · {} NO", v.id, words[0], words[1], words[2])
    });
    let note = finding.note.as_ref().map(|note| {
        let at = if ja { "2026年11月21日 09:00" } else { "2026-11-21 00:00" };
        format!("{} (yamada {at})", note.text)
    });
    let is_ended = row.decision.as_ref().is_some_and(|decision| decision.entry.kind == DecisionKind::AcceptanceEnded);
    let words = if ja { "受容期限切れ：" } else { "Acceptance ended: " };
    let ended = is_ended.then(|| format!("{words}2026-11-22, Only a test system"));
    let note = ended.into_iter().chain(note).collect::<Vec<_>>().join("\n");
    let compliance = finding.compliance.map_or(String::new(), |s| term(&[("FAILED", "不適合")], s.as_str()));
    vec![
        term(&severities, finding.severity.as_str()),
        change.to_owned(),
        days.to_string(),
        serial(report, row.first_seen),
        finding.title.to_string(),
        optional(&finding.control_id),
        finding.account.to_string(),
        optional(&finding.account_name),
        optional(&finding.region),
        optional(&finding.resources[0].kind),
        finding.resources[0].id.to_string(),
        further.join("\n"),
        "Owner=team-a\n環境=本番".to_owned(),
        term(&[("NEW", "未対応"), ("NOTIFIED", "通知済み")], finding.workflow.as_str()),
        compliance,
        "aws-foundational-security-best-practices 1.0.0\ncis-aws-foundations-benchmark 3.0.0".to_owned(),
        optional(&finding.product_name),
        finding.description.to_string(),
        vulnerability,
        fix,
        if ja { "開く" } else { "Open" }.to_owned(),
        finding.source_url.as_ref().map_or("", |_| if ja { "開く" } else { "Open" }).to_owned(),
        note,
        serial(report, finding.updated_at.unwrap()),
        finding.id.to_string(),
        row.due.map_or(String::new(), |due| day_serial(due.date).to_string()),
        overdue(row),
    ]
    .into_iter()
    .chain(entries(row, ja))
    .chain([row.row_key().unwrap().to_string()])
    .collect()
}

/// What the sample's decisions fill the columns with.
fn entries(row: &ReportFinding, ja: bool) -> [String; 4] {
    let Some(decision) = &row.decision else { return Default::default() };
    let entry = &decision.entry;
    let kind = match (entry.kind, ja) {
        (DecisionKind::ToFix, false) => "To fix",
        (DecisionKind::ToFix, true) => "対応する",
        (DecisionKind::Fixed, false) => "Fixed",
        (DecisionKind::Fixed, true) => "対応済み",
        (DecisionKind::NotOurs, false) => "Not ours",
        (DecisionKind::NotOurs, true) => "担当外",
        // one that is not in force fills nothing
        (DecisionKind::AcceptanceEnded, _) => return Default::default(),
        (other, _) => panic!("the sample has no {other}"),
    };
    let text = |text: &Option<findings_core::Text>| text.as_deref().unwrap_or_default().to_owned();
    let due = entry.due.map_or(String::new(), |due| day_serial(due).to_string());
    [kind.to_owned(), text(&entry.owner), due, text(&entry.comment)]
}

/// The sample is of 2026-11-23.
fn overdue(row: &ReportFinding) -> String {
    let days = row.due.map_or(0, |due| day_serial(date(2026, 11, 23)) - day_serial(due.date));
    if days > 0 { days.to_string() } else { String::new() }
}

fn day_serial(day: jiff::civil::Date) -> i64 {
    day.duration_since(date(1899, 12, 30)).as_secs() / 86_400
}

/// Returns the moment as Excel's day count, in the report's time zone.
fn serial(report: &Report, moment: jiff::Timestamp) -> String {
    let local = report.time_zone.to_datetime(moment);
    let since = local.duration_since(date(1899, 12, 30).at(0, 0, 0, 0));
    (since.as_secs_f64() / 86_400.0).to_string()
}

fn plain(cell: &Data) -> String {
    match cell {
        Data::DateTime(moment) => moment.as_f64().to_string(),
        other => other.to_string(),
    }
}

#[test]
fn cells_are_numbers_dates_or_text_by_column() {
    let mut report = sample_report(Locale::En);
    for row in &mut report.findings {
        let mut finding = (*row.finding).clone();
        finding.account = "000000000042".parse().unwrap();
        row.finding = finding.into();
    }
    let mut book = Opened::new(&report);
    assert!(book.column(FINDINGS, "Account").iter().all(|c| *c == Data::String("000000000042".to_owned())));
    assert!(book.column(FINDINGS, "Age (days)").iter().all(|c| matches!(c, Data::Float(_) | Data::Int(_))));
    assert!(book.column(FINDINGS, "First seen").iter().all(|c| matches!(c, Data::DateTime(_))));
}

#[test]
fn sheet_has_exactly_the_findings_of_the_report() {
    let report = report_of(2_000, Locale::Ja);
    let mut book = Opened::new(&report);
    let got: HashSet<String> = book.column(FINDINGS, "検出結果ID").iter().map(ToString::to_string).collect();
    let want: HashSet<String> = report.findings.iter().map(|r| r.finding.id.to_string()).collect();
    assert_eq!(got, want);
    assert_eq!(book.rows, 2_000);
}

#[test]
fn rows_beyond_the_maximum_go_on_to_next_sheet() {
    for locale in LOCALES {
        let report = sample_report(locale);
        let mut book = Opened::with(&XlsxRenderer::new().with_max_rows(31), &report);
        let names = book.sheet_names();
        assert_eq!(names[2], format!("{} (2)", names[1]));
        assert_eq!(names[3], format!("{} (3)", names[1]));
        let heading = if locale == Locale::Ja { "検出結果ID" } else { "Finding ID" };
        let got: Vec<String> = (1..=3).flat_map(|n| book.column(n, heading)).map(|c| c.to_string()).collect();
        let want: Vec<String> = report.findings.iter().map(|r| r.finding.id.to_string()).collect();
        assert_eq!(got, want, "in the same order");
        assert_eq!(book.rows, 64);
    }
}

#[test]
fn row_height_fits_the_text_within_bounds() {
    let mut report = sample_report(Locale::En);
    for (row, lines) in report.findings.iter_mut().zip([4, 9, 500]) {
        let mut finding = (*row.finding).clone();
        finding.remediation_text = Some(vec!["do this"; lines].join("\n").into());
        row.finding = finding.into();
    }
    let xml = Opened::new(&report).part("xl/worksheets/sheet2.xml");
    let height = |row: usize| {
        let tag = xml.split(&format!("<row r=\"{row}\"")).nth(1).unwrap().split('>').next().unwrap();
        tag.split("ht=\"").nth(1).map(|ht| ht.split('"').next().unwrap().to_owned())
    };
    assert!(xml.contains("defaultRowHeight=\"48\""), "three lines of 15 points");
    assert_eq!([2, 3, 4].map(height), [Some("63".into()), Some("138".into()), Some("153".into())]);
    assert_eq!(height(6), Some("48".into()));
}

#[test]
fn sheet_has_filter_rules_and_validation() {
    for (locale, choice) in [
        (Locale::En, "To fix,Fixed,Accept risk,False positive,Not ours,Withdraw"),
        (Locale::Ja, "対応する,対応済み,リスクを受容,誤検知,担当外,取り消す"),
    ] {
        let xml = Opened::new(&sample_report(locale)).part("xl/worksheets/sheet2.xml");
        for wanted in [
            "<autoFilter ref=\"A1:AF65\"/>",
            "<pane xSplit=\"5\" ySplit=\"1\" topLeftCell=\"F2\"",
            "type=\"containsText\"",
            "operator=\"containsText\" text=\"CRITICAL\"",
            &format!("<formula1>\"{choice}\"</formula1>"),
            "sqref=\"AB2:AB65\"",
            "<dataValidation type=\"date\"",
        ] {
            assert!(xml.contains(wanted), "no {wanted}");
        }
    }
}
