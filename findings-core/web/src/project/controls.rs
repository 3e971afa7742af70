//! Findings that are fixed together, with what to do and the organisation's guidance.

use findings_core::console::linkable;
use findings_core::guidance::{Guidance, GuidancePart};
use findings_core::rendering::{self, Advice, ControlRow, Digest};
use findings_core::report::Report;
use findings_core::wording::Wording;
use findings_core::{Locale, Severity};
use jiff::Timestamp;
use serde::Serialize;

use super::{MAX_LINES, severity_class};

/// A group of findings.
#[derive(Debug, Serialize)]
pub(super) struct ControlLine {
    index: usize,
    /// The numbers of its findings by severity, the worst first, without those that are 0.
    split: Vec<(&'static str, &'static str, u64)>,
    /// The control, or else the product.
    label: String,
    title: String,
    findings: u64,
    accounts: usize,
    resources: u64,
    oldest: Timestamp,
    oldest_days: u64,
    what_to_do: Option<WhatToDo>,
    advice_differs: bool,
    /// The parts of the guidance with their headings.
    guidance: Vec<(&'static str, String)>,
    /// The organisation's page about it.
    guidance_url: Option<String>,
    /// The link that asks about it.
    question_url: Option<String>,
}

/// What to do, with a link if it is safe to make it clickable.
#[derive(Debug, Serialize)]
pub(super) struct WhatToDo {
    pub(super) text: String,
    pub(super) url: Option<String>,
    /// A URL that is not safe to click, as a text.
    pub(super) shown_url: Option<String>,
}

impl WhatToDo {
    pub(super) fn of(advice: &Advice<'_>) -> Self {
        let url = advice.url.as_deref().and_then(linkable);
        let shown_url = advice.url.as_deref().filter(|_| url.is_none());
        Self {
            text: advice.text.clone().into_owned(),
            url: url.map(str::to_owned),
            shown_url: shown_url.map(str::to_owned),
        }
    }
}

impl ControlLine {
    fn of(index: usize, row: &ControlRow, report: &Report, guidance: &Guidance) -> Self {
        let locale = report.locale;
        Self {
            index,
            split: split(row, Wording::of(locale)),
            label: row.label().to_owned(),
            title: row.title(locale).into_owned(),
            findings: row.findings,
            accounts: row.accounts.len(),
            resources: row.resources(),
            oldest: row.oldest,
            oldest_days: rendering::days_between(row.oldest, report.generated_at).unsigned_abs(),
            what_to_do: row.advice(locale).as_ref().map(WhatToDo::of),
            advice_differs: !row.advice_is_common,
            guidance: parts(row, guidance, locale),
            guidance_url: row.control().and_then(|control| guidance.link(control, locale)),
            question_url: rendering::question_url(report, guidance, row.control()),
        }
    }
}

fn split(row: &ControlRow, say: Wording) -> Vec<(&'static str, &'static str, u64)> {
    let counts = Severity::WORST_FIRST
        .map(|severity| (severity_class(severity), say.severity(severity), row.counts.get(severity)));
    counts.into_iter().filter(|(.., count)| *count > 0).collect()
}

/// The organisation's guidance for a group, if it is one of a control.
pub(super) fn parts(row: &ControlRow, guidance: &Guidance, locale: Locale) -> Vec<(&'static str, String)> {
    let Some(control) = row.control() else { return Vec::new() };
    let part = |part: GuidancePart| Some((part.heading(locale), guidance.plain(control, part, locale)?));
    GuidancePart::ALL.into_iter().filter_map(part).collect()
}

/// The groups, the worst first.
pub(super) fn controls(report: &Report, digest: &Digest<'_>, guidance: &Guidance) -> Vec<ControlLine> {
    let rows = digest.controls.iter().take(MAX_LINES).enumerate();
    rows.map(|(index, row)| ControlLine::of(index, row, report, guidance)).collect()
}
