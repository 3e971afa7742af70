//! What became of a wish.

use findings_core::coverage::CoverageFacts;
use serde::Serialize;

use super::{EnrollmentStep, Subject};

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentState {
    /// Nothing is left to do.
    Done,
    /// There are steps to do, and nothing was changed.
    Planned,
    /// Somebody else has to do something.
    Waits,
    /// Something failed, or nobody can tell.
    Failed,
}

impl EnrollmentState {
    /// A word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Planned => "planned",
            Self::Waits => "waits",
            Self::Failed => "failed",
        }
    }
}

/// One subject: how it stands, what was done, what is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EnrollmentOutcome {
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// How it stands now, such as `Invited`.
    pub status: String,
    /// How far it is.
    pub state: EnrollmentState,
    /// What was done in this run, in this order.
    pub done: Vec<EnrollmentStep>,
    /// What is left to do for us, in this order.
    pub left: Vec<EnrollmentStep>,
    /// For whom it waits and what they do, or what failed and what to do about it. Empty if there is nothing to say.
    pub message: String,
}

/// What became of a wish.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EnrollmentReport {
    /// Whether something was to be done, or only planned.
    pub applied: bool,
    /// Every subject: hubs, the finding aggregator, accounts by Region.
    pub outcomes: Vec<EnrollmentOutcome>,
    /// What could not be looked up or looks wrong, for the operator.
    pub notes: Vec<String>,
    /// What the last look showed.
    #[serde(skip)]
    pub facts: CoverageFacts,
}

impl EnrollmentReport {
    /// How many subjects are in this state.
    pub fn count(&self, state: EnrollmentState) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.state == state).count()
    }

    /// Whether anything was changed.
    pub fn changed(&self) -> bool {
        self.outcomes.iter().any(|outcome| !outcome.done.is_empty())
    }
}
