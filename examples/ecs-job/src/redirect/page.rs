//! The pages for people whose link leads to no report.

use findings_core::Locale;
use findings_core::languages::Language;
use findings_core::wording::fill;
use jiff::Timestamp;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

const TEMPLATE: &str = include_str!("page.html");

/// Why there is no report.
#[derive(Clone, Copy, Debug)]
pub(super) enum Page {
    Unknown,
    Expired(Timestamp),
    Revoked(Timestamp),
    Unavailable,
}

/// The page in one language: a heading and two paragraphs.
#[derive(Serialize)]
struct Section {
    lang: &'static str,
    texts: [String; 3],
}

impl Page {
    /// Returns what the page says in a language.
    fn section(self, locale: Locale, contact: Option<&str>) -> Section {
        let texts = &Language::of(locale).link;
        let (said, at) = match self {
            Self::Unknown => (&texts.unknown, None),
            Self::Expired(at) => (&texts.expired, Some(at)),
            Self::Revoked(at) => (&texts.revoked, Some(at)),
            Self::Unavailable => (&texts.unavailable, None),
        };
        let at = at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
        let values = [("at", &*at), ("contact", contact.unwrap_or(texts.sender))];
        Section { lang: locale.as_str(), texts: said.map(|text| fill(text, &values)) }
    }
}

/// Returns the page in all languages, the reader's first. `languages` is the header Accept-Language.
pub(super) fn html(page: Page, languages: &str, contact: Option<&str>) -> String {
    let first = preferred(languages);
    let others = Locale::ALL.into_iter().filter(|locale| *locale != first);
    let sections: Vec<Section> = [first].into_iter().chain(others).map(|l| page.section(l, contact)).collect();
    let title = Language::of(first).link.title;
    let mut environment = Environment::new();
    // the end of the name makes minijinja escape values
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    let rendered = environment.render_str(TEMPLATE, context! { title, sections => Serde(&sections) });
    // the template is part of the program, and a test renders all its pages
    rendered.unwrap_or_else(|_| title.to_owned())
}

/// The first language of the header that there is.
fn preferred(languages: &str) -> Locale {
    let mut codes = languages.split([',', ';']).map(|tag| tag.trim().split('-').next().unwrap_or_default());
    codes.find_map(|code| code.parse().ok()).unwrap_or_default()
}
