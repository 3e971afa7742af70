//! The workbook's list of texts, and the cells that name a text of it.

use findings_core::Locale;
use findings_core::testing::conformance::renderer::report_of;
use findings_xlsx::XlsxRenderer;

use super::opened::Opened;

#[test]
fn the_list_counts_its_texts_and_the_cells_that_name_them() {
    Opened::with(&XlsxRenderer::new().with_max_rows(150), &report_of(400, Locale::Ja)).has_a_sound_list_of_texts();
}

#[test]
fn what_stands_in_many_rows_is_written_a_few_times_and_what_differs_stays_in_its_row() {
    let report = report_of(400, Locale::En);
    let mut book = Opened::new(&report);
    let titles: Vec<String> = book.column(1, "Title").iter().map(ToString::to_string).collect();
    assert!(titles.iter().zip(&report.findings).all(|(cell, row)| *cell == *row.finding.title));
    let (list, sheet) = (book.part("xl/sharedStrings.xml"), book.part("xl/worksheets/sheet2.xml"));
    let workflow = "<t>NEW</t>";
    assert_eq!(list.matches(workflow).count(), 1);
    assert_eq!(sheet.matches(workflow).count(), 3, "before it is known to come often");
    for row in &report.findings {
        assert!(!list.contains(&*row.finding.id) && sheet.contains(&*row.finding.id));
    }
}
