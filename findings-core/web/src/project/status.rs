//! What the report says as a whole. It stands before everything else.

use findings_core::rendering;
use findings_core::report::Report;
use findings_core::wording::{ReportTexts, Wording};
use serde::Serialize;

use crate::format::plain;
use crate::texts::{project_texts, text};

/// How many sentences of a band are shown. The others are folded.
const SHOWN: usize = 12;

/// A statement about the whole report.
#[derive(Debug, Serialize)]
pub(crate) struct Band {
    /// The class: `grave` for what makes the report incomplete, `mild` for what was not seen, `calm` for a clean report,
    /// `plain` for one without findings that nobody verified.
    kind: &'static str,
    title: String,
    meaning: Option<String>,
    lines: Vec<Line>,
    folded: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    sentence: String,
    detail: String,
}

impl Band {
    fn new(kind: &'static str, title: &str, meaning: Option<&str>, lines: Vec<(String, String)>) -> Self {
        let line = |(sentence, detail): (String, String)| Line {
            sentence: plain(&sentence).into_owned(),
            detail: plain(&detail).into_owned(),
        };
        let mut lines: Vec<Line> = lines.into_iter().map(line).collect();
        let folded = lines.split_off(lines.len().min(SHOWN));
        Self { kind, title: title.to_owned(), meaning: meaning.map(str::to_owned), lines, folded }
    }
}

/// Says that the page shows the part of an owner first, if it does.
fn view(report: &Report) -> Option<Band> {
    let owner = report.view.as_ref()?;
    let own = report.findings.facts().filter(|row| row.responsible() == Some(owner)).count() as u64;
    let number = |number: u64| Wording::of(report.locale).number(number);
    let values = [number(own), plain(owner).into_owned(), number(report.findings.len() as u64)];
    let sentence = text(project_texts(report.locale), "view", &values)?;
    Some(Band::new("plain", owner, Some(&sentence), Vec::new()))
}

/// The statements, the gravest first; none if there are findings and nothing is missing.
pub(crate) fn bands(report: &Report) -> Vec<Band> {
    let (say, texts) = (Wording::of(report.locale), &ReportTexts::of(report.locale).summary);
    let alone = |sentences: Vec<String>| sentences.into_iter().map(|sentence| (sentence, String::new())).collect();
    let gaps: Vec<_> = rendering::gaps(report).into_iter().map(|gap| (gap.sentence, gap.detail)).collect();
    let notices = rendering::notices(report);
    let mut bands: Vec<Band> = view(report).into_iter().collect();
    if !gaps.is_empty() {
        bands.push(Band::new("grave", say.incomplete(), Some(say.incomplete_meaning()), gaps));
    }
    if !notices.is_empty() {
        bands.push(Band::new("mild", say.not_all_watched(), Some(texts.notice_meaning), alone(notices)));
    }
    if let Some(stale) = say.stale(&report.stale) {
        bands.push(Band::new("mild", say.not_all_checked(), None, alone(vec![stale])));
    }
    if let Some(nothing) = rendering::nothing_found(report) {
        let kind = if nothing.is_clean { "calm" } else { "plain" };
        bands.push(Band::new(kind, nothing.title, None, alone(nothing.sentences)));
    }
    bands
}
