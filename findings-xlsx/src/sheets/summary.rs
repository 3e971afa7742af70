//! The sheet Summary: how many findings there are, what changed since the last report, and what to fix first.

mod charts;
mod first;
mod headline;
mod lists;
mod tables;

pub(crate) use self::headline::SHOWN_GAPS;
pub(crate) use self::tables::SHOWN_ACCOUNTS;

use findings_core::rendering::Digest;
use rust_xlsxwriter::Workbook;

use self::charts::ChartData;
use super::page::{Page, Span};
use crate::book;
use crate::cell::Context;
use crate::error::RenderError;
use crate::formats::{Formats, palette};
use crate::lang::fill;

pub(crate) fn write(book: &mut Workbook, context: &Context<'_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    let mut page = Page::open(book, context.texts.sheets.summary, context)?;
    let certainty = context.report.certainty();
    page.sheet.set_tab_color(match certainty.is_complete() {
        false => palette::ALARM,
        true if certainty.is_partial() => palette::NOTICE,
        true => palette::CALM,
    });

    headline::banner(&mut page)?;
    headline::view(&mut page)?;
    headline::status(&mut page)?;
    headline::tiles(&mut page, digest)?;
    first::fixes(&mut page, digest)?;
    headline::deadlines(&mut page)?;
    headline::changes(&mut page)?;
    let place = charts::reserve(&mut page, digest)?;
    let is_short = book::is_quiet(context.report) && digest.accounts.len() <= SHOWN_ACCOUNTS;
    let matrix = if is_short { tables::coverage(&mut page, digest)? } else { tables::matrix(&mut page, digest)? };
    lists::controls(&mut page, digest)?;
    lists::oldest(&mut page, digest)?;
    let trend = tables::trend(&mut page, digest)?;
    charts::insert(&mut page, &place, &ChartData { matrix, trend })?;
    footer(&mut page)
}

fn footer(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    page.gap(10.0)?;
    let muted = Formats::muted(page.formats.prose());
    let next = fill(page.texts.next_sheet, &[("sheet", page.texts.sheets.findings)]);
    page.text(Span::ALL, &next, &muted)?;
    page.end_line(18.0)?;
    if let Some(sentence) = page.context.setting().how_to_return() {
        page.paragraph(&sentence, &muted)?;
    }
    if let Some(contact) = &page.context.report.contact {
        let line = fill(page.texts.summary.contact, &[("contact", contact)]);
        page.paragraph(&line, &muted)?;
    }
    Ok(())
}
