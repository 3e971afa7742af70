//! Decisions as people enter them.

use findings_core::Locale;
use findings_core::decision::DecisionKind;
use findings_core::wording::Wording;

use crate::fold::fold;

/// Returns the decision of this name in any language, or in files.
pub(crate) fn parse(text: &str) -> Option<DecisionKind> {
    let text = fold(text);
    let is_named = |kind: DecisionKind| {
        let in_language = |locale| fold(Wording::of(locale).decision(kind)) == text;
        kind.as_str() == text || Locale::ALL.into_iter().any(in_language)
    };
    DecisionKind::CHOICES.into_iter().find(|kind| is_named(*kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_found_in_every_language_and_nothing_else() {
        for kind in DecisionKind::CHOICES {
            for locale in Locale::ALL {
                let name = Wording::of(locale).decision(kind);
                for text in [name.to_owned(), format!("　{} ", name.to_uppercase()), name.replace(' ', "\n")] {
                    assert_eq!(parse(&text), Some(kind), "{text:?}");
                }
            }
            assert_eq!(parse(kind.as_str()), Some(kind));
        }
        for text in ["", "Accept", "accepted", "リスク", "Acceptance ended", "acceptance_ended", "To fix, Fixed", "5"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
