//! Files that are too large, or grow when they are unpacked.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use findings_returned::{Limits, ReadError, ReadOptions, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::hostile::workbook;
use super::own::options;
use super::zips::{and_part, parts, with_part};

fn with_limits(change: impl FnOnce(&mut Limits)) -> ReadOptions {
    let mut limits = Limits::default();
    change(&mut limits);
    options().with_limits(limits)
}

fn what_is_too_large(bytes: &[u8], options: &ReadOptions) -> &'static str {
    match read(bytes, options) {
        Err(ReadError::TooLarge { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_limit_is_kept() {
    let book = workbook();
    let size = book.len() as u64;
    let unpacked: u64 = parts(&book).iter().map(|(_, part)| part.len() as u64).sum();
    read(&book, &with_limits(|limits| (limits.bytes, limits.unpacked) = (size, unpacked))).unwrap();
    for (options, want) in [
        (with_limits(|limits| limits.bytes = size - 1), "bytes"),
        (with_limits(|limits| limits.unpacked = unpacked - 1), "bytes or elements when it is unpacked"),
        (with_limits(|limits| limits.elements = 100), "bytes or elements when it is unpacked"),
        (with_limits(|limits| limits.parts = 3), "parts"),
        (with_limits(|limits| limits.sheets = 6), "sheets"),
        (with_limits(|limits| limits.rows = 20), "rows"),
        (with_limits(|limits| limits.entries = 1), "rows with an entry"),
    ] {
        assert_eq!(what_is_too_large(&book, &options), want);
    }
}

/// Packed, a bomb is a thousandth of what comes out.
#[test]
fn bombs_are_found_by_what_comes_out_and_by_what_is_declared() {
    let bomb = and_part(&workbook(), "xl/media/image1.png", vec![0; 24 << 20]);
    assert!(bomb.len() < 1 << 20);
    let small = with_limits(|limits| limits.unpacked = 16 << 20);
    assert_eq!(what_is_too_large(&bomb, &small), "bytes or elements when it is unpacked");
    // the sizes that the archive declares are those of an innocent file
    let mut lies = bomb.clone();
    let declared = (24_u32 << 20).to_le_bytes();
    let mut found = 0;
    for at in 0..lies.len() - 4 {
        if lies[at..at + 4] == declared {
            lies[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "the size stands in the directory");
    assert!(matches!(read(&lies, &small), Err(ReadError::TooLarge { .. } | ReadError::Damaged(_))));
    // and an enormous size of nothing
    let mut boasts = workbook();
    let end = boasts.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    boasts[end + 24..end + 28].copy_from_slice(&u32::MAX.to_le_bytes()[..4]);
    assert!(read(&boasts, &options()).is_err());
}

#[test]
fn many_strings_and_cells_are_counted_before_they_are_kept() {
    let strings = "<si/>".repeat(50_000);
    let many = with_part(&workbook(), "xl/sharedStrings.xml", |xml| xml.replace("</sst>", &format!("{strings}</sst>")));
    let few = with_limits(|limits| limits.elements = 20_000);
    assert_eq!(what_is_too_large(&many, &few), "bytes or elements when it is unpacked");
    // a cell far to the right and far below takes no room in between
    let far = with_part(&workbook(), "xl/worksheets/sheet3.xml", |xml| {
        xml.replace("</sheetData>", "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>")
    });
    assert_eq!(read(&far, &options()).unwrap().findings, 15);
}

fn ods(content: &str) -> Vec<u8> {
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content)] {
        file.start_file(name, SimpleFileOptions::default()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    file.finish().unwrap().into_inner()
}

#[test]
fn repeated_rows_cells_and_blanks_of_opendocument_are_bounded() {
    let table = |rows: &str| {
        let mut names = String::new();
        for name in ["Finding ID", "Account", "Decision"] {
            write!(names, "<table:table-cell office:value-type=\"string\"><text:p>{name}</text:p></table:table-cell>")
                .unwrap();
        }
        ods(&format!(
            "<x><table:table table:name=\"T\"><table:table-row>{names}</table:table-row>{rows}</table:table></x>"
        ))
    };
    let told = ReadOptions::told(findings_core::decision::SheetSource::new(
        "p",
        "r".parse().unwrap(),
        "2027-02-01T00:00:00Z".parse().unwrap(),
    ));
    let cell = "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"4000000000\"><text:p>x</text:p></table:table-cell>";
    let rows = format!("<table:table-row table:number-rows-repeated=\"4000000000\">{cell}</table:table-row>");
    assert_eq!(what_is_too_large(&table(&rows), &told), "rows with an entry");
    let empty = "<table:table-row table:number-rows-repeated=\"4000000000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
    let blanks = "<table:table-row><table:table-cell/><table:table-cell/><table:table-cell office:value-type=\"string\"><text:p><text:s text:c=\"4000000000\"/></text:p></table:table-cell></table:table-row>";
    let returned = read(&table(&format!("{empty}{blanks}")), &told).unwrap();
    assert_eq!((returned.sheet.rows.len(), returned.sheet.problems.len()), (0, 0));
}
