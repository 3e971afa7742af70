//! The pages for reading: texts that must be there, and texts that must not.

use calamine::Data;
use findings_core::Locale;
use findings_core::coverage::{CoverageReason, RegionCoverage};
use findings_core::rendering::{Digest, first_fixes, this_week};
use findings_core::report::{Problem, ProblemKind, Report, UnreadReason};
use findings_core::testing::conformance::renderer::{
    clean_report, empty_report, incomplete_report, report_of, sample_report,
};
use findings_core::wording::{ReportTexts, Wording};

use findings_xlsx::{Guidance, XlsxRenderer};

use super::opened::{LOCALES, Opened};

const SUMMARY: usize = 0;
/// Of a report with accepted issues, which have a sheet.
const LAST: usize = 7;
const CONTROLS: usize = 3;

fn alarm(locale: Locale) -> &'static str {
    if locale == Locale::Ja { "⚠  このレポートは不完全です" } else { "⚠  This report is incomplete" }
}

fn calm(locale: Locale) -> &'static str {
    if locale == Locale::Ja { "✓  未対応の検出結果はありません" } else { "✓  No open findings" }
}

#[test]
fn summary_says_that_the_report_is_incomplete_and_why() {
    for locale in LOCALES {
        let mut book = Opened::new(&incomplete_report(locale));
        let summary = book.texts(SUMMARY);
        assert!(summary.contains(alarm(locale)));
        let sentences = if locale == Locale::Ja {
            [
                "検出結果の全部または一部を取得できませんでした",
                "読み取れない行があります",
                "読み取れない検出結果があり",
                "100000000002 (payments-staging)",
            ]
        } else {
            [
                "some of the findings could not be read",
                "A line of the project registry",
                "could not be read and is missing",
                "100000000002 (payments-staging)",
            ]
        };
        let reason = Wording::of(locale).unread(UnreadReason::NotAllowed);
        assert!(!summary.contains("AccessDenied"), "the text of the error is for operators");
        for text in sentences.iter().chain(&[reason, "line 7:", "line 1812"]) {
            assert!(summary.contains(text), "{text} in the summary");
        }
        // once in full: the last sheet says where
        let last = book.texts(LAST);
        let texts = ReportTexts::of(locale);
        assert!(last.contains(texts.about.problems) && last.contains(texts.sections.summary), "{last}");
        assert!(!last.contains(sentences[0]), "{last}");
    }
}

#[test]
fn unread_report_without_findings_is_not_called_clean() {
    for locale in LOCALES {
        let mut unread = clean_report(locale);
        unread.accounts[0].complete = false;
        let mut troubled = clean_report(locale);
        troubled.problems.push(Problem::new(ProblemKind::RegistryLine, "line 3"));
        let mut without_accounts = empty_report();
        without_accounts.locale = locale;
        for report in [unread, troubled, without_accounts] {
            let mut book = Opened::new(&report);
            let summary = book.texts(SUMMARY);
            assert!(summary.contains(alarm(locale)) && !summary.contains(calm(locale)));
            for table in [1, 2] {
                let text = book.texts(table);
                assert!(text.contains(if locale == Locale::Ja { "【不完全】" } else { "INCOMPLETE" }), "{text}");
            }
        }
    }
}

#[test]
fn clean_report_says_what_it_is_based_on() {
    for (locale, wanted) in [
        (
            Locale::En,
            [
                "3 of 3 accounts read completely, at 2026-11-23 00:00 (UTC)",
                "Whether Security Hub and its checks are switched on in each account was not verified",
                "ap-northeast-1, us-east-1",
                "NEW, NOTIFIED",
            ],
        ),
        (
            Locale::Ja,
            [
                "2026年11月23日 09:00（Asia/Tokyo）",
                "有効になっているかどうかは確認していません",
                "対象の全 3 アカウント",
                "未対応 (NEW)、通知済み (NOTIFIED)",
            ],
        ),
    ] {
        let summary = Opened::new(&clean_report(locale)).texts(SUMMARY);
        let seen = if locale == Locale::Ja { "見つかりませんでした" } else { "No open findings were seen" };
        assert!(summary.contains(seen) && !summary.contains(calm(locale)) && !summary.contains(alarm(locale)));
        for text in wanted {
            assert!(summary.contains(text), "{text} in {summary}");
        }
    }
    assert!(!Opened::new(&sample_report(Locale::En)).texts(SUMMARY).contains(calm(Locale::En)));
}

