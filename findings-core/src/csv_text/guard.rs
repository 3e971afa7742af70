//! Keeps texts from becoming formulas when a spreadsheet opens a CSV file.
//!
//! The rule follows [OWASP, CSV Injection](https://owasp.org/www-community/attacks/CSV_Injection): no cell may begin
//! with `=`, `+`, `-`, `@`, or their full-width forms, also not behind a tab or a line break. Every CSV file that the
//! workspace writes for people goes through it.

use std::borrow::Cow;

/// Where a spreadsheet may split a cell although the file does not: at semicolons, as in much of Europe, tabs and line
/// breaks.
const BREAKS: [char; 4] = [';', '\t', '\n', '\r'];

/// Whether a spreadsheet would take the text for a formula or a command if somebody typed it.
///
/// ```
/// use findings_core::csv_text::looks_like_formula;
/// assert!(looks_like_formula(" =SUM(A1:A9)") && looks_like_formula("＠x"));
/// assert!(!looks_like_formula("a=b"));
/// ```
pub fn looks_like_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// The text as a cell of a CSV file that no spreadsheet takes for a formula: an apostrophe stands before each part that
/// would be one, also where the cell is split at semicolons, tabs or line breaks. The caller still has to put the cell
/// in quotes, and to double the quotes in it.
///
/// ```
/// use findings_core::csv_text::guard_formulas;
/// assert_eq!(guard_formulas("=1+1"), "'=1+1");
/// assert_eq!(guard_formulas("a;@b"), "a;'@b");
/// assert_eq!(guard_formulas("a=b"), "a=b");
/// ```
pub fn guard_formulas(text: &str) -> Cow<'_, str> {
    if !text.split(BREAKS).any(begins_formula) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for part in text.split_inclusive(BREAKS) {
        if begins_formula(part) {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    Cow::Owned(safe)
}

/// The text without the apostrophes of [`guard_formulas`].
///
/// ```
/// use findings_core::csv_text::{guard_formulas, unguard_formulas};
/// assert_eq!(unguard_formulas(&guard_formulas("-1;@b")), "-1;@b");
/// assert_eq!(unguard_formulas("'tis"), "'tis");
/// ```
pub fn unguard_formulas(text: &str) -> Cow<'_, str> {
    let unguarded = |part: &'_ str| part.strip_prefix('\'').is_some_and(begins_formula);
    if !text.split_inclusive(BREAKS).any(unguarded) {
        return Cow::Borrowed(text);
    }
    let parts = text.split_inclusive(BREAKS);
    Cow::Owned(parts.map(|part| if unguarded(part) { &part[1..] } else { part }).collect())
}

/// Whether a cell that begins here is a formula. A spreadsheet that splits within a quoted cell takes the quotes behind
/// the split for its own, and drops control characters.
fn begins_formula(part: &str) -> bool {
    looks_like_formula(part.trim_start_matches(|c: char| c == '"' || c.is_whitespace() || c.is_control()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_as_a_formula_wherever_it_is_split() {
        for (text, want) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            (" @x", "' @x"),
            ("＝b", "'＝b"),
            ("＋b", "'＋b"),
            ("－b", "'－b"),
            ("＠b", "'＠b"),
            ("a;=b;c\t-d", "a;'=b;c\t'-d"),
            ("a\n＝b", "a\n'＝b"),
            ("a\r\n@b", "a\r\n'@b"),
            ("\t=1", "\t'=1"),
            ("\r=1", "\r'=1"),
            ("a;\"=b", "a;'\"=b"),
            ("\0=1", "'\0=1"),
        ] {
            assert_eq!(guard_formulas(text), want, "{text:?}");
            assert_eq!(unguard_formulas(want), text, "{text:?}");
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["", " ", ";", "a", "a=b, -c", "'=1", "2026-11-23", "a\"=b", "arn:aws:s3:::a-b", "日本語＝x"] {
            assert!(matches!(guard_formulas(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }
}
