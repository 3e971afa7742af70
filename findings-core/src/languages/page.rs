//! The texts of web pages.

use super::texts::texts;

/// The texts of pages alone, as JSON objects whose values are texts. `{0}`, `{1}` … stand for values.
#[derive(Debug)]
#[non_exhaustive]
pub struct PageTexts {
    /// The page about the organisation.
    pub organisation: &'static str,
    /// The page of a project.
    pub project: &'static str,
    /// The page for answers.
    pub answer: &'static str,
    /// The pages of the guidance.
    pub guidance: &'static str,
}

/// Reads the texts in the folder `pages` beside the file that says so.
macro_rules! page_texts {
    () => {
        $crate::languages::page::PageTexts {
            organisation: include_str!("pages/organisation.json"),
            project: include_str!("pages/project.json"),
            answer: include_str!("pages/answer.json"),
            guidance: include_str!("pages/guidance.json"),
        }
    };
}

pub(crate) use page_texts;

texts! {
    /// What somebody is told whose link leads to no report: a heading and two paragraphs each. `{at}` is a time in UTC, `{contact}`
    /// whom to ask.
    LinkTexts {
        title,
        /// Whom to ask if no contact is known.
        sender,
        expired: [&'static str; 3],
        revoked: [&'static str; 3],
        unavailable: [&'static str; 3],
        /// The link is none that was ever made.
        unknown: [&'static str; 3],
    }
}
