//! How a language writes times and days, and what else its readers expect.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::wording::fill;

/// How a language writes times and days. Patterns are in the notation of strftime.
#[derive(Debug)]
#[non_exhaustive]
pub struct Formats {
    /// A moment inside a sentence: the day, a space, the time of day.
    pub sentence: &'static str,
    /// A day for readers.
    pub date: &'static str,
    /// A moment for readers, of `{date}`, `{weekday}`, `{time}` and `{zone}`.
    pub moment: &'static str,
    /// The days of the week from Monday on.
    pub weekdays: [&'static str; 7],
    /// What stands behind the year, the month and the day of a date that people enter; empty if nothing does.
    pub day_marks: [&'static str; 3],
    /// The time zone of most readers; `None` if they are all over the world.
    pub home: Option<Home>,
    /// Typefaces for pages and mails, as a list of CSS without those of Latin letters and the generic one.
    pub fonts: &'static str,
    /// Whether the typefaces have italics.
    pub has_italics: bool,
    /// Where lines of pages break, as CSS says it: `keep-all` for languages whose words stay whole.
    pub word_break: &'static str,
}

/// The time zone of most readers of a language.
#[derive(Debug)]
#[non_exhaustive]
pub struct Home {
    /// Its IANA name.
    pub zone: &'static str,
    /// Hours from UTC, for systems without a database of time zones.
    pub hours: i8,
    /// What readers call it.
    pub name: &'static str,
}

impl Formats {
    /// Returns the default time zone of readers.
    pub fn time_zone(&self) -> TimeZone {
        let Some(home) = &self.home else { return TimeZone::UTC };
        TimeZone::get(home.zone)
            .unwrap_or_else(|_| TimeZone::fixed(Offset::from_hours(home.hours).unwrap_or(Offset::UTC)))
    }

    /// Returns a day in a time zone: "23 Nov 2026".
    pub fn date(&self, at: Timestamp, zone: &TimeZone) -> String {
        at.to_zoned_datetime(zone.clone()).strftime(self.date).to_string()
    }

    /// Returns a moment in a time zone: "Mon, 23 Nov 2026, 09:00 JST".
    pub fn moment(&self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned_datetime(zone.clone());
        let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or_default();
        let home = self.home.as_ref().filter(|home| zone.iana_name() == Some(home.zone));
        let zone = home.map_or_else(|| local.strftime("%Z").to_string(), |home| home.name.to_owned());
        let time = local.strftime("%H:%M").to_string();
        let values = [
            ("date", &*local.strftime(self.date).to_string()),
            ("weekday", self.weekdays[weekday]),
            ("time", &time),
            ("zone", &zone),
        ];
        fill(self.moment, &values)
    }
}
