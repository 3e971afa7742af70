//! The pages, charts and settings of the workbook about the organisation.

use findings_core::Locale;
use findings_core::languages::Language;
use findings_core::organisation::{OrganisationDocument, OrganisationInput, OrganisationRenderer};
use findings_core::testing::conformance::renderer::hostile_texts;
use findings_core::testing::organisation::{
    full_organisation, hostile_organisation, large_organisation, range, report, story_of_twelve_runs,
};
use findings_xlsx::OrganisationWorkbook;
use jiff::tz::TimeZone;

use super::opened::LOCALES;
use super::organisation::{PROJECTS, WEEKS, open, open_document};

const SUMMARY: usize = 0;
const COVERAGE: usize = 8;
const ABOUT: usize = 11;

#[test]
fn summary_begins_with_what_is_not_known() {
    let summary = open(full_organisation(), Locale::En).texts(SUMMARY);
    let box_at = summary.find("Not everything could be checked").unwrap();
    assert!(box_at < summary.find("Open issues").unwrap());
    for sentence in [
        "2 of 13 weeks have a missing or an incomplete report.",
        "2 open issues were not confirmed in the latest week",
        "2 of 4 accounts are not known to be watched",
        "Accounts that no project owns: 1.",
        "Projects without any report: Omega.",
    ] {
        assert!(summary.contains(sentence), "{sentence} in {summary}");
    }
    let summary = open(story_of_twelve_runs(), Locale::En).texts(SUMMARY);
    for sentence in [
        "Whether Security Hub watches the accounts was not checked.",
        "The registry is not known: projects that never reported are not named.",
    ] {
        assert!(summary.contains(sentence), "{sentence} in {summary}");
    }
}

#[test]
fn everything_known_is_said_so() {
    let mut report = full_organisation();
    report.period.current.weeks_with_gaps = 0;
    report.totals.not_confirmed = findings_core::SeverityCounts::default();
    report.totals.of_projects_not_active = findings_core::SeverityCounts::default();
    report.never_reported = Some(Vec::new());
    let coverage = report.coverage.as_mut().unwrap();
    (coverage.accounts.unknown, coverage.accounts.not_covered) = (0, 0);
    coverage.unowned = Some(Vec::new());
    assert!(open(report.clone(), Locale::En).texts(SUMMARY).contains("✓  Everything that was asked for is known."));
    report.coverage.as_mut().unwrap().unread = 1;
    assert!(open(report, Locale::En).texts(SUMMARY).contains("1 of 2 accounts are not known to be watched"));
}

#[test]
fn tiles_stand_beside_the_four_weeks_before() {
    let summary = open(story_of_twelve_runs(), Locale::En).texts(SUMMARY);
    // weeks 10 to 13 beside weeks 6 to 9
    for text in [
        "overdue 3",
        "too few (1 of 2)",
        "before: too few (2 fixed, 0 new)",
        "too few (n = 1)",
        "before: 42.0 days (n = 3)",
    ] {
        assert!(summary.lines().any(|line| line == text), "{text} in {summary}");
    }
}

#[test]
fn charts_hatch_incomplete_weeks_and_leave_weeks_without_a_run_empty() {
    let book = open(story_of_twelve_runs(), Locale::En);
    let chart = book.part("xl/charts/chart1.xml");
    assert_eq!(chart.matches("<a:pattFill prst=\"wdUpDiag\">").count(), 5, "week 6, in each severity");
    assert_eq!(chart.matches("<c:dPt><c:idx val=\"5\"/>").count(), 5);
    assert!(chart.contains("<c:dispBlanksAs val=\"gap\"/>"), "a gap is no line through zero");
    let critical = chart.split("<c:val>").nth(1).unwrap().split("</c:val>").next().unwrap();
    assert!(critical.contains("<c:pt idx=\"0\">") && !critical.contains("<c:pt idx=\"1\">"), "{critical}");
}

#[test]
fn what_is_not_known_is_a_word_and_not_a_number() {
    let mut report = story_of_twelve_runs();
    report.totals.overdue = None;
    report.targets.clear();
    for project in &mut report.projects {
        (project.overdue, project.within_target) = (None, None);
    }
    let mut book = open(report, Locale::En);
    assert!(book.texts(SUMMARY).contains("No target times are set: nothing counts as overdue."));
    let overdue = book.column(PROJECTS, "Overdue");
    assert!(overdue[..4].iter().all(|cell| *cell == "no target"));
    let coverage = book.texts(COVERAGE);
    assert!(coverage.contains("was not checked"), "{coverage}");
    assert_eq!(coverage.matches("not checked").count(), 1 + 6, "{coverage}");
}

