//! The words of reports, found by their language.

use super::{OrganisationTerms, ReportTexts};
use crate::Locale;
use crate::languages::Language;

impl ReportTexts {
    /// Returns the words of a language.
    pub const fn of(locale: Locale) -> &'static Self {
        &Language::of(locale).report
    }
}

impl OrganisationTerms {
    /// Returns the words of a language.
    pub const fn of(locale: Locale) -> &'static Self {
        &Language::of(locale).organisation
    }
}