/// Green is only what is covered everywhere, and only if nothing is stale.
#[test]
fn stale_issues_keep_the_page_from_being_green() {
    for (locale, stated) in [(Locale::En, "50 issues that were open"), (Locale::Ja, "50件（重大 50件）")] {
        let mut report = clean_report(locale);
        for account in &mut report.accounts {
            account.coverage = vec![RegionCoverage::new(CoverageReason::ChecksSeen)];
        }
        let clean = Opened::new(&report).texts(SUMMARY);
        assert!(clean.contains(calm(locale)) && !clean.contains(stated));
        (report.stale.critical, report.changes.stale) = (50, 50);
        let stale = Opened::new(&report).texts(SUMMARY);
        assert!(!stale.contains(calm(locale)) && stale.contains(stated), "{stale}");
    }
}

/// Returns the numbers of the rows whose first text is `first`.
fn numbers(report: &Report, first: &str) -> Vec<Vec<f64>> {
    let sheet = Opened::new(report).sheet(SUMMARY);
    let starts_with_it = |row: &&[Data]| row.iter().find(|c| **c != Data::Empty).is_some_and(|c| *c == first);
    let number = |cell: &Data| if let Data::Float(n) = cell { Some(*n) } else { None };
    sheet.rows().filter(starts_with_it).map(|row| row.iter().filter_map(number).collect()).collect()
}

#[test]
fn totals_are_the_counts_of_the_findings() {
    let report = report_of(300, Locale::En);
    let counts = report.counts();
    let all = [counts.critical, counts.high, counts.medium, counts.low, counts.informational, counts.total()];
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let all: Vec<f64> = all.iter().map(|n| *n as f64).collect();
    assert_eq!(numbers(&report, "Total"), [all]);
    let staging = report
        .findings
        .to_vec()
        .unwrap()
        .into_iter()
        .filter(|r| r.finding.account_name.as_deref() == Some("payments-staging"))
        .count();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let staging = staging as f64;
    assert_eq!(numbers(&report, "payments-staging")[0].last(), Some(&staging));
}

#[test]
fn trend_ends_with_this_report() {
    let report = sample_report(Locale::En);
    let sheet = Opened::new(&report).sheet(SUMMARY);
    let is_run = |row: &&[Data]| matches!(row.first(), Some(Data::DateTime(_)));
    let totals: Vec<String> = sheet.rows().filter(is_run).map(|row| row[10].to_string()).collect();
    assert_eq!(totals, ["80", "75", "70", "65", "60", "55", "64"]);
    let notes: Vec<String> = sheet.rows().filter(is_run).map(|row| row[11].to_string()).collect();
    assert_eq!(notes, ["", "", "", "incomplete", "", "", "this report"]);
    let charts: Vec<_> =
        Opened::new(&report).parts().into_iter().filter(|(n, _)| n.starts_with("xl/charts/chart")).collect();
    assert_eq!(charts.len(), 2);
    assert!(charts.iter().all(|(_, xml)| xml.contains("<c:v>Critical</c:v>")), "a chart has no cached numbers");
}

#[test]
fn tiles_compare_with_the_last_report() {
    let summary = Opened::new(&sample_report(Locale::En)).texts(SUMMARY);
    assert!(summary.contains("▲ 9  (last time 55)") && summary.contains("▲ 10  (last time 10)"), "{summary}");
    let mut first = sample_report(Locale::Ja);
    first.trend.clear();
    let summary = Opened::new(&first).texts(SUMMARY);
    assert!(summary.contains("初回レポート") && !summary.contains("前回 "));
}

#[test]
fn long_lists_are_cut_in_the_summary_only() {
    let mut report = clean_report(Locale::En);
    for n in 0..400_u32 {
        let id = format!("2{n:011}").parse().unwrap();
        report.accounts.push(findings_core::report::AccountSummary::new(id, false));
    }
    let mut book = Opened::new(&report);
    let summary = book.texts(SUMMARY);
    assert!(summary.contains("… and 388 more problems"), "{summary}");
    assert!(summary.contains("391 other accounts"));
    assert_eq!(book.column(3, "Account").len(), 403);
    let last = book.sheet_names().len() - 1;
    assert_eq!(book.texts(last).matches("some of the findings could not be read").count(), 400);
}

