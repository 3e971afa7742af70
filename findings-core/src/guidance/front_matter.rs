//! What stands above the text of a Markdown file: `title`, `reviewed` and `draft`, each in a line of its own.

use jiff::civil::Date;

use super::{Facts, shown};

/// The line before and after the front matter.
const FENCE: &str = "---";
const TITLE: &str = "title";
const REVIEWED: &str = "reviewed";
const DRAFT: &str = "draft";

/// A mistake and its line, counted from 1.
type Mistake = (usize, String);

/// Reads the front matter at the beginning of a text, if there is any. Returns it, the number of its lines, and its
/// mistakes.
pub(super) fn read(text: &str) -> (Facts, usize, Vec<Mistake>) {
    let mut facts = Facts::default();
    let mut lines = text.lines().enumerate();
    if lines.next().is_none_or(|(_, line)| line.trim_end() != FENCE) {
        return (facts, 0, Vec::new());
    }
    let (mut mistakes, mut seen) = (Vec::new(), Vec::new());
    for (index, line) in lines {
        if line.trim_end() == FENCE {
            return (facts, index + 1, mistakes);
        }
        if let Err(message) = field(line, &mut facts, &mut seen) {
            mistakes.push((index + 1, message));
        }
    }
    let unclosed = format!("the front matter has no end; close it with a line \"{FENCE}\"");
    (facts, text.lines().count(), vec![(1, unclosed)])
}

fn field<'a>(line: &'a str, facts: &mut Facts, seen: &mut Vec<&'a str>) -> Result<(), String> {
    if line.trim().is_empty() || line.starts_with('#') {
        return Ok(());
    }
    let Some((name, value)) = line.split_once(':') else {
        return Err(format!("\"{}\" is no line of a front matter; expected NAME: VALUE", shown(line)));
    };
    let (name, value) = (name.trim(), unquoted(value.trim()));
    if seen.contains(&name) {
        return Err(format!("the field \"{}\" is there twice; keep one", shown(name)));
    }
    seen.push(name);
    match name {
        TITLE => facts.title = Some(value.to_owned()).filter(|title| !title.is_empty()),
        // a skeleton leaves it empty
        REVIEWED if value.is_empty() => {}
        REVIEWED => facts.reviewed = Some(date(value)?),
        DRAFT => facts.is_draft = truth(value)?,
        _ => {
            let message = "is not a field of the front matter; expected title, reviewed or draft";
            return Err(format!("\"{}\" {message}", shown(name)));
        }
    }
    Ok(())
}

/// Reads the day of a review.
pub(super) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("\"{}\" is not a date; expected one such as 2026-11-23", shown(text)))
}

fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("\"{}\" is neither true nor false", shown(text)))
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}
