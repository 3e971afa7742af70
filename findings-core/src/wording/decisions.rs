//! Sentences about decisions of projects, and the names by which a returned report is read.

use super::Wording;
use crate::decision::DecisionKind;

/// A column that a returned report is read by. Reports write the names, readers find the columns by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReturnColumn {
    /// What is decided: one of the names of [`Wording::decision`].
    Decision,
    /// Who takes care of it.
    Owner,
    /// Until when.
    Due,
    /// Why.
    Comment,
    /// The key of the row. The heading has the mark of the report behind the name.
    Key,
    /// `Id` of the finding.
    FindingId,
    /// Account of the finding.
    Account,
}

impl ReturnColumn {
    /// All columns.
    pub const ALL: [Self; 7] =
        [Self::Decision, Self::Owner, Self::Due, Self::Comment, Self::Key, Self::FindingId, Self::Account];
}

/// For how many days ahead reports name acceptances that end.
pub const ENDING_SOON_DAYS: u16 = 30;

impl Wording {
    /// Returns the name of a decision, as in the list of choices.
    ///
    /// ```
    /// use findings_core::{Locale, decision::DecisionKind, wording::Wording};
    /// assert_eq!(Wording::of(Locale::En).decision(DecisionKind::Withdrawn), "Withdraw");
    /// assert_eq!(Wording::of(Locale::Ja).decision(DecisionKind::Withdrawn), "取り消す");
    /// ```
    pub fn decision(self, kind: DecisionKind) -> &'static str {
        self.language.sentences.decision(kind)
    }

    /// Returns the heading of a column that a returned report is read by.
    pub fn return_column(self, column: ReturnColumn) -> &'static str {
        self.language.sentences.return_column(column)
    }

    /// Returns a sentence which says how decisions are entered and until when they are taken. `until` is the time as
    /// formatted text, with its time zone.
    pub fn how_to_return(self, until: &str) -> String {
        self.language.sentences.how_to_return(until)
    }

    /// Returns a sentence which says that an emptied cell changes no decision, and what does.
    pub fn emptied_decides_nothing(self) -> String {
        self.language.sentences.emptied_decides_nothing(self.decision(DecisionKind::Withdrawn))
    }

    /// Returns a sentence with the number of issues that were to be fixed by now; `None` if there are none.
    ///
    /// ```
    /// use findings_core::{Locale, wording::Wording};
    /// assert_eq!(Wording::of(Locale::En).overdue(3).as_deref(), Some("3 issues are overdue."));
    /// ```
    pub fn overdue(self, issues: u64) -> Option<String> {
        (issues > 0).then(|| self.language.sentences.overdue(issues, &self.number(issues)))
    }

    /// Returns sentences with the number of issues that decisions take out of the report, and how many acceptances end
    /// within [`ENDING_SOON_DAYS`]; `None` if there are no such issues.
    pub fn accepted_issues(self, accepted: u64, ending: u64) -> Option<String> {
        let mut text =
            (accepted > 0).then(|| self.language.sentences.accepted_issues(accepted, &self.number(accepted)))?;
        if ending > 0 {
            text += self.language.sentences.sentence_space();
            text += &self.language.sentences.ending_acceptances(ending, &self.number(ending), ENDING_SOON_DAYS);
        }
        Some(text)
    }

    /// Returns a sentence with the number of issues that are listed again because their acceptance has ended; `None` if there
    /// are none.
    pub fn ended_acceptances(self, issues: u64) -> Option<String> {
        (issues > 0).then(|| self.language.sentences.ended_acceptances(issues, &self.number(issues)))
    }

    /// Returns where a cell stands, such as "sheet Findings, cell Z12".
    pub fn sheet_cell(self, sheet: &str, cell: &str) -> String {
        self.language.sentences.sheet_cell(sheet, cell)
    }

    /// Returns where a row stands, such as "sheet Findings, row 12".
    pub fn sheet_row(self, sheet: &str, row: u64) -> String {
        self.language.sentences.sheet_row(sheet, row)
    }

    /// Returns where a line of a file stands, such as "line 3".
    pub fn line(self, line: u64) -> String {
        self.language.sentences.line(line)
    }
}
