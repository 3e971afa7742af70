//! Files that are something else, and workbooks that nobody would save.

use findings_core::Locale;
use findings_core::report::ReportRenderer;
use findings_core::testing::conformance::renderer::{hostile_report, hostile_texts, report_of};
use findings_returned::{OtherFormat, ReadError, read};
use findings_xlsx::XlsxRenderer;

use super::own::options;
use super::zips::{and_part, parts, with_part, zipped};

pub(super) fn workbook() -> Vec<u8> {
    XlsxRenderer::new().render(&report_of(12, Locale::En)).unwrap().body.to_vec()
}

fn other(bytes: &[u8]) -> OtherFormat {
    match read(bytes, &options()) {
        Err(ReadError::OtherFormat(format)) => format,
        other => panic!("{other:?}"),
    }
}

#[test]
fn archives_that_are_no_report_are_named() {
    let types = |from: &str, to: &str| with_part(&workbook(), "[Content_Types].xml", |xml| xml.replace(from, to));
    let main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
    let ods = |mime: &str| zipped(&[("mimetype".to_owned(), mime.as_bytes().to_vec())]);
    for (bytes, want) in [
        (types(main, "application/vnd.ms-excel.sheet.macroEnabled.main+xml"), OtherFormat::Macros),
        (
            and_part(
                &types(main, "application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
                "xl/workbook.bin",
                vec![1],
            ),
            OtherFormat::BinaryExcel,
        ),
        (and_part(&workbook(), "xl/vbaProject.bin", vec![1]), OtherFormat::Macros),
        (
            types(main, "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
            OtherFormat::Document,
        ),
        (zipped(&[("report.xlsx".to_owned(), workbook())]), OtherFormat::Archive),
        (zipped(&[("Index/Document.iwa".to_owned(), Vec::new())]), OtherFormat::Numbers),
        (ods("application/vnd.oasis.opendocument.text"), OtherFormat::Document),
        (ods("application/epub+zip"), OtherFormat::Archive),
    ] {
        assert_eq!(other(&bytes), want);
    }
    let manifest = b"<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let locked =
        and_part(&ods("application/vnd.oasis.opendocument.spreadsheet"), "META-INF/manifest.xml", manifest.to_vec());
    assert_eq!(other(&locked), OtherFormat::Password);
    assert_eq!(other(b"\0\x01\x02\x03"), OtherFormat::Unknown);
    assert_eq!(other(b"%PDF-1.7 ..."), OtherFormat::Pdf);
    for empty in [&b""[..], b" \n"] {
        assert!(matches!(read(empty, &options()), Err(ReadError::Empty)));
    }
}

#[test]
fn every_message_says_what_to_do() {
    for bytes in [&b"%PDF"[..], b"\x89PNG", b"<html>", b"PK\x03\x04", b"a,b\nc,d\n", b"", b"{\"decision\":"] {
        let error = read(bytes, &options()).unwrap_err().to_string();
        assert!(error.contains("return") || error.contains("attach"), "{error}");
    }
}

/// What is not checked must not be read, whatever it is called.
#[test]
fn sheets_under_other_names_are_checked_or_not_there() {
    let renamed = |name: &str| -> Vec<u8> {
        let all = parts(&workbook()).into_iter().map(|(part, content)| {
            let is_map = part == "xl/_rels/workbook.xml.rels";
            let content = if is_map {
                String::from_utf8(content).unwrap().replace("worksheets/sheet3.xml", name).into_bytes()
            } else if part == SHEET {
                String::from_utf8(content).unwrap().replacen("r=\"A2\"", "r=\"AAAAAAAAA2\"", 1).into_bytes()
            } else {
                content
            };
            (if part == SHEET { format!("xl/{name}") } else { part }, content)
        });
        zipped(&all.collect::<Vec<_>>())
    };
    for name in ["worksheets/sheet2.XML", "worksheets/sheet2.png", "sheet2", "worksheets/sheet2.xml.bin"] {
        let error = read(&renamed(name), &options()).unwrap_err();
        assert!(matches!(error, ReadError::Damaged(_)), "{name}: {error}");
    }
}

/// The sheet with the findings.
const SHEET: &str = "xl/worksheets/sheet3.xml";

fn error_with(part: &str, change: impl FnOnce(String) -> String) -> String {
    match read(&with_part(&workbook(), part, change), &options()) {
        Err(ReadError::Damaged(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn xml_that_is_not_sound_never_gets_to_a_reader() {
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    for (change, want) in [
        (Box::new(|xml: String| xml[..xml.len() / 2].to_owned()) as Box<dyn Fn(String) -> String>, "sheet3.xml"),
        (Box::new(|xml: String| xml.replacen("<sheetData>", &format!("{deep}<sheetData>"), 1)), "too deeply"),
        (
            Box::new(|xml: String| xml.replacen("<worksheet", "<!DOCTYPE x [<!ENTITY a \"b\">]><worksheet", 1)),
            "document type",
        ),
        (Box::new(|xml: String| xml.replacen("r=\"A2\"", "r=\"ZZZZZZZZZZ2\"", 1)), "refers to a cell"),
        (Box::new(|xml: String| xml.replacen("r=\"A2\"", "r=\"A99999999999\"", 1)), "refers to a cell"),
        (Box::new(|xml: String| xml.replacen("<dimension ref=\"A1:", "<dimension ref=\"ZZ9:", 1)), "refers to a cell"),
    ] {
        let why = error_with(SHEET, change);
        assert!(why.contains(want), "{why}");
    }
    // rows that go back would let a decision stand in two rows
    let why = error_with(SHEET, |xml| {
        let (before, row) = xml.split_once("<row r=\"3\"").unwrap();
        let (row, after) = row.split_once("</row>").unwrap();
        let row = format!("<row r=\"3\"{row}</row>");
        format!("{before}{}", after.replacen("</sheetData>", &format!("{row}</sheetData>"), 1))
    });
    assert!(why.contains("not in order"), "{why}");
}

#[test]
fn damaged_archives_and_missing_parts_are_errors() {
    let whole = workbook();
    for bytes in [&whole[..whole.len() / 2], &whole[..100], b"PK\x03\x04", b"PK\x05\x06"] {
        assert!(matches!(read(bytes, &options()), Err(ReadError::Damaged(_))));
    }
    for missing in ["xl/workbook.xml", SHEET, "xl/_rels/workbook.xml.rels"] {
        let rest: Vec<_> = parts(&whole).into_iter().filter(|(name, _)| name != missing).collect();
        let error = read(&zipped(&rest), &options()).unwrap_err();
        assert!(matches!(error, ReadError::Damaged(_) | ReadError::NoTable), "{missing}: {error}");
    }
}

#[test]
fn links_and_objects_of_a_workbook_are_left_alone() {
    let link = b"<externalLink><externalBook r:id=\"rId1\"/></externalLink>".to_vec();
    let with_link = and_part(&workbook(), "xl/externalLinks/externalLink1.xml", link);
    let with_picture = and_part(&with_link, "xl/media/image1.png", vec![7; 100_000]);
    assert_eq!(read(&with_picture, &options()).unwrap().findings, 15);
}

#[test]
fn texts_stay_texts_whatever_they_say() {
    for text in hostile_texts() {
        let report = hostile_report(&text);
        let mut report = report;
        report.project = "Payments & Billing".to_owned();
        let body = XlsxRenderer::new().render(&report).unwrap().body;
        let returned = read(&body, &options()).unwrap_or_else(|error| panic!("{error}: {text:.40}"));
        let faults = returned.sheet.problems.len();
        // a text that is too long for a comment is told in every row that has it, and nothing else is wrong
        assert!(faults == 0 || text.chars().count() > 200, "{text:.40}: {:?}", returned.sheet.problems);
        for row in &returned.sheet.rows {
            let comment = row.entry.comment.as_deref().unwrap_or_default();
            assert!(!comment.contains(|c: char| c.is_control() && c != '\n'), "{comment:.40}");
        }
    }
}
