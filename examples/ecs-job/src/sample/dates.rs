//! Moves the dates of the sample organisation by whole days.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value;

/// The latest time in a value.
pub(super) fn latest(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => time(text),
        Value::Array(values) => values.iter().filter_map(latest).max(),
        Value::Object(values) => values.values().filter_map(latest).max(),
        _ => None,
    }
}

/// The time in a text that is one, such as `2026-11-19T18:11:30.277Z`.
fn time(text: &str) -> Option<Timestamp> {
    // most texts are none: those are not parsed
    let is_like = text.len() >= 20 && text.as_bytes()[10] == b'T';
    is_like.then(|| text.parse().ok()).flatten()
}

/// Changes each time in a value.
pub(super) fn change(value: &mut Value, with: &impl Fn(Timestamp) -> Timestamp) {
    match value {
        Value::String(text) => {
            if let Some(at) = time(text) {
                *text = with(at).to_string();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| change(value, with)),
        Value::Object(values) => values.values_mut().for_each(|value| change(value, with)),
        _ => {}
    }
}

/// Moves each time in a value by this many days.
pub(super) fn moved(mut value: Value, days: i64) -> Value {
    let by = SignedDuration::from_hours(days * 24);
    change(&mut value, &|at| at.checked_add(by).unwrap_or(at));
    value
}

/// Moves each day in a text by this many days. A day stands at the end of a line, as in the accepted gaps.
pub(super) fn moved_days(text: &str, days: i64) -> String {
    let line = |line: &str| {
        let (before, last) = line.rsplit_once(',').unwrap_or(("", line));
        match last.trim().parse::<Date>().ok().and_then(|day| day.checked_add(days.days()).ok()) {
            Some(day) => format!("{before},{day}\n"),
            None => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

/// The end of the day of a time, UTC.
pub(super) fn end_of_day(at: Timestamp) -> Timestamp {
    let day = TimeZone::UTC.to_datetime(at).date();
    let next = day.checked_add(1.day()).unwrap_or(day);
    TimeZone::UTC.to_timestamp(next.into()).unwrap_or(at)
}

/// The number of whole days from one time to another; negative if that is earlier.
pub(super) fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
}