#[test]
fn resolved_issues_have_a_reason() {
    for (locale, heading, wanted) in [
        (
            Locale::En,
            "Why",
            ["why is not known", "the check passes", "resource is gone", "no action is needed", "left the project"],
        ),
        (Locale::Ja, "理由", ["理由は不明", "チェックに合格", "リソースの削除", "対応不要", "対象から外れました"]),
    ] {
        let reasons = Opened::new(&sample_report(locale)).column(5, heading);
        assert_eq!(reasons.len(), 5);
        assert!(wanted.iter().all(|w| reasons.iter().any(|r| r.to_string().contains(w))));
    }
}

#[test]
fn controls_are_sorted_worst_first() {
    let mut book = Opened::new(&sample_report(Locale::En));
    let controls: Vec<String> = book.column(CONTROLS, "Control").iter().map(ToString::to_string).collect();
    assert_eq!(controls[..3], ["EC2.19", "IAM.4", "Inspector"]);
    let titles: Vec<String> = book.column(CONTROLS, "Title").iter().map(ToString::to_string).collect();
    assert_eq!(titles[2], "Vulnerabilities in the package openssl");
    assert_eq!(book.column(CONTROLS, "What to do")[2].to_string(), "Update openssl; fixed in 3.0.14");
    let open: f64 = book.column(CONTROLS, "Open findings").iter().filter_map(calamine::DataType::get_float).sum();
    assert!((open - 64.0).abs() < f64::EPSILON, "each finding is counted once");
}

#[test]
fn title_does_not_repeat_the_control_id() {
    let mut report = sample_report(Locale::En);
    for row in report.findings.to_mut().unwrap() {
        let mut finding = (*row.finding).clone();
        finding.title = format!("{} {}", finding.control_id.as_deref().unwrap_or("CVE-1"), finding.title).into();
        row.finding = finding.into();
    }
    let mut book = Opened::new(&report);
    let titles: Vec<String> = book.column(CONTROLS, "Title").iter().map(ToString::to_string).collect();
    assert_eq!(titles[1], "IAM root user access key should not exist");
    assert!(
        book.column(2, "Title").iter().any(|t| t.to_string().starts_with("IAM.4 ")),
        "the findings sheet has the whole title"
    );
}

#[test]
fn account_without_a_name_is_labelled_as_unknown() {
    for (locale, wanted) in [(Locale::En, "(name not known)"), (Locale::Ja, "（名称不明）")] {
        let mut report = sample_report(locale);
        let id = "100000000009".parse().unwrap();
        report.accounts.push(findings_core::report::AccountSummary::new(id, true));
        assert!(Opened::new(&report).texts(SUMMARY).contains(wanted));
    }
}

#[test]
fn about_sheet_shows_whether_counts_add_up() {
    let mut report = sample_report(Locale::En);
    (report.fetched, report.duplicates) = (Some(67), 3);
    let about = Opened::new(&report).sheet(LAST);
    let value = |label: &str| {
        let row = about.rows().find(|row| row.iter().any(|c| *c == label)).unwrap();
        row.iter().find_map(calamine::DataType::get_float).unwrap()
    };
    assert!((value("Findings read") - 67.0).abs() < f64::EPSILON);
    assert!((value("= findings shown in this workbook") - 64.0).abs() < f64::EPSILON);
    assert!(!Opened::new(&report).texts(LAST).contains("do not add up"));
    report.fetched = Some(68);
    assert!(Opened::new(&report).texts(LAST).contains("do not add up"), "a finding was lost on the way");
}

