//! Limits of CSV files, which typing errors can make large: a cell far to the right, a column filled to the bottom.

use super::UnreadableCsv;

/// Largest number of fields of a row, empty ones included.
pub(super) const MAX_FIELDS: usize = 1_000;

/// Largest number of rows that are not blank.
pub(super) const MAX_ROWS: usize = 1_000_000;

/// Largest number of cells of all rows together.
pub(super) const MAX_CELLS: usize = 8_000_000;

/// Where in a field a byte is, as the CSV reader sees it: only a quote at the start of a field begins a quoted one.
#[derive(Clone, Copy)]
enum State {
    Start,
    Plain,
    Quoted,
    AfterQuote,
}

/// Refuses a row with too many fields. The CSV reader holds a whole row in memory, so this is checked before.
pub(super) fn check_fields(text: &str, separator: u8) -> Result<(), UnreadableCsv> {
    let (mut state, mut fields, mut line) = (State::Start, 1, 1_u64);
    let mut before = 0;
    for byte in text.bytes() {
        let is_break = byte == b'\n' || byte == b'\r';
        if is_break && !(byte == b'\n' && before == b'\r') {
            line += 1;
        }
        before = byte;
        state = match (state, byte) {
            (State::Quoted, b'"') => State::AfterQuote,
            (State::Start | State::AfterQuote, b'"') | (State::Quoted, _) => State::Quoted,
            (_, byte) if byte == separator => {
                fields += 1;
                State::Start
            }
            _ if is_break => {
                fields = 1;
                State::Start
            }
            _ => State::Plain,
        };
        if fields > MAX_FIELDS {
            let message =
                format!("line {line} has more than {MAX_FIELDS} fields; delete what is to the right of the table");
            return Err(UnreadableCsv::new(message));
        }
    }
    Ok(())
}

/// Refuses too many rows or cells.
pub(super) fn check_size(rows: usize, cells: usize) -> Result<(), UnreadableCsv> {
    if rows > MAX_ROWS {
        return Err(UnreadableCsv::new(format!("it has more than {MAX_ROWS} rows; delete what is below the table")));
    }
    if cells > MAX_CELLS {
        let message = format!("it has more than {MAX_CELLS} cells; delete what is beside and below the table");
        return Err(UnreadableCsv::new(message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv_text::rows;

    #[test]
    fn hostile_files_are_refused_with_the_limit() {
        for (name, text, want) in [
            ("commas", ",".repeat(64 << 20), "line 1 has more than 1000 fields"),
            ("fields", format!("a\r\nb\r\nc{}", ",x".repeat(1_000)), "line 3 has more than 1000 fields"),
            ("after an inner quote", format!("5\" a{}", ",".repeat(1_000)), "more than 1000 fields"),
            ("after a quoted cell", format!("\"a\"\"\n\"{}", ",".repeat(1_000)), "line 2 has more than 1000 fields"),
            ("rows", "a\n".repeat(MAX_ROWS + 1), "more than 1000000 rows"),
            ("cells", format!("a{}\n", ",".repeat(999)).repeat(8_001), "more than 8000000 cells"),
        ] {
            let error = rows(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(want) && error.contains("; delete"), "{name}: {error}");
        }
    }

    #[test]
    fn files_at_the_limit_are_read() {
        for (text, want) in [
            (format!("a{}\nb{}", ",".repeat(999), ",".repeat(999)), 2),
            (format!("\"{}\"\na", ",".repeat(5_000)), 2),
            ("a\n".repeat(MAX_ROWS), MAX_ROWS),
        ] {
            assert_eq!(rows(text.as_bytes()).unwrap().len(), want);
        }
    }
}
