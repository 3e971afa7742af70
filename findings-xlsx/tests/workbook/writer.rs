//! Workbooks that are written finding by finding.

use std::io::{Cursor, Seek, SeekFrom, Write};

use findings_core::testing::conformance::renderer::{clean_report, report_of, sample_report};
use findings_core::{ErrorKind, Locale};
use findings_xlsx::XlsxRenderer;

use super::opened::{LOCALES, Opened};

fn written(renderer: &XlsxRenderer, report: &findings_core::report::Report) -> Opened {
    let mut list = report.clone();
    let findings = std::mem::take(list.findings.to_mut().unwrap());
    let mut workbook = renderer.writer(list, Cursor::new(Vec::new()));
    for finding in &findings {
        workbook.write(finding).unwrap();
    }
    Opened::read(workbook.finish().unwrap().into_inner())
}

#[test]
fn cells_equal_those_of_the_renderer() {
    for locale in LOCALES {
        for renderer in [XlsxRenderer::new().with_max_links(10), XlsxRenderer::new().with_packing_thread()] {
            let report = sample_report(locale);
            let (mut whole, mut list) = (Opened::with(&renderer, &report), written(&renderer, &report));
            assert_eq!(list.sheet_names(), whole.sheet_names()[2..3]);
            assert_eq!(list.sheet(0), whole.sheet(2));
            let links = |book: &Opened, sheet: usize| {
                let xml = book.part(&format!("xl/worksheets/sheet{sheet}.xml"));
                xml.split_once("<hyperlinks>").unwrap().1.to_owned()
            };
            assert_eq!(links(&list, 1), links(&whole, 3));
            let targets =
                |book: &Opened, sheet: usize| book.part(&format!("xl/worksheets/_rels/sheet{sheet}.xml.rels"));
            assert_eq!(targets(&list, 1), targets(&whole, 3));
        }
    }
}

#[test]
fn filters_and_rules_reach_the_last_row() {
    let report = report_of(400, Locale::En);
    let sheet = written(&XlsxRenderer::new(), &report).part("xl/worksheets/sheet1.xml");
    // whatever columns there are
    let filtered = sheet.split_once("<autoFilter ref=\"").unwrap().1.split('"').next().unwrap();
    let (first, last) = filtered.split_once(':').unwrap();
    assert!(first == "A1" && last.ends_with("401"), "{filtered}");
    let last_head = sheet.split_once("</row>").unwrap().0.rsplit_once("<c r=\"").unwrap().1.split('"').next().unwrap();
    assert_eq!(last.trim_end_matches("401"), last_head.trim_end_matches('1'), "all columns are filtered");
    assert!(sheet.contains("<conditionalFormatting sqref=\"A2:A401\">"));
    let (_, lists) = sheet.split_once("<dataValidation type=\"list\"").unwrap();
    let listed = lists.split_once("sqref=\"").unwrap().1.split('"').next().unwrap();
    let letters = listed.split_once("2:").unwrap().0;
    assert_eq!(listed, format!("{letters}2:{letters}401"));
}

#[test]
fn full_sheet_goes_on_in_the_next_with_consistent_shared_strings() {
    let report = report_of(400, Locale::Ja);
    for rows in [101, 150, 201, 401, 402] {
        let renderer = XlsxRenderer::new().with_max_rows(rows);
        let (mut whole, mut list) = (Opened::with(&renderer, &report), written(&renderer, &report));
        let names = list.sheet_names();
        let first = whole.first_of_findings(Locale::Ja);
        assert_eq!(names.len(), 400_usize.div_ceil(rows as usize - 1));
        for (n, name) in names.iter().enumerate() {
            assert_eq!(list.sheet(n), whole.sheet(n + first), "{name}");
        }
        list.assert_shared_strings_are_consistent();
    }
}

#[test]
fn empty_workbook_says_none_only_if_accounts_were_read() {
    let clean = clean_report(Locale::En);
    let mut unknown = clean.clone();
    unknown.accounts.clear();
    let [none, unknown] = [clean, unknown].map(|report| written(&XlsxRenderer::new(), &report).texts(0));
    assert!(none.contains("No open findings"), "{none}");
    assert!(unknown.contains("does not mean"), "{unknown}");
}

/// A disk that is full after a number of bytes.
#[derive(Debug)]
struct Disk(Cursor<Vec<u8>>, usize);

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.get_ref().len() + bytes.len() > self.1 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn full_disk_is_an_error_and_finish_fails() {
    let report = report_of(2_500, Locale::En);
    for renderer in [XlsxRenderer::new(), XlsxRenderer::new().with_packing_thread()] {
        for room in [0, 40, 100_000] {
            let mut list = report.clone();
            list.findings.to_mut().unwrap().clear();
            let mut workbook = renderer.writer(list, Disk(Cursor::default(), room));
            let first = report.findings.iter().find_map(|finding| workbook.write(&finding.unwrap()).err());
            let last = workbook.finish().err().unwrap();
            let reported = first.as_ref().unwrap_or(&last);
            assert_eq!(
                (reported.kind(), last.kind()),
                (ErrorKind::Storage, ErrorKind::Storage),
                "{room}: {reported:?}"
            );
            assert!(reported.report().contains("no storage space"), "{}", reported.report());
        }
    }
}
