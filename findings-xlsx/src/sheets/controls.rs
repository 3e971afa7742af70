//! The sheet By control: one row per control, for what is fixed once for many findings.

use findings_core::guidance::GuidancePart;
use findings_core::rendering::{self, ControlRow, Digest};

use super::no_rows;
use crate::cell::{Cell, Column, Context, Kind, Width};
use crate::column_id::ColumnId;
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
        frozen: 3,
        lines: (2, 20),
        paper: if has_guidance { Paper::OneLargePage } else { Paper::OnePage },
        tab: palette::NAVY,
        empty: no_rows(&context),
        fades_decided: false,
    };
    add_sheets(table, file, context, &digest.controls)?;
    Ok(())
}

type Col<'r> = Column<ControlRow<'r>>;

pub(crate) fn columns<'r>(has_guidance: bool) -> Vec<Col<'r>> {
    let mut columns = Vec::from(own_columns());
    if has_guidance {
        columns.extend(guidance_columns());
    }
    columns
}

#[rustfmt::skip]
fn own_columns<'r>() -> [Col<'r>; 9] {
    [
        Col { id: ColumnId::Severity, width: Width::Fit(17, 23), kind: Kind::Severity,
            value: |r, c| Cell::text(c.texts.severity(r.severity)) },
        Col { id: ColumnId::Control, width: Width::Fit(16, 26), kind: Kind::Text,
            value: |r, _| Cell::text(r.label()) },
        Col { id: ColumnId::Title, width: Width::Fixed(64), kind: Kind::Wrapped,
            value: |r, c| Cell::Text(r.title(c.report.locale)) },
        Col { id: ColumnId::OpenFindings, width: Width::Fixed(12), kind: Kind::Count,
            value: |r, _| Cell::count(r.findings) },
        Col { id: ColumnId::AccountsTouched, width: Width::Fixed(13), kind: Kind::Count,
            value: |r, _| Cell::count(r.accounts.len() as u64) },
        Col { id: ColumnId::ResourcesTouched, width: Width::Fixed(13), kind: Kind::Count,
            value: |r, _| Cell::count(r.resources.len() as u64) },
        Col { id: ColumnId::FirstSeen, width: Width::Fixed(13), kind: Kind::Date,
            value: |r, _| Cell::Moment(r.oldest) },
        Col { id: ColumnId::OldestDays, width: Width::Fixed(12), kind: Kind::Count,
            value: |r, c| Cell::count(rendering::days_between(r.oldest, c.report.generated_at).unsigned_abs()) },
        Col { id: ColumnId::WhatToDo, width: Width::Fixed(36), kind: Kind::Link,
            value: advice },
    ]
}

fn advice<'a>(row: &'a ControlRow<'_>, context: &Context<'a>) -> Cell<'a> {
    match row.advice(context.report.locale) {
        Some(advice) => Cell::advice(advice),
        None if row.advice_is_common => Cell::Empty,
        None => Cell::text(context.texts.advice_differs),
    }
}

/// Returns the columns of the organisation's guidance. A function pointer cannot capture the part, so each has its own.
#[rustfmt::skip]
fn guidance_columns<'r>() -> [Col<'r>; 4] {
    [
        guidance_column(GuidancePart::Meaning, |r, c| guidance(r, c, GuidancePart::Meaning)),
        guidance_column(GuidancePart::Fix, |r, c| guidance(r, c, GuidancePart::Fix)),
        guidance_column(GuidancePart::Impact, |r, c| guidance(r, c, GuidancePart::Impact)),
        guidance_column(GuidancePart::Contact, |r, c| guidance(r, c, GuidancePart::Contact)),
    ]
}

fn guidance_column<'r>(part: GuidancePart, value: for<'a> fn(&'a ControlRow<'r>, &Context<'a>) -> Cell<'a>) -> Col<'r> {
    Col { id: ColumnId::Guidance(part), width: Width::Fixed(44), kind: Kind::Wrapped, value }
}

fn guidance<'a>(row: &ControlRow<'_>, context: &Context<'a>, part: GuidancePart) -> Cell<'a> {
    let text = row.control().and_then(|control| context.guidance.told(control, part, context.report.locale));
    text.map_or(Cell::Empty, Cell::Text)
}
