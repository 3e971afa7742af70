//! Rows of texts, as a table for people or as CSV for spreadsheets.

use findings_core::csv_text::guard_formulas;
use findings_core::{Error, ErrorKind, Result};
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use crate::output::plain;

/// Rows of `N` texts with headings. A text that is empty is not known.
#[derive(Debug)]
pub(crate) struct Grid<const N: usize> {
    headings: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Grid<N> {
    pub(crate) fn new(headings: [&'static str; N], rows: impl IntoIterator<Item = [String; N]>) -> Self {
        Self { headings, rows: rows.into_iter().collect() }
    }

    /// Formats a table, each column as wide as its widest text on a terminal. What is not known is a dash.
    pub(crate) fn table(&self) -> String {
        let shown = |text: &String| if text.is_empty() { "-".to_owned() } else { plain(text) };
        let mut rows: Vec<Vec<String>> = vec![self.headings.map(str::to_owned).into()];
        rows.extend(self.rows.iter().map(|row| row.iter().map(shown).collect()));
        let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..N).map(width).collect();
        let padded = |(text, width): (&String, &usize)| format!("{text}{}", " ".repeat(width - text.width()));
        let line = |row: &Vec<String>| {
            let cells: Vec<String> = row.iter().zip(&widths).map(padded).collect();
            format!("{}\n", cells.join("  ").trim_end())
        };
        rows.iter().map(line).collect()
    }

    /// Formats CSV. No text becomes a formula, and blanks in headings become underscores.
    pub(crate) fn csv(&self) -> Result<String> {
        let failed = |error: csv::Error| Error::new(ErrorKind::Other, "write CSV").with_source(error);
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.headings.map(|heading| heading.replace(' ', "_"))).map_err(failed)?;
        for row in &self.rows {
            let cells = row.iter().map(|text| guard_formulas(text));
            writer.write_record(cells.map(std::borrow::Cow::into_owned)).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A time to the minute, UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// A day, UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_whatever_the_script() {
        let text = |text: &str| text.to_owned();
        let grid = Grid::new(["project", "last run"], [[text("決済"), text("1")], [text("a\u{1b}[2J"), text("")]]);
        assert_eq!(grid.table(), "project  last run\n決済     1\na\u{fffd}[2J    -\n");
        assert_eq!(grid.csv().unwrap(), "project,last_run\n決済,1\na\u{1b}[2J,\n");
        assert_eq!(Grid::new(["a"], [[text("=1+1, \"x\"")]]).csv().unwrap(), "a\n\"'=1+1, \"\"x\"\"\"\n");
    }
}
