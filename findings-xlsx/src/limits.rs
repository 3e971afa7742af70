//! Limits of Excel, and functions that make texts and links fit them: the workbook must open whatever the data holds.
//!
//! The limits of rows, cell texts and links are those of Microsoft's "Excel specifications and limits".

use std::borrow::Cow;

// a cell that carries Excel's quote prefix is one that CSV would guard
pub(crate) use findings_core::csv_text::looks_like_formula;

use crate::lang::Texts;

/// Maximum rows of a sheet, the header included.
pub(crate) const MAX_ROWS: u32 = 1_048_576;
/// Maximum UTF-16 units of a cell.
pub(crate) const MAX_CELL: usize = 32_767;
/// Maximum links of a sheet.
pub(crate) const MAX_LINKS: usize = 65_530;
/// Maximum UTF-16 units of a page header, a document property and the like.
pub(crate) const MAX_SHORT: usize = 255;

/// Limits of a sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) rows: u32,
    pub(crate) links: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: MAX_ROWS, links: MAX_LINKS }
    }
}

/// Returns a text as a cell can hold it: control characters become symbols, and a text that is too long is cut and ends
/// with the language's mark.
pub(crate) fn cell_text<'a>(text: impl Into<Cow<'a, str>>, texts: &Texts) -> Cow<'a, str> {
    let text = text.into();
    // UTF-16 never has more units than UTF-8 has bytes
    let fits = text.len() <= MAX_CELL;
    // no early exit: the compiler can then vectorise the loop
    let is_harmless = text.bytes().fold(true, |so_far, byte| so_far & is_harmless(byte));
    if fits && (is_harmless || !text.chars().any(is_hostile)) {
        return text;
    }
    Cow::Owned(rewrite(&text, MAX_CELL, texts.cut_mark))
}

/// Returns a text as one line of at most 255 UTF-16 units, for a document property or the like.
pub(crate) fn short_text(text: &str) -> String {
    rewrite(text, MAX_SHORT, "…").replace('\n', " ")
}

/// Returns a text for a page header, where `&` begins a code.
pub(crate) fn header_text(text: &str) -> String {
    // 60 units, because each can be a `&`, which is doubled, and the header holds other texts as well
    rewrite(text, 60, "…").replace('\n', " ").replace('&', "&&")
}

fn rewrite(text: &str, max: usize, mark: &str) -> String {
    let room = max - utf16_len(mark);
    let mut out = String::with_capacity(text.len().min(max * 3));
    let (mut units, mut fits) = (0, 0);
    for c in text.replace("\r\n", "\n").chars().map(replacement) {
        units += c.len_utf16();
        if units > max {
            out.truncate(fits);
            out.push_str(mark);
            break;
        }
        out.push(c);
        if units <= room {
            fits = out.len();
        }
    }
    out
}

/// Whether no hostile character begins with this byte. Checking bytes is far faster than decoding characters, and most
/// texts in any language pass.
fn is_harmless(byte: u8) -> bool {
    !matches!(byte, 0..=8 | 0xb..=0x1f | 0x7f | 0xc2 | 0xe2 | 0xef)
}

/// Whether a character is one that XML or Excel cannot hold, or an invisible control character.
///
/// Characters that override the direction of writing count too: they would also reverse our own words around a text
/// from outside. The direction marks that some scripts need (U+200E, U+200F) are kept.
fn is_hostile(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

fn replacement(c: char) -> char {
    match c {
        '\r' => '\n',
        // the Unicode symbols for control characters are in the same order
        '\0'..='\u{1f}' if is_hostile(c) => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ if is_hostile(c) => '\u{fffd}',
        _ => c,
    }
}

/// Returns the name of the `number`th sheet of a table, counted from 1.
pub(crate) fn sheet_name(base: &str, number: usize) -> String {
    if number == 1 { base.to_owned() } else { format!("{base} ({number})") }
}

/// Returns the length in UTF-16 units, which Excel counts.
pub(crate) fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Returns the width of the widest line, in characters; full-width characters count twice.
pub(crate) fn display_width(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\n') {
        return text.len();
    }
    text.lines().map(|line| line.chars().map(char_width).sum()).max().unwrap_or(0)
}

/// Average width of a letter, in digits: column widths are counted in digits.
const LETTER: f64 = 0.82;

