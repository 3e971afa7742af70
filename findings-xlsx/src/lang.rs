//! The texts of the workbook that are not data, one file for each language.
//!
//! To add a language, add a file with a [`Texts`] and a line in [`texts()`]; a missing text is a compile error. Texts
//! that mails or pages share with the workbook are in `findings_core::wording`.

mod en;
mod ja;
pub(crate) mod organisation;
mod texts;

use findings_core::coverage::Verdict;
use findings_core::report::{Change, Resolution};
pub(crate) use findings_core::wording::fill;
use findings_core::{Locale, Severity};

pub(crate) use self::texts::Texts;

/// Returns the texts of a language, or the English ones if it has none yet.
pub(crate) fn texts(locale: Locale) -> &'static Texts {
    match locale {
        Locale::Ja => &ja::TEXTS,
        _ => &en::TEXTS,
    }
}

impl Texts {
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

    const ALL: [Locale; 2] = [Locale::En, Locale::Ja];

    #[test]
    fn sheet_names_are_valid_with_a_number_appended() {
        for names in ALL.map(|l| &texts(l).sheets) {
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
        for locale in ALL {
            let choices = DecisionKind::CHOICES.map(|kind| texts(locale).wording.decision(kind));
            assert!(choices.join(",").encode_utf16().count() <= 255);
            assert!(!choices.iter().any(|d| d.contains(',')), "a comma would split the choice in two");
            assert!(texts(locale).decision_title.encode_utf16().count() <= 32);
            assert!(texts(locale).due_title.encode_utf16().count() <= 32);
        }
    }
}
