//! The configuration of `organisation`.

use std::path::PathBuf;

use findings_core::Locale;
use findings_core::organisation::ReportRange;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::reader::{Reader, given};
use super::{ConfigError, HistoryConfig, OrganisationFormat, reading};
use crate::options::{Options, OrganisationWeeks};

/// The location of the history, the targets, and the weeks of the report.
#[derive(Clone, Debug)]
pub(crate) struct OrganisationConfig {
    pub(crate) history: HistoryConfig,
    pub(crate) range: ReportRange,
    pub(crate) locale: Locale,
    pub(crate) time_zone: TimeZone,
    /// The files to write.
    pub(crate) files: Vec<(OrganisationFormat, PathBuf)>,
}

impl OrganisationConfig {
    pub(crate) fn resolve(
        options: &Options,
        weeks: &OrganisationWeeks,
        now: Timestamp,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let history = HistoryConfig::read(options, &mut reader);
        let locale = reading::locale(options, &mut reader);
        let zone = reading::time_zone(options, &mut reader, locale).unwrap_or(TimeZone::UTC);
        let as_of = reader.read("to", weeks.to.as_deref(), now, |text| end_of_day(text, &zone, now));
        let range = match given(weeks.from.as_deref()) {
            Some(from) => reader.read_optional("from", Some(from), |text| since(text, as_of, zone.clone())),
            None => reader.read_optional("weeks", Some(&weeks.weeks), |text| last_weeks(text, as_of, zone.clone())),
        };
        match range {
            Some(range) => reader.finish(Self { history, range, locale, time_zone: zone, files: files(weeks) }),
            None => Err(reader.into_errors()),
        }
    }
}

fn files(weeks: &OrganisationWeeks) -> Vec<(OrganisationFormat, PathBuf)> {
    let named = [(OrganisationFormat::Html, &weeks.html), (OrganisationFormat::Xlsx, &weeks.xlsx)];
    named.into_iter().filter_map(|(format, path)| Some((format, path.clone()?))).collect()
}

/// The last second of a day, or now if that is sooner.
fn end_of_day(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, String> {
    let day = date(text)?;
    let today = zone.to_datetime(now).date();
    if day > today {
        return Err(format!("{day} is in the future; today is {today}"));
    }
    let next = day.checked_add(1.day()).map_err(|_| not_a_date(text))?;
    let midnight = zone.to_timestamp(next.into()).map_err(|_| not_a_date(text))?;
    Ok(midnight.checked_sub(1.second()).unwrap_or(midnight).min(now))
}

fn since(text: &str, as_of: Timestamp, zone: TimeZone) -> Result<ReportRange, String> {
    ReportRange::since(date(text)?, as_of, zone).map_err(|error| error.report())
}

fn last_weeks(text: &str, as_of: Timestamp, zone: TimeZone) -> Result<ReportRange, String> {
    let weeks = text.parse().map_err(|_| format!("\"{text}\" is not a number of weeks; give 1 to 520"))?;
    ReportRange::last_weeks(weeks, as_of, zone).map_err(|error| error.report())
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| not_a_date(text))
}

fn not_a_date(text: &str) -> String {
    format!("\"{text}\" is not a date; expected one such as 2026-11-23")
}
