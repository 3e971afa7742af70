//! The numbers of the last reports and of this one.

use findings_core::organisation::WeekState;
use findings_core::rendering::Digest;
use findings_core::report::{Changes, Report};
use findings_core::wording::ReportTexts;
use findings_core::{Severity, SeverityCounts};
use jiff::Timestamp;
use serde::Serialize;

use crate::chart::{Chart, Column};
use crate::format::day;
use crate::texts::{Texts, text};

/// How many reports are shown, this one included.
const SHOWN: usize = 12;

/// The last reports.
#[derive(Debug, Serialize)]
pub(super) struct Trend {
    heading: &'static str,
    chart: String,
    runs: Vec<RunLine>,
}

/// A report.
#[derive(Debug, Serialize)]
struct RunLine {
    at: Timestamp,
    is_complete: bool,
    counts: [u64; 5],
    total: u64,
    new: u64,
    reopened: u64,
    resolved: u64,
    note: &'static str,
}

impl Trend {
    /// `None` for the first report.
    pub(super) fn of(report: &Report, digest: &Digest<'_>, texts: &Texts) -> Option<Self> {
        report.previous()?;
        let words = &ReportTexts::of(report.locale).summary;
        let before = &report.trend[report.trend.len().saturating_sub(SHOWN - 1)..];
        let line = |at, counts: &SeverityCounts, changes: &Changes, is_complete, note| RunLine {
            at,
            is_complete,
            counts: Severity::WORST_FIRST.map(|s| counts.get(s)),
            total: counts.total(),
            new: changes.new,
            reopened: changes.reopened,
            resolved: changes.resolved,
            note: if is_complete { note } else { words.incomplete_run },
        };
        let earlier = before.iter().map(|run| line(run.at, &run.counts, &run.changes, run.complete, ""));
        let own = line(report.generated_at, &digest.counts, &report.changes, report.is_complete(), words.this_run);
        let runs: Vec<RunLine> = earlier.chain([own]).collect();
        let all_complete = runs.iter().all(|run| run.is_complete);
        Some(Self {
            heading: if all_complete { words.trend_heading } else { words.trend_heading_incomplete },
            chart: chart(&runs, report, texts),
            runs,
        })
    }
}

fn chart(runs: &[RunLine], report: &Report, texts: &Texts) -> String {
    let columns = runs.iter().map(|run| Column {
        day: day(run.at, &report.time_zone),
        state: if run.is_complete { WeekState::Complete } else { WeekState::Incomplete },
        up: ["sc", "sh", "sm", "sl", "si"].into_iter().zip(run.counts).collect(),
        down: Vec::new(),
    });
    let label = text(texts, "trend_chart", &[]).unwrap_or_default();
    Chart { columns: columns.collect() }.svg(&format!(" aria-label=\"{}\"", minijinja::HtmlEscape(&label)))
}
