//! Parsing of the cells of a row: names, lists, account IDs. Each error message says what to do.

use super::{ORGANISATION, project_key};
use crate::csv_text::trim;
use crate::{AccountId, Text};

/// Largest number of characters of a name. A longer name is probably the result of a quote that was not closed.
const NAME_LEN: usize = 200;

/// The name of a project as read from a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProjectName {
    pub(super) text: String,
    /// Whether it differs from the cell, because control characters were replaced.
    pub(super) changed: bool,
}

/// Reads a project's name. A sequence of control characters, such as a line break typed into the cell, becomes one
/// space, because it would break mail subjects and is invisible in a spreadsheet.
pub(super) fn project_name(cell: &str) -> Result<ProjectName, String> {
    let text =
        cell.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let length = text.chars().count();
    if length == 0 {
        return Err("the project's name is empty, so the row is not used; fill it in".to_owned());
    }
    if length > NAME_LEN {
        return Err(format!(
            "the project's name has {length} characters, {NAME_LEN} at most, so the row is not used; is a closing double quote missing?"
        ));
    }
    if project_key(&text) == ORGANISATION {
        return Err(format!(
            "\"{ORGANISATION}\" stands for all projects and cannot be the name of one, so the row is not used; choose another"
        ));
    }
    let changed = cell.contains(char::is_control);
    Ok(ProjectName { text: if changed { text } else { cell.to_owned() }, changed })
}

/// What separates the entries of a list: the semicolon, and the full-width one.
pub(super) const SEPARATORS: [char; 2] = [';', '；'];

/// Returns the entries of a list.
pub(super) fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(SEPARATORS).map(trim).filter(|entry| !entry.is_empty())
}

/// Whether an entry of the list spans several lines, which is typical of a quote that was not closed.
pub(super) fn has_line_break(cell: &str) -> bool {
    list(cell).any(|entry| entry.contains(['\n', '\r']))
}

/// Reads the name of an account; `None` if there is none. It is only shown, so a long one is cut.
pub(super) fn account_name(cell: &str) -> Option<Text> {
    let parts = cell.split(char::is_control).map(str::trim).filter(|part| !part.is_empty());
    let name: String = parts.collect::<Vec<_>>().join(" ").chars().take(NAME_LEN).collect();
    Some(Text::from(name)).filter(|name| !name.is_empty())
}

/// Reads an account ID, which may be written in groups: `1111-2222-3333`.
pub(super) fn account(entry: &str) -> Result<AccountId, String> {
    if entry.chars().any(|c| ('０'..='９').contains(&c)) {
        let shown: String = entry.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(format!("\"{shown}\" has full-width digits; type the account ID with half-width digits"));
    }
    if let Some(digits) = ungrouped(entry) {
        return digits.parse().map_err(|error| format!("{error}"));
    }
    // such as "111100000001,111100000002": the separator is wrong, not the IDs
    let is_several_ids = || {
        let mut parts = entry.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).peekable();
        parts.peek().is_some_and(|first| first.len() < entry.len()) && parts.all(|part| part.len() == 12)
    };
    entry.parse().map_err(|error| {
        if is_several_ids() { format!("{error}; separate several account IDs with ';'") } else { format!("{error}") }
    })
}

/// The 12 digits of an account ID in groups, between which there are hyphens, as the console shows it, or blanks.
/// Spreadsheets and mail programs make dashes of hyphens.
fn ungrouped(entry: &str) -> Option<String> {
    let is_gap =
        |c: char| matches!(c, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}') || (c.is_whitespace() && !c.is_control());
    let is_digit = |c: char| c.is_ascii_digit();
    let digits: String = entry.chars().filter(|c| !is_gap(*c)).collect();
    let whole = entry.starts_with(is_digit) && entry.ends_with(is_digit);
    (whole && digits.len() == 12 && digits.chars().all(is_digit)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_name_replaces_only_control_characters() {
        for (cell, want, changed) in [
            ("決済 / 基盤", "決済 / 基盤", false),
            ("../../etc", "../../etc", false),
            ("a  b", "a  b", false),
            ("a\nb", "a b", true),
            ("a \r\n\u{b} b\u{7}", "a b", true),
        ] {
            assert_eq!(project_name(cell), Ok(ProjectName { text: want.to_owned(), changed }), "{cell:?}");
        }
        assert!(project_name(" (organisation) ").unwrap_err().contains("all projects"));
        assert!(project_name("").unwrap_err().contains("empty"));
        assert!(project_name("\u{7}").unwrap_err().contains("empty"));
        assert!(project_name(&"決".repeat(200)).is_ok());
        assert!(project_name(&"決".repeat(201)).unwrap_err().contains("201 characters"));
    }

    #[test]
    fn lists_are_split_and_trimmed() {
        let entries: Vec<_> = list(" a ;b；c;;\u{3000}d\n;").collect();
        assert_eq!(entries, ["a", "b", "c", "d"]);
    }

    #[test]
    fn account_errors_say_how_to_fix_the_cell() {
        for (entry, want) in [
            ("１２３４５６７８９０１２", "half-width"),
            ("111100000001,111100000002", "with ';'"),
            ("111100000001 111100000002", "with ';'"),
            ("1.23E+11", "rounded"),
            ("22200000001", "leading zeros"),
            ("1111-0000-001", "exactly 12 digits"),
            ("1111-0000-00012", "exactly 12 digits"),
            ("-1111-0000-0001", "exactly 12 digits"),
            ("1111-0000-0001-", "exactly 12 digits"),
            ("1111_0000_0001", "exactly 12 digits"),
            ("1111\n00000001", "exactly 12 digits"),
            ("1111-0000-0001 1111-0000-0002", "exactly 12 digits"),
            ("１１１１-0000-0001", "half-width"),
            ("=\"111100000001\"", "exactly 12 digits"),
        ] {
            let message = account(entry).unwrap_err();
            assert!(message.contains(want), "{entry}: {message}");
        }
        assert!(account("022200000001").is_ok());
    }

    #[test]
    fn account_ids_are_read_in_groups() {
        for entry in [
            "022200000001",
            "0222-0000-0001",
            "0222 0000 0001",
            "0222 - 0000 - 0001",
            "0222\u{3000}0000\u{a0}0001",
            "022 200 000 001",
            "0222\u{2013}0000\u{2010}0001",
        ] {
            assert_eq!(account(entry).map(|id| id.to_string()), Ok("022200000001".to_owned()), "{entry}");
        }
    }
}
