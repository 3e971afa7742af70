//! Finds the tables of a report in the rows of a file, and reads their entries.

use std::collections::HashMap;

use findings_core::Locale;
use findings_core::decision::{DecisionRow, SheetProblem};
use findings_core::wording::{ReturnColumn, Wording};

use crate::cell::{Cell, Value, letters};
use crate::column::{self, Columns, Headings};
use crate::error::ReadError;
use crate::grid::{Grid, Merged};
use crate::mark::Marks;
use crate::options::Limits;
use crate::row::{Fault, RawRow};

/// Among how many rows from the top the names of the columns are looked for: people put titles above them.
pub(crate) const HEADING_ROWS: u64 = 20;

/// The most cells of a sheet that reach over rows below them.
const MOST_MERGED: usize = 200_000;

/// The entries of a file.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) rows: Vec<DecisionRow>,
    pub(crate) problems: Vec<SheetProblem>,
    /// Rows that are about a finding, with an entry or without.
    pub(crate) findings: u64,
    /// Names of the sheets with a table.
    pub(crate) tables: Vec<String>,
    /// Language of the first table.
    pub(crate) locale: Option<Locale>,
}

impl Entries {
    /// Adds what was read of a row with an entry.
    pub(crate) fn add(
        &mut self,
        row: Result<DecisionRow, Vec<SheetProblem>>,
        limits: &Limits,
    ) -> Result<(), ReadError> {
        match row {
            Ok(row) => self.rows.push(row),
            Err(problems) => self.problems.extend(problems),
        }
        if self.rows.len() + self.problems.len() > limits.entries {
            return Err(ReadError::TooLarge { limit: limits.entries as u64, what: "rows with an entry" });
        }
        Ok(())
    }
}

/// How places in a file are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// By sheet, row and cell.
    Sheets,
    /// By line.
    Lines,
}

/// Reads tables.
#[derive(Debug)]
pub(crate) struct Tables<'o> {
    limits: &'o Limits,
    places: Places,
    is_1904: bool,
    pub(crate) entries: Entries,
    pub(crate) marks: Marks,
    sheet: String,
    /// `None` until the names of the columns are found.
    columns: Option<Columns>,
    merged: HashMap<(u64, u32), u64>,
    /// Cells from above, by column, with the last row that they cover.
    carried: HashMap<u32, (u64, Cell)>,
    rows: u64,
}

impl<'o> Tables<'o> {
    pub(crate) fn new(limits: &'o Limits, places: Places, marks: Marks) -> Self {
        Self {
            limits,
            places,
            is_1904: false,
            entries: Entries::default(),
            marks,
            sheet: String::new(),
            columns: None,
            merged: HashMap::new(),
            carried: HashMap::new(),
            rows: 0,
        }
    }

    /// Says that the workbook counts days from 1904.
    pub(crate) fn count_from_1904(&mut self) {
        self.is_1904 = true;
    }

    /// Adds a cell that reaches over the rows below it, before its row is passed.
    pub(crate) fn merge(&mut self, merged: Merged) {
        if self.merged.len() < MOST_MERGED {
            self.merged.insert((merged.row, merged.column), merged.last_row);
        }
    }

    fn say(&self) -> Wording {
        Wording::of(self.columns.as_ref().map_or(Locale::default(), |columns| columns.locale))
    }

    /// Where a row stands, for people.
    fn row_place(&self, number: u64) -> String {
        match self.places {
            Places::Sheets => self.say().sheet_row(&self.sheet, number),
            Places::Lines => self.say().line(number),
        }
    }

    fn place(&self, number: u64, column: Option<u32>) -> String {
        match (self.places, column) {
            (Places::Sheets, Some(column)) => {
                self.say().sheet_cell(&self.sheet, &format!("{}{number}", letters(column)))
            }
            _ => self.row_place(number),
        }
    }

