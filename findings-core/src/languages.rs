//! Everything that readers are told, with one folder for each language.
//!
//! A folder has the sentences, the words of reports, workbooks, mails and pages, the templates of mails, and how times and
//! days are written. The files beside the folders say what there must be: a language without one of the texts does not
//! compile, and tests compare the languages with each other. Other modules and crates take the texts from [`Language::of`].
//!
//! To add a language, copy the folder of another one, translate it, and add it to the two lists in this file: the module
//! and the line of `languages!`. CONTRIBUTING.md tells the rest.

mod en;
mod ja;
mod ko;

pub mod formats;
pub mod mail;
pub mod organisation_workbook;
mod outcomes;
pub mod page;
mod per_language;
pub mod report;
mod sentences;
mod texts;
pub mod workbook;

use std::fmt;

use serde::{Deserialize, Serialize};

use self::formats::Formats;
use self::mail::{MailTemplates, MailTexts};
use self::organisation_workbook::OrganisationWorkbookTexts;
use self::page::{LinkTexts, PageTexts};
pub use self::per_language::PerLanguage;
use self::report::{OrganisationTerms, ReportTexts};
pub(crate) use self::sentences::Sentences;
use self::workbook::WorkbookTexts;

/// Registers the languages: the name of each, and the module with its texts, which is its ISO 639-1 code.
macro_rules! languages {
    ($first:ident $first_code:ident, $($name:ident $code:ident,)*) => {
        /// The language of a report or mail.
        ///
        /// ```
        /// use findings_core::Locale;
        /// assert_eq!("JA".parse(), Ok(Locale::Ja));
        /// assert_eq!(Locale::default().as_str(), "en");
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[non_exhaustive]
        pub enum Locale {
            #[doc = concat!("`", stringify!($first_code), "`")]
            #[default]
            $first,
            $(#[doc = concat!("`", stringify!($code), "`")] $name,)*
        }

        impl Locale {
            /// All languages.
            pub const ALL: [Self; [stringify!($first), $(stringify!($name)),*].len()] =
                [Self::$first, $(Self::$name),*];

            /// ISO 639-1 code.
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => stringify!($first_code),
                    $(Self::$name => stringify!($code),)*
                }
            }
        }

        impl Language {
            /// Returns everything in a language.
            pub const fn of(locale: Locale) -> &'static Self {
                match locale {
                    Locale::$first => &$first_code::LANGUAGE,
                    $(Locale::$name => &$code::LANGUAGE,)*
                }
            }
        }
    };
}

languages! {
    En en,
    Ja ja,
    Ko ko,
}

/// Everything in one language.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::languages::Language;
/// assert_eq!(Language::of(Locale::Ja).english_name, "Japanese");
/// ```
#[non_exhaustive]
pub struct Language {
    /// Its name in itself.
    pub name: &'static str,
    /// Its name in English, for operators.
    pub english_name: &'static str,
    /// What stands behind a text that there is only in another `{language}`.
    pub only_in: &'static str,
    /// Names of other languages, by their codes. A language that is not among them has its own name.
    pub others: &'static [(&'static str, &'static str)],
    /// How times and days are written.
    pub formats: Formats,
    pub(crate) sentences: &'static dyn Sentences,
    /// Words that workbooks and pages about a project share.
    pub report: ReportTexts,
    /// Words that the workbook and the page about the organisation share.
    pub organisation: OrganisationTerms,
    /// Texts of the workbook of a project.
    pub workbook: WorkbookTexts,
    /// Texts of the workbook about the organisation.
    pub organisation_workbook: OrganisationWorkbookTexts,
    /// Words of mails.
    pub mail: MailTexts,
    /// Templates of mails.
    pub templates: MailTemplates,
    /// Texts of pages.
    pub pages: PageTexts,
    /// What somebody is told whose link leads to no report.
    pub link: LinkTexts,
}

impl Language {
    /// Returns what stands behind a text that there is only in this other language.
    pub(crate) fn only_in(&self, other: Locale) -> String {
        let known = self.others.iter().find(|(code, _)| *code == other.as_str()).map(|(_, name)| *name);
        let name = known.unwrap_or(Self::of(other).name);
        crate::wording::fill(self.only_in, &[("language", name)])
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Language").field("name", &self.english_name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
