//! The tables of an export, and the values in them.

use jiff::Timestamp;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    /// A time, UTC.
    Time,
}

/// A cell; `None` if it is not known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Flag(Option<bool>),
    Time(Option<Timestamp>),
}

impl Value {
    pub(super) fn text(text: &(impl ToString + ?Sized)) -> Self {
        Self::Text(Some(text.to_string()))
    }

    pub(super) fn maybe(text: Option<impl ToString>) -> Self {
        Self::Text(text.map(|text| text.to_string()))
    }

    /// A number; one that is too large for the column is the largest.
    pub(super) fn count(number: u64) -> Self {
        Self::Number(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    pub(super) fn flag(flag: bool) -> Self {
        Self::Flag(Some(flag))
    }

    pub(super) fn time(at: Timestamp) -> Self {
        Self::Time(Some(at))
    }
}

/// The name of a table and its columns.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
}

use Kind::{Flag, Number, Text, Time};

/// One row for each issue of a project.
pub(super) const ISSUES: Table = Table {
    name: "issues",
    columns: &[
        ("project", Text),
        ("issue_id", Text),
        ("account_id", Text),
        ("region", Text),
        ("control_id", Text),
        ("title", Text),
        ("resource", Text),
        ("severity", Text),
        ("workflow", Text),
        ("first_seen", Time),
        ("opened_at", Time),
        ("opened_in", Text),
        ("reopened", Number),
        ("last_seen", Time),
        ("last_seen_by", Text),
        ("decided_at", Time),
        ("is_open", Flag),
        ("is_confirmed", Flag),
        ("closed_at", Time),
        ("closed_in", Text),
        ("resolution", Text),
        ("severity_before", Text),
        ("severity_changed_in", Text),
        ("finding_id", Text),
    ],
};

/// One row for each run of a project.
pub(super) const RUNS: Table = Table {
    name: "runs",
    columns: &[
        ("project", Text),
        ("run_id", Text),
        ("read_at", Time),
        ("complete", Flag),
        ("told", Flag),
        ("incomplete_accounts", Text),
        ("critical", Number),
        ("high", Number),
        ("medium", Number),
        ("low", Number),
        ("informational", Number),
        ("new", Number),
        ("reopened", Number),
        ("open", Number),
        ("worse", Number),
        ("resolved", Number),
        ("suppressed", Number),
        ("archived", Number),
        ("account_left", Number),
        ("stale", Number),
        ("report", Text),
    ],
};

/// One row for each time in which an issue was open.
pub(super) const PERIODS: Table = Table {
    name: "periods",
    columns: &[
        ("project", Text),
        ("issue_id", Text),
        ("period", Number),
        ("account_id", Text),
        ("control_id", Text),
        ("severity", Text),
        ("opened_at", Time),
        ("opened_in", Text),
        ("decided_at", Time),
        ("closed_at", Time),
        ("resolution", Text),
        ("ended_as", Text),
    ],
};
