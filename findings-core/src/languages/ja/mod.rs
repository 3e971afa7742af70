//! Japanese.

mod control_titles;
mod link;
mod mail;
mod organisation_workbook;
mod outcomes;
mod report;
mod sentences;
mod workbook;

use super::Language;
use super::formats::{Formats, Home};
use super::mail::mail_templates;
use super::page::page_texts;

pub(super) static LANGUAGE: Language = Language {
    name: "日本語",
    english_name: "Japanese",
    only_in: "（{language}のみ）",
    others: &[("en", "英語"), ("ko", "韓国語")],
    formats: Formats {
        sentence: "%Y年%-m月%-d日 %H:%M",
        date: "%Y年%-m月%-d日",
        moment: "{date}({weekday}) {time}（{zone}）",
        weekdays: ["月", "火", "水", "木", "金", "土", "日"],
        day_marks: ["年", "月", "日"],
        // Japan has no daylight saving time
        home: Some(Home { zone: "Asia/Tokyo", hours: 9, name: "日本時間" }),
        fonts: "'Yu Gothic UI',Meiryo,'Hiragino Sans','Noto Sans CJK JP'",
        has_italics: false,
        word_break: "normal",
    },
    sentences: &sentences::Japanese,
    report: report::TEXTS,
    organisation: report::ORGANISATION,
    workbook: workbook::TEXTS,
    organisation_workbook: organisation_workbook::TEXTS,
    mail: mail::TEXTS,
    templates: mail_templates!(),
    pages: page_texts!(),
    link: link::TEXTS,
};
