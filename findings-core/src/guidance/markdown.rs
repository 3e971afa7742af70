//! Reads guidance in Markdown: a file for each control, a section for each part.

use super::{Advice, GuidanceBuilder, GuidancePart, front_matter, shown};
use crate::Locale;

pub(super) fn read(name: &str, bytes: &[u8], builder: &mut GuidanceBuilder) {
    let Ok(text) = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) else {
        return builder.problem(name, "it is not UTF-8");
    };
    let (control, locale) = control_and_locale(name);
    let before = builder.problems.len();
    let advice = sections(name, text, builder);
    // a file with a mistake is not added: its empty advice would be reported as a second mistake
    if builder.problems.len() == before {
        builder.add(name, control, locale, advice);
    }
}

/// `S3.1.ja.md` → S3.1 in Japanese
fn control_and_locale(name: &str) -> (&str, Option<Locale>) {
    let stem = &name[..name.len().saturating_sub(".md".len())];
    let locale = stem.rsplit_once('.').and_then(|(control, tail)| Some((control, tail.parse().ok()?)));
    locale.map_or((stem, None), |(control, locale)| (control, Some(locale)))
}

fn sections(name: &str, text: &str, builder: &mut GuidanceBuilder) -> Advice {
    let mut parts: [String; GuidancePart::COUNT] = Default::default();
    let mut seen = [false; GuidancePart::COUNT];
    let mut current: Option<GuidancePart> = None;
    let mut is_code = false;
    let (facts, above, mistakes) = front_matter::read(text);
    for (line, message) in mistakes {
        builder.problem(&format!("{name}, line {line}"), message);
    }
    for (number, line) in (1_usize..).zip(text.lines()).skip(above) {
        let place = format!("{name}, line {number}");
        let heading = line.strip_prefix("## ").filter(|_| !is_code).map(str::trim);
        is_code ^= line.trim_start().starts_with("```");
        match (heading, heading.map(part), current) {
            (Some(heading), Some(None), _) => builder.problem(&place, format!("\"{}\" {NO_SECTION}", shown(heading))),
            (_, Some(Some(part)), _) => {
                if std::mem::replace(&mut seen[part as usize], true) {
                    builder.problem(&place, "this section is there twice; keep one");
                }
                current = Some(part);
            }
            (_, None, Some(part)) => {
                parts[part as usize].push_str(line);
                parts[part as usize].push('\n');
            }
            // the title of the page and empty lines before the first section
            (_, None, None) if line.trim().is_empty() || line.starts_with("# ") => {}
            _ => builder.problem(&place, "this text stands in no section; begin one with \"## Meaning\" or the like"),
        }
    }
    let parts = parts.map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
    Advice { parts, facts }
}

const NO_SECTION: &str = "is not a section; expected \"## Meaning\", \"## Fires\", \"## Fix\", \"## Impact\", \"## Contact\", \"## Exceptions\" or \"## Sources\"";

/// Returns the part that a heading names: by its name in CSV, or by its heading in reports in any language.
fn part(heading: &str) -> Option<GuidancePart> {
    let has_name = |part: &GuidancePart| {
        let headings = Locale::ALL.map(|locale| part.heading(locale));
        headings.into_iter().chain([part.as_str()]).any(|name| name.eq_ignore_ascii_case(heading))
    };
    GuidancePart::ALL.into_iter().find(has_name)
}
