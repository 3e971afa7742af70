//! The sentences in English. Most are those with which the types print themselves.

use super::sentences::English;
use crate::Severity;
use crate::decision::{Conflict, DecisionKind, Refusal, Rejection, SheetFault};
use crate::languages::outcomes::Outcomes;

impl Outcomes for English {
    fn taken(&self) -> &'static str {
        "taken"
    }

    fn not_seen(&self) -> &'static str {
        "the finding could not be looked at; it will be tried again"
    }

    fn conflict(&self, conflict: &Conflict, decision: &dyn Fn(DecisionKind) -> &'static str) -> String {
        match conflict {
            Conflict::Decided(kind) => format!("decided otherwise since the report: {}", decision(*kind)),
            other => other.to_string(),
        }
    }

    fn refusal(&self, refusal: &Refusal, severity: &dyn Fn(Severity) -> &'static str) -> String {
        match refusal {
            Refusal::NotAcceptable(of) => {
                format!("the risk of a finding of this severity ({}) may not be accepted", severity(*of))
            }
            other => other.to_string(),
        }
    }

    fn rejection(&self, rejection: &Rejection) -> String {
        rejection.to_string()
    }

    fn fault(&self, fault: &SheetFault) -> String {
        fault.to_string()
    }

    fn overdue_by(&self, days: i64) -> String {
        format!("{} overdue", count(days))
    }

    fn fix_in(&self, days: i64) -> String {
        match days {
            0 => "due today".to_owned(),
            _ => format!("due in {}", count(days)),
        }
    }

    fn accepted_for(&self, days: i64) -> String {
        match days {
            ..0 => "the acceptance has ended".to_owned(),
            0 => "the acceptance ends today".to_owned(),
            _ => format!("the acceptance ends in {}", count(days)),
        }
    }
}

fn count(days: i64) -> String {
    format!("{days} {}", if days == 1 { "day" } else { "days" })
}
