//! The findings sheet, cell by cell.

use std::collections::{HashMap, HashSet};

use calamine::Data;
use findings_core::decision::DecisionKind;
use findings_core::report::{Change, Report, ReportFinding};
use findings_core::testing::conformance::renderer::{report_of, sample_report};
use findings_core::{Finding, Locale, Severity};
use findings_xlsx::{AddedColumn, ColumnKind, FindingColumns, XlsxRenderer};
use jiff::civil::date;

use super::opened::{LOCALES, Opened};

const FINDINGS: usize = 2;

/// The columns: ID, heading in English and in Japanese.
const COLUMNS: [(&str, &str, &str); 33] = [
    ("severity", "Severity", "重要度"),
    ("change", "Change", "変化"),
    ("fix_by", "Current due date", "現在の期限"),
    ("days_overdue", "Days overdue", "超過日数"),
    ("control", "Control", "コントロール"),
    ("title", "Title", "タイトル"),
    ("resource", "Resource", "リソース"),
    ("account", "Account", "アカウントID"),
    ("account_name", "Account name", "アカウント名"),
    ("what_to_do", "What to do", "対処方法"),
    ("console", "In the console", "コンソール"),
    ("resource_page", "Resource page", "リソースの画面"),
    ("decision", "Decision", "対応方針"),
    ("owner", "Owner", "担当者"),
    ("due", "Due date", "期限"),
    ("comment", "Comment", "コメント"),
    ("age_days", "Age (days)", "経過日数"),
    ("first_seen", "First seen", "初回検出日"),
    ("severity_reason", "Reason for the severity", "重要度の根拠"),
    ("region", "Region", "リージョン"),
    ("resource_type", "Resource type", "リソースタイプ"),
    ("further_resources", "Further resources", "その他のリソース"),
    ("tags", "Tags", "タグ"),
    ("workflow", "Workflow", "ワークフロー"),
    ("compliance", "Compliance", "コンプライアンス"),
    ("standards", "Standards", "セキュリティ標準"),
    ("product", "Product", "検出元"),
    ("description", "Description", "説明"),
    ("vulnerabilities", "Vulnerabilities", "脆弱性"),
    ("product_console", "In the product", "検出元の画面"),
    ("notes", "Notes", "メモ"),
    ("updated", "Updated", "更新日時"),
    ("finding_id", "Finding ID", "検出結果ID"),
];

#[test]
fn headings_are_in_the_agreed_order() {
    assert_eq!(FindingColumns::standard().ids().collect::<Vec<_>>(), COLUMNS.map(|(id, ..)| id));
    let (en, ja) = (COLUMNS.map(|(_, en, _)| en), COLUMNS.map(|(.., ja)| ja));
    for (locale, want, key) in [(Locale::En, en, "Key"), (Locale::Ja, ja, "キー")] {
        let mut report = sample_report(locale);
        let headings = |report: &Report| -> Vec<String> {
            Opened::new(report).sheet(FINDINGS).rows().next().unwrap().iter().map(ToString::to_string).collect()
        };
        let token = report.returning.clone().unwrap().token.unwrap();
        let with_key = headings(&report);
        assert_eq!(with_key[..COLUMNS.len()], want);
        assert_eq!(with_key[COLUMNS.len()..], [format!("{key} {token}")]);
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
        for (row, cells) in report.findings.to_vec().unwrap().iter().zip(sheet.rows().skip(1)) {
            let ids = COLUMNS.iter().map(|(id, ..)| (*id).to_owned()).chain(["key".to_owned()]);
            let got: HashMap<String, String> = ids.zip(cells.iter().map(plain)).collect();
            assert_eq!(got, expected(&report, row), "{}", row.finding.id);
        }
    }
}

/// Returns the expected values by the IDs of columns, built independently of the renderer.
fn expected(report: &Report, row: &ReportFinding) -> HashMap<String, String> {
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
        (Change::Open, false) => "Still open",
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
    let [decision, owner, due, comment] = entries(row, ja);
    let open = if ja { "開く" } else { "Open" };
    let values = [
        ("severity", term(&severities, finding.severity.as_str())),
        ("change", change.to_owned()),
        ("fix_by", row.due.map_or(String::new(), |due| day_serial(due.date).to_string())),
        ("days_overdue", overdue(row)),
        ("control", optional(&finding.control_id)),
        ("title", title(finding.control_id.as_deref().filter(|_| ja), &finding.title)),
        ("resource", finding.resources[0].id.to_string()),
        ("account", finding.account.to_string()),
        ("account_name", optional(&finding.account_name)),
        ("what_to_do", fix),
        ("console", open.to_owned()),
        ("resource_page", findings_core::rendering::resource_link(finding, report).map_or("", |_| open).to_owned()),
        ("age_days", days.to_string()),
        ("first_seen", serial(report, row.first_seen)),
        ("severity_reason", severity_reason(finding, ja)),
        ("region", optional(&finding.region)),
        ("resource_type", optional(&finding.resources[0].kind)),
        ("further_resources", further.join("\n")),
        ("tags", "Owner=team-a\n環境=本番".to_owned()),
        ("workflow", term(&[("NEW", "未対応"), ("NOTIFIED", "通知済み")], finding.workflow.as_str())),
        ("compliance", compliance),
        ("standards", "aws-foundational-security-best-practices 1.0.0\ncis-aws-foundations-benchmark 3.0.0".to_owned()),
        ("product", optional(&finding.product_name)),
        ("description", finding.description.to_string()),
        ("vulnerabilities", vulnerability),
        ("product_console", finding.source_url.as_ref().map_or("", |_| open).to_owned()),
        ("notes", note),
        ("updated", serial(report, finding.updated_at.unwrap())),
        ("finding_id", finding.id.to_string()),
        ("decision", decision),
        ("owner", owner),
        ("due", due),
        ("comment", comment),
        ("key", row.row_key().unwrap().to_string()),
    ];
    values.map(|(id, value)| (id.to_owned(), value)).into()
}

