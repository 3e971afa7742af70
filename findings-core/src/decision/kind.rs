//! The kinds of decisions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What was decided about an issue.
///
/// ```
/// use findings_core::decision::DecisionKind;
/// let kind: DecisionKind = "accept_risk".parse()?;
/// assert_eq!(kind, DecisionKind::AcceptRisk);
/// assert_eq!(kind.to_string(), "accept_risk");
/// # Ok::<(), findings_core::decision::UnknownDecisionKind>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecisionKind {
    /// The project fixes it, until the due date if there is one.
    ToFix,
    /// The project says that it is fixed. Nobody believes it before a check passes.
    Fixed,
    /// The project lives with the risk until the due date.
    AcceptRisk,
    /// The finding is wrong.
    FalsePositive,
    /// Somebody else has to fix it.
    NotOurs,
    /// The project takes its decision back.
    Withdrawn,
    /// The time of an accepted risk is over. The job records it; nobody can choose it.
    AcceptanceEnded,
}

/// The error for a text that names no kind of decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no decision: to_fix, fixed, accept_risk, false_positive, not_ours or withdrawn")]
pub struct UnknownDecisionKind(String);

impl DecisionKind {
    /// The kinds that people can choose, in the order in which reports offer them.
    pub const CHOICES: [Self; 6] =
        [Self::ToFix, Self::Fixed, Self::AcceptRisk, Self::FalsePositive, Self::NotOurs, Self::Withdrawn];

    /// The name in files and backends.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToFix => "to_fix",
            Self::Fixed => "fixed",
            Self::AcceptRisk => "accept_risk",
            Self::FalsePositive => "false_positive",
            Self::NotOurs => "not_ours",
            Self::Withdrawn => "withdrawn",
            Self::AcceptanceEnded => "acceptance_ended",
        }
    }

    /// Whether it takes the finding out of the reports: the status becomes SUPPRESSED.
    pub fn suppresses(self) -> bool {
        matches!(self, Self::AcceptRisk | Self::FalsePositive)
    }

    /// Whether it is in force: a decision that was withdrawn, or whose time is over, is not.
    pub fn is_in_force(self) -> bool {
        !matches!(self, Self::Withdrawn | Self::AcceptanceEnded)
    }
}

impl fmt::Display for DecisionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads the name of a kind that people can choose.
impl FromStr for DecisionKind {
    type Err = UnknownDecisionKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kind = Self::CHOICES.into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or_else(|| UnknownDecisionKind(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_serde_and_only_choices_are_read() {
        for kind in DecisionKind::CHOICES.into_iter().chain([DecisionKind::AcceptanceEnded]) {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse::<DecisionKind>().is_ok(), kind != DecisionKind::AcceptanceEnded);
        }
    }
}
