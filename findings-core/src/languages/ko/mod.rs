//! Korean. AWS's own titles of controls are English, and so they are here.

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
    name: "한국어",
    english_name: "Korean",
    only_in: "({language}만 있음)",
    others: &[("en", "영어"), ("ja", "일본어")],
    formats: Formats {
        sentence: "%Y-%m-%d %H:%M",
        date: "%Y-%m-%d",
        moment: "{date}({weekday}) {time} {zone}",
        weekdays: ["월", "화", "수", "목", "금", "토", "일"],
        day_marks: ["년", "월", "일"],
        // Korea has no daylight saving time; engineers write KST
        home: Some(Home { zone: "Asia/Seoul", hours: 9, name: "KST" }),
        fonts: "'Malgun Gothic','Apple SD Gothic Neo','Noto Sans CJK KR'",
        has_italics: false,
        word_break: "keep-all",
    },
    sentences: &sentences::Korean,
    report: report::TEXTS,
    organisation: report::ORGANISATION,
    workbook: workbook::TEXTS,
    organisation_workbook: organisation_workbook::TEXTS,
    mail: mail::TEXTS,
    templates: mail_templates!(),
    pages: page_texts!(),
    link: link::TEXTS,
};
