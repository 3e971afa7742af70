//! The columns of the findings sheet as data, in the order of the sheet.
//!
//! To add one, add an entry. [`FindingColumns`] decides which of them a sheet has.

mod chosen;

pub use self::chosen::{ColumnsError, FindingColumns};

use findings_core::console;
use findings_core::rendering;
use findings_core::report::ReportFinding;
use findings_core::wording::ReturnColumn;

use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Name, Value, Width};
use crate::dates;

type Col = Column<ReportFinding>;

/// The columns that stand open, from what is wrong to what is decided.
#[rustfmt::skip]
pub(crate) const SHOWN: [Col; 16] = [
    Col { name: Name::new("severity", |t| t.columns.severity),
        width: Width::Fit(15, 23), kind: Kind::Severity,
        value: Value::Own(|r, c| Cell::text(c.texts.severity(r.finding.severity))) },
    Col { name: Name::new("change", |t| t.columns.change),
        width: Width::Fixed(11), kind: Kind::Change,
        value: Value::Own(|r, c| Cell::text(c.texts.change(r.change))) },
    Col { name: Name::new("fix_by", |t| t.columns.fix_by),
        width: Width::Fixed(13), kind: Kind::Date,
        value: Value::Own(|r, _| r.due.map_or(Cell::Empty, |due| Cell::Day(due.date))) },
    Col { name: Name::new("days_overdue", |t| t.columns.days_overdue),
        width: Width::Fixed(10), kind: Kind::Overdue,
        value: Value::Own(days_overdue) },
    Col { name: Name::new("control", |t| t.columns.control),
        width: Width::Fit(14, 24), kind: Kind::Text,
        value: Value::Own(|r, _| Cell::optional(r.finding.control_id.as_ref())) },
    Col { name: Name::new("title", |t| t.columns.title),
        width: Width::Fixed(40), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::Text(rendering::title(&r.finding, c.report.locale))) },
    Col { name: Name::new("resource", |t| t.columns.resource),
        width: Width::Fixed(36), kind: Kind::Wrapped,
        value: Value::Own(resource) },
    Col { name: Name::new("account", |t| t.wording.return_column(ReturnColumn::Account)),
        width: Width::Fixed(15), kind: Kind::Id,
        value: Value::Own(|r, _| Cell::owned(r.finding.account.to_string())) },
    Col { name: Name::new("account_name", |t| t.columns.account_name),
        width: Width::Fit(14, 22), kind: Kind::Wrapped,
        value: Value::Own(account_name) },
    Col { name: Name::new("what_to_do", |t| t.columns.what_to_do),
        width: Width::Fixed(32), kind: Kind::Link,
        value: Value::Own(|r, c| rendering::advice(&r.finding, c.report.locale).map_or(Cell::Empty, Cell::advice)) },
    Col { name: Name::new("console", |t| t.columns.console),
        width: Width::Fixed(12), kind: Kind::Open,
        value: Value::Own(open_console) },
    Col { name: Name::new("resource_page", |t| t.columns.resource_page),
        width: Width::Fixed(12), kind: Kind::Open,
        value: Value::Own(open_resource) },
    Col { name: Name::new("decision", |t| t.wording.return_column(ReturnColumn::Decision)),
        width: Width::Fixed(16), kind: Kind::EntryChoice,
        value: Value::Own(|r, c| r.decision_in_force().map_or(Cell::Empty, |d| entry::decision(d, c))) },
    Col { name: Name::new(OWNER_ID, |t| t.wording.return_column(ReturnColumn::Owner)),
        width: Width::Fixed(16), kind: Kind::EntryText,
        value: Value::Own(|r, _| Cell::optional(r.responsible())) },
    Col { name: Name::new("due", |t| t.wording.return_column(ReturnColumn::Due)),
        width: Width::Fixed(13), kind: Kind::EntryDate,
        value: Value::Own(|r, _| r.decision_in_force().map_or(Cell::Empty, entry::due)) },
    Col { name: Name::new("comment", |t| t.wording.return_column(ReturnColumn::Comment)),
        width: Width::Fixed(32), kind: Kind::EntryText,
        value: Value::Own(|r, _| r.decision_in_force().map_or(Cell::Empty, entry::comment)) },
];

