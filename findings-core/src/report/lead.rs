//! Why something is to be done first.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::history::{Change, RowFacts};

/// Why a finding is among those to fix first. The first reason that applies is the one that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeadReason {
    /// It was to be fixed so many days ago.
    Overdue(u64),
    /// It was open in the last report with a lower severity.
    Worse,
    /// It was closed, and is open again.
    Reopened,
    /// It is new since the last report.
    New,
    /// It has been open for so many days.
    Open(u64),
}

impl LeadReason {
    /// The reason of a finding of a report of this day. In the first report of a project nothing is told as new, because
    /// everything is.
    ///
    /// ```
    /// use findings_core::Finding;
    /// use findings_core::report::{Change, DueDate, LeadReason, ReportFinding};
    /// let finding = Finding::new("123456789012".parse()?, "1");
    /// let mut row = ReportFinding::new(finding, Change::New, "2026-11-20T00:00:00Z".parse()?);
    /// let today = "2026-11-23".parse()?;
    /// assert_eq!(LeadReason::of(&row.facts(), today, 3, false), LeadReason::New);
    /// row.due = Some(DueDate::target("2026-11-21".parse()?));
    /// assert_eq!(LeadReason::of(&row.facts(), today, 3, false), LeadReason::Overdue(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(row: &RowFacts<'_>, today: Date, days_open: u64, is_first_report: bool) -> Self {
        match (row.due, row.change) {
            (Some(due), _) if due.is_overdue(today) => {
                Self::Overdue(i64::from((today - due.date).get_days()).unsigned_abs())
            }
            (_, Change::Worse) => Self::Worse,
            (_, Change::Reopened) => Self::Reopened,
            (_, Change::New) if !is_first_report => Self::New,
            _ => Self::Open(days_open),
        }
    }

    /// The place of the reason among those of the same severity, the most urgent first, and then the number of days.
    pub(crate) fn urgency(self) -> (u8, std::cmp::Reverse<u64>) {
        let (place, days) = match self {
            Self::Overdue(days) => (0, days),
            Self::Worse => (1, 0),
            Self::Reopened => (2, 0),
            Self::New => (3, 0),
            Self::Open(days) => (4, days),
        };
        (place, std::cmp::Reverse(days))
    }
}
