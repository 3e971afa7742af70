//! The texts of the workbook about the organisation, one file for each language.

mod en;
mod ja;
mod texts;

use findings_core::Locale;

pub(crate) use self::texts::OrganisationTexts;

/// Returns the texts of a language, or the English ones if it has none yet.
pub(crate) fn texts(locale: Locale) -> &'static OrganisationTexts {
    match locale {
        Locale::Ja => &ja::TEXTS,
        _ => &en::TEXTS,
    }
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