/// Why a finding of the sample has its severity.
fn severity_reason(finding: &Finding, ja: bool) -> String {
    let words = match (finding.severity, finding.provider_severity, ja) {
        (Severity::Critical, Some(Severity::Medium), false) => "Raised from Medium to Critical by your organisation",
        (Severity::Critical, Some(Severity::Medium), true) => "組織側で「中」から「重大」に引き上げ",
        (Severity::High, Some(Severity::Medium), false) => "Raised from Medium to High by your organisation",
        (Severity::High, Some(Severity::Medium), true) => "組織側で「中」から「高」に引き上げ",
        (Severity::Low, Some(Severity::Medium), false) => "Lowered from Medium to Low by your organisation",
        (Severity::Low, Some(Severity::Medium), true) => "組織側で「中」から「低」に引き下げ",
        (severity, given, _) if given.is_some_and(|given| given != severity) => panic!("the sample has no {given:?}"),
        _ if finding.vulnerabilities.is_empty() => "",
        (.., false) => "CVSS 9.8 · EPSS 94 % · fix available",
        (.., true) => "CVSS 9.8 · EPSS 94 % · 修正版あり",
    };
    words.to_owned()
}

/// The title of a finding, below that of its control for Japanese readers.
fn title(control: Option<&str>, title: &str) -> String {
    let own = match control {
        Some("IAM.4") => "ルートユーザーのアクセスキーを削除する\n",
        Some("EC2.19") => "高リスクポートをインターネット全体に開放しない\n",
        Some("EC2.8") => "EC2 インスタンスで IMDSv2 を必須にする\n",
        Some("S3.8") => "バケットごとにパブリックアクセスをブロックする\n",
        Some("RDS.3") => "RDS インスタンスのストレージを暗号化する\n",
        Some("CloudTrail.4") => "CloudTrail のログファイル検証を有効にする\n",
        Some("DynamoDB.2") => "DynamoDB テーブルのポイントインタイムリカバリを有効にする\n",
        // there is none for it
        Some("Lambda.3") | None => "",
        Some(other) => panic!("the sample has no {other}"),
    };
    format!("{own}{title}")
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
    for row in report.findings.to_mut().unwrap() {
        let mut finding = (*row.finding).clone();
        finding.account = "000000000042".parse().unwrap();
        row.finding = finding.into();
    }
    let mut book = Opened::new(&report);
    assert!(
        book.findings(FINDINGS, "account", Locale::En).iter().all(|c| *c == Data::String("000000000042".to_owned()))
    );
    assert!(book.findings(FINDINGS, "age_days", Locale::En).iter().all(|c| matches!(c, Data::Float(_) | Data::Int(_))));
    assert!(book.findings(FINDINGS, "first_seen", Locale::En).iter().all(|c| matches!(c, Data::DateTime(_))));
}

#[test]
fn sheet_has_exactly_the_findings_of_the_report() {
    let report = report_of(2_000, Locale::Ja);
    let mut book = Opened::new(&report);
    let got: HashSet<String> =
        book.findings(FINDINGS, "finding_id", Locale::Ja).iter().map(ToString::to_string).collect();
    let want: HashSet<String> =
        report.findings.to_vec().unwrap().into_iter().map(|r| r.finding.id.to_string()).collect();
    assert_eq!(got, want);
    assert_eq!(book.rows, 2_000);
}

#[test]
fn rows_beyond_the_maximum_go_on_to_next_sheet() {
    for locale in LOCALES {
        let report = sample_report(locale);
        let mut book = Opened::with(&XlsxRenderer::new().with_max_rows(31), &report);
        let names = book.sheet_names();
        let first = book.first_of_findings(locale);
        assert_eq!(names[first + 1], format!("{} (2)", names[first]));
        assert_eq!(names[first + 2], format!("{} (3)", names[first]));
        let got: Vec<String> =
            (first..first + 3).flat_map(|n| book.findings(n, "finding_id", locale)).map(|c| c.to_string()).collect();
        let want: Vec<String> =
            report.findings.to_vec().unwrap().into_iter().map(|r| r.finding.id.to_string()).collect();
        assert_eq!(got, want, "in the same order");
        assert_eq!(book.rows, 64);
    }
}

