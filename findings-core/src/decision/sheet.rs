//! What came back: the entries of a workbook, a file or a page.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DecisionEntry, RowKey};
use crate::{AccountId, RunId, Text};

/// The report that was returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SheetSource {
    /// Name of the project, as in the registry.
    pub project: String,
    /// The run whose report it is.
    pub run_id: RunId,
    /// Until when decisions in it are taken, UTC.
    pub expires_at: Timestamp,
}

impl SheetSource {
    /// The report of a project in a run.
    pub fn new(project: impl Into<String>, run_id: RunId, expires_at: Timestamp) -> Self {
        Self { project: project.into(), run_id, expires_at }
    }
}

/// A row with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecisionRow {
    /// Where it stands, for people: "sheet Findings, row 12", or "line 3".
    pub place: String,
    /// Its key; `None` in a row that was made by hand.
    pub key: Option<RowKey>,
    /// `Id` of the finding; without a key, it identifies the finding together with the account.
    pub finding_id: Option<Text>,
    /// Account of the finding.
    pub account: Option<AccountId>,
    /// What was entered.
    pub entry: DecisionEntry,
}

impl DecisionRow {
    /// A row that has an entry and nothing that says about what.
    pub fn new(place: impl Into<String>, entry: DecisionEntry) -> Self {
        Self { place: place.into(), key: None, finding_id: None, account: None, entry }
    }

    /// Sets the key.
    #[must_use]
    pub fn with_key(mut self, key: RowKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the finding.
    #[must_use]
    pub fn with_finding(mut self, id: impl Into<Text>, account: AccountId) -> Self {
        (self.finding_id, self.account) = (Some(id.into()), Some(account));
        self
    }
}

/// Why an entry could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SheetFault {
    /// The decision is none of the choices, in any language.
    UnknownChoice(String),
    /// The due date is no date.
    UnreadableDate(String),
    /// The due date can be read as more than one date.
    AmbiguousDate(String),
    /// The cell has a formula, or the error of one.
    Formula,
    /// The row has an owner, date or comment, and no decision.
    NoDecision,
    /// Neither a key nor a finding ID with an account says what the row is about.
    NoIdentity,
    /// The key was changed or cut off.
    AlteredKey,
    /// A text is longer than this number of characters.
    TooLong(usize),
}

/// The longest part of a cell that a message repeats, in characters.
const SHOWN: usize = 40;

impl SheetFault {
    /// What stands in the cell, as far as a message repeats it; empty if it repeats nothing.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::UnknownChoice(text) | Self::UnreadableDate(text) | Self::AmbiguousDate(text) => {
                text.chars().take(SHOWN).collect()
            }
            _ => String::new(),
        }
    }
}

impl fmt::Display for SheetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownChoice(_) => write!(f, "{:?} is no decision; choose one of the list", self.shown()),
            Self::UnreadableDate(_) => write!(f, "{:?} is no date; write it as 2027-03-31", self.shown()),
            Self::AmbiguousDate(_) => {
                write!(f, "{:?} can be more than one date; write it as 2027-03-31", self.shown())
            }
            Self::Formula => f.write_str("the cell has a formula; enter the value itself"),
            Self::NoDecision => f.write_str("the column Decision is empty; choose a decision, too"),
            Self::NoIdentity => f.write_str("nothing says which finding it is about; fill in the report itself"),
            Self::AlteredKey => {
                f.write_str("the key at the end of the row was changed; copy the row from the report again")
            }
            Self::TooLong(limit) => write!(f, "a text is longer than {limit} characters; shorten it"),
        }
    }
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SheetProblem {
    /// Where it stands, for people.
    pub place: String,
    /// Why.
    pub fault: SheetFault,
}

impl SheetProblem {
    /// A row that could not be read.
    pub fn new(place: impl Into<String>, fault: SheetFault) -> Self {
        Self { place: place.into(), fault }
    }
}

/// The entries of one returned report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecisionSheet {
    /// The report. Who reads the entries has verified it, or was told by an operator.
    pub source: SheetSource,
    /// Who sent it, such as a mail address, if it is known.
    pub by: Option<Text>,
    /// The rows with an entry.
    pub rows: Vec<DecisionRow>,
    /// The rows whose entry could not be read.
    pub problems: Vec<SheetProblem>,
}

impl DecisionSheet {
    /// A returned report without entries.
    pub fn new(source: SheetSource) -> Self {
        Self { source, by: None, rows: Vec::new(), problems: Vec::new() }
    }

    /// Sets the rows.
    #[must_use]
    pub fn with_rows(mut self, rows: Vec<DecisionRow>) -> Self {
        self.rows = rows;
        self
    }

    /// Sets who sent it.
    #[must_use]
    pub fn with_sender(mut self, by: impl Into<Text>) -> Self {
        self.by = Some(by.into());
        self
    }
}
