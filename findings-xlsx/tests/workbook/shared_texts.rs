//! The workbook's list of texts, and the cells that name a text of it.

use std::collections::HashSet;

use findings_core::Locale;
use findings_core::testing::conformance::renderer::report_of;
use findings_xlsx::XlsxRenderer;

use super::opened::Opened;

const LIST: &str = "xl/sharedStrings.xml";

fn attribute(xml: &str, name: &str) -> usize {
    xml.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

#[test]
fn the_list_counts_its_texts_and_the_cells_that_name_them() {
    let book = Opened::with(&XlsxRenderer::new().with_max_rows(150), &report_of(400, Locale::Ja));
    let list = book.part(LIST);
    let items: Vec<&str> = list.split("<si>").skip(1).collect();
    assert_eq!(attribute(&list, "uniqueCount"), items.len());
    assert_eq!(items.iter().collect::<HashSet<_>>().len(), items.len(), "no text is there twice");
    let sheets: String =
        book.parts().into_iter().filter(|(n, _)| n.contains("worksheets/sheet")).map(|(_, x)| x).collect();
    let named: Vec<&str> = sheets.split("<c ").filter(|cell| cell.contains("t=\"s\"")).collect();
    assert_eq!(attribute(&list, "count"), named.len());
    for cell in named {
        let number: usize = cell.split("<v>").nth(1).unwrap().split('<').next().unwrap().parse().unwrap();
        assert!(number < attribute(&list, "uniqueCount"), "{cell}");
    }
}

#[test]
fn what_stands_in_many_rows_is_written_a_few_times_and_what_differs_stays_in_its_row() {
    let report = report_of(400, Locale::En);
    let mut book = Opened::new(&report);
    let titles: Vec<String> = book.column(1, "Title").iter().map(ToString::to_string).collect();
    assert!(titles.iter().zip(&report.findings).all(|(cell, row)| *cell == *row.finding.title));
    let (list, sheet) = (book.part(LIST), book.part("xl/worksheets/sheet2.xml"));
    let workflow = "<t>NEW</t>";
    assert_eq!(list.matches(workflow).count(), 1);
    assert_eq!(sheet.matches(workflow).count(), 3, "before it is known to come often");
    for row in &report.findings {
        assert!(!list.contains(&*row.finding.id) && sheet.contains(&*row.finding.id));
    }
}
