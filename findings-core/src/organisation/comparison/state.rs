//! What two runs say about one issue, and what that means.

use jiff::Timestamp;
use serde::Serialize;

use crate::Severity;
use crate::history::{ClosureKind, IssueRecord, ProjectRun};
use crate::organisation::facts::{End, IssueFacts, Start};

/// What became of an issue from one run to the other. News come first, the worst in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssueChange {
    /// It was first reported after the earlier run, and is open.
    New,
    /// It had ended before the earlier run, or ended after it, and is open again.
    Reopened,
    /// It was open with a lower severity.
    Worse,
    /// It was open, and the later run did not see its account completely. The history keeps accounts and not single issues,
    /// so this says nothing of issues that the run did see.
    NotConfirmed,
    /// It was open and is fixed: see [`ClosureKind::Fixed`].
    Fixed,
    /// It was open, and somebody suppressed it.
    Suppressed,
    /// It was open, and its product no longer reports it.
    Archived,
    /// It was open, and its account left the project.
    Left,
}

impl IssueChange {
    /// All changes in their order.
    pub const ALL: [Self; 8] = [
        Self::New,
        Self::Reopened,
        Self::Worse,
        Self::NotConfirmed,
        Self::Fixed,
        Self::Suppressed,
        Self::Archived,
        Self::Left,
    ];

    /// The name as it is serialized.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reopened => "reopened",
            Self::Worse => "worse",
            Self::NotConfirmed => "not_confirmed",
            Self::Fixed => "fixed",
            Self::Suppressed => "suppressed",
            Self::Archived => "archived",
            Self::Left => "left",
        }
    }

    /// What the end of an issue means; `None` if nothing ended.
    fn of_end(kind: ClosureKind) -> Option<Self> {
        match kind {
            ClosureKind::Fixed => Some(Self::Fixed),
            ClosureKind::Suppressed => Some(Self::Suppressed),
            ClosureKind::Archived => Some(Self::Archived),
            ClosureKind::Left => Some(Self::Left),
            ClosureKind::Moved => None,
        }
    }
}

/// What two runs say about an issue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TwoStates {
    /// Its severity after the earlier run; `None` if it was not open.
    pub(super) before: Option<Severity>,
    /// Its severity after the later run; `None` if it was not open.
    pub(super) after: Option<Severity>,
    /// Whether it is open in a time that did not begin with its first report.
    reopened: bool,
    /// Whether it ended and was opened again between the runs.
    interrupted: bool,
    /// Whether the later run saw it.
    confirmed: bool,
    /// Its last end up to the later run.
    end: Option<End>,
}

impl TwoStates {
    /// What the runs of a project say; `from` is the earlier one.
    pub(super) fn of(facts: &IssueFacts, record: &IssueRecord, from: &ProjectRun, to: &ProjectRun) -> Self {
        let open_at = |at: Timestamp| facts.spans.iter().position(|span| span.is_open_after(at));
        let (before, after) = (open_at(from.at), open_at(to.at));
        let span = after.map(|index| &facts.spans[index]);
        let is_seen = !to.incomplete_accounts.contains(&record.account);
        let is_written = span.is_some_and(|span| span.seen_at == to.at) || record.last_seen == to.at;
        Self {
            before: before.map(|_| facts.severity_at(from.at)),
            after: after.map(|_| facts.severity_at(to.at)),
            reopened: span.is_some_and(|span| span.start == Start::Reopened),
            interrupted: before.is_some() && after.is_some() && before != after,
            confirmed: is_seen || is_written,
            end: facts.spans.iter().filter_map(|span| span.end).rfind(|end| end.at <= to.at),
        }
    }

    /// What the projects that own the account say together: it is open if one of them says so.
    pub(super) fn merge(self, other: Self) -> Self {
        // of two ends at the same time, the one that claims less, but an end before a departure
        let rank = |end: Option<End>| end.map(|end| (end.at, end.kind < ClosureKind::Left, end.kind));
        let news = match (self.after, other.after) {
            (Some(_), Some(_)) => (self.reopened && other.reopened, self.confirmed || other.confirmed),
            (None, Some(_)) => (other.reopened, other.confirmed),
            _ => (self.reopened, self.confirmed),
        };
        Self {
            before: self.before.max(other.before),
            after: self.after.max(other.after),
            reopened: news.0,
            interrupted: self.interrupted || other.interrupted,
            confirmed: news.1,
            end: if rank(other.end) > rank(self.end) { other.end } else { self.end },
        }
    }

    /// What became of the issue; `None` if nothing did.
    pub(super) fn change(&self) -> Option<IssueChange> {
        match (self.before, self.after) {
            (None, None) => None,
            (None, Some(_)) if self.reopened => Some(IssueChange::Reopened),
            (None, Some(_)) => Some(IssueChange::New),
            (Some(_), None) => IssueChange::of_end(self.end?.kind),
            (Some(_), Some(_)) if !self.confirmed => Some(IssueChange::NotConfirmed),
            (Some(_), Some(_)) if self.interrupted => Some(IssueChange::Reopened),
            (Some(before), Some(after)) => (after > before).then_some(IssueChange::Worse),
        }
    }
}
