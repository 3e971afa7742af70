//! The words of reports about a project that all renderers share: headings, labels, and sentences with places for values.

mod en;
mod ja;

pub use self::en::{
    AboutTexts, FindingTexts, Headings, OrganisationTerms, QuestionTexts, SectionNames, SkeletonTexts, SummaryTexts,
};
use crate::Locale;

/// The words that a workbook and a page about a project share, in one language. Each is documented by its English words.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::wording::ReportTexts;
/// assert_eq!(ReportTexts::of(Locale::En).columns.resource, "Resource");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ReportTexts {
    /// Names of the parts.
    pub sections: SectionNames,
    /// Headings of columns, and labels of facts.
    pub columns: Headings,
    /// Texts about a finding and what it is grouped by.
    pub finding: FindingTexts,
    /// Texts of the summary.
    pub summary: SummaryTexts,
    /// Texts about the report itself.
    pub about: AboutTexts,
    /// Texts of a question to the desk.
    pub question: QuestionTexts,
    /// Texts of a draft of guidance.
    pub skeleton: SkeletonTexts,
}

impl ReportTexts {
    const ENGLISH: Self = Self {
        sections: SectionNames::ENGLISH,
        columns: Headings::ENGLISH,
        finding: FindingTexts::ENGLISH,
        summary: SummaryTexts::ENGLISH,
        about: AboutTexts::ENGLISH,
        question: QuestionTexts::ENGLISH,
        skeleton: SkeletonTexts::ENGLISH,
    };

    /// Returns the words of a language.
    pub const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::En => &Self::ENGLISH,
            Locale::Ja => &ja::TEXTS,
        }
    }
}

impl SummaryTexts {
    /// Returns the names of what came and went since the last report: new, reopened, fixed.
    pub fn changes(&self) -> [&'static str; 3] {
        [self.new, self.reopened, self.resolved]
    }
}

/// Replaces each `{name}` placeholder of a template by its value. Placeholders in values are not replaced, because
/// values come from outside.
///
/// ```
/// use findings_core::wording::fill;
/// assert_eq!(fill("{a} and {b} {", &[("a", "{b}"), ("b", "2")]), "{b} and 2 {");
/// ```
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
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
    use super::*;

    #[test]
    fn fill_leaves_placeholders_in_values() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("{unknown} {", &[]), "{unknown} {");
    }

    #[test]
    fn a_text_has_the_same_places_for_values_in_each_language() {
        let [en, ja] = [Locale::En, Locale::Ja].map(|locale| {
            let texts = ReportTexts::of(locale);
            let groups = [
                texts.sections.by_name(),
                texts.columns.by_name(),
                texts.finding.by_name(),
                texts.summary.by_name(),
                texts.about.by_name(),
                texts.question.by_name(),
                texts.skeleton.by_name(),
            ];
            groups.concat()
        });
        assert!(en.len() > 100);
        for ((name, en), (_, ja)) in en.into_iter().zip(ja) {
            assert!(!en.is_empty() && !ja.is_empty(), "{name}");
            assert_eq!(places(en), places(ja), "{name}");
        }
    }

    fn places(text: &str) -> std::collections::BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }
}
