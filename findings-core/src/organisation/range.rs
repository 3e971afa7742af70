//! The time that a report is about: weeks in a time zone, and stretches of them.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::{Error, ErrorKind, Result};

/// The largest number of weeks of a report: ten years. More is a typing error, and a table of that length helps nobody.
pub const MAX_WEEKS: usize = 520;

/// The weeks that a report is about. A week begins on Monday at midnight of the time zone. The last week ends with the
/// report's time, so it is usually not a whole one.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportRange {
    monday: Date,
    weeks: usize,
    as_of: Timestamp,
    zone: TimeZone,
}

impl ReportRange {
    /// The last `weeks` weeks up to `as_of`, the week of `as_of` included.
    ///
    /// ```
    /// use findings_core::organisation::ReportRange;
    /// use jiff::tz::TimeZone;
    /// let range = ReportRange::last_weeks(2, "2026-11-25T12:00:00Z".parse()?, TimeZone::UTC)?;
    /// assert_eq!(range.first_day().to_string(), "2026-11-16");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for no week, more than [`MAX_WEEKS`], or weeks before the calendar.
    pub fn last_weeks(weeks: usize, as_of: Timestamp, zone: TimeZone) -> Result<Self> {
        if !(1..=MAX_WEEKS).contains(&weeks) {
            return Err(invalid(format!("{weeks} weeks were asked for; give 1 to {MAX_WEEKS}")));
        }
        let back = i64::try_from(weeks - 1).unwrap_or_default();
        let monday = monday_of(zone.to_datetime(as_of).date()).checked_sub(back.weeks());
        let monday = monday.map_err(|_| invalid("the weeks lie before the calendar"))?;
        Ok(Self { monday, weeks, as_of, zone })
    }

    /// The weeks from that of `from` up to `as_of`.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if `from` is later than `as_of`, or more than [`MAX_WEEKS`] before it.
    pub fn since(from: Date, as_of: Timestamp, zone: TimeZone) -> Result<Self> {
        let last = zone.to_datetime(as_of).date();
        if from > last {
            return Err(invalid(format!("{from} is later than the end of the report, {last}")));
        }
        let days = monday_of(from).until(monday_of(last)).map(|span| span.get_days()).unwrap_or_default();
        Self::last_weeks(usize::try_from(days / 7).unwrap_or_default() + 1, as_of, zone)
    }

    /// The first day of the first week.
    pub fn first_day(&self) -> Date {
        self.monday
    }

    /// The time of the report, UTC. Nothing that happened later is in it.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The time zone.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The weeks, the oldest first.
    pub(super) fn weeks(&self) -> Vec<Window> {
        (0..self.weeks).map(|index| self.week(index)).collect()
    }

    /// The whole range.
    pub(super) fn whole(&self) -> Stretch {
        Stretch::new(self.weeks())
    }

    /// The same number of weeks before the range.
    pub(super) fn before(&self) -> Stretch {
        let back = i64::try_from(self.weeks).unwrap_or_default();
        Stretch::new((-back..0).map(|offset| self.week_at(offset)).collect())
    }

    /// The `count` weeks that end `skip` weeks before the end of the week in which `at` lies, the oldest first.
    pub(super) fn weeks_up_to(&self, at: Timestamp, count: i64, skip: i64) -> Vec<Window> {
        let day = monday_of(self.zone.to_datetime(at.min(self.as_of)).date());
        let offset = self.monday.until(day).map(|span| i64::from(span.get_days()) / 7).unwrap_or_default();
        (0..count).rev().map(|back| self.week_at(offset - skip - back)).collect()
    }

    fn week(&self, index: usize) -> Window {
        self.week_at(i64::try_from(index).unwrap_or_default())
    }

    /// A week by its distance from the first one of the range.
    fn week_at(&self, offset: i64) -> Window {
        let (from, end) = (self.midnight(offset), self.midnight(offset + 1));
        // the week of `as_of` holds everything up to `as_of`; whatever happened later was left out before
        let to = if end > self.as_of { Timestamp::MAX } else { end };
        Window { from, to, shown_to: end.min(self.as_of) }
    }

