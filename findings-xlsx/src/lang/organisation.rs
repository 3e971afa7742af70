//! The texts of the workbook about the organisation.

use findings_core::Locale;
use findings_core::languages::Language;
pub(crate) use findings_core::languages::organisation_workbook::OrganisationWorkbookTexts as OrganisationTexts;

/// Returns the texts of a language.
pub(crate) fn texts(locale: Locale) -> &'static OrganisationTexts {
    &Language::of(locale).organisation_workbook
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_valid_and_differ() {
        for names in Locale::ALL.map(|locale| &texts(locale).sheets) {
            let all = names.in_order();
            for name in all {
                rust_xlsxwriter::utility::check_sheet_name(name).unwrap();
            }
            assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), all.len());
        }
    }
}
