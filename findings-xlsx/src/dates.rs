//! Times in the reader's time zone, as Excel stores them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;

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
}