#[test]
fn row_height_fits_the_text_within_bounds() {
    let mut report = sample_report(Locale::En);
    for (row, lines) in report.findings.to_mut().unwrap().iter_mut().zip([4, 9, 500]) {
        let mut finding = (*row.finding).clone();
        finding.remediation_text = Some(vec!["do this"; lines].join("\n").into());
        row.finding = finding.into();
    }
    let xml = Opened::new(&report).part("xl/worksheets/sheet3.xml");
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
        let xml = Opened::new(&sample_report(locale)).part("xl/worksheets/sheet3.xml");
        for wanted in [
            "<autoFilter ref=\"A1:AH65\"/>",
            "<pane xSplit=\"2\" ySplit=\"1\" topLeftCell=\"C2\"",
            "type=\"containsText\"",
            "operator=\"containsText\" text=\"CRITICAL\"",
            &format!("<formula1>\"{choice}\"</formula1>"),
            "sqref=\"M2:M65\"",
            "<ignoredError sqref=\"H2:H65\" numberStoredAsText=\"1\"/>",
            "<dataValidation type=\"date\"",
        ] {
            assert!(xml.contains(wanted), "no {wanted}");
        }
    }
}

/// Paper has the columns that people read, and not the key.
#[test]
fn key_is_not_printed() {
    let report = sample_report(Locale::En);
    let workbook = Opened::new(&report).part("xl/workbook.xml");
    assert!(
        workbook.contains("<definedName name=\"_xlnm.Print_Area\" localSheetId=\"2\">Findings!$A$1:$AG$65<"),
        "{workbook}"
    );
    let mut unread = report;
    unread.returning = None;
    let workbook = Opened::new(&unread).part("xl/workbook.xml");
    assert!(
        !workbook.contains("localSheetId=\"2\">Findings!$A$1:$AG$65<"),
        "without a key, all is printed: {workbook}"
    );
}

/// The columns of a sheet that are hidden in a group, counted from 1.
fn folded(xml: &str) -> Vec<(u32, u32)> {
    let columns = xml.split("<col ").skip(1).map(|rest| rest.split("/>").next().unwrap());
    let number = |tag: &str, name: &str| {
        let value = tag.split(&format!("{name}=\"")).nth(1).unwrap();
        value.split('"').next().unwrap().parse().unwrap()
    };
    let in_group = columns.filter(|tag| tag.contains("hidden=\"1\"") && tag.contains("outlineLevel=\"1\""));
    in_group.map(|tag| (number(tag, "min"), number(tag, "max"))).collect()
}

#[test]
fn details_are_folded_away_and_do_not_make_rows_high() {
    let mut report = sample_report(Locale::En);
    let mut finding = (*report.findings.get(0).unwrap().finding).clone();
    finding.description = "line\n".repeat(300).into();
    report.findings.to_mut().unwrap()[0].finding = finding.into();
    let xml = Opened::new(&report).part("xl/worksheets/sheet3.xml");
    let columns = folded(&xml);
    assert_eq!((columns[0].0, columns.last().unwrap().1), (17, 33), "{columns:?}");
    assert!(xml.contains("<row r=\"2\" ht=\"48\""), "three lines, as all others");
}

#[test]
fn columns_have_the_order_that_is_set_and_those_that_are_added() {
    for locale in LOCALES {
        let report = sample_report(locale);
        let centre = AddedColumn::new("cost_centre", "Cost centre", |row, report| {
            format!("=0{} {}", report.project.len(), row.finding.account).into()
        });
        let rank = AddedColumn::new("rank", "Rank", |_, _| 7_u32.into()).with_kind(ColumnKind::Number);
        let columns = FindingColumns::standard()
            .with(centre.with_heading(Locale::Ja, "原価部門"))
            .with(rank)
            .in_order(["severity", "title", "cost_centre", "rank"])
            .unwrap();
        let ids: Vec<String> = columns.ids().map(str::to_owned).collect();
        let headings: Vec<String> = ids.iter().map(|id| columns.heading(id, locale).unwrap().to_owned()).collect();
        let mut book = Opened::with(&XlsxRenderer::new().with_columns(columns), &report);
        let sheet = book.sheet(FINDINGS);
        let first: Vec<String> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(first[..ids.len()], headings);
        assert_eq!((ids.len(), first.len()), (10, 11), "what was not named is left out, and the key is there");
        assert_eq!(headings[2], if locale == Locale::Ja { "原価部門" } else { "Cost centre" });
        let want = format!("=0{} {}", report.project.len(), report.findings.get(3).unwrap().finding.account);
        assert_eq!(book.column(FINDINGS, &headings[2])[3], Data::String(want));
        assert_eq!(book.column(FINDINGS, "Rank")[3], Data::Float(7.0));
        let xml = book.part("xl/worksheets/sheet3.xml");
        assert!(!xml.contains("<f>"), "no value is a formula");
        assert_eq!(folded(&xml).first().map(|columns| columns.0), Some(5));
    }
}
