//! The texts of the workbook that are not data, one file for each language.
//!
//! To add a language, add a file with a [`Texts`] and a line in [`texts()`]; a missing text is a compile error. Texts
//! that mails share with the workbook are in `findings_core::wording`.

mod en;
mod ja;
pub(crate) mod organisation;
mod texts;

use findings_core::coverage::Verdict;
use findings_core::report::{Change, Resolution};
use findings_core::{ComplianceStatus, Locale, RecordState, Severity, WorkflowStatus};

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
        self.severities[index(severity)]
    }

    pub(crate) fn severity_name(&self, severity: Severity) -> &'static str {
        self.wording.severity(severity)
    }

    pub(crate) fn change(&self, change: Change) -> &'static str {
        self.wording.change(change)
    }

    pub(crate) fn workflow(&self, status: WorkflowStatus) -> &'static str {
        match status {
            WorkflowStatus::New => self.workflows[0],
            WorkflowStatus::Notified => self.workflows[1],
            WorkflowStatus::Suppressed => self.workflows[2],
            WorkflowStatus::Resolved => self.workflows[3],
        }
    }

    pub(crate) fn compliance(&self, status: ComplianceStatus) -> &'static str {
        match status {
            ComplianceStatus::Failed => self.compliances[0],
            ComplianceStatus::Warning => self.compliances[1],
            ComplianceStatus::NotAvailable => self.compliances[2],
            ComplianceStatus::Passed => self.compliances[3],
        }
    }

    pub(crate) fn record_state(&self, state: RecordState) -> &'static str {
        match state {
            RecordState::Active => self.record_states[0],
            RecordState::Archived => self.record_states[1],
        }
    }

    pub(crate) fn resolution(&self, resolution: Resolution) -> &'static str {
        self.wording.resolution(resolution)
    }

    pub(crate) fn verdict(&self, verdict: Verdict) -> &'static str {
        self.wording.verdict(verdict)
    }
}

fn index(severity: Severity) -> usize {
    match severity {
        Severity::Critical => 0,
        Severity::High => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
        Severity::Informational => 4,
    }
}

/// Replaces each `{name}` placeholder of a template by its value. Placeholders in values are not replaced, because
/// values come from outside.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        if let Some((value, tail)) = leading_value(after, values) {
            filled.push_str(value);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// Returns the value of the name before the first `}`, and the text behind it.
fn leading_value<'v, 't>(text: &'t str, values: &[(&str, &'v str)]) -> Option<(&'v str, &'t str)> {
    let (name, tail) = text.split_once('}')?;
    values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, tail))
}

#[cfg(test)]
mod tests {
    use findings_core::decision::DecisionKind;

    use super::*;

    const ALL: [Locale; 2] = [Locale::En, Locale::Ja];

    #[test]
    fn fill_leaves_placeholders_in_values() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("{unknown} {", &[]), "{unknown} {");
    }

    #[test]
    fn sheet_names_are_valid_with_a_number_appended() {
        for names in ALL.map(|l| &texts(l).sheets) {
            let all = [
                names.summary,
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

    #[test]
    fn labels_contain_the_asff_term() {
        for locale in ALL {
            for severity in Severity::WORST_FIRST {
                assert!(texts(locale).severity(severity).contains(severity.as_str()));
            }
            for status in [WorkflowStatus::New, WorkflowStatus::Notified, WorkflowStatus::Suppressed] {
                assert!(texts(locale).workflow(status).contains(status.as_str()));
            }
        }
    }
}
