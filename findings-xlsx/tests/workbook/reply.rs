//! The workbook with what became of a returned report, as another program reads it.

use findings_core::Locale;
use findings_core::testing::conformance::renderer::hostile_texts;
use findings_core::testing::decisions::decision_reply;
use findings_xlsx::ReplyWorkbook;

use super::opened::Opened;

fn open(text: &str, locale: Locale) -> Opened {
    let at = "2026-11-23T00:00:00Z".parse().unwrap();
    let workbook = ReplyWorkbook::new(locale, locale.time_zone());
    Opened::read(workbook.render(&decision_reply(text), at).unwrap())
}

fn column(book: &mut Opened, heading: &str) -> Vec<String> {
    book.column(0, heading).iter().take(4).map(ToString::to_string).collect()
}

#[test]
fn every_entry_has_a_row_and_what_was_not_taken_comes_first() {
    let mut book = open("bucket", Locale::En);
    let became = column(&mut book, "What became of it");
    assert_eq!(became[0], "\"bucket\" is no decision; choose one of the list");
    assert_eq!(became[1], "a comment is missing: say why the finding may be left as it is");
    assert_eq!(became[2..], ["taken", "taken"]);
    assert_eq!(column(&mut book, "Where it stands")[1], "sheet Findings, row 12; bucket, row 22");
    assert_eq!(column(&mut book, "Control"), ["", "S3.2", "S3.1", "S3.3"]);
    assert_eq!(column(&mut book, "Decision"), ["", "Accept risk", "To fix", "Not ours"]);
    assert_eq!(column(&mut book, "Account")[2], "123456789001");
    let mut book = open("bucket", Locale::Ja);
    assert_eq!(column(&mut book, "受付結果")[2..], ["受け付けました", "受け付けました"]);
    assert_eq!(column(&mut book, "対応方針")[1], "リスクを受容");
}

#[test]
fn no_text_becomes_a_formula() {
    for text in hostile_texts() {
        let mut book = open(&text, Locale::En);
        assert_eq!(column(&mut book, "Control"), ["", "S3.2", "S3.1", "S3.3"], "{text:?}");
        assert!(!book.part("xl/worksheets/sheet1.xml").contains("<f>"), "{text:?}");
    }
}
