//! What became of the entries of a returned report, and how far away a last day is.

use jiff::civil::Date;

use super::Wording;
use crate::decision::{DueItem, DueKind, EntryOutcome, PlannedOutcome};

impl Wording {
    /// Returns what became of an entry of a returned report: "taken", or why it was not.
    ///
    /// ```
    /// use findings_core::decision::{EntryOutcome, SheetFault};
    /// use findings_core::{Locale, wording::Wording};
    /// let outcome = EntryOutcome::Unreadable(SheetFault::Formula);
    /// assert_eq!(Wording::of(Locale::En).entry_outcome(&outcome), "the cell has a formula; enter the value itself");
    /// ```
    pub fn entry_outcome(self, outcome: &EntryOutcome) -> String {
        let say = self.language.sentences;
        match outcome {
            EntryOutcome::Unreadable(fault) => say.fault(fault),
            EntryOutcome::Planned(planned) => match planned {
                PlannedOutcome::New(_) | PlannedOutcome::Known => say.taken().to_owned(),
                PlannedOutcome::NotSeen => say.not_seen().to_owned(),
                PlannedOutcome::Conflict(conflict) => say.conflict(conflict, &|kind| self.decision(kind)),
                PlannedOutcome::Refused(refusal) => say.refusal(refusal, &|severity| self.severity(severity)),
                PlannedOutcome::Rejected(rejection) => say.rejection(rejection),
            },
        }
    }

    /// Returns how far away the last day of an item is, seen from `today`: "3 days overdue".
    pub fn due_in(self, item: &DueItem, today: Date) -> String {
        let (say, days) = (self.language.sentences, item.days_left(today));
        match item.kind {
            DueKind::Fix if days < 0 => say.overdue_by(-days),
            DueKind::Fix => say.fix_in(days),
            DueKind::AcceptanceEnd => say.accepted_for(days),
        }
    }
}
