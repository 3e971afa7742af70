//! Sentences of the summary that are put together from several facts.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::assurance;
use crate::history::ProjectRun;
use crate::report::{Change, Conclusion, Report};
use crate::wording::{ReportTexts, Wording, fill};
use crate::{Result, Severity, SeverityCounts, Text};

/// Returns the Regions or files that the findings come from.
pub fn sources(report: &Report) -> String {
    // a source can be a home Region, from which the findings of linked Regions are read; `regions` has all of them
    let is_region = |source: &&String| report.regions.contains(source);
    let others = report.sources.iter().filter(|source| report.regions.is_empty() || !is_region(source));
    let others: Vec<&String> =
        if report.sources.len() > 1 || report.regions.is_empty() { others.collect() } else { Vec::new() };
    let all: Vec<&str> = report.regions.iter().chain(others).map(String::as_str).collect();
    if all.is_empty() {
        return ReportTexts::of(report.locale).about.none.to_owned();
    }
    all.join(Wording::of(report.locale).comma())
}

/// Returns the same, with the number of findings from each source if there are several: duplicates count with each.
pub fn counted_sources(report: &Report) -> String {
    if report.received_by_source.len() < 2 || report.received_by_source.len() != report.sources.len() {
        return sources(report);
    }
    let say = Wording::of(report.locale);
    let counted = report.sources.iter().zip(&report.received_by_source);
    let counted: Vec<String> = counted.map(|(source, n)| format!("{source}: {}", say.number(*n))).collect();
    counted.join(say.comma())
}

/// Returns the selection of findings, as a phrase.
pub fn selection(report: &Report) -> String {
    let say = Wording::of(report.locale);
    let states: Vec<_> = report.selection.record_states.iter().map(|s| say.record_state(*s)).collect();
    let workflow: Vec<_> = report.selection.workflow.iter().map(|s| say.workflow(*s)).collect();
    let (states, workflow) = (states.join(say.comma()), workflow.join(say.comma()));
    fill(ReportTexts::of(report.locale).about.selection_value, &[("states", &states), ("workflow", &workflow)])
}

/// Returns the name of a time zone, or else its offset from UTC at a moment.
pub fn zone_name(zone: &TimeZone, at: Timestamp) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => format!("UTC{}", zone.to_offset(at)),
    }
}

/// Returns the number of the last report for comparison with a number of this one, and the difference if both reports are
/// complete. `severity` is that of the number; `None` if it is of all findings.
pub fn compared(report: &Report, count: u64, severity: Option<Severity>) -> String {
    let texts = &ReportTexts::of(report.locale).summary;
    let Some(previous) = report.previous() else { return texts.first_time.to_owned() };
    let before = of(&previous.counts, severity);
    let say = Wording::of(report.locale);
    let values = [("n", &*say.number(before))];
    if !previous.complete {
        return fill(texts.last_time_incomplete, &values);
    }
    let last_time = fill(texts.last_time, &values);
    if !report.is_complete() {
        return last_time;
    }
    let difference = match count.cmp(&before) {
        Ordering::Greater => format!("▲ {}", say.number(count - before)),
        Ordering::Less => format!("▼ {}", say.number(before - count)),
        Ordering::Equal => texts.unchanged.to_owned(),
    };
    format!("{difference}  ({last_time})")
}

fn of(counts: &SeverityCounts, severity: Option<Severity>) -> u64 {
    severity.map_or_else(|| counts.total(), |s| counts.get(s))
}

/// Returns the heading of the changes, which names the last report.
pub fn changes_heading(report: &Report) -> String {
    let texts = &ReportTexts::of(report.locale).summary;
    let heading = |run: &ProjectRun| {
        let when = Wording::of(report.locale).moment(run.at, &report.time_zone);
        fill(texts.changes_heading, &[("when", &when)])
    };
    report.previous().map_or_else(|| texts.changes_first.to_owned(), heading)
}

/// Returns what happened to issues since the last report, with how many there are: new, reopened, worse, still open as they
/// were, and fixed. The words are those of the single findings, and the first four add up to all that is open.
pub fn changes_row(report: &Report) -> [(&'static str, u64); 5] {
    let (say, changes) = (Wording::of(report.locale), report.changes);
    [
        (say.change(Change::New), changes.new),
        (say.change(Change::Reopened), changes.reopened),
        (say.change(Change::Worse), changes.worse),
        (say.change(Change::Open), changes.open.saturating_sub(changes.worse)),
        (ReportTexts::of(report.locale).summary.resolved, changes.resolved),
    ]
}

/// The largest number of different odd values that are listed.
const ODD_VALUES: usize = 10;

/// Returns the values of findings that are not as AWS defines them as they came, with their number, the most frequent
/// first; at most ten.
///
/// # Errors
/// Those of findings that cannot be read.
pub fn odd_values(report: &Report) -> Result<Vec<String>> {
    let mut numbers: BTreeMap<(Text, Text), u64> = BTreeMap::new();
    for (index, _) in report.findings.facts().enumerate().filter(|(_, row)| row.odd_values > 0) {
        for odd in &report.findings.get(index)?.finding.odd_values {
            *numbers.entry((odd.field.clone(), odd.value.clone())).or_default() += 1;
        }
    }
    let mut numbers: Vec<_> = numbers.into_iter().collect();
    numbers.sort_by_key(|(_, number)| Reverse(*number));
    let say = Wording::of(report.locale);
    let line = |((field, value), number)| format!("{field} = {value} ({})", say.number(number));
    Ok(numbers.into_iter().take(ODD_VALUES).map(line).collect())
}

/// What a report without findings says, if it may say that there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NothingFound {
    /// Whether checks were seen in every account. Only then does the title say that there are no findings, and not that
    /// none were seen.
    pub is_clean: bool,
    /// The title.
    pub title: &'static str,
    /// What that is based on.
    pub sentences: Vec<String>,
}

/// Returns what a report without findings says; `None` if it has findings, or if it is known that not everything was
/// seen.
///
/// ```
/// use findings_core::rendering;
/// use findings_core::report::{AccountSummary, Report};
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// assert_eq!(rendering::nothing_found(&report), None, "it is not complete: it has no account");
/// report.accounts.push(AccountSummary::new("123456789012".parse()?, true));
/// assert!(!rendering::nothing_found(&report).unwrap().is_clean, "nobody checked the coverage");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn nothing_found(report: &Report) -> Option<NothingFound> {
    let texts = &ReportTexts::of(report.locale).summary;
    let is_clean = match report.certainty().conclusion(report.findings.len() as u64) {
        Conclusion::Clean => true,
        Conclusion::Unverified => false,
        Conclusion::Findings | Conclusion::NotAllSeen | Conclusion::Unknown => return None,
    };
    let title = if is_clean { texts.clean_title } else { texts.none_seen_title };
    let values = [
        ("accounts", &*report.accounts.len().to_string()),
        ("when", &Wording::of(report.locale).moment(report.generated_at, &report.time_zone)),
        ("zone", &zone_name(&report.time_zone, report.generated_at)),
        ("sources", &sources(report)),
    ];
    let mut sentences = vec![
        fill(texts.clean_accounts, &values),
        fill(texts.clean_selection, &[("selection", &selection(report))]),
        assurance(report),
    ];
    if report.changes.resolved > 0 {
        sentences.push(fill(texts.clean_resolved, &[("n", &report.changes.resolved.to_string())]));
    }
    Some(NothingFound { is_clean, title, sentences })
}
