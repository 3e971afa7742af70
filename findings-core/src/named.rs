//! Enums with names: what prints a value, parses it again.

/// The error for a text that names no value. Displayed, it lists the names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {what}; expected one of {}", names.join(", "))]
#[non_exhaustive]
pub struct UnknownName {
    /// The text, at most 80 characters of it.
    pub text: String,
    /// What was expected, such as "a severity".
    pub what: &'static str,
    /// The names of all values.
    pub names: Vec<&'static str>,
}

/// Gives an enum without fields its names: `ALL`, `as_str`, `Display` and `FromStr`, which ignores the case of ASCII letters.
/// The names are those of its serialisation, if it has one.
macro_rules! named_values {
    ($(#[$names:meta])+ $type:ident, $what:literal, [$($variant:ident => $name:literal),+ $(,)?]) => {
        impl $type {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            $(#[$names])+
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let named = Self::ALL.iter().find(|value| value.as_str().eq_ignore_ascii_case(text));
                named.copied().ok_or_else(|| $crate::UnknownName {
                    text: text.chars().take(80).collect(),
                    what: $what,
                    names: Self::ALL.iter().map(|value| value.as_str()).collect(),
                })
            }
        }
    };
}
pub(crate) use named_values;

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use serde::Serialize;

    use super::UnknownName;
    use crate::coverage::Verdict;
    use crate::history::{Change, ClosureKind, Resolution};
    use crate::ledger::MessageStage;
    use crate::pipeline::{InDoubtFate, ProjectStatus, RunStatus, Step};
    use crate::report::{Conclusion, UnreadReason};
    use crate::store::LinkLimit;
    use crate::{ComplianceStatus, NotifyWhen, RecordState, Severity, WorkflowStatus};

    fn parses<T>(all: &[T])
    where
        T: Copy + Debug + Display + FromStr<Err = UnknownName> + PartialEq,
    {
        for value in all {
            assert_eq!(value.to_string().parse(), Ok(*value));
            assert_eq!(value.to_string().to_ascii_lowercase().parse(), Ok(*value));
        }
        assert!("nothing".parse::<T>().unwrap_err().to_string().contains(&all[0].to_string()));
    }

    fn is_serialised_so<T>(all: &[T])
    where
        T: Copy + Debug + Display + FromStr<Err = UnknownName> + PartialEq + Serialize,
    {
        parses(all);
        for value in all {
            assert_eq!(serde_json::to_value(value).unwrap(), value.to_string());
        }
    }

    #[test]
    fn what_is_printed_is_parsed_again() {
        is_serialised_so(Severity::ALL);
        is_serialised_so(WorkflowStatus::ALL);
        is_serialised_so(RecordState::ALL);
        is_serialised_so(ComplianceStatus::ALL);
        is_serialised_so(Verdict::ALL);
        is_serialised_so(Change::ALL);
        is_serialised_so(Resolution::ALL);
        is_serialised_so(Conclusion::ALL);
        is_serialised_so(UnreadReason::ALL);
        is_serialised_so(LinkLimit::ALL);
        is_serialised_so(ProjectStatus::ALL);
        is_serialised_so(InDoubtFate::ALL);
        is_serialised_so(Step::ALL);
        is_serialised_so(NotifyWhen::ALL);
        is_serialised_so(RunStatus::ALL);
        parses(ClosureKind::ALL);
        parses(MessageStage::ALL);
    }
}
