//! What the file says about itself, and what becomes of trouble.

use findings_core::testing::conformance::renderer::{clean_report, report_of, sample_report};
use findings_core::{Locale, ReportRenderer};
use findings_xlsx::XlsxRenderer;

use super::opened::Opened;

#[test]
fn a_renderer_can_be_a_trait_object() {
    let renderer: std::sync::Arc<dyn ReportRenderer> = std::sync::Arc::new(XlsxRenderer::default());
    assert_eq!(renderer.format().extension, "xlsx");
}

#[test]
fn the_file_carries_the_time_of_the_report_and_no_name() {
    let core = Opened::new(&sample_report(Locale::En)).part("docProps/core.xml");
    assert!(core.contains("<dcterms:created xsi:type=\"dcterms:W3CDTF\">2026-11-23T00:00:00Z<"));
    assert!(core.contains("<dc:creator></dc:creator>") && core.contains("<cp:lastModifiedBy></cp:lastModifiedBy>"));
    assert!(core.contains("<dc:title>Security findings: Payments &amp; Billing</dc:title>"));
}

#[test]
fn sheets_are_named_in_the_language_of_the_report() {
    let names = Opened::new(&clean_report(Locale::En)).sheet_names();
    assert_eq!(names, ["Summary", "Findings", "By control", "Accounts", "Resolved", "About"]);
    let names = Opened::new(&clean_report(Locale::Ja)).sheet_names();
    assert_eq!(
        names,
        ["サマリー", "検出結果一覧", "コントロール別", "アカウント別", "解消済み", "このレポートについて"]
    );
}

#[test]
fn printed_tables_repeat_their_header() {
    let book = Opened::new(&sample_report(Locale::Ja)).part("xl/workbook.xml");
    assert!(book.contains("検出結果一覧!$A:$E,検出結果一覧!$1:$1"), "{book}");
}

#[test]
fn links_beyond_the_bound_are_text() {
    let renderer = XlsxRenderer::new().with_max_links(10);
    let mut book = Opened::with(&renderer, &sample_report(Locale::En));
    assert_eq!(book.part("xl/worksheets/sheet2.xml").matches("<hyperlink ").count(), 10);
    let advice: Vec<String> = book.column(1, "What to do").iter().map(ToString::to_string).collect();
    assert_eq!(advice.iter().filter(|a| a.contains("https://docs.aws.amazon.com/")).count(), 59);
    assert!(advice[0].starts_with("How to fix EC2.19") && !advice[0].contains("https"));
}

#[test]
fn a_packing_thread_changes_nothing_in_the_file() {
    let report = report_of(2_500, Locale::Ja);
    let [alone, together] = [XlsxRenderer::new(), XlsxRenderer::new().with_packing_thread()].map(|renderer| {
        let rendered = renderer.render(&report).unwrap();
        assert_eq!(rendered.rows, report.findings.len() as u64);
        rendered.body
    });
    assert!(alone == together, "{} and {} bytes", alone.len(), together.len());
}
