//! The sheet By control: one row per control, for what is fixed once for many findings.

use findings_core::guidance::GuidancePart;
use findings_core::rendering::{self, ControlRow, Digest};
use findings_core::{Severity, SeverityCounts};

use super::no_rows;
use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Counted, Name, Value, Width};
use crate::error::RenderError;
use crate::formats::palette;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::add_sheets;
use crate::table::{Paper, Table};

pub(crate) fn write<'r>(
    file: &mut WorkbookFile<'r>,
    context: Context<'r>,
    digest: &'r Digest<'r>,
) -> Result<(), RenderError> {
    let has_guidance = context.guidance.controls() > 0;
    let table = Table {
        name: context.texts.sheets.controls,
        columns: columns(has_guidance),
        frozen: 2,
        folded: 0..0,
        // as high as a row can be: guidance has steps
        lines: (2, 30),
        paper: if has_guidance { Paper::OneLargePage } else { Paper::OnePage },
        tab: palette::NAVY,
        empty: no_rows(&context),
        fades_decided: false,
        view: None,
    };
    add_sheets(table, file, context, &digest.controls[..])?;
    Ok(())
}

type Col = Column<ControlRow>;

pub(crate) fn columns(has_guidance: bool) -> Vec<Col> {
    let mut columns = Vec::from(own_columns());
    if has_guidance {
        columns.extend(guidance_columns());
    }
    columns
}

#[rustfmt::skip]
fn own_columns() -> [Col; 13] {
    [
        Col { name: Name::new("control", |t| t.columns.control),
        width: Width::Fit(16, 26), kind: Kind::Text,
            value: Value::Own(|r, _| Cell::text(r.label())) },
        Col { name: Name::new("title", |t| t.columns.title),
        width: Width::Fixed(64), kind: Kind::Wrapped,
            value: Value::Own(|r, c| Cell::Text(r.title(c.report.locale))) },
        Column::of_severity(Severity::Critical, 10),
        Column::of_severity(Severity::High, 10),
        Column::of_severity(Severity::Medium, 10),
        Column::of_severity(Severity::Low, 10),
        Column::of_severity(Severity::Informational, 10),
        Col { name: Name::new("open_findings", |t| t.columns.open_findings),
        width: Width::Fixed(12), kind: Kind::Count,
            value: Value::Own(|r, _| Cell::count(r.findings)) },
        Col { name: Name::new("accounts_touched", |t| t.columns.accounts_touched),
        width: Width::Fixed(13), kind: Kind::Count,
            value: Value::Own(|r, _| Cell::count(r.accounts.len() as u64)) },
        Col { name: Name::new("resources_touched", |t| t.columns.resources_touched),
        width: Width::Fixed(13), kind: Kind::Count,
            value: Value::Own(|r, _| Cell::count(r.resources())) },
        Col { name: Name::new("first_seen", |t| t.columns.first_seen),
        width: Width::Fixed(13), kind: Kind::Date,
            value: Value::Own(|r, _| Cell::Moment(r.oldest)) },
        Col { name: Name::new("oldest_days", |t| t.columns.oldest_days),
        width: Width::Fixed(12), kind: Kind::Count,
            value: Value::Own(|r, c| Cell::count(rendering::days_between(r.oldest, c.report.generated_at).unsigned_abs())) },
        Col { name: Name::new("what_to_do", |t| t.columns.what_to_do),
        width: Width::Fixed(36), kind: Kind::Link,
            value: Value::Own(advice) },
    ]
}

impl Counted for ControlRow {
    fn counts(&self) -> &SeverityCounts {
        &self.counts
    }
}

fn advice<'a>(row: &'a ControlRow, context: &Context<'a>) -> Cell<'a> {
    match row.advice(context.report.locale) {
        Some(advice) => Cell::advice(advice),
        None if row.advice_is_common => Cell::Empty,
        None => Cell::text(context.texts.advice_differs),
    }
}

/// Returns the columns of the organisation's guidance. A function pointer cannot capture the part, so each has its own.
#[rustfmt::skip]
fn guidance_columns() -> [Col; 4] {
    [
        guidance_column("meaning", 44, GuidancePart::Meaning, |r, c| guidance(r, c, GuidancePart::Meaning)),
        guidance_column("fix", 80, GuidancePart::Fix, |r, c| guidance(r, c, GuidancePart::Fix)),
        guidance_column("impact", 44, GuidancePart::Impact, |r, c| guidance(r, c, GuidancePart::Impact)),
        guidance_column("contact", 30, GuidancePart::Contact, |r, c| guidance(r, c, GuidancePart::Contact)),
    ]
}

fn guidance_column(
    id: &'static str,
    width: u8,
    part: GuidancePart,
    value: for<'a> fn(&'a ControlRow, &Context<'a>) -> Cell<'a>,
) -> Col {
    let name = Name::guidance(id, part);
    Col { name, width: Width::Fixed(width), kind: Kind::Wrapped, value: Value::Own(value) }
}

fn guidance<'a>(row: &ControlRow, context: &Context<'a>, part: GuidancePart) -> Cell<'a> {
    let text = row.control().and_then(|control| context.guidance.plain(control, part, context.report.locale));
    text.map_or(Cell::Empty, Cell::owned)
}