#[test]
fn guidance_is_in_the_row_of_its_control() {
    let csv = "control,fix,contact,locale\nIAM.4,=Delete the key,#iam,\nIAM.4,キーを削除する,,ja\nXX.1,never seen,,\n";
    for (locale, fix, contact, want) in [
        (Locale::En, "How to fix it here", "Whom to ask", "=Delete the key"),
        (Locale::Ja, "対処手順", "問い合わせ先", "キーを削除する"),
    ] {
        let renderer = XlsxRenderer::new().with_guidance(Guidance::from_csv(csv.as_bytes()).unwrap());
        let mut book = Opened::with(&renderer, &sample_report(locale));
        let text = |column: Vec<Data>| column.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(text(book.column(CONTROLS, fix))[..3], ["", want, ""]);
        assert_eq!(text(book.column(CONTROLS, contact))[1], "#iam", "a text for all languages");
        assert!(!book.part("xl/worksheets/sheet4.xml").contains("<f>"));
    }
    let plain = Opened::new(&sample_report(Locale::En)).sheet(CONTROLS);
    assert_eq!(plain.width(), 13, "without guidance there are no guidance columns");
}

/// The rows of the summary between two of its headings, each as its texts.
fn block(report: &Report, from: &str, to: &str) -> Vec<Vec<String>> {
    let sheet = Opened::new(report).sheet(SUMMARY);
    let texts = |row: &[Data]| row.iter().map(ToString::to_string).filter(|text| !text.is_empty()).collect();
    let rows: Vec<Vec<String>> = sheet.rows().map(texts).collect();
    let at = |text: &str| rows.iter().position(|row: &Vec<String>| row.iter().any(|cell| cell == text));
    let (start, end) = (at(from).unwrap_or_else(|| panic!("no {from}")), at(to).unwrap_or_else(|| panic!("no {to}")));
    rows[start + 1..end].to_vec()
}

#[test]
fn what_to_do_first_stands_below_the_numbers_with_links() {
    for (locale, heading, next) in [
        (Locale::En, "Do these first", "Trend: open findings in the last reports"),
        (Locale::Ja, "まず対応すること", "推移：最近のレポートの検出件数"),
    ] {
        let report = sample_report(locale);
        let digest = Digest::new(&report).unwrap();
        let fixes = first_fixes(&report, &digest).unwrap();
        let rows = block(&report, heading, next);
        for (row, fix) in rows[1..].iter().zip(&fixes) {
            let group = &digest.controls[fix.group];
            assert!(row[1].starts_with(&Wording::of(locale).lead_reason(fix.reason)), "{row:?}");
            assert_eq!(row[2], format!("{} {}", group.label(), group.title(locale)));
            assert!(row[4].contains(&fix.row.finding.account.to_string()), "{row:?}");
        }
        let book = Opened::new(&report);
        let links = book.part("xl/worksheets/sheet1.xml");
        for fix in &fixes {
            let place = format!("location=\"'{}'!A{}\"", ReportTexts::of(locale).sections.findings, fix.index + 2);
            assert!(links.contains(&place), "{place}");
        }
        assert!(book.part("xl/worksheets/_rels/sheet1.xml.rels").contains("https://docs.aws.amazon.com/"));
    }
}

#[test]
fn this_week_has_a_line_for_each_problem_that_leads_to_its_row() {
    for locale in LOCALES {
        let mut report = sample_report(locale);
        // the same problem in a second Region
        let row = report.findings.facts().position(|row| row.due.is_some() && row.decision.is_none()).unwrap();
        let mut twin = report.findings.get(row).unwrap().clone();
        let mut finding = (*twin.finding).clone();
        (finding.region, finding.id) = (Some("eu-west-1".into()), "twin".into());
        twin.finding = finding.into();
        report.findings.to_mut().unwrap().insert(row + 1, twin);
        let week = this_week(&report, &Digest::new(&report).unwrap()).unwrap();
        let mut book = Opened::new(&report);
        assert_eq!(book.sheet_names()[1], ReportTexts::of(locale).sections.week);
        let sheet = book.sheet(1);
        assert_eq!(sheet.rows().count(), week.len() + 1);
        let place = week.iter().position(|line| line.issue.findings == 2).expect("one line for both");
        let cells: Vec<String> = sheet.rows().nth(place + 1).unwrap().iter().map(ToString::to_string).collect();
        assert!(cells.iter().any(|cell| cell.contains("eu-west-1")), "{cells:?}");
        assert_eq!(cells[1], week[place].why(locale));
        let xml = book.part("xl/worksheets/sheet2.xml");
        let target = format!("'{}'!A{}", ReportTexts::of(locale).sections.findings, week[place].issue.index + 2);
        assert!(xml.contains(&format!("<hyperlink ref=\"D{}\" location=\"{target}\"/>", place + 2)), "{target}");
        // in a first report all is new, so the sheet does not say that nothing is
        report.trend.clear();
        for row in report.findings.to_mut().unwrap() {
            (row.change, row.due) = (findings_core::report::Change::New, None);
        }
        assert!(Opened::new(&report).texts(1).contains(ReportTexts::of(locale).finding.week_first));
    }
}

