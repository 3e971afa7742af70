//! What was measured, beside what it has to be.

use std::fmt;

#[derive(Debug)]
struct Row {
    what: String,
    measured: String,
    target: String,
    met: bool,
}

/// A table in Markdown.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// Adds a line.
    pub(crate) fn row(&mut self, what: impl Into<String>, measured: impl Into<String>, target: &str, met: bool) {
        self.0.push(Row { what: what.into(), measured: measured.into(), target: target.to_owned(), met });
    }

    /// Whether every target is met, and there is one.
    pub(crate) fn is_met(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|row| row.met)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | target | met |\n| --- | --- | --- | --- |")?;
        for Row { what, measured, target, met } in &self.0 {
            writeln!(f, "| {what} | {measured} | {target} | {} |", if *met { "yes" } else { "NO" })?;
        }
        Ok(())
    }
}
