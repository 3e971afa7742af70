//! What each language must have, compared with English. Sentences that are made of values are compared in `wording`.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Texts that are the same in another language on purpose.
const SAME: &[&str] = &["pages.answer.file_chosen"];

/// All texts of a language that are no sentences of a trait, by their names.
fn texts(locale: Locale) -> Vec<(String, String)> {
    let language = Language::of(locale);
    let groups = [
        ("report", language.report.by_name()),
        ("organisation", language.organisation.by_name()),
        ("workbook", language.workbook.by_name()),
        ("organisation_workbook", language.organisation_workbook.by_name()),
        ("mail", language.mail.by_name()),
        ("link", language.link.by_name()),
    ];
    let typed = groups.into_iter().flat_map(|(group, texts)| {
        texts.into_iter().map(move |(name, text)| (format!("{group}.{name}"), text.to_owned()))
    });
    let pages = [
        ("organisation", language.pages.organisation),
        ("project", language.pages.project),
        ("answer", language.pages.answer),
        ("guidance", language.pages.guidance),
    ];
    let pages = pages.into_iter().flat_map(|(page, json)| {
        let texts: BTreeMap<String, String> = serde_json::from_str(json).expect("JSON of texts");
        texts.into_iter().map(move |(name, text)| (format!("pages.{page}.{name}"), text))
    });
    typed.chain(pages).collect()
}

/// The languages besides English.
fn others() -> impl Iterator<Item = Locale> {
    Locale::ALL.into_iter().filter(|locale| *locale != Locale::En)
}

/// The names of values in a text.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn a_text_has_the_same_places_for_values_in_each_language() {
    let english = texts(Locale::En);
    assert!(english.len() > 700, "{}", english.len());
    for locale in others() {
        let own = texts(locale);
        let names = |texts: &[(String, String)]| texts.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
        let (wanted, have) = (names(&english), names(&own));
        assert_eq!(wanted.symmetric_difference(&have).collect::<Vec<_>>(), Vec::<&String>::new(), "{locale}");
        for ((name, english), (_, own)) in english.iter().zip(&own) {
            // of one thing alone, a language may leave the number out
            let can_lack = |place: &str| name.ends_with("_one") && place == "0";
            let lacks: Vec<_> = places(english).symmetric_difference(&places(own)).copied().collect();
            assert!(lacks.iter().all(|place| can_lack(place)), "{locale}, {name}: {lacks:?}: {english:?} {own:?}");
        }
    }
}

