//! Texts that could become formulas, break the XML, or mislead readers.

use findings_core::testing::conformance::renderer::{hostile_report, hostile_texts};

use super::opened::Opened;

#[test]
fn no_text_becomes_a_formula_or_breaks_the_file() {
    for text in hostile_texts() {
        let mut book = Opened::new(&hostile_report(&text));
        let start: String = text.chars().take(30).collect();
        assert_eq!(book.rows, 12);
        for (name, xml) in book.parts() {
            let is_sheet = name.starts_with("xl/worksheets/sheet");
            assert!(!is_sheet || !(xml.contains("<f>") || xml.contains("<f ")), "{start:?}: a formula in {name}");
            let illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
            assert!(!xml.contains(illegal), "{start:?}: a control character in {name}");
        }
        for n in 0..book.sheet_names().len() {
            let sheet = book.sheet(n);
            let longest = sheet.used_cells().map(|(_, _, c)| c.to_string().encode_utf16().count()).max();
            assert!(longest <= Some(32_767), "{start:?}: {longest:?} in sheet {n}");
        }
    }
}

#[test]
fn harmless_texts_are_unchanged() {
    let changed =
        |c: char| c.is_control() && c != '\n' && c != '\t' || matches!(c, '\u{202e}' | '\u{fffe}' | '\u{ffff}');
    for text in hostile_texts() {
        if text.contains(changed) || text.is_empty() || text.encode_utf16().count() > 32_767 {
            continue;
        }
        let titles = Opened::new(&hostile_report(&text)).column(2, "Title");
        let hits = titles.iter().filter(|t| t.to_string() == text).count();
        assert_eq!(hits, 6, "{:?}", text.chars().take(40).collect::<String>());
    }
}

#[test]
fn text_like_a_formula_has_the_quote_prefix() {
    let book = Opened::new(&hostile_report("=1+1"));
    let styles = book.part("xl/styles.xml");
    assert!(styles.contains("quotePrefix=\"1\""));
    let formats: Vec<&str> = styles.split("<cellXfs").nth(1).unwrap().split("<xf ").skip(1).collect();
    let sheet = book.part("xl/worksheets/sheet3.xml");
    // a cell has the text itself, or the number of the shared string
    let list = book.part("xl/sharedStrings.xml");
    let number = list.split("<si>").skip(1).position(|item| item.contains("<t>=1+1</t>")).unwrap();
    let by_number = format!("<v>{number}</v>");
    let holds_it = |c: &&str| c.contains("<t>=1+1</t>") || c.contains("t=\"s\"") && c.contains(&by_number);
    let cells: Vec<&str> = sheet.split("<c ").filter(holds_it).collect();
    assert!(cells.len() >= 6 * 5);
    for cell in cells {
        let style: usize = cell.split("s=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        assert!(formats[style].contains("quotePrefix"), "{cell}");
    }
}

#[test]
fn long_texts_are_cut_and_end_with_a_mark() {
    let titles = Opened::new(&hostile_report(&"x".repeat(32_768))).column(2, "Title");
    let cut = titles.iter().map(ToString::to_string).find(|t| t.starts_with("xxx")).unwrap();
    assert_eq!(cut.len() + "…".encode_utf16().count() - "…".len(), 32_767);
    assert!(cut.ends_with("[cut: longer than a cell can hold]"));
}

#[test]
fn only_web_urls_become_links() {
    let long = format!("https://example.com/{}", "a".repeat(3_000));
    for text in ["javascript:alert(1)", "file:///etc/passwd", "https://user@example.com/", &long] {
        let book = Opened::new(&hostile_report(text));
        let links: String = book.parts().into_iter().filter(|(n, _)| n.contains("_rels/sheet")).map(|p| p.1).collect();
        assert!(links.contains("https://docs.aws.amazon.com/"), "links of other findings are missing");
        assert!(!links.contains(text), "{text}");
    }
    let mut book = Opened::new(&hostile_report(&long));
    assert!(
        book.column(2, "What to do").iter().any(|c| c.to_string().ends_with(&long)),
        "the URL is not written as text"
    );
}
