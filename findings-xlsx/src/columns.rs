//! The columns of the findings sheet as data, in the order of the sheet.

use findings_core::console;
use findings_core::decision::Decision;
use findings_core::rendering;
use findings_core::report::{Report, ReportFinding};

use crate::cell::{Cell, Column, Context, Kind, Width};
use crate::column_id::ColumnId;
use crate::dates;

type Col = Column<ReportFinding>;

/// Number of columns that stay in place when scrolling: those up to the title.
pub(crate) const FROZEN: u16 = 5;

/// All columns of the findings sheet.
#[rustfmt::skip]
pub(crate) const FINDINGS: [Col; 31] = [
    Col { id: ColumnId::Severity, width: Width::Fit(15, 23), kind: Kind::Severity,
        value: |r, c| Cell::text(c.texts.severity(r.finding.severity)) },
    Col { id: ColumnId::Change, width: Width::Fixed(11), kind: Kind::Change,
        value: |r, c| Cell::text(c.texts.change(r.change)) },
    Col { id: ColumnId::AgeDays, width: Width::Fixed(10), kind: Kind::Count,
        value: |r, c| age(r, c) },
    Col { id: ColumnId::FirstSeen, width: Width::Fixed(13), kind: Kind::Date,
        value: |r, _| Cell::Moment(r.first_seen) },
    Col { id: ColumnId::Title, width: Width::Fixed(46), kind: Kind::Wrapped,
        value: |r, _| Cell::text(&r.finding.title) },
    Col { id: ColumnId::Control, width: Width::Fit(14, 24), kind: Kind::Text,
        value: |r, _| Cell::optional(r.finding.control_id.as_ref()) },
    Col { id: ColumnId::Account, width: Width::Fixed(15), kind: Kind::Id,
        value: |r, _| Cell::owned(r.finding.account.to_string()) },
    Col { id: ColumnId::AccountName, width: Width::Fit(16, 30), kind: Kind::Wrapped,
        value: account_name },
    Col { id: ColumnId::Region, width: Width::Fit(13, 20), kind: Kind::Text,
        value: |r, _| Cell::optional(r.finding.region.as_ref()) },
    Col { id: ColumnId::ResourceType, width: Width::Fit(18, 32), kind: Kind::Text,
        value: |r, _| Cell::optional(r.finding.resources.first().and_then(|x| x.kind.as_ref())) },
    Col { id: ColumnId::Resource, width: Width::Fixed(46), kind: Kind::Wrapped,
        value: |r, _| Cell::optional(r.finding.resources.first().map(|x| &x.id)) },
    Col { id: ColumnId::FurtherResources, width: Width::Fixed(36), kind: Kind::Wrapped,
        value: |r, _| Cell::owned(rendering::further_resources(&r.finding)) },
    Col { id: ColumnId::Tags, width: Width::Fixed(28), kind: Kind::Wrapped,
        value: |r, _| Cell::owned(rendering::tags(&r.finding)) },
    Col { id: ColumnId::Workflow, width: Width::Fit(14, 26), kind: Kind::Text,
        value: |r, c| Cell::text(c.texts.wording.workflow(r.finding.workflow)) },
    Col { id: ColumnId::Compliance, width: Width::Fit(14, 28), kind: Kind::Wrapped,
        value: |r, c| Cell::owned(rendering::compliance(&r.finding, c.report.locale)) },
    Col { id: ColumnId::Standards, width: Width::Fixed(40), kind: Kind::Wrapped,
        value: |r, _| Cell::owned(rendering::standards(&r.finding)) },
    Col { id: ColumnId::Product, width: Width::Fit(14, 24), kind: Kind::Text,
        value: |r, _| Cell::text(rendering::product(&r.finding)) },
    Col { id: ColumnId::Description, width: Width::Fixed(60), kind: Kind::Wrapped,
        value: |r, _| Cell::text(&r.finding.description) },
    Col { id: ColumnId::Vulnerabilities, width: Width::Fixed(40), kind: Kind::Wrapped,
        value: |r, c| Cell::owned(rendering::vulnerabilities(&r.finding, c.report.locale)) },
    Col { id: ColumnId::WhatToDo, width: Width::Fixed(40), kind: Kind::Link,
        value: |r, c| rendering::advice(&r.finding, c.report.locale).map_or(Cell::Empty, Cell::advice) },
    Col { id: ColumnId::Console, width: Width::Fixed(16), kind: Kind::Open,
        value: open_console },
    Col { id: ColumnId::ProductConsole, width: Width::Fixed(16), kind: Kind::Open,
        value: open_product },
    Col { id: ColumnId::Notes, width: Width::Fixed(32), kind: Kind::Wrapped,
        value: |r, c| Cell::owned(rendering::notes(r, c.report)) },
    Col { id: ColumnId::Updated, width: Width::Fixed(17), kind: Kind::DateTime,
        value: |r, _| r.finding.updated_at.map_or(Cell::Empty, Cell::Moment) },
    Col { id: ColumnId::FindingId, width: Width::Fixed(46), kind: Kind::Wrapped,
        value: |r, _| Cell::text(&r.finding.id) },
    Col { id: ColumnId::FixBy, width: Width::Fixed(13), kind: Kind::Date,
        value: |r, _| r.due.map_or(Cell::Empty, |due| Cell::Day(due.date)) },
    Col { id: ColumnId::DaysOverdue, width: Width::Fixed(11), kind: Kind::Overdue,
        value: days_overdue },
    Col { id: ColumnId::Decision, width: Width::Fixed(16), kind: Kind::EntryChoice,
        value: |r, c| in_force(r).map_or(Cell::Empty, |d| entry::decision(d, c)) },
    Col { id: ColumnId::Owner, width: Width::Fixed(18), kind: Kind::EntryText,
        value: |r, _| in_force(r).map_or(Cell::Empty, entry::owner) },
    Col { id: ColumnId::Due, width: Width::Fixed(13), kind: Kind::EntryDate,
        value: |r, _| in_force(r).map_or(Cell::Empty, entry::due) },
    Col { id: ColumnId::Comment, width: Width::Fixed(40), kind: Kind::EntryText,
        value: |r, _| in_force(r).map_or(Cell::Empty, entry::comment) },
];

