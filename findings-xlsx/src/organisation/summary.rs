//! The sheet Summary: one page that says what is not known, how things stand, and who and what needs attention.

use findings_core::rendering;

use rust_xlsxwriter::Workbook;

use super::view::{OrganisationPage, View};
use super::{charts, movers, tiles, unknown};
use crate::error::RenderError;
use crate::formats::{Formats, palette};
use crate::lang::fill;
use crate::sheets::page::Span;

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let mut page = OrganisationPage::new(book, view.own.sheets.summary, *view, view.setting())?;
    page.sheet.set_landscape().set_print_fit_to_pages(1, 1);
    banner(&mut page)?;
    not_known(&mut page)?;
    tiles::open(&mut page)?;
    tiles::recent(&mut page)?;
    charts::write(&mut page)?;
    movers::write(&mut page)?;
    footer(&mut page)
}

fn banner(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    let (report, texts) = (view.report, &view.own.summary);
    let zone = &view.document.time_zone;
    let latest =
        report.last_run.map_or_else(|| view.own.words.never.to_owned(), |at| view.texts.wording.moment(at, zone));
    let when = view.texts.wording.moment(report.as_of, zone);
    let values = [("when", when.as_str()), ("zone", &rendering::zone_name(zone, report.as_of)), ("run", &latest)];
    let totals = &report.totals;
    let scope = [
        ("projects", &*view.number(totals.projects)),
        ("active", &view.number(totals.active)),
        ("ranked", &view.number(totals.ranked)),
        ("weeks", &view.number(report.weeks.len() as u64)),
        ("day", &view.texts.wording.day(report.first_day)),
    ];
    page.banner(view.own.title, &[fill(texts.as_of, &values), fill(texts.scope, &scope)])
}

/// Writes the box about what is not known; amber if there is anything, green if not.
fn not_known(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    let sentences = unknown::sentences(&view);
    page.gap(8.0)?;
    if sentences.is_empty() {
        page.sheet.set_tab_color(palette::CALM);
        let green = page.formats.prose().set_background_color(palette::CALM_PALE).set_font_color(palette::CALM);
        return page.paragraph(view.own.summary.all_known, &green.set_indent(1).set_bold());
    }
    page.sheet.set_tab_color(palette::NOTICE);
    let amber = page.formats.prose().set_font_color(palette::WHITE).set_background_color(palette::NOTICE).set_indent(1);
    let title = format!("⚠  {}", view.texts.wording.not_all_checked());
    page.text(Span::ALL, &title, &amber.set_bold().set_font_size(13))?;
    page.end_line(24.0)?;
    let pale = page.formats.prose().set_background_color(palette::NOTICE_PALE).set_indent(1);
    sentences.iter().try_for_each(|sentence| page.paragraph(&format!("• {sentence}"), &pale))
}

fn footer(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    page.gap(6.0)?;
    let muted = Formats::muted(page.formats.prose());
    let sheets = &view.own.sheets;
    let values = [("projects", sheets.projects), ("problems", sheets.problems), ("about", sheets.about)];
    page.paragraph(&fill(view.own.summary.next_sheets, &values), &muted)?;
    if let Some(contact) = &view.document.contact {
        let contact = super::view::clip(contact, 200);
        page.paragraph(&fill(view.texts.summary.contact, &[("contact", &contact)]), &muted)?;
    }
    Ok(())
}
