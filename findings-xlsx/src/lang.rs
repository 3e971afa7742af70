//! The texts of workbooks that are not data: those of `findings_core::languages`, put together for the sheets.

pub(crate) mod organisation;

use std::ops::Deref;

use findings_core::coverage::Verdict;
use findings_core::languages::workbook::WorkbookTexts;
use findings_core::languages::{Language, PerLanguage};
use findings_core::report::{Change, Resolution};
pub(crate) use findings_core::wording::fill;
use findings_core::wording::{AboutTexts, FindingTexts, Headings, SectionNames, SummaryTexts, Wording};
use findings_core::{Locale, Severity};

/// The texts of a workbook in one language: its own, and those that it shares with mails and pages.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) wording: Wording,
    pub(crate) sheets: &'static SectionNames,
    pub(crate) columns: &'static Headings,
    pub(crate) finding: &'static FindingTexts,
    pub(crate) summary: &'static SummaryTexts,
    pub(crate) about: &'static AboutTexts,
    own: &'static WorkbookTexts,
}

/// Returns the texts of a language.
pub(crate) fn texts(locale: Locale) -> &'static Texts {
    static TEXTS: PerLanguage<Texts> = PerLanguage::new(Texts::new);
    TEXTS.of(locale)
}

impl Deref for Texts {
    type Target = WorkbookTexts;

    fn deref(&self) -> &WorkbookTexts {
        self.own
    }
}

impl Texts {
    fn new(locale: Locale) -> Self {
        let language = Language::of(locale);
        let shared = &language.report;
        Self {
            wording: Wording::of(locale),
            sheets: &shared.sections,
            columns: &shared.columns,
            finding: &shared.finding,
            summary: &shared.summary,
            about: &shared.about,
            own: &language.workbook,
        }
    }

    pub(crate) fn severity(&self, severity: Severity) -> &'static str {
        self.wording.severity_label(severity)
    }

    pub(crate) fn severity_name(&self, severity: Severity) -> &'static str {
        self.wording.severity(severity)
    }

    pub(crate) fn change(&self, change: Change) -> &'static str {
        self.wording.change(change)
    }

    pub(crate) fn resolution(&self, resolution: Resolution) -> &'static str {
        self.wording.resolution(resolution)
    }

    pub(crate) fn verdict(&self, verdict: Verdict) -> &'static str {
        self.wording.verdict(verdict)
    }
}

#[cfg(test)]
mod tests {
    use findings_core::decision::DecisionKind;

    use super::*;

    #[test]
    fn sheet_names_are_valid_with_a_number_appended() {
        for names in Locale::ALL.map(|l| &texts(l).sheets) {
            let all = [
                names.summary,
                names.week,
                names.findings,
                names.controls,
                names.accounts,
                names.resolved,
                names.accepted,
                names.about,
            ];
            for name in all {
                rust_xlsxwriter::utility::check_sheet_name(name).unwrap();
                assert!(name.chars().count() <= 25, "{name}");
            }
        }
    }

    #[test]
    fn choices_fit_into_a_drop_down_list() {
        for locale in Locale::ALL {
            let choices = DecisionKind::CHOICES.map(|kind| texts(locale).wording.decision(kind));
            assert!(choices.join(",").encode_utf16().count() <= 255);
            assert!(!choices.iter().any(|d| d.contains(',')), "a comma would split the choice in two");
            assert!(texts(locale).decision_title.encode_utf16().count() <= 32);
            assert!(texts(locale).due_title.encode_utf16().count() <= 32);
        }
    }
}
