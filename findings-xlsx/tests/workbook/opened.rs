//! A helper that reads rendered workbooks.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use bytes::Bytes;
use calamine::{Data, Range, Reader, Xlsx};
use findings_core::report::Report;
use findings_core::wording::ReportTexts;
use findings_core::{Locale, ReportRenderer};
use findings_xlsx::{FindingColumns, XlsxRenderer};

/// The languages whose texts tests quote. What holds for all languages is tested with `Locale::ALL`.
pub(super) const LOCALES: [Locale; 2] = [Locale::En, Locale::Ja];

pub(super) struct Opened {
    pub(super) rows: u64,
    body: Bytes,
    book: Xlsx<Cursor<Bytes>>,
}

impl Opened {
    pub(super) fn new(report: &Report) -> Self {
        Self::with(&XlsxRenderer::new(), report)
    }

    pub(super) fn with(renderer: &XlsxRenderer, report: &Report) -> Self {
        let rendered = renderer.render(report).unwrap();
        let book = Xlsx::new(Cursor::new(rendered.body.clone())).unwrap();
        Self { rows: rendered.rows, body: rendered.body, book }
    }

    /// Opens a workbook from its bytes.
    pub(super) fn read(body: Vec<u8>) -> Self {
        let body = Bytes::from(body);
        Self { rows: 0, book: Xlsx::new(Cursor::new(body.clone())).unwrap(), body }
    }

    pub(super) fn sheet_names(&self) -> Vec<String> {
        self.book.sheet_names()
    }

    /// Returns the number of the first sheet of findings, counted from 0.
    pub(super) fn first_of_findings(&self, locale: Locale) -> usize {
        let name = ReportTexts::of(locale).sections.findings;
        self.sheet_names().iter().position(|sheet| sheet == name).unwrap()
    }

    /// Returns the cells of the `n`th sheet, counted from 0.
    pub(super) fn sheet(&mut self, n: usize) -> Range<Data> {
        let name = self.sheet_names()[n].clone();
        self.book.worksheet_range(&name).unwrap()
    }

    /// Returns all texts of the `n`th sheet, one per line.
    pub(super) fn texts(&mut self, n: usize) -> String {
        let sheet = self.sheet(n);
        sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
    }

    /// Returns the cells of a column of the findings, found by its ID.
    pub(super) fn findings(&mut self, n: usize, id: &str, locale: Locale) -> Vec<Data> {
        let columns = FindingColumns::standard();
        self.column(n, columns.heading(id, locale).unwrap_or_else(|| panic!("no column {id}")))
    }

    /// Returns the cells of a table's column, found by its heading.
    pub(super) fn column(&mut self, n: usize, heading: &str) -> Vec<Data> {
        let sheet = self.sheet(n);
        let headings: Vec<String> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
        let at = headings.iter().position(|h| h == heading).unwrap_or_else(|| panic!("{heading} in {headings:?}"));
        sheet.rows().skip(1).map(|row| row[at].clone()).collect()
    }

    /// Returns the names and contents of the parts of the file.
    pub(super) fn parts(&self) -> Vec<(String, String)> {
        let mut archive = zip::ZipArchive::new(Cursor::new(self.body.clone())).unwrap();
        let mut parts = Vec::new();
        for n in 0..archive.len() {
            let mut file = archive.by_index(n).unwrap();
            let mut content = String::new();
            file.read_to_string(&mut content).expect("each part is UTF-8");
            parts.push((file.name().unwrap().into_owned(), content));
        }
        parts
    }

    pub(super) fn part(&self, name: &str) -> String {
        self.parts().into_iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name}")).1
    }

    /// Asserts that the shared strings have the right counts of entries and of cells that refer to them, and that each
    /// cell refers to an entry.
    pub(super) fn assert_shared_strings_are_consistent(&self) {
        let list = self.part("xl/sharedStrings.xml");
        let items: Vec<&str> = list.split("<si>").skip(1).collect();
        assert_eq!(attribute(&list, "uniqueCount"), items.len());
        assert_eq!(items.iter().collect::<HashSet<_>>().len(), items.len(), "a text is listed twice");
        let sheets: String =
            self.parts().into_iter().filter(|(n, _)| n.contains("worksheets/sheet")).map(|(_, x)| x).collect();
        let named: Vec<&str> = sheets.split("<c ").filter(|cell| cell.contains("t=\"s\"")).collect();
        assert_eq!(attribute(&list, "count"), named.len());
        for cell in named {
            let number: usize = cell.split("<v>").nth(1).unwrap().split('<').next().unwrap().parse().unwrap();
            assert!(number < items.len(), "{cell}");
        }
    }
}

fn attribute(xml: &str, name: &str) -> usize {
    xml.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}
