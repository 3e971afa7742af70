//! The columns of a table, found by their names in any language.

use std::collections::HashMap;

use findings_core::Locale;
use findings_core::wording::{ReturnColumn, Wording};

use crate::cell::{Cell, Value, letters};
use crate::fold::fold;
use crate::mark::has_mark;

/// What a table must have, for a message.
pub(crate) const EXPECTED: [&str; 2] = ["Decision", "Key (or Finding ID and Account)"];

/// Where the columns of a table are.
#[derive(Debug)]
pub(crate) struct Columns {
    at: HashMap<ReturnColumn, u32>,
    /// The language of the names.
    pub(crate) locale: Locale,
}

/// What a row is.
#[derive(Debug)]
pub(crate) enum Headings {
    /// It has the names of the columns.
    Found(Columns),
    /// Columns have the same name: their letters.
    Twice(String),
    /// Another row.
    None,
}

/// Looks for the names of the columns in a row.
pub(crate) fn find(cells: &[Cell]) -> Headings {
    let mut at: HashMap<ReturnColumn, u32> = HashMap::new();
    let mut twice = None;
    let mut locale = Locale::default();
    for cell in cells {
        let Value::Text(text) = &cell.value else { continue };
        let Some((column, language)) = named(text) else { continue };
        if column == ReturnColumn::Decision {
            locale = language;
        }
        if let Some(first) = at.insert(column, cell.column) {
            twice = twice.or(Some(format!("{}, {}", letters(first), letters(cell.column))));
        }
    }
    let has = |column| at.contains_key(&column);
    let has_identity = has(ReturnColumn::Key) || (has(ReturnColumn::FindingId) && has(ReturnColumn::Account));
    match (has(ReturnColumn::Decision) && has_identity, twice) {
        (false, _) => Headings::None,
        (true, Some(columns)) => Headings::Twice(columns),
        (true, None) => Headings::Found(Columns { at, locale }),
    }
}

/// The column of this name.
fn named(text: &str) -> Option<(ReturnColumn, Locale)> {
    // that of the key has the mark of the report behind it
    let name = if has_mark(text) { text.split_whitespace().next()? } else { text };
    let name = fold(name);
    let mut all = Locale::ALL.into_iter().flat_map(|locale| ReturnColumn::ALL.map(|column| (column, locale)));
    all.find(|(column, locale)| fold(Wording::of(*locale).return_column(*column)) == name)
}

impl Columns {
    /// The place of a column, from 0.
    pub(crate) fn at(&self, column: ReturnColumn) -> Option<u32> {
        self.at.get(&column).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(texts: &[&str]) -> Vec<Cell> {
        let cell =
            |(column, text): (u32, &&str)| Cell { column, value: Value::Text((*text).to_owned()), is_formula: false };
        (0..).zip(texts).map(cell).collect()
    }

    #[test]
    fn names_are_found_in_any_order_language_and_width() {
        for (texts, want) in [
            (vec!["x", "Key t1.abc.0123", "Decision"], Some((Locale::En, 2, Some(1)))),
            (vec!["ＫＥＹ", " decision "], Some((Locale::En, 1, Some(0)))),
            (vec!["対応方針", "キー t1.abc.0123", "コメント"], Some((Locale::Ja, 0, Some(1)))),
            (vec!["アカウントID", "検出結果ＩＤ", "対応方針"], Some((Locale::Ja, 2, None))),
            (vec!["Decision", "Finding ID"], None),
            (vec!["Key", "Owner"], None),
            (vec!["Decision of the board", "Keys"], None),
            (vec![], None),
        ] {
            let found = match find(&row(&texts)) {
                Headings::Found(columns) => {
                    Some((columns.locale, columns.at(ReturnColumn::Decision).unwrap(), columns.at(ReturnColumn::Key)))
                }
                _ => None,
            };
            assert_eq!(found, want, "{texts:?}");
        }
    }

    #[test]
    fn a_name_that_is_there_twice_is_told() {
        let found = find(&row(&["Key", "Owner", "Decision", "Owner"]));
        assert!(matches!(&found, Headings::Twice(columns) if columns == "B, D"), "{found:?}");
        // in a row that has no table, names mean nothing
        assert!(matches!(find(&row(&["Owner", "Owner"])), Headings::None));
    }
}
