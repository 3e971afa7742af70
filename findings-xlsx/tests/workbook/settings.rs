//! Settings of the renderer, document properties, and names of sheets.

use findings_core::testing::conformance::renderer::{clean_report, report_of, sample_report};
use findings_core::{Locale, ReportRenderer};
use findings_xlsx::XlsxRenderer;

use super::opened::Opened;

#[test]
fn renderer_is_a_trait_object() {
    let renderer: std::sync::Arc<dyn ReportRenderer> = std::sync::Arc::new(XlsxRenderer::default());
    assert_eq!(renderer.format().extension, "xlsx");
}

#[test]
fn properties_have_the_reports_time_and_no_user() {
    let core = Opened::new(&sample_report(Locale::En)).part("docProps/core.xml");
    assert!(core.contains("<dcterms:created xsi:type=\"dcterms:W3CDTF\">2026-11-23T00:00:00Z<"));
    assert!(core.contains("<dc:creator></dc:creator>") && core.contains("<cp:lastModifiedBy></cp:lastModifiedBy>"));
    assert!(core.contains("<dc:title>Security findings: Payments &amp; Billing</dc:title>"));
}

#[test]
fn sheet_names_are_in_the_reports_language() {
    let names = Opened::new(&clean_report(Locale::En)).sheet_names();
    assert_eq!(names, ["Summary", "Findings", "By control", "Accounts", "Closed", "About"]);
    let names = Opened::new(&clean_report(Locale::Ja)).sheet_names();
    assert_eq!(
        names,
        ["サマリー", "検出結果一覧", "コントロール別", "アカウント別", "クローズ済み", "このレポートについて"]
    );
}

#[test]
fn printed_tables_repeat_their_header() {
    let book = Opened::new(&sample_report(Locale::Ja)).part("xl/workbook.xml");
    assert!(book.contains("検出結果一覧!$1:$1"), "{book}");
}

#[test]
fn links_beyond_the_maximum_are_text() {
    let renderer = XlsxRenderer::new().with_max_links(10);
    let mut book = Opened::with(&renderer, &sample_report(Locale::En));
    assert_eq!(book.part("xl/worksheets/sheet3.xml").matches("<hyperlink ").count(), 10);
    let advice: Vec<String> = book.column(2, "What to do").iter().map(ToString::to_string).collect();
    assert_eq!(advice.iter().filter(|a| a.contains("https://docs.aws.amazon.com/")).count(), 59);
    assert!(advice[0].starts_with("How to fix EC2.19") && !advice[0].contains("https"));
}

#[test]
fn packing_thread_gives_the_same_bytes() {
    let report = report_of(2_500, Locale::Ja);
    let [inline, threaded] = [XlsxRenderer::new(), XlsxRenderer::new().with_packing_thread()].map(|renderer| {
        let rendered = renderer.render(&report).unwrap();
        assert_eq!(rendered.rows, report.findings.len() as u64);
        rendered.body
    });
    assert!(inline == threaded, "{} and {} bytes", inline.len(), threaded.len());
}
