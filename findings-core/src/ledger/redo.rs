//! Which projects of a run are done again.

use serde::{Deserialize, Serialize};

/// Which of the projects that are done are to be done again. Their recipients are told that the new report replaces the
/// earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Redo {
    /// The projects whose report is incomplete. Recipients are told only if the new report says something else.
    Incomplete,
    /// All projects. All recipients are told.
    All,
}

impl Redo {
    /// The stored name. Ledgers hold it, so it must never change.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::All => "all",
        }
    }

    /// Reads the stored name; `None` for a name that this version does not know.
    pub fn from_stored(name: &str) -> Option<Self> {
        [Self::Incomplete, Self::All].into_iter().find(|redo| redo.as_str() == name)
    }
}
