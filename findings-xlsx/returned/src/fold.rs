//! Comparison of short texts that people type: width, case and blanks do not count.

use unicode_normalization::UnicodeNormalization as _;

/// The longest text that is compared, in bytes. Names of columns and decisions are far shorter.
const LONGEST: usize = 200;

/// Returns a text in the form in which it is compared: half-width, in small letters, with single blanks; empty if it is
/// too long to be a name.
pub(crate) fn fold(text: &str) -> String {
    if text.len() > LONGEST {
        return String::new();
    }
    let plain: String = text.nfkc().filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}')).collect();
    plain.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_blanks_do_not_count() {
        for (text, want) in [
            (" Accept  RISK\n", "accept risk"),
            ("Ａｃｃｅｐｔ　ｒｉｓｋ", "accept risk"),
            ("ﾘｽｸを受容", "リスクを受容"),
            ("\u{feff}誤検知\u{200b}", "誤検知"),
            ("検出結果ＩＤ", "検出結果id"),
        ] {
            assert_eq!(fold(text), want);
        }
        assert_eq!(fold(&"x".repeat(201)), "");
    }
}
