//! The table of measurements and targets.

use std::fmt::Display;

/// A Markdown table that is printed row by row during the measurements.
#[derive(Debug)]
pub(crate) struct Table {
    rows: usize,
    missed: usize,
}

impl Table {
    /// Prints the header.
    pub(crate) fn begin() -> Self {
        println!("| what | measured | target | met |\n| --- | --- | --- | --- |");
        Self { rows: 0, missed: 0 }
    }

    /// Prints a row.
    pub(crate) fn row(&mut self, what: impl Display, measured: impl Display, target: impl Display, met: bool) {
        println!("| {what} | {measured} | {target} | {} |", if met { "yes" } else { "NO" });
        self.rows += 1;
        self.missed += usize::from(!met);
    }

    /// Whether there is at least one row and every target is met.
    pub(crate) fn is_met(&self) -> bool {
        self.rows > 0 && self.missed == 0
    }
}