/// The column of the key, the last one of a report that is returned. It is narrow, because nobody reads it.
#[rustfmt::skip]
const KEY: Col =
    Col { id: ColumnId::Key, width: Width::Fixed(7), kind: Kind::Key,
        value: |r, _| r.row_key().map_or(Cell::Empty, |key| Cell::owned(key.to_string())) };

/// The columns of a report's findings sheet.
pub(crate) fn findings(report: &Report) -> Vec<Col> {
    FINDINGS.into_iter().chain(report.returning.is_some().then_some(KEY)).collect()
}

/// The decision with which a row is filled. One that is not in force fills no row.
fn in_force(row: &ReportFinding) -> Option<&Decision> {
    row.decision.as_deref().filter(|decision| decision.entry.kind.is_in_force())
}

/// What a decision fills the columns with that people fill in.
pub(crate) mod entry {
    use findings_core::decision::Decision;

    use crate::cell::{Cell, Context};

    pub(crate) fn decision<'a>(decision: &Decision, context: &Context<'a>) -> Cell<'a> {
        Cell::text(context.texts.wording.decision(decision.entry.kind))
    }

    pub(crate) fn owner(decision: &Decision) -> Cell<'_> {
        Cell::optional(decision.entry.owner.as_ref())
    }

    pub(crate) fn due(decision: &Decision) -> Cell<'_> {
        decision.entry.due.map_or(Cell::Empty, Cell::Day)
    }

    pub(crate) fn comment(decision: &Decision) -> Cell<'_> {
        Cell::optional(decision.entry.comment.as_ref())
    }
}

/// Empty for what is not overdue: a zero would look like a number of findings.
fn days_overdue<'a>(row: &ReportFinding, context: &Context<'a>) -> Cell<'a> {
    let today = context.report.today();
    match row.due.filter(|due| due.is_overdue(today)) {
        Some(due) => Cell::count(dates::days_from(due.date, today)),
        None => Cell::Empty,
    }
}

fn age<'a>(row: &ReportFinding, context: &Context<'a>) -> Cell<'a> {
    let days = rendering::days_between(row.opened_at, context.report.generated_at);
    Cell::count(days.unsigned_abs())
}

/// Returns the account's name in the finding, or else the one in the report.
fn account_name<'a>(row: &'a ReportFinding, context: &Context<'a>) -> Cell<'a> {
    let own = row.finding.account_name.as_ref();
    own.map_or_else(|| Cell::optional(rendering::account_name(context.report, row.finding.account)), |n| Cell::text(n))
}

/// Returns a link to the finding in the Security Hub console; empty if there is no URL that can be clicked.
fn open_console<'a>(row: &'a ReportFinding, context: &Context<'a>) -> Cell<'a> {
    match console::finding_url(&row.finding) {
        Some(url) => Cell::Link { text: context.texts.finding.open_console.into(), url: url.into() },
        None => Cell::Empty,
    }
}

/// Returns a link to the finding in the console of the product that found it.
fn open_product<'a>(row: &'a ReportFinding, context: &Context<'a>) -> Cell<'a> {
    match row.finding.source_url.as_deref().filter(|url| !url.trim().is_empty()) {
        Some(url) if console::linkable(url).is_some() => {
            Cell::Link { text: context.texts.finding.open_console.into(), url: url.into() }
        }
        Some(url) => Cell::text(url),
        None => Cell::Empty,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::lang::texts;
    use findings_core::Locale;
    use findings_core::testing::conformance::renderer::sample_report;

    #[test]
    fn headings_are_present_and_unique() {
        for locale in [Locale::En, Locale::Ja] {
            let headings: HashSet<&str> = FINDINGS.iter().map(|c| c.id.heading(texts(locale))).collect();
            assert_eq!(headings.len(), FINDINGS.len());
            assert!(!headings.contains(""));
        }
    }

    const ENTRIES: [ColumnId; 4] = [ColumnId::Decision, ColumnId::Owner, ColumnId::Due, ColumnId::Comment];

    #[test]
    fn only_a_report_that_is_returned_has_keys() {
        let mut report = sample_report(Locale::En);
        let columns = findings(&report);
        assert_eq!(columns.last().unwrap().id, ColumnId::Key, "behind what people fill in");
        report.returning = None;
        assert!(findings(&report).iter().all(|c| c.id != ColumnId::Key));
    }

    #[test]
    fn entry_columns_are_last_and_title_is_frozen() {
        let first_entry = FINDINGS.iter().position(|c| c.kind.is_entry()).unwrap();
        assert!(FINDINGS[first_entry..].iter().all(|c| c.kind.is_entry()));
        assert_eq!(FINDINGS[first_entry..].iter().map(|c| c.id).collect::<Vec<_>>(), ENTRIES);
        assert_eq!(FINDINGS[usize::from(FROZEN) - 1].id, ColumnId::Title);
    }
}
