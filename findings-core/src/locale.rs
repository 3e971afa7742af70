//! Languages of reports and mails.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The language of a report or mail.
///
/// ```
/// use findings_core::Locale;
/// assert_eq!("JA".parse(), Ok(Locale::Ja));
/// assert_eq!(Locale::default().as_str(), "en");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Locale {
    /// English
    #[default]
    En,
    /// Japanese
    Ja,
}

/// The error for a language that reports and mails are not available in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a language of the reports; use \"ja\" or \"en\"")]
pub struct UnknownLocale(String);

impl Locale {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// ISO 639-1 code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// The default time zone for readers of this language.
    pub fn time_zone(self) -> TimeZone {
        match self {
            Self::En => TimeZone::UTC,
            // the fixed offset is for systems without a time-zone database; Japan has no daylight saving time
            Self::Ja => TimeZone::get("Asia/Tokyo").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(9))),
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Locale {
    type Err = UnknownLocale;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "en" => Ok(Self::En),
            "ja" => Ok(Self::Ja),
            _ => Err(UnknownLocale(text.escape_debug().take(20).collect())),
        }
    }
}
