//! The numbers on top: each with what it is of, and beside the period before.

use findings_core::organisation::{DurationStats, OrganisationReport, PeriodNumbers, Share};
use serde::Serialize;

use crate::format::{decimal, number};

/// A number on top.
#[derive(Debug, Serialize)]
pub(crate) struct Tile {
    /// The text that names it.
    name: &'static str,
    /// The number; `None` if it is not known.
    value: Option<String>,
    /// The text in place of a number that is not known.
    unknown: &'static str,
    /// What the number is of: a text with its values.
    base: (&'static str, Vec<String>),
    /// The number of the period before; `None` if the tile has none.
    before: Option<Before>,
}

/// A number of the period before.
#[derive(Debug, Serialize)]
struct Before {
    value: Option<String>,
    unknown: &'static str,
}

/// The tiles after the first two, which show what is open and what is overdue.
pub(super) fn tiles(report: &OrganisationReport) -> Vec<Tile> {
    let Some(recent) = &report.recent else { return Vec::new() };
    let (now, before) = (&recent.current, recent.before.as_ref());
    let mut tiles = vec![
        count("tile_new", now, before, |p| p.flow.new.total()),
        count("tile_reopened", now, before, |p| p.flow.reopened.total()),
        count("tile_fixed", now, before, |p| p.flow.fixed.total()),
        share("tile_net", "base_net", now, before, |p| Some(p.net_resolve)),
    ];
    if now.within_target.is_some() {
        tiles.push(share("tile_target", "base_target", now, before, |p| p.within_target));
    }
    tiles.push(Tile {
        name: "tile_median",
        value: median(&now.time_to_fix),
        unknown: "too_few",
        base: ("base_median", vec![number(now.time_to_fix.count)]),
        before: Some(value_before(before.is_some(), before.and_then(|p| median(&p.time_to_fix)))),
    });
    tiles
}

fn count(
    name: &'static str,
    now: &PeriodNumbers,
    before: Option<&PeriodNumbers>,
    of: fn(&PeriodNumbers) -> u64,
) -> Tile {
    Tile {
        name,
        value: Some(number(of(now))),
        unknown: "not_known",
        base: ("base_weeks", vec![number(now.weeks), number(now.weeks_with_gaps)]),
        before: Some(value_before(before.is_some(), before.map(|period| number(of(period))))),
    }
}

fn share(
    name: &'static str,
    base: &'static str,
    now: &PeriodNumbers,
    before: Option<&PeriodNumbers>,
    of: fn(&PeriodNumbers) -> Option<Share>,
) -> Tile {
    let percent = |share: Option<Share>| share.and_then(|share| share.percent).map(|p| format!("{} %", decimal(p)));
    let share = of(now).unwrap_or_default();
    Tile {
        name,
        value: percent(of(now)),
        unknown: "too_few",
        base: (base, vec![number(share.count), number(share.of)]),
        before: Some(value_before(before.is_some(), before.and_then(|period| percent(of(period))))),
    }
}

/// Nothing is known of a period before the history, and too little of one with few issues.
fn value_before(is_known: bool, value: Option<String>) -> Before {
    Before { value, unknown: if is_known { "too_few" } else { "no_earlier" } }
}

fn median(stats: &DurationStats) -> Option<String> {
    stats.median_days.map(decimal)
}
