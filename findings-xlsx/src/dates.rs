//! Times in the reader's time zone, as text and as Excel stores them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;

use crate::lang::Texts;

/// Day 0 of Excel's day count. Excel has a day 60 (1900-02-29) that never existed, so the count is wrong before it.
const EPOCH: Date = date(1899, 12, 30);
/// The first day that Excel counts correctly.
const FIRST: Date = date(1900, 3, 1);

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Returns the moment as Excel's number of days, to the second; `None` before 1900-03-01.
pub(crate) fn serial(moment: Timestamp, zone: &TimeZone) -> Option<f64> {
    let local: DateTime = zone.to_datetime(moment);
    let time = local.time();
    let seconds = i32::from(time.hour()) * 3_600 + i32::from(time.minute()) * 60 + i32::from(time.second());
    Some(day_serial(local.date())? + f64::from(seconds) / 86_400.0)
}

/// Returns the day as Excel's number of days; `None` before 1900-03-01.
pub(crate) fn day_serial(day: Date) -> Option<f64> {
    if day < FIRST {
        return None;
    }
    let days = day.duration_since(EPOCH).as_secs() / DAY;
    i32::try_from(days).ok().map(f64::from)
}

/// Returns the moment as text, in the format of the language.
pub(crate) fn display(moment: Timestamp, zone: &TimeZone, texts: &Texts) -> String {
    zone.to_datetime(moment).strftime(texts.date_time_pattern).to_string()
}

/// Returns the moment as text, with the name of its time zone.
pub(crate) fn display_in_zone(moment: Timestamp, zone: &TimeZone, texts: &Texts) -> String {
    format!("{} ({})", display(moment, zone, texts), zone_name(zone, moment))
}

/// Returns the day as text, in the format of the language.
pub(crate) fn display_day(day: Date, texts: &Texts) -> String {
    // the pattern has the day in front of the time
    let pattern = texts.date_time_pattern.split_once(' ').map_or(texts.date_time_pattern, |(day, _)| day);
    day.strftime(pattern).to_string()
}

/// Returns the name of a time zone, or else its offset from UTC at a moment.
pub(crate) fn zone_name(zone: &TimeZone, at: Timestamp) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => format!("UTC{}", zone.to_offset(at)),
    }
}

/// Returns the whole days between two moments, 0 if the second is the earlier one.
pub(crate) fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.duration_since(from).as_secs() / DAY).max(0)
}

/// Returns the number of days from one day to a later one, 0 if it is not later.
pub(crate) fn days_from(from: Date, to: Date) -> u64 {
    u64::try_from(to.duration_since(from).as_secs() / DAY).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_is_excels_day_count() {
        let serial = |text: &str, zone: &str| serial(text.parse().unwrap(), &TimeZone::get(zone).unwrap());
        assert_eq!(serial("2026-11-23T00:00:00Z", "UTC"), Some(46_349.0));
        assert_eq!(serial("2026-11-22T15:00:00Z", "Asia/Tokyo"), Some(46_349.0));
        assert_eq!(serial("2026-11-23T12:00:00.9Z", "UTC"), Some(46_349.5));
        assert_eq!(serial("1900-02-28T00:00:00Z", "UTC"), None);
        assert_eq!(serial("1900-03-01T00:00:00Z", "UTC"), Some(61.0));
        assert!(serial("9999-12-30T00:00:00Z", "UTC").is_some());
        assert_eq!(serial("-009999-01-02T01:59:59Z", "UTC"), None);
    }

    #[test]
    fn ages_are_whole_days_and_never_negative() {
        let days = |from: &str| days_between(from.parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
        assert_eq!(days("2026-11-22T00:00:01Z"), 0);
        assert_eq!(days("2026-11-20T00:00:00Z"), 3);
        assert_eq!(days("2027-01-01T00:00:00Z"), 0);
    }
}
