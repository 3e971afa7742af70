//! Numbers, times and names as the page writes them, the same in every language.

use std::borrow::Cow;

use findings_core::wording::grouped;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How many characters of a text from outside are shown. The whole one is its tooltip.
pub(crate) const MAX_SHOWN: usize = 160;

/// `1234` as `1,234`.
pub(crate) fn number(number: u64) -> String {
    grouped(number)
}

/// A number with its sign: `+3`, `−3`, `0`.
pub(crate) fn signed(value: i64) -> String {
    let size = number(value.unsigned_abs());
    match value {
        ..0 => format!("−{size}"),
        0 => size,
        1.. => format!("+{size}"),
    }
}

/// A number with one decimal; below 0 with a minus sign.
pub(crate) fn decimal(value: f64) -> String {
    format!("{value:.1}").replace('-', "−")
}

/// A number of days, with a decimal only if it is not whole: `7`, `2.5`.
pub(crate) fn days(value: f64) -> String {
    let text = decimal(value);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The time of day in a zone, as `2026-11-23 09:00`.
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The day in a zone, as `2026-11-23`.
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d").to_string()
}

/// The name of a zone, or how far it is from UTC.
pub(crate) fn zone_name(zone: &TimeZone, at: Timestamp) -> String {
    zone.iana_name().map_or_else(|| format!("UTC{}", zone.to_offset(at)), str::to_owned)
}

/// A text without characters that are none in HTML, or that change the order of what follows.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let is_bad = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}')
    };
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_bad(c) { '\u{fffd}' } else { c }).collect())
}

/// A text for a sentence of ours: without characters that are none in HTML, or that would turn the direction of the
/// words around it.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = clean(text);
    if text.contains(turns) { Cow::Owned(text.replace(turns, "\u{fffd}")) } else { text }
}

/// The beginning of a long text; `None` if it is not long.
pub(crate) fn cut(text: &str) -> Option<String> {
    let (at, _) = text.char_indices().nth(MAX_SHOWN)?;
    Some(format!("{}…", &text[..at]))
}
