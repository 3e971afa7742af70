//! Texts that people enter, in the form in which decisions keep them.

use crate::Text;

/// The most characters of an owner.
pub const MAX_OWNER: usize = 200;
/// The most characters of a comment.
pub const MAX_COMMENT: usize = 2_000;

/// Returns an entered text without the white space around it, and without control characters and marks that override the
/// direction of writing; `None` if nothing is left. Line breaks stay.
///
/// A text that went through it comes back the same from a workbook, whichever program saved it.
///
/// ```
/// use findings_core::decision::entry_text;
/// assert_eq!(entry_text(" planned\r\nfor\tMay \u{202e}").as_deref(), Some("planned\nfor May"));
/// assert_eq!(entry_text(" \u{200b}\n"), None);
/// ```
pub fn entry_text(raw: &str) -> Option<Text> {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{2028}' | '\u{2029}' => text.push('\n'),
            '\t' | '\u{a0}' => text.push(' '),
            c if is_invisible(c) => {}
            c => text.push(c),
        }
    }
    let text = text.trim();
    (!text.is_empty()).then(|| text.into())
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_were_cleaned_stay_as_they_are() {
        for text in
            ["a", "=1+1", "a\nb", "日本語\u{200f}x", "\u{200b}a\0\u{1b}b", "\r\ra", "x\u{a0}\u{a0}y", "👩\u{200d}👩"]
        {
            let once = entry_text(text).unwrap();
            assert_eq!(entry_text(&once), Some(once.clone()), "{text:?}");
        }
        assert_eq!(entry_text("👩\u{200d}👩").as_deref(), Some("👩\u{200d}👩"));
    }
}
