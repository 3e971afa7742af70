//! The result of an enrollment.

use findings_core::coverage::CoverageFacts;
use serde::Serialize;

use super::{EnrollmentStep, Subject};

/// The progress of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EnrollmentState {
    /// Nothing is left to do.
    Done,
    /// There are steps to do, and nothing was changed.
    Planned,
    /// An account owner, the operator or AWS has to act first.
    #[serde(rename = "waits")]
    Waiting,
    /// A step failed, or the state is unknown.
    Failed,
}

impl EnrollmentState {
    /// Returns the name of the state, as in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Planned => "planned",
            Self::Waiting => "waits",
            Self::Failed => "failed",
        }
    }
}

/// The outcome for one subject: its status, the steps of this run and the steps that are left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EnrollmentOutcome {
    /// The hub, aggregator or member.
    #[serde(flatten)]
    pub subject: Subject,
    /// The status at the last coverage check, for example `Invited`.
    pub status: String,
    /// The progress.
    pub state: EnrollmentState,
    /// The steps performed in this run, in order.
    pub done: Vec<EnrollmentStep>,
    /// The steps that the [`Enroller`](crate::Enroller) still has to perform, in order.
    pub left: Vec<EnrollmentStep>,
    /// The action that the subject waits for and who takes it, or the failure and its cure. May be empty.
    pub message: String,
}

/// The result of [`enroll`](crate::enroll).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EnrollmentReport {
    /// Whether steps were to be performed (`true`) or only planned (`false`).
    pub applied: bool,
    /// The outcome of every subject: hubs, then the finding aggregator, then accounts by Region.
    pub outcomes: Vec<EnrollmentOutcome>,
    /// Notes for the operator: what could not be checked, and what seems wrong.
    pub notes: Vec<String>,
    /// The facts of the last successful coverage check.
    #[serde(skip)]
    pub facts: CoverageFacts,
}

impl EnrollmentReport {
    /// Returns the number of subjects in this state.
    pub fn count(&self, state: EnrollmentState) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.state == state).count()
    }

    /// Returns whether this run changed anything.
    pub fn changed(&self) -> bool {
        self.outcomes.iter().any(|outcome| !outcome.done.is_empty())
    }
}
