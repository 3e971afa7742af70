//! A rendered workbook, opened again.

use std::io::{Cursor, Read};

use bytes::Bytes;
use calamine::{Data, Range, Reader, Xlsx};
use findings_core::report::Report;
use findings_core::{Locale, ReportRenderer};
use findings_xlsx::XlsxRenderer;

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

    pub(super) fn sheet_names(&self) -> Vec<String> {
        self.book.sheet_names()
    }

    /// The cells of the `n`th sheet.
    pub(super) fn sheet(&mut self, n: usize) -> Range<Data> {
        let name = self.sheet_names()[n].clone();
        self.book.worksheet_range(&name).unwrap()
    }

    /// All texts of the `n`th sheet, one a line.
    pub(super) fn texts(&mut self, n: usize) -> String {
        let sheet = self.sheet(n);
        sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
    }

    /// Column by heading of a table.
    pub(super) fn column(&mut self, n: usize, heading: &str) -> Vec<Data> {
        let sheet = self.sheet(n);
        let headings: Vec<String> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
        let at = headings.iter().position(|h| h == heading).unwrap_or_else(|| panic!("{heading} in {headings:?}"));
        sheet.rows().skip(1).map(|row| row[at].clone()).collect()
    }

    /// Names and contents of the parts of the file.
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
}
