//! What became of the entries of a returned report, and how far away a last day is: what each language defines.

use crate::Severity;
use crate::decision::{Conflict, DecisionKind, Refusal, Rejection, SheetFault};

/// The sentences of a language. Names of severities and decisions come from [`Wording`](crate::wording::Wording).
pub(crate) trait Outcomes {
    fn taken(&self) -> &'static str;
    fn not_seen(&self) -> &'static str;
    fn conflict(&self, conflict: &Conflict, decision: &dyn Fn(DecisionKind) -> &'static str) -> String;
    fn refusal(&self, refusal: &Refusal, severity: &dyn Fn(Severity) -> &'static str) -> String;
    fn rejection(&self, rejection: &Rejection) -> String;
    fn fault(&self, fault: &SheetFault) -> String;
    fn overdue_by(&self, days: i64) -> String;
    fn fix_in(&self, days: i64) -> String;
    fn accepted_for(&self, days: i64) -> String;
}