#[test]
fn no_text_is_empty_or_left_in_english() {
    let english: BTreeMap<String, String> = texts(Locale::En).into_iter().collect();
    let mut left = BTreeSet::new();
    for locale in others() {
        for (name, own) in texts(locale) {
            assert_eq!(own.trim().is_empty(), english[&name].trim().is_empty(), "{locale}, {name}");
            let outside = own.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
            let has_words = outside.flat_map(str::chars).filter(|c| c.is_alphabetic()).count() > 1;
            let is_format = name.ends_with("_format") || name.ends_with("page_footer");
            if has_words && !is_format && (own.is_ascii() || own == english[&name]) && !SAME.contains(&&*name) {
                left.insert(format!("{locale}, {name}: {own}"));
            }
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

/// A text that was copied from the folder of another language and forgotten.
#[test]
fn no_text_is_left_in_a_third_language() {
    let others: Vec<_> = others().collect();
    for (at, one) in others.iter().enumerate() {
        for other in &others[at + 1..] {
            for ((name, one_text), (_, other_text)) in texts(*one).into_iter().zip(texts(*other)) {
                assert!(one_text != other_text || one_text.is_ascii(), "{one} and {other}, {name}: {one_text}");
            }
        }
    }
}

#[test]
fn templates_of_mails_are_not_copies() {
    for locale in others() {
        let english = Language::of(Locale::En).templates.by_file();
        for ((file, english), (_, own)) in english.into_iter().zip(Language::of(locale).templates.by_file()) {
            assert!(!own.trim().is_empty() && own != english, "{locale}, {file}");
            assert!(!own.is_ascii(), "{locale}, {file}");
        }
    }
}

#[test]
fn names_and_formats_are_whole() {
    let names: BTreeSet<_> = Locale::ALL.iter().map(|locale| Language::of(*locale).name).collect();
    assert_eq!(names.len(), Locale::ALL.len());
    for locale in Locale::ALL {
        let language = Language::of(locale);
        assert_eq!(serde_json::to_value(locale).unwrap(), locale.as_str());
        assert_eq!(locale.as_str().parse(), Ok(locale));
        assert!(language.english_name.is_ascii() && places(language.only_in) == ["language"].into());
        let formats = &language.formats;
        assert!(formats.sentence.split_once(' ').is_some(), "a day and a time of day");
        assert_eq!(formats.weekdays.iter().collect::<BTreeSet<_>>().len(), 7);
        let known = ["date", "weekday", "time", "zone"].into();
        assert!(places(formats.moment).is_subset(&known) && formats.moment.contains("{zone}"));
        let at = "2026-11-23T00:00:00Z".parse().unwrap();
        let zone = formats.time_zone();
        let moment = formats.moment(at, &zone);
        assert!(moment.contains("2026") && !moment.contains(['{', '%']), "{moment}");
        if let Some(home) = &formats.home {
            assert_eq!(zone.to_offset(at).seconds(), i32::from(home.hours) * 3600, "{locale}");
            assert!(moment.contains(home.name), "{moment}");
        }
    }
}

#[test]
fn a_text_in_another_language_says_in_which() {
    assert_eq!(Language::of(Locale::En).only_in(Locale::Ja), "(Japanese only)");
    assert_eq!(Language::of(Locale::Ja).only_in(Locale::En), "（英語のみ）");
    for locale in Locale::ALL {
        for other in others() {
            let text = Language::of(locale).only_in(other);
            assert!(!text.contains('{') && text.chars().count() > 4, "{text}");
        }
    }
}

#[test]
fn an_unknown_language_is_told_with_those_that_there_are() {
    let error = "fr\n".parse::<Locale>().unwrap_err().to_string();
    assert!(error.starts_with("\"fr\\n\" is not a language of the reports; expected one of en, ja"), "{error}");
    assert!(Locale::ALL.iter().all(|locale| error.contains(locale.as_str())), "{error}");
}

/// The names in the tags of a template, without texts, filters and words of minijinja.
fn variables(template: &str) -> BTreeSet<String> {
    let tags = [("{{", "}}"), ("{%", "%}")].into_iter().flat_map(|(start, end)| {
        template.split(start).skip(1).filter_map(move |rest| rest.split_once(end)).map(|(tag, _)| tag)
    });
    let mut names = BTreeSet::new();
    for tag in tags {
        let code: String = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let mut filter = false;
        for word in code.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')) {
            let name = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            let is_name = name.starts_with(|c: char| c.is_ascii_lowercase());
            let is_word = ["if", "else", "elif", "endif", "for", "in", "endfor", "and", "or", "not"].contains(&name);
            if is_name && !is_word && !filter {
                names.insert(name.to_owned());
            }
            filter = word.ends_with('|');
        }
    }
    names
}

/// A variable that a template does not use is a fact that its readers are not told.
#[test]
fn templates_of_mails_tell_the_same_facts() {
    // what English needs for its grammar alone
    let grammar: BTreeSet<String> = ["only_new", "total"].map(str::to_owned).into();
    for locale in others() {
        let english = Language::of(Locale::En).templates.by_file();
        for ((file, english), (_, own)) in english.into_iter().zip(Language::of(locale).templates.by_file()) {
            let (english, own) = (variables(english), variables(own));
            let differ: BTreeSet<String> = english.symmetric_difference(&own).cloned().collect();
            let is_right = differ.is_empty() || (file.starts_with("urgent") && differ.is_subset(&grammar));
            assert!(english.len() > 1 && is_right, "{locale}, {file}: {differ:?}");
        }
    }
}