/// The columns of details, which are folded away.
#[rustfmt::skip]
pub(crate) const DETAILS: [Col; 17] = [
    Col { name: Name::new("age_days", |t| t.columns.age_days),
        width: Width::Fixed(10), kind: Kind::Count,
        value: Value::Own(age) },
    Col { name: Name::new("first_seen", |t| t.columns.first_seen),
        width: Width::Fixed(13), kind: Kind::Date,
        value: Value::Own(|r, _| Cell::Moment(r.first_seen)) },
    Col { name: Name::new("severity_reason", |t| t.columns.severity_reason),
        width: Width::Fixed(32), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::owned(rendering::severity_reason(&r.finding, c.report.locale))) },
    Col { name: Name::new("region", |t| t.columns.region),
        width: Width::Fit(13, 20), kind: Kind::Text,
        value: Value::Own(|r, _| Cell::optional(r.finding.region.as_ref())) },
    Col { name: Name::new("resource_type", |t| t.columns.resource_type),
        width: Width::Fit(18, 32), kind: Kind::Text,
        value: Value::Own(|r, _| Cell::optional(r.finding.resources.first().and_then(|x| x.kind.as_ref()))) },
    Col { name: Name::new("further_resources", |t| t.columns.further_resources),
        width: Width::Fixed(36), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::owned(rendering::further_resources(&r.finding, c.report.locale))) },
    Col { name: Name::new("tags", |t| t.columns.tags),
        width: Width::Fixed(28), kind: Kind::Wrapped,
        value: Value::Own(|r, _| Cell::owned(rendering::tags(&r.finding))) },
    Col { name: Name::new("workflow", |t| t.columns.workflow),
        width: Width::Fit(14, 26), kind: Kind::Text,
        value: Value::Own(|r, c| Cell::text(c.texts.wording.workflow(r.finding.workflow))) },
    Col { name: Name::new("compliance", |t| t.columns.compliance),
        width: Width::Fit(14, 28), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::owned(rendering::compliance(&r.finding, c.report.locale))) },
    Col { name: Name::new("standards", |t| t.columns.standards),
        width: Width::Fixed(40), kind: Kind::Wrapped,
        value: Value::Own(|r, _| Cell::owned(rendering::standards(&r.finding))) },
    Col { name: Name::new("product", |t| t.columns.product),
        width: Width::Fit(14, 24), kind: Kind::Text,
        value: Value::Own(|r, _| Cell::text(rendering::product(&r.finding))) },
    Col { name: Name::new("description", |t| t.columns.description),
        width: Width::Fixed(60), kind: Kind::Wrapped,
        value: Value::Own(|r, _| Cell::text(&r.finding.description)) },
    Col { name: Name::new("vulnerabilities", |t| t.columns.vulnerabilities),
        width: Width::Fixed(40), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::owned(rendering::vulnerabilities(&r.finding, c.report.locale))) },
    Col { name: Name::new("product_console", |t| t.columns.product_console),
        width: Width::Fixed(16), kind: Kind::Open,
        value: Value::Own(open_product) },
    Col { name: Name::new("notes", |t| t.columns.notes),
        width: Width::Fixed(32), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::owned(rendering::notes(r, c.report))) },
    Col { name: Name::new("updated", |t| t.columns.updated),
        width: Width::Fixed(17), kind: Kind::DateTime,
        value: Value::Own(|r, _| r.finding.updated_at.map_or(Cell::Empty, Cell::Moment)) },
    Col { name: Name::new("finding_id", |t| t.wording.return_column(ReturnColumn::FindingId)),
        width: Width::Fixed(46), kind: Kind::Wrapped,
        value: Value::Own(|r, _| Cell::text(&r.finding.id)) },
];

/// The ID of the column with the owner.
pub(crate) const OWNER_ID: &str = "owner";

/// The ID of the column that a returned report is read by.
pub(crate) const KEY_ID: &str = "key";

/// The column of the key, the last one of a report that is returned. It is narrow, because nobody reads it.
#[rustfmt::skip]
pub(crate) const KEY: Col =
    Col { name: Name::new(KEY_ID, |t| t.wording.return_column(ReturnColumn::Key)),
        width: Width::Fixed(7), kind: Kind::Key,
        value: Value::Own(|r, _| r.row_key().map_or(Cell::Empty, |key| Cell::owned(key.to_string()))) };

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
    Cell::count(rendering::age_days(row, context.report))
}

/// Returns the account's name in the finding, or else the one in the report.
fn account_name<'a>(row: &'a ReportFinding, context: &Context<'a>) -> Cell<'a> {
    let own = row.finding.account_name.as_ref();
    own.map_or_else(|| Cell::optional(rendering::account_name(context.report, row.finding.account)), |n| Cell::text(n))
}

/// Returns the resource as people read it.
pub(crate) fn resource<'a>(row: &'a ReportFinding, context: &Context<'a>) -> Cell<'a> {
    let Some(resource) = row.finding.resources.first() else { return Cell::Empty };
    let name = rendering::resource_name(&resource.id, context.report.locale);
    // without a link, because LibreOffice does not wrap a text that has one
    Cell::Text(name)
}

/// Returns a link to the page of the resource in the console of its service; empty if none is known.
fn open_resource<'a>(row: &'a ReportFinding, context: &Context<'a>) -> Cell<'a> {
    match rendering::resource_link(&row.finding, context.report) {
        Some(url) => Cell::Link { text: context.texts.finding.open_console.into(), url: url.into() },
        None => Cell::Empty,
    }
}

/// Returns a link to the finding in the Security Hub console; empty if there is no URL that can be clicked.
fn open_console<'a>(row: &'a ReportFinding, context: &Context<'a>) -> Cell<'a> {
    match rendering::finding_link(&row.finding, context.report) {
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
    use findings_core::Locale;

    #[test]
    fn ids_and_headings_are_present_and_unique() {
        let all = || SHOWN.into_iter().chain(DETAILS).chain([KEY]);
        let ids: HashSet<String> = all().map(|column| column.id().to_owned()).collect();
        assert_eq!(ids.len(), all().count());
        for locale in Locale::ALL {
            let headings: HashSet<String> = all().map(|column| column.name.heading(locale).to_owned()).collect();
            assert_eq!(headings.len(), all().count());
            assert!(!headings.contains(""));
        }
    }
}
