//! Cells as programs save them, whatever the format of the file is.

use jiff::civil::Date;

/// The value of a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    /// A cell that is shown as a date. `None` if there is no such date.
    Day(Option<Date>),
    Bool(bool),
    /// The error of a formula.
    Error,
}

impl Value {
    /// Whether people see nothing in the cell.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim_matches(|c: char| c.is_whitespace() || c == '\u{200b}').is_empty(),
            _ => false,
        }
    }

    /// The value as text.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.map_or_else(|| "?".to_owned(), |day| day.to_string()),
            Self::Bool(true) => "TRUE".to_owned(),
            Self::Bool(false) => "FALSE".to_owned(),
            Self::Error => "#ERROR".to_owned(),
        }
    }
}

/// A cell of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    /// Its column, from 0.
    pub(crate) column: u32,
    pub(crate) value: Value,
    /// Whether a formula computed the value.
    pub(crate) is_formula: bool,
}

/// Returns the letters of a column.
pub(crate) fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => break,
        }
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_spreadsheets() {
        for (column, want) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(letters(column), want);
        }
    }
}
