//! What was measured, beside what it has to be.

use std::fmt::Display;

/// A table in Markdown, printed line by line as it is measured.
#[derive(Debug)]
pub(crate) struct Table {
    rows: usize,
    missed: usize,
}

impl Table {
    /// Prints the head.
    pub(crate) fn begin() -> Self {
        println!("| what | measured | target | met |\n| --- | --- | --- | --- |");
        Self { rows: 0, missed: 0 }
    }

    /// Prints a line.
    pub(crate) fn row(&mut self, what: impl Display, measured: impl Display, target: impl Display, met: bool) {
        println!("| {what} | {measured} | {target} | {} |", if met { "yes" } else { "NO" });
        self.rows += 1;
        self.missed += usize::from(!met);
    }

    /// Whether every target is met, and there is one.
    pub(crate) fn is_met(&self) -> bool {
        self.rows > 0 && self.missed == 0
    }
}
