//! The big numbers of the summary: what is open, and what happened in the last four weeks.

use findings_core::Severity;
use findings_core::organisation::{DurationStats, PeriodNumbers, Share};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use super::view::{OrganisationPage, View};
use crate::error::RenderError;
use crate::formats::{Formats, on_severity, palette, severity_color};
use crate::lang::fill;
use crate::sheets::page::Span;

/// Columns of the grid that a tile takes.
const WIDTH: u16 = 2;

/// A tile: a name, a number or a word, and a note.
struct Tile {
    name: &'static str,
    value: TileValue,
    note: String,
    colors: (Color, Color),
}

enum TileValue {
    Count(u64),
    Text(String),
}

/// Writes what is open, by severity, with what is overdue below.
pub(super) fn open(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    let totals = &view.report.totals;
    let overdue = |n: Option<u64>| match n {
        Some(n) => fill(view.own.summary.overdue, &[("n", &view.number(n))]),
        None => view.own.words.no_target.to_owned(),
    };
    let all = Tile {
        name: view.own.summary.all_open,
        value: TileValue::Count(totals.open.total()),
        note: overdue(totals.overdue.as_ref().map(findings_core::SeverityCounts::total)),
        colors: (palette::NAVY, palette::WHITE),
    };
    let each = Severity::WORST_FIRST.map(|severity| {
        let count = totals.open.get(severity);
        let now = view.report.severities.iter().find(|now| now.severity == severity);
        Tile {
            name: view.texts.severity_name(severity),
            value: TileValue::Count(count),
            note: overdue(now.and_then(|now| now.overdue)),
            // a severity without open issues has no colour
            colors: if count == 0 {
                (palette::PANEL, palette::MUTED)
            } else {
                (severity_color(severity), on_severity(severity))
            },
        }
    });
    page.gap(8.0)?;
    row(page, &[all].into_iter().chain(each).collect::<Vec<_>>())
}

/// Writes the last four weeks, beside the four before.
pub(super) fn recent(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    let Some(recent) = &view.report.recent else { return Ok(()) };
    let (now, before) = (&recent.current, recent.before.as_ref());
    page.gap(6.0)?;
    let heading = page.formats.prose().set_bold().set_font_color(palette::NAVY);
    page.text(Span::ALL, view.own.summary.last_weeks, &heading)?;
    page.end_line(20.0)?;
    row(page, &tiles(&view, now, before))?;
    let gaps = (now.weeks_with_gaps, before.map_or(0, |before| before.weeks_with_gaps));
    if gaps == (0, 0) {
        return Ok(());
    }
    let values = [("n", &*view.number(gaps.0)), ("before", &view.number(gaps.1))];
    let note = Formats::muted(page.formats.prose()).set_font_color(palette::NOTICE);
    page.paragraph(&fill(view.own.summary.recent_gaps, &values), &note)
}

fn tiles(view: &View<'_>, now: &PeriodNumbers, before: Option<&PeriodNumbers>) -> Vec<Tile> {
    let texts = &view.own.summary;
    let count = |name, of: fn(&PeriodNumbers) -> u64| {
        let value = TileValue::Count(of(now));
        tile(name, value, before.map(|before| view.number(of(before))), view)
    };
    let text = |name, of: &dyn Fn(&PeriodNumbers) -> String| tile(name, TileValue::Text(of(now)), before.map(of), view);
    vec![
        count(texts.new, |numbers| numbers.flow.new.total()),
        count(texts.reopened, |numbers| numbers.flow.reopened.total()),
        count(texts.fixed, |numbers| numbers.flow.fixed.total()),
        text(texts.net_resolve, &|numbers| share(Some(&numbers.net_resolve), texts.net_share, view)),
        text(texts.within_target, &|numbers| share(numbers.within_target.as_ref(), texts.share, view)),
        text(texts.median, &|numbers| median(&numbers.time_to_fix, view)),
    ]
}

fn tile(name: &'static str, value: TileValue, before: Option<String>, view: &View<'_>) -> Tile {
    let texts = &view.own.summary;
    let note = match before {
        Some(before) => fill(texts.before, &[("n", &before)]),
        None => texts.before_not_known.to_owned(),
    };
    Tile { name, value, note, colors: (palette::PANEL, palette::INK) }
}

/// A share with the numbers that it is of.
fn share(share: Option<&Share>, text: &str, view: &View<'_>) -> String {
    let words = &view.own.words;
    let Some(Share { count, of, percent, .. }) = share else { return words.no_target.to_owned() };
    let percent = percent.map_or_else(|| words.too_few.to_owned(), |percent| format!("{percent:.1} %"));
    let values = [("percent", percent.as_str()), ("count", &view.number(*count)), ("of", &view.number(*of))];
    fill(text, &values)
}

/// The median with the number of values that it is of.
fn median(stats: &DurationStats, view: &View<'_>) -> String {
    let texts = &view.own.summary;
    let days = stats
        .median_days
        .map_or_else(|| view.own.words.too_few.to_owned(), |days| fill(texts.days, &[("n", &format!("{days:.1}"))]));
    fill(texts.median_of, &[("days", &days), ("n", &view.number(stats.count))])
}

fn row(page: &mut OrganisationPage<'_, '_>, tiles: &[Tile]) -> Result<(), RenderError> {
    let formats: Vec<Format> = tiles.iter().map(|tile| format(page, tile.colors)).collect();
    let spans = || (0..).map(|at| Span(at * WIDTH, WIDTH));
    for ((span, tile), format) in spans().zip(tiles).zip(&formats) {
        page.text(span, tile.name, &format.clone().set_bold())?;
    }
    page.end_line(20.0)?;
    for ((span, tile), format) in spans().zip(tiles).zip(&formats) {
        let bold = format.clone().set_bold();
        match &tile.value {
            TileValue::Count(count) => page.count(span, *count, &bold.set_font_size(22).set_num_format("#,##0"))?,
            TileValue::Text(text) => page.text(span, text, &bold.set_font_size(13).set_shrink())?,
        }
    }
    page.end_line(34.0)?;
    for ((span, tile), format) in spans().zip(tiles).zip(&formats) {
        page.text(span, &tile.note, &format.clone().set_font_size(10).set_shrink())?;
    }
    page.end_line(18.0)
}

fn format(page: &OrganisationPage<'_, '_>, (background, font): (Color, Color)) -> Format {
    page.formats
        .prose()
        .set_border_left(FormatBorder::Thick)
        .set_border_right(FormatBorder::Thick)
        .set_border_left_color(palette::WHITE)
        .set_border_right_color(palette::WHITE)
        .set_align(FormatAlign::Center)
        .set_background_color(background)
        .set_font_color(font)
        .unset_text_wrap()
}
