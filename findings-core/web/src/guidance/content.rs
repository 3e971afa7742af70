//! What the pages of the guidance show.

use std::collections::BTreeMap;

use findings_core::Locale;
use findings_core::guidance::{Guidance, GuidancePart, GuidanceSite};
use serde::Serialize;

use super::markdown;
use crate::format::plain;
use crate::packed::in_script;
use crate::policy::GUIDANCE_ASSETS;
use crate::texts::{Texts, guidance_texts, text};

/// What all pages have.
#[derive(Debug, Serialize)]
pub(super) struct Shell {
    lang: &'static str,
    policy: &'static str,
    style: &'static str,
    script: &'static str,
    dictionary: String,
    data: String,
    page_title: String,
}

/// The index.
#[derive(Debug, Serialize)]
pub(super) struct Index {
    #[serde(flatten)]
    shell: Shell,
    contact: Option<String>,
    controls: Vec<Entry>,
}

/// A control in the index.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    file: String,
    texts: Vec<EntryText>,
}

#[derive(Debug, Serialize)]
struct EntryText {
    lang: &'static str,
    title: String,
    sentence: Option<String>,
}

/// The page of a control.
#[derive(Debug, Serialize)]
pub(super) struct Control {
    #[serde(flatten)]
    shell: Shell,
    name: String,
    articles: Vec<Article>,
}

/// A control in a language.
#[derive(Debug, Serialize)]
struct Article {
    lang: &'static str,
    title: String,
    reviewed: bool,
    reviewed_text: String,
    not_reviewed: String,
    contents: String,
    sections: Vec<Section>,
}

#[derive(Debug, Serialize)]
struct Section {
    name: &'static str,
    heading: &'static str,
    html: String,
}

impl Shell {
    fn new(locale: Locale, data: String, page_title: String) -> Self {
        Self {
            lang: locale.as_str(),
            policy: &GUIDANCE_ASSETS.policy,
            style: &GUIDANCE_ASSETS.style,
            script: &GUIDANCE_ASSETS.script,
            dictionary: dictionary(),
            data,
            page_title,
        }
    }
}

impl Index {
    pub(super) fn of(guidance: &Guidance, locale: Locale, contact: Option<String>) -> Self {
        let texts: Vec<String> = guidance.names().map(|name| searched(guidance, name)).collect();
        let shell = Shell::new(locale, in_script(&texts), say(locale, "site_title", &[]));
        Self { shell, contact, controls: guidance.names().map(|name| Entry::of(guidance, name)).collect() }
    }
}

impl Entry {
    fn of(guidance: &Guidance, name: &str) -> Self {
        let of_language = |locale: Locale| EntryText {
            lang: locale.as_str(),
            title: guidance.title(name, locale).unwrap_or_default().to_owned(),
            sentence: guidance.first_sentence(name, locale),
        };
        let texts = languages(guidance, name).into_iter().map(of_language).collect();
        Self { name: name.to_owned(), file: GuidanceSite::file(name), texts }
    }
}

impl Control {
    pub(super) fn of(
        guidance: &Guidance,
        name: &str,
        locale: Locale,
        contact: &dyn Fn(Locale) -> Option<String>,
    ) -> Self {
        let title = guidance.title(name, locale).map(|title| format!(" {}", plain(title))).unwrap_or_default();
        let shell = Shell::new(locale, in_script(&Vec::<String>::new()), format!("{name}{title}"));
        let articles = languages(guidance, name).into_iter().map(|locale| Article::of(guidance, name, locale, contact));
        Self { shell, name: name.to_owned(), articles: articles.collect() }
    }
}

impl Article {
    fn of(guidance: &Guidance, name: &str, locale: Locale, contact: &dyn Fn(Locale) -> Option<String>) -> Self {
        let page_of = |control: &str| {
            let known = guidance.names().find(|known| known.eq_ignore_ascii_case(control))?;
            Some(GuidanceSite::file(known))
        };
        let section = |part: GuidancePart| {
            let text = guidance.told(name, part, locale).map(std::borrow::Cow::into_owned);
            // whoever is stuck finds somebody to ask on every page
            let text = text.or_else(|| contact(locale).filter(|_| part == GuidancePart::Contact))?;
            Some(Section {
                name: part.as_str(),
                heading: part.heading(locale),
                html: markdown::html_of(&plain(&text), &page_of),
            })
        };
        let reviewed = guidance.reviewed(name);
        Self {
            lang: locale.as_str(),
            title: guidance.title(name, locale).unwrap_or_default().to_owned(),
            reviewed: reviewed.is_some(),
            reviewed_text: say(locale, "reviewed", &[reviewed.map(|day| day.to_string()).unwrap_or_default()]),
            not_reviewed: say(locale, "not_reviewed", &[]),
            contents: say(locale, "contents", &[]),
            sections: GuidancePart::ALL.into_iter().filter_map(section).collect(),
        }
    }
}

/// The languages of a control. Of a text for all languages, one page part is enough: it would be the same twice.
fn languages(guidance: &Guidance, name: &str) -> Vec<Locale> {
    let languages = guidance.languages(name);
    let text = |locale: &Locale| GuidancePart::ALL.map(|part| guidance.part(name, part, *locale));
    let is_same = languages.windows(2).all(|pair| text(&pair[0]) == text(&pair[1]));
    if is_same { languages.into_iter().take(1).collect() } else { languages }
}

/// All that is searched of a control: its ID, and its texts in all languages.
fn searched(guidance: &Guidance, name: &str) -> String {
    let mut text = name.to_owned();
    for locale in languages(guidance, name) {
        let parts = GuidancePart::ALL.into_iter().filter_map(|part| guidance.part(name, part, locale));
        for part in guidance.title(name, locale).into_iter().chain(parts) {
            text.push('\n');
            text.push_str(&plain(part));
        }
    }
    text
}

fn dictionary() -> String {
    let languages: BTreeMap<&str, &Texts> =
        Locale::ALL.iter().map(|locale| (locale.as_str(), guidance_texts(*locale))).collect();
    in_script(&languages)
}

fn say(locale: Locale, key: &str, values: &[String]) -> String {
    text(guidance_texts(locale), key, values).unwrap_or_default()
}
