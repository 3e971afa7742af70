//! How a language of reports and mails is written and read.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;

use crate::languages::Language;
pub use crate::languages::Locale;

/// The error for a language that reports and mails are not available in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a language of the reports; expected one of {known}", known = known())]
pub struct UnknownLocale(String);

impl UnknownLocale {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.escape_debug().take(20).collect())
    }
}

/// The languages as an error lists them.
fn known() -> String {
    Locale::ALL.map(Locale::as_str).join(", ")
}

impl Locale {
    /// The default time zone for readers of this language.
    pub fn time_zone(self) -> TimeZone {
        Language::of(self).formats.time_zone()
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
        let code = text.to_ascii_lowercase();
        let known = Self::ALL.into_iter().find(|locale| locale.as_str() == code);
        known.ok_or_else(|| UnknownLocale::new(text))
    }
}
