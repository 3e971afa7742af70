//! The workbook's shared strings, and the cells that refer to them.

use findings_core::Locale;
use findings_core::testing::conformance::renderer::report_of;
use findings_xlsx::XlsxRenderer;

use super::opened::Opened;

#[test]
fn shared_strings_are_consistent() {
    Opened::with(&XlsxRenderer::new().with_max_rows(150), &report_of(400, Locale::Ja))
        .assert_shared_strings_are_consistent();
}

#[test]
fn frequent_texts_are_shared_and_unique_ones_stay_in_cells() {
    let report = report_of(400, Locale::En);
    let mut book = Opened::new(&report);
    let titles: Vec<String> = book.column(2, "Title").iter().map(ToString::to_string).collect();
    assert!(titles.iter().zip(&report.findings.to_vec().unwrap()).all(|(cell, row)| *cell == *row.finding.title));
    let (list, sheet) = (book.part("xl/sharedStrings.xml"), book.part("xl/worksheets/sheet3.xml"));
    let workflow = "<t>NEW</t>";
    assert_eq!(list.matches(workflow).count(), 1);
    assert_eq!(sheet.matches(workflow).count(), 3, "until the text is seen often enough");
    for row in &report.findings.to_vec().unwrap() {
        assert!(!list.contains(&*row.finding.id) && sheet.contains(&*row.finding.id));
    }
}