    /// The beginning of a week. At a time change, a day can begin later than at midnight.
    fn midnight(&self, offset: i64) -> Timestamp {
        let day = self.monday.checked_add(offset.weeks()).unwrap_or(if offset < 0 { Date::MIN } else { Date::MAX });
        self.zone.to_timestamp(day.into()).unwrap_or(if offset < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

fn monday_of(day: Date) -> Date {
    if day.weekday() == Weekday::Monday { day } else { day.nth_weekday(-1, Weekday::Monday).unwrap_or(Date::MIN) }
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidInput, "choose the weeks of the report").with_message(message)
}

/// A stretch of time: `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    /// The end for comparisons; `MAX` for a stretch that ends with the report.
    pub(super) to: Timestamp,
    /// The end for readers.
    pub(super) shown_to: Timestamp,
}

impl Window {
    pub(super) fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// Weeks that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) weeks: Vec<Window>,
    /// All of them.
    pub(super) window: Window,
}

impl Stretch {
    /// Weeks that follow each other, at least one.
    pub(super) fn new(weeks: Vec<Window>) -> Self {
        let nothing = Window { from: Timestamp::MIN, to: Timestamp::MIN, shown_to: Timestamp::MIN };
        let (first, last) = (weeks.first().unwrap_or(&nothing), weeks.last().unwrap_or(&nothing));
        let window = Window { from: first.from, ..*last };
        Self { weeks, window }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(weeks: usize, as_of: &str, zone: &str) -> ReportRange {
        ReportRange::last_weeks(weeks, as_of.parse().unwrap(), TimeZone::get(zone).unwrap()).unwrap()
    }

    #[test]
    fn weeks_begin_on_monday_in_the_time_zone_and_follow_each_other() {
        // Sunday evening in UTC is Monday morning in Tokyo
        let tokyo = range(2, "2026-11-22T16:00:00Z", "Asia/Tokyo").weeks();
        assert_eq!(tokyo[1].from.to_string(), "2026-11-22T15:00:00Z");
        assert_eq!((tokyo[1].to, tokyo[1].shown_to.to_string()), (Timestamp::MAX, "2026-11-22T16:00:00Z".into()));
        for zone in ["UTC", "Europe/Berlin", "Asia/Beirut", "America/Santiago"] {
            let weeks = range(60, "2026-11-22T16:00:00Z", zone).weeks();
            assert!(weeks.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].from < pair[0].to), "{zone}");
        }
    }

    #[test]
    fn a_range_has_one_to_520_weeks() {
        let as_of: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
        for weeks in [0, MAX_WEEKS + 1, usize::MAX] {
            assert!(ReportRange::last_weeks(weeks, as_of, TimeZone::UTC).is_err());
        }
        let since = |from: &str| ReportRange::since(from.parse().unwrap(), as_of, TimeZone::UTC);
        assert_eq!(since("2026-11-25").unwrap().weeks().len(), 1);
        assert_eq!(since("2026-11-22").unwrap().weeks().len(), 2, "a Sunday belongs to the week before");
        assert!(since("2026-11-26").is_err() && since("0001-01-01").is_err());
        assert!(ReportRange::last_weeks(520, Timestamp::MIN, TimeZone::UTC).is_err());
    }

    #[test]
    fn the_weeks_before_end_where_the_range_begins() {
        let range = range(4, "2026-11-25T00:00:00Z", "UTC");
        assert_eq!(range.before().window.to, range.whole().window.from);
        let recent = range.weeks_up_to(range.as_of(), 4, 0);
        assert_eq!(recent, range.weeks());
        assert_eq!(range.weeks_up_to(range.as_of(), 4, 4)[3].to, recent[0].from);
        assert_eq!(range.weeks_up_to(Timestamp::MAX, 1, 0), recent[3..], "nothing is later than the report");
    }
}
