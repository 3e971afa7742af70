//! What projects may decide themselves.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::{DecisionEntry, DecisionKind};
use crate::Severity;

/// What projects may decide, and for how long.
///
/// ```
/// use findings_core::Severity;
/// use findings_core::decision::{DecisionEntry, DecisionKind, DecisionPolicy, Refusal};
/// let policy = DecisionPolicy::default().with_longest_acceptance(Severity::Critical, 0);
/// let accept = DecisionEntry::new(DecisionKind::AcceptRisk).with_comment("no customer data");
/// let today = "2026-11-23".parse()?;
/// assert_eq!(policy.check(&accept, Severity::Critical, today), Err(Refusal::NotAcceptable(Severity::Critical)));
/// // without a date, the longest time counts
/// let accepted = policy.check(&accept, Severity::Low, today)?;
/// assert_eq!(accepted.due, Some("2027-11-23".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecisionPolicy {
    /// The longest time for which a risk may be accepted, in days, by severity from the worst; 0 if it may not.
    longest_acceptance: [u16; 5],
    /// Whether a false positive needs the security group: the policy then refuses it.
    pub refuse_false_positives: bool,
}

/// 30 days for critical findings, 90 for high ones, 180 for medium ones, one year for the rest.
impl Default for DecisionPolicy {
    fn default() -> Self {
        Self { longest_acceptance: [30, 90, 180, 365, 365], refuse_false_positives: false }
    }
}

/// Why a decision is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The due date is before today.
    #[error("the date {0} has passed")]
    PastDue(Date),
    /// A decision that takes the finding out of the reports has no comment.
    #[error("a comment is missing: say why the finding may be left as it is")]
    NoComment,
    /// Risks of this severity may not be accepted.
    #[error("the risk of a {0} finding may not be accepted")]
    NotAcceptable(Severity),
    /// The risk would be accepted for too long.
    #[error("a risk of this severity may be accepted until {0} at the longest")]
    TooLong(Date),
    /// False positives are for the security group to decide.
    #[error("the security group decides what is a false positive; ask it")]
    FalsePositive,
}

impl DecisionPolicy {
    /// Sets for how many days a risk of this severity may be accepted; 0 if it may not.
    #[must_use]
    pub fn with_longest_acceptance(mut self, severity: Severity, days: u16) -> Self {
        self.longest_acceptance[position(severity)] = days;
        self
    }

    /// For how many days a risk of this severity may be accepted; 0 if it may not.
    pub fn longest_acceptance(&self, severity: Severity) -> u16 {
        self.longest_acceptance[position(severity)]
    }

    /// Checks a decision about an issue of this severity, and returns it with the date that counts.
    ///
    /// # Errors
    /// Why the decision is not taken.
    pub fn check(&self, entry: &DecisionEntry, severity: Severity, today: Date) -> Result<DecisionEntry, Refusal> {
        if entry.kind.suppresses() && entry.comment.is_none() {
            return Err(Refusal::NoComment);
        }
        if entry.kind == DecisionKind::FalsePositive && self.refuse_false_positives {
            return Err(Refusal::FalsePositive);
        }
        let counts_date = matches!(entry.kind, DecisionKind::ToFix | DecisionKind::AcceptRisk);
        if let Some(due) = entry.due.filter(|due| counts_date && *due < today) {
            return Err(Refusal::PastDue(due));
        }
        if entry.kind != DecisionKind::AcceptRisk {
            return Ok(entry.clone());
        }
        let longest = self.longest_acceptance(severity);
        if longest == 0 {
            return Err(Refusal::NotAcceptable(severity));
        }
        let last = today.saturating_add(days(longest));
        match entry.due {
            Some(due) if due > last => Err(Refusal::TooLong(last)),
            due => Ok(entry.clone().with_due(due.unwrap_or(last))),
        }
    }
}

fn days(days: u16) -> Span {
    i64::from(days).days()
}

fn position(severity: Severity) -> usize {
    match severity {
        Severity::Critical => 0,
        Severity::High => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
        Severity::Informational => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: DecisionKind, due: Option<&str>, comment: &str) -> DecisionEntry {
        let mut entry = DecisionEntry::new(kind).with_comment(comment);
        entry.due = due.map(|due| due.parse().unwrap());
        entry
    }

    #[test]
    fn table_of_decisions() {
        use DecisionKind::{AcceptRisk, FalsePositive, Fixed, NotOurs, ToFix, Withdrawn};
        let policy = DecisionPolicy::default();
        let today: Date = "2026-11-23".parse().unwrap();
        let date = |text: &str| text.parse::<Date>().unwrap();
        let rows: [(_, _, _, _, Result<Option<&str>, Refusal>); 15] = [
            (ToFix, None, "", Severity::Critical, Ok(None)),
            (ToFix, Some("2026-11-23"), "", Severity::Critical, Ok(Some("2026-11-23"))),
            (ToFix, Some("2026-11-22"), "", Severity::Low, Err(Refusal::PastDue(date("2026-11-22")))),
            (ToFix, Some("2099-01-01"), "", Severity::Low, Ok(Some("2099-01-01"))),
            (AcceptRisk, None, "why", Severity::Critical, Ok(Some("2026-12-23"))),
            (AcceptRisk, Some("2026-12-23"), "why", Severity::Critical, Ok(Some("2026-12-23"))),
            (AcceptRisk, Some("2026-12-24"), "why", Severity::Critical, Err(Refusal::TooLong(date("2026-12-23")))),
            (AcceptRisk, Some("2026-11-22"), "why", Severity::High, Err(Refusal::PastDue(date("2026-11-22")))),
            (AcceptRisk, Some("2026-11-24"), " \n", Severity::High, Err(Refusal::NoComment)),
            (AcceptRisk, None, "why", Severity::Informational, Ok(Some("2027-11-23"))),
            (FalsePositive, None, "", Severity::Low, Err(Refusal::NoComment)),
            (FalsePositive, Some("2020-01-01"), "why", Severity::Low, Ok(Some("2020-01-01"))),
            (Fixed, Some("2026-11-01"), "", Severity::Low, Ok(Some("2026-11-01"))),
            (NotOurs, None, "", Severity::Critical, Ok(None)),
            (Withdrawn, None, "", Severity::Critical, Ok(None)),
        ];
        for (kind, due, comment, severity, expected) in rows {
            let got = policy.check(&entry(kind, due, comment), severity, today).map(|entry| entry.due);
            assert_eq!(got, expected.map(|due| due.map(date)), "{kind} {due:?} {severity}");
        }
    }
}
