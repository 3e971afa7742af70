//! The parts of the guidance for a control.

use crate::Locale;
use crate::wording::Wording;

/// A part of the guidance for a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuidancePart {
    /// What a finding of the control means.
    Meaning,
    /// When the check fails.
    Fires,
    /// How to fix it in this organisation.
    Fix,
    /// Which impact the fix has on others.
    Impact,
    /// Whom to ask.
    Contact,
    /// When a finding may stay, and how that is recorded.
    Exceptions,
    /// Where the facts come from.
    Sources,
}

impl GuidancePart {
    /// Number of parts.
    pub(super) const COUNT: usize = Self::ALL.len();

    /// All parts, in the order of reports.
    pub const ALL: [Self; 7] =
        [Self::Meaning, Self::Fires, Self::Fix, Self::Impact, Self::Contact, Self::Exceptions, Self::Sources];

    /// Returns the heading of the part in a language.
    pub fn heading(self, locale: Locale) -> &'static str {
        Wording::of(locale).guidance()[self as usize]
    }

    /// Returns the name of the part in CSV files, which Markdown files can use, too.
    pub fn as_str(self) -> &'static str {
        ["meaning", "fires", "fix", "impact", "contact", "exceptions", "sources"][self as usize]
    }
}