    /// Looks for the names of the columns. Cells outside of tables may hold the mark of the report.
    fn look_for_headings(&mut self, number: u64, cells: &[Cell]) -> Result<(), ReadError> {
        if number <= HEADING_ROWS {
            match column::find(cells) {
                Headings::Found(columns) => {
                    self.entries.locale = self.entries.locale.or(Some(columns.locale));
                    self.entries.tables.push(self.sheet.clone());
                    if let Some(key) = columns.at(ReturnColumn::Key) {
                        self.marks.add_heading(&value(cells, key).text());
                    }
                    self.columns = Some(columns);
                    return Ok(());
                }
                Headings::Twice(columns) => {
                    return Err(ReadError::TwoColumns { place: self.row_place(number), columns });
                }
                Headings::None => {}
            }
        }
        for cell in cells {
            if let Value::Text(text) = &cell.value {
                self.marks.add_cell(text);
            }
        }
        Ok(())
    }

    /// Takes the cells that count out of a row, those that reach into it from above included.
    fn raw(&mut self, number: u64, cells: &[Cell]) -> RawRow {
        let Some(columns) = &self.columns else { return RawRow::default() };
        let own = |column| columns.at(column).map_or_else(Cell::default, |at| cell(cells, at));
        let mut raw = RawRow {
            key: own(ReturnColumn::Key),
            finding_id: own(ReturnColumn::FindingId),
            account: own(ReturnColumn::Account),
            is_carried: true,
            is_1904: self.is_1904,
            ..RawRow::default()
        };
        for (column, slot) in [
            (ReturnColumn::Decision, &mut raw.decision),
            (ReturnColumn::Owner, &mut raw.owner),
            (ReturnColumn::Due, &mut raw.due),
            (ReturnColumn::Comment, &mut raw.comment),
        ] {
            let Some(at) = columns.at(column) else { continue };
            *slot = cell(cells, at);
            let is_blank = slot.value.is_blank() && !slot.is_formula;
            if let Some(last) = self.merged.get(&(number, at)) {
                self.carried.insert(at, (*last, slot.clone()));
                raw.is_carried &= is_blank;
                continue;
            }
            match self.carried.get(&at) {
                // a program may keep what stood in a cell that is covered now; nobody sees it
                Some((last, above)) if number <= *last => *slot = above.clone(),
                _ => raw.is_carried &= is_blank,
            }
        }
        raw
    }

    fn problems(&self, number: u64, faults: Vec<Fault>) -> Vec<SheetProblem> {
        faults.into_iter().map(|(column, fault)| SheetProblem::new(self.place(number, column), fault)).collect()
    }
}

impl Grid for Tables<'_> {
    fn sheet(&mut self, name: &str, merged: Vec<Merged>) -> Result<(), ReadError> {
        self.sheet = name.chars().take(100).collect();
        (self.columns, self.carried) = (None, HashMap::new());
        self.merged = merged.into_iter().map(|merged| ((merged.row, merged.column), merged.last_row)).collect();
        Ok(())
    }

    fn row(&mut self, number: u64, cells: Vec<Cell>) -> Result<(), ReadError> {
        if cells.iter().all(|cell| cell.value.is_blank() && !cell.is_formula) {
            return Ok(());
        }
        self.rows += 1;
        if self.rows > self.limits.rows {
            return Err(ReadError::TooLarge { limit: self.limits.rows, what: "rows" });
        }
        if self.columns.is_none() {
            return self.look_for_headings(number, &cells);
        }
        let raw = self.raw(number, &cells);
        if raw.has_identity() {
            self.entries.findings += 1;
        } else if raw.is_carried {
            // a merged cell also covers what is no row of the report
            return Ok(());
        }
        if raw.is_blank() {
            return Ok(());
        }
        let row = raw.read(&self.row_place(number), self.limits);
        let row = row.map_err(|faults| self.problems(number, faults));
        self.entries.add(row, self.limits)
    }
}

fn cell(cells: &[Cell], at: u32) -> Cell {
    cells.iter().find(|cell| cell.column == at).cloned().unwrap_or(Cell { column: at, ..Cell::default() })
}

fn value(cells: &[Cell], at: u32) -> Value {
    cell(cells, at).value
}
