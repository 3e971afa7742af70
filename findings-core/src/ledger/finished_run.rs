//! The run that was finished last.

use jiff::Timestamp;

use crate::RunId;

/// A run that was finished: every project was delivered, completely or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FinishedRun {
    /// The run.
    pub run_id: RunId,
    /// When it was finished, UTC.
    pub at: Timestamp,
    /// Whether every report was complete.
    pub complete: bool,
}

impl FinishedRun {
    /// A run that was finished at `at`.
    pub fn new(run_id: RunId, at: Timestamp, complete: bool) -> Self {
        Self { run_id, at, complete }
    }
}
