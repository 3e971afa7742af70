//! English.

mod link;
mod mail;
mod organisation_workbook;
mod outcomes;
mod report;
mod sentences;
mod workbook;

use super::Language;
use super::formats::Formats;
use super::mail::mail_templates;
use super::page::page_texts;

pub(super) static LANGUAGE: Language = Language {
    name: "English",
    english_name: "English",
    only_in: "({language} only)",
    others: &[("ja", "Japanese"), ("ko", "Korean")],
    formats: Formats {
        sentence: "%Y-%m-%d %H:%M",
        date: "%-d %b %Y",
        moment: "{weekday}, {date}, {time} {zone}",
        weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        day_marks: [""; 3],
        home: None,
        fonts: "'Yu Gothic UI',Meiryo,'Hiragino Sans','Noto Sans CJK JP'",
        has_italics: true,
        word_break: "normal",
    },
    sentences: &sentences::English,
    report: report::TEXTS,
    organisation: report::ORGANISATION,
    workbook: workbook::TEXTS,
    organisation_workbook: organisation_workbook::TEXTS,
    mail: mail::TEXTS,
    templates: mail_templates!(),
    pages: page_texts!(),
    link: link::TEXTS,
};
