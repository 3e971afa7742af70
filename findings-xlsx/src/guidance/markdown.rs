//! Guidance in Markdown: a file for each control, a section for each thing to say.

use findings_core::Locale;

use super::{Advice, Draft, Part, shown};
use crate::lang;

pub(super) fn read(name: &str, bytes: &[u8], draft: &mut Draft) {
    let Ok(text) = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) else {
        return draft.problem(name, "it is not UTF-8");
    };
    let (control, locale) = control_and_locale(name);
    let before = draft.problems.len();
    let advice = sections(name, text, draft);
    // one mistake is told once
    if draft.problems.len() == before {
        draft.add(name, control, locale, advice);
    }
}

/// `S3.1.ja.md` → S3.1 in Japanese
fn control_and_locale(name: &str) -> (&str, Option<Locale>) {
    let stem = &name[..name.len().saturating_sub(".md".len())];
    let locale = stem.rsplit_once('.').and_then(|(control, tail)| Some((control, tail.parse().ok()?)));
    locale.map_or((stem, None), |(control, locale)| (control, Some(locale)))
}

fn sections(name: &str, text: &str, draft: &mut Draft) -> Advice {
    let mut advice: [String; 4] = Default::default();
    let mut seen = [false; 4];
    let mut current: Option<Part> = None;
    let mut is_code = false;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let place = format!("{name}, line {number}");
        let heading = line.strip_prefix("## ").filter(|_| !is_code).map(str::trim);
        is_code ^= line.trim_start().starts_with("```");
        match (heading, heading.map(part), current) {
            (Some(heading), Some(None), _) => {
                let message = "is not a section; expected \"## Meaning\", \"## Fix\", \"## Impact\" or \"## Contact\"";
                draft.problem(&place, format!("\"{}\" {message}", shown(heading)));
            }
            (_, Some(Some(part)), _) => {
                if std::mem::replace(&mut seen[part as usize], true) {
                    draft.problem(&place, "this section is there twice; keep one");
                }
                current = Some(part);
            }
            (_, None, Some(part)) => {
                advice[part as usize].push_str(line);
                advice[part as usize].push('\n');
            }
            // the title of the page
            (_, None, None) if line.trim().is_empty() || line.starts_with("# ") => {}
            _ => draft.problem(&place, "this text stands in no section; begin one with \"## Meaning\" or the like"),
        }
    }
    advice.map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// The part that a heading names: as in CSV, or as the workbook heads its column in any language.
fn part(heading: &str) -> Option<Part> {
    let is_it = |part: &Part| {
        let headings = Locale::ALL.map(|locale| part.heading(lang::texts(locale)));
        headings.into_iter().chain([part.as_str()]).any(|name| name.eq_ignore_ascii_case(heading))
    };
    Part::ALL.into_iter().find(is_it)
}