#[test]
fn controls_show_their_split_by_severity() {
    let mut report = sample_report(Locale::En);
    let row = report
        .findings
        .to_mut()
        .unwrap()
        .iter_mut()
        .find(|row| row.finding.control_id.as_deref() == Some("EC2.19"))
        .unwrap();
    let mut finding = (*row.finding).clone();
    finding.severity = findings_core::Severity::Low;
    row.finding = finding.into();
    let mut book = Opened::new(&report);
    let digest = Digest::new(&report).unwrap();
    for (heading, of) in [
        ("Critical", (|c| c.critical) as fn(&findings_core::SeverityCounts) -> u64),
        ("High", |c| c.high),
        ("Low", |c| c.low),
    ] {
        let got: Vec<String> = book.column(CONTROLS, heading).iter().map(ToString::to_string).collect();
        let want: Vec<String> = digest.controls.iter().map(|control| of(&control.counts).to_string()).collect();
        assert_eq!(got, want, "{heading}");
    }
    let split = digest.controls.iter().find(|control| control.control() == Some("EC2.19")).unwrap();
    assert!(split.counts.critical > 0 && split.counts.low == 1);
}

#[test]
fn a_clean_project_shows_two_sheets_and_hides_nothing_that_says_something() {
    let hidden = |report: &Report| -> Vec<String> {
        let book = Opened::new(report).part("xl/workbook.xml");
        let sheets = book.split("<sheet ").skip(1).filter(|sheet| sheet.contains("state=\"hidden\""));
        sheets.map(|sheet| sheet.split("name=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()).collect()
    };
    let mut clean = clean_report(Locale::En);
    clean.resolved.clear();
    assert_eq!(hidden(&clean), ["Findings", "By control", "Accounts", "Closed"]);
    let summary = Opened::new(&clean).texts(SUMMARY);
    assert!(summary.contains("100000000002") || summary.contains("payments-staging"), "{summary}");
    let mut resolved = clean.clone();
    resolved.resolved = sample_report(Locale::En).resolved;
    assert_eq!(hidden(&resolved), ["Findings", "By control", "Accounts"]);
    let mut incomplete = clean.clone();
    incomplete.accounts[0].complete = false;
    for report in [incomplete, sample_report(Locale::En), empty_report()] {
        assert!(hidden(&report).is_empty());
    }
}

#[test]
fn links_lead_through_the_portal_and_the_workbook_says_so() {
    for (locale, plain, portal) in [
        (Locale::En, "the account you are signed in to", "lead through the AWS access portal"),
        (Locale::Ja, "サインイン中のアカウントの Security Hub", "AWS アクセスポータルを経由"),
    ] {
        let mut report = sample_report(locale);
        let rels = "xl/worksheets/_rels/sheet3.xml.rels";
        let mut book = Opened::new(&report);
        assert!(book.texts(LAST).contains(plain) && !book.texts(LAST).contains(portal));
        assert!(!book.part(rels).contains("awsapps.com"));
        report.console_portal = Some("https://d-1.awsapps.com/start,Audit".parse().unwrap());
        let mut book = Opened::new(&report);
        assert!(book.texts(LAST).contains(portal) && !book.texts(LAST).contains(plain));
        assert!(
            book.part(rels).contains("Target=\"https://d-1.awsapps.com/start/\""),
            "the fragment stands at the cell"
        );
        let account = report.findings.get(0).unwrap().finding.account;
        let wanted =
            format!("location=\"/console?account_id={account}&amp;role_name=Audit&amp;destination=https%3A%2F%2F");
        assert!(book.part("xl/worksheets/sheet3.xml").contains(&wanted), "{wanted}");
    }
}
