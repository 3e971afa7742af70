//! The language and the time zone of what people read.

use findings_core::Locale;
use findings_core::languages::Language;
use jiff::tz::TimeZone;

use super::reader::Reader;
use crate::options::Options;

/// The language; English if none is given.
pub(super) fn locale(options: &Options, reader: &mut Reader) -> Locale {
    reader.read("locale", options.locale.as_deref(), Locale::default(), |t| t.parse().map_err(|e| format!("{e}")))
}

/// The time zone: the one that is given, or else that of a language that says where its readers are.
pub(super) fn time_zone(options: &Options, reader: &mut Reader, locale: Locale) -> Option<TimeZone> {
    let of_language = Language::of(locale).formats.home.is_some().then(|| locale.time_zone());
    reader.read_optional("time-zone", options.time_zone.as_deref(), parse_zone).or(of_language)
}

fn parse_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| format!("\"{text}\" is not a time zone; expected an IANA name such as Asia/Tokyo"))
}