#[test]
fn no_text_becomes_a_formula_or_breaks_the_file() {
    for text in hostile_texts() {
        let start: String = text.chars().take(30).collect();
        let document = OrganisationDocument::new(hostile_organisation(&text), Locale::En).with_contact(&text);
        let mut book = open_document(&document);
        for (name, xml) in book.parts() {
            let is_sheet = name.starts_with("xl/worksheets/sheet");
            assert!(!is_sheet || !(xml.contains("<f>") || xml.contains("<f ")), "{start:?}: a formula in {name}");
            let illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
            assert!(!xml.contains(illegal), "{start:?}: a control character in {name}");
        }
        book.assert_shared_strings_are_consistent();
        for n in 0..book.sheet_names().len() {
            let sheet = book.sheet(n);
            let longest = sheet.used_cells().map(|(_, _, cell)| cell.to_string().encode_utf16().count()).max();
            assert!(longest <= Some(32_767), "{start:?}: {longest:?} in sheet {n}");
        }
    }
}

#[test]
fn text_like_a_formula_has_the_quote_prefix() {
    let book = open(hostile_organisation("=1+1"), Locale::En);
    let list = book.part("xl/sharedStrings.xml");
    let number = list.split("<si>").skip(1).position(|item| item.contains("<t>=1+1</t>")).unwrap();
    let styles = book.part("xl/styles.xml");
    let formats: Vec<&str> = styles.split("<cellXfs").nth(1).unwrap().split("<xf ").skip(1).collect();
    let mut cells = 0;
    for (name, xml) in book.parts().into_iter().filter(|(name, _)| name.starts_with("xl/worksheets/sheet")) {
        for cell in xml.split("<c ").filter(|cell| cell.contains(&format!("t=\"s\"><v>{number}</v>"))) {
            let style: usize = cell.split("s=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
            assert!(formats[style].contains("quotePrefix"), "{cell} in {name}");
            cells += 1;
        }
    }
    assert!(cells > 15, "{cells}");
}

#[test]
fn sheets_and_title_are_in_the_readers_language() {
    let mut books = LOCALES.map(|locale| open(full_organisation(), locale));
    let names = books.each_ref().map(super::opened::Opened::sheet_names);
    assert!(names.iter().all(|names| names.len() == 12));
    assert_eq!((names[0][1].as_str(), names[1][1].as_str()), ("Projects", "プロジェクト別"));
    let title = "<dc:title>AWS セキュリティ対応状況（全プロジェクト）</dc:title>";
    assert!(books[1].part("docProps/core.xml").contains(title));
    assert!(books[0].part("docProps/core.xml").contains(">2026-12-02T00:00:00Z<"), "the time of the report");
    assert!(books[1].texts(ABOUT).contains("純解消率"));
}

#[test]
fn times_are_in_the_readers_time_zone() {
    let document = OrganisationDocument::new(full_organisation(), Locale::En);
    let tokyo = document.clone().with_time_zone(TimeZone::get("Asia/Tokyo").unwrap());
    let summary = open_document(&tokyo).texts(SUMMARY);
    assert!(summary.contains("As of 2026-12-02 09:00 (Asia/Tokyo) · latest run 2026-11-30 15:00"), "{summary}");
    // weeks begin in the time zone of the report
    let weeks = [&document, &tokyo].map(|document| open_document(document).column(WEEKS, "Week of"));
    assert_eq!(weeks[0], weeks[1]);
}

#[test]
fn sheets_are_printed_on_a4_in_landscape_with_their_header() {
    let book = open(full_organisation(), Locale::En);
    for sheet in 1..=11 {
        let xml = book.part(&format!("xl/worksheets/sheet{sheet}.xml"));
        let page = xml.split("<pageSetup ").nth(1).unwrap().split("/>").next().unwrap();
        assert!(page.contains("paperSize=\"9\"") && page.contains("orientation=\"landscape\""), "{sheet}: {page}");
        let is_one_page = !page.contains("fitToHeight");
        assert_eq!(is_one_page, sheet == 1, "{sheet}: {page}");
    }
    let names = book.part("xl/workbook.xml");
    assert!(names.contains("Projects!$A:$B,Projects!$1:$1") && names.contains("Problems!$1:$1"), "{names}");
    assert!(book.part("xl/worksheets/sheet2.xml").contains("<autoFilter ref=\"A1:"));
}

#[test]
fn a_report_without_projects_says_so() {
    for locale in LOCALES {
        let nothing = report(OrganisationInput::new(range(4, "2026-12-02T00:00:00Z")), []);
        let mut book = open(nothing, locale);
        let texts = &Language::of(locale).organisation_workbook;
        assert!(book.texts(SUMMARY).contains(texts.summary.no_run));
        assert!(book.texts(PROJECTS).contains(texts.notes.no_projects));
    }
}

/// Prints how long a large report takes and how large it is. `cargo test --release … -- --ignored --nocapture`
#[test]
#[ignore = "takes long, and prints what it measures"]
fn large_report() {
    for projects in [1_000, 3_000] {
        let document = OrganisationDocument::new(large_organisation(projects, 52), Locale::Ja);
        let start = std::time::Instant::now();
        let rendered = OrganisationWorkbook::new().render(&document).unwrap();
        assert_eq!(rendered.projects, projects);
        println!("{projects} projects, 52 weeks: {} kB in {:?}", rendered.body.len() / 1_000, start.elapsed());
    }
}
