//! The whole report as JSON Lines, for scripts.

use findings_core::history::ProjectRun;
use findings_core::report::{
    AccountSummary, Change, Changes, Problem, RenderedReport, Report, ReportFinding, ReportFormat, ResolvedIssue,
};
use findings_core::{Error, ErrorKind, Finding, Locale, ReportRenderer, Result, Selection, SeverityCounts};
use jiff::Timestamp;
use serde::Serialize;

use crate::{console, dates, trust};

const FORMAT: ReportFormat = ReportFormat { extension: "jsonl", media_type: "application/x-ndjson" };

/// Renders the whole report as JSON Lines: one object a line, its `type` first.
///
/// The first line is the `report` itself: what was asked for, whether it is `complete` and, if not, its `problems`. Then comes a line for each
/// `finding`, the worst first, and for each `resolved` issue. Names are those of [`Finding`] and its parts, times are UTC, terms are those of ASFF,
/// whatever the language of the report; nothing is cut. Names may be added, none is changed.
///
/// ```
/// use findings_core::{ReportRenderer, report::Report};
/// use findings_xlsx::JsonlRenderer;
///
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let body = JsonlRenderer::new().render(&report)?.body;
/// let first: serde_json::Value = serde_json::from_slice(&body)?;
/// assert_eq!((&first["type"], &first["complete"]), (&"report".into(), &false.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct JsonlRenderer {}

impl JsonlRenderer {
    /// A renderer; it has no settings.
    pub fn new() -> Self {
        Self {}
    }
}

impl ReportRenderer for JsonlRenderer {
    fn format(&self) -> ReportFormat {
        FORMAT
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let body = write(report).map_err(|e| {
            Error::new(ErrorKind::Other, "write the JSON Lines of").with_subject(&report.project).with_source(e)
        })?;
        Ok(RenderedReport { body: body.into(), format: FORMAT, rows: report.findings.len() as u64 })
    }
}

fn write(report: &Report) -> serde_json::Result<Vec<u8>> {
    let findings = report.findings.iter().map(|row| Line::Finding(FindingLine::new(row, report.generated_at)));
    let resolved = report.resolved.iter().map(Line::Resolved);
    let mut body = Vec::new();
    for line in std::iter::once(Line::Report(Box::new(ReportLine::new(report)))).chain(findings).chain(resolved) {
        serde_json::to_writer(&mut body, &line)?;
        body.push(b'\n');
    }
    Ok(body)
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Report(Box<ReportLine<'a>>),
    Finding(FindingLine<'a>),
    Resolved(&'a ResolvedIssue),
}

#[derive(Serialize)]
struct ReportLine<'a> {
    project: &'a str,
    run_id: &'a str,
    generated_at: Timestamp,
    complete: bool,
    problems: &'a [Problem],
    locale: Locale,
    time_zone: String,
    sources: &'a [String],
    selection: &'a Selection,
    accounts: &'a [AccountSummary],
    counts: SeverityCounts,
    changes: Changes,
    stale: u64,
    fetched: Option<u64>,
    duplicates: u64,
    trend: &'a [ProjectRun],
    contact: Option<&'a str>,
}

impl<'a> ReportLine<'a> {
    fn new(report: &'a Report) -> Self {
        Self {
            project: &report.project,
            run_id: report.run_id.as_str(),
            generated_at: report.generated_at,
            complete: trust::is_whole(report),
            problems: &report.problems,
            locale: report.locale,
            time_zone: dates::zone_name(report),
            sources: &report.sources,
            selection: &report.selection,
            accounts: &report.accounts,
            counts: report.counts(),
            changes: report.changes,
            stale: report.stale,
            fetched: report.fetched,
            duplicates: report.duplicates,
            trend: &report.trend,
            contact: report.contact.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct FindingLine<'a> {
    change: Change,
    first_seen: Timestamp,
    age_days: i64,
    console_url: Option<String>,
    #[serde(flatten)]
    finding: &'a Finding,
}

impl<'a> FindingLine<'a> {
    fn new(row: &'a ReportFinding, now: Timestamp) -> Self {
        let age_days = dates::days_between(row.first_seen, now);
        let console_url = console::finding_url(&row.finding);
        Self { change: row.change, first_seen: row.first_seen, age_days, console_url, finding: &row.finding }
    }
}
