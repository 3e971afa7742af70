//! Comparison of project names.

use unicode_normalization::UnicodeNormalization;

/// Stands for the organisation where the name of a project is expected: in the ledger and in the table of links. No project
/// may have this name.
pub const ORGANISATION: &str = "(organisation)";

/// Returns the form in which names of projects are compared. Two names are the same project if their keys are equal.
///
/// The key is composed (Unicode NFC), and every run of white space in it is one space: a name that was typed on another
/// system, or with a full-width space, stays the same project. The key is not for display.
///
/// ```
/// use findings_core::registry::project_key;
/// // composed and decomposed letters
/// assert_eq!(project_key("\u{304c}"), project_key("\u{304b}\u{3099}"));
/// // full-width, no-break and double spaces
/// assert_eq!(project_key(" Data\u{3000}\u{a0}Platform\t"), "Data Platform");
/// // case is a difference
/// assert_ne!(project_key("payments"), project_key("Payments"));
/// ```
pub fn project_key(name: &str) -> String {
    let composed: String = name.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_key_is_the_key() {
        for name in ["", " ", "a  b", "か\u{3099}\u{3000}x", "\u{2000}a\u{2001}b", "e\u{301}\n"] {
            let key = project_key(name);
            assert_eq!(project_key(&key), key, "{name:?}");
        }
    }
}