/// Returns how many lines a text takes when wrapped at a column's width in characters, at most `most`.
pub(crate) fn wrapped_lines(text: &str, width: f64, most: u32) -> u32 {
    // lines are wrapped between words, which leaves part of each line empty
    let room = width * 0.88;
    // a character takes at most the width of one letter for each of its UTF-8 bytes
    let is_short = |line: &str| f64::from(u32::try_from(line.len()).unwrap_or(u32::MAX)) * LETTER <= room;
    if is_short(text) && !text.contains('\n') {
        return 1;
    }
    let mut lines = 0_u32;
    for line in text.lines() {
        lines += 1;
        if is_short(line) {
            continue;
        }
        if line.is_ascii() {
            // an ARN has many digits, and it is broken wherever a line ends
            let is_long = |word: &str| f64::from(u32::try_from(word.len()).unwrap_or(u32::MAX)) > room;
            let letter = if line.split(' ').any(is_long) { 1.0 } else { LETTER };
            lines = most.min(lines.saturating_add(further_lines(line.len(), room / letter)));
            continue;
        }
        let mut used = 0.0;
        for c in line.chars() {
            let width = [0.0, LETTER, 2.05][char_width(c)];
            used += width;
            if used > room {
                (lines, used) = (lines + 1, width);
            }
            if lines >= most {
                return most;
            }
        }
    }
    lines.clamp(1, most)
}

/// Returns how many lines a number of letters takes after the first line, if so many are in a line.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "widths of columns are below 256")]
fn further_lines(letters: usize, in_line: f64) -> u32 {
    let in_line = (in_line as usize).max(1);
    u32::try_from(letters.div_ceil(in_line).saturating_sub(1)).unwrap_or(u32::MAX)
}

/// Width of a character in half-width columns: 0, 1 or 2.
fn char_width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::texts;
    use findings_core::Locale;

    fn safe(text: &str) -> Cow<'_, str> {
        cell_text(text, texts(Locale::En))
    }

    #[test]
    fn harmless_texts_are_unchanged() {
        for text in ["", "plain", "日本語\nzwei\tdrei", "=1+1", "_x0041_", "😀\u{200f}عربي"] {
            assert!(matches!(safe(text), Cow::Borrowed(t) if t == text), "{text:?}");
        }
    }

    #[test]
    fn control_characters_become_symbols() {
        assert_eq!(safe("\u{202e}gpj.exe\u{2066}"), "\u{fffd}gpj.exe\u{fffd}");
        assert_eq!(safe("a\0b\u{1b}c\r\nd\re\u{7f}\u{85}\u{ffff}"), "a␀b␛c\nd\ne␡\u{fffd}\u{fffd}");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        for text in ["x".repeat(40_000), "😀".repeat(20_000), "字".repeat(32_768), format!("x{}", "😀".repeat(16_384))]
        {
            let cut = safe(&text);
            assert!(utf16_len(&cut) <= MAX_CELL, "{}", utf16_len(&cut));
            assert!(cut.ends_with(texts(Locale::En).cut_mark));
            assert!(utf16_len(&cut) >= MAX_CELL - 1, "no more is cut than needed");
        }
        let full = "字".repeat(MAX_CELL);
        assert_eq!(safe(&full), full);
    }

    #[test]
    fn full_width_characters_count_twice() {
        assert_eq!(display_width("abc"), 3);
        assert_eq!(display_width("決済基盤-本番"), 13);
        assert_eq!(display_width("ab\nabcd"), 4);
        assert_eq!(wrapped_lines("あいうえお", 5.5, 9), 3);
        assert_eq!(wrapped_lines("", 10.0, 9), 1);
        assert_eq!(wrapped_lines("a\n\nb", 10.0, 9), 3);
        assert_eq!(wrapped_lines(&"a ".repeat(30_000), 60.0, 9), 9);
        // digits are wider than letters, and an ARN has no spaces
        assert_eq!(wrapped_lines(&"word ".repeat(22), 36.0, 9), 3);
        assert_eq!(wrapped_lines(&"arn:1234567890".repeat(8), 36.0, 9), 4);
    }

    #[test]
    fn page_headers_escape_codes() {
        assert_eq!(header_text("A&B &P"), "A&&B &&P");
        assert!(utf16_len(&header_text(&"&".repeat(1_000))) <= 120);
    }
}
