//! The numbers of the report, and what changed.

use findings_core::Severity;
use findings_core::rendering::{self, Digest};
use findings_core::report::{Conclusion, Report};
use findings_core::wording::{ENDING_SOON_DAYS, ReportTexts, Wording};
use serde::Serialize;

use super::severity_class;

/// The numbers of the report.
#[derive(Debug, Serialize)]
pub(super) struct Overview {
    tiles: Vec<Tile>,
    /// Whether a warning is needed that 0 does not mean none.
    zero_is_not_none: bool,
    /// What is overdue.
    overdue: Option<String>,
    /// What is listed again, because its acceptance has ended.
    ended: Option<String>,
    /// What decisions take out of the report.
    accepted: Option<String>,
    changes_heading: String,
    changes: Vec<(&'static str, u64)>,
    /// Further sentences about the changes and the data.
    sentences: Vec<String>,
    counted_once: &'static str,
}

/// A number of findings.
#[derive(Debug, Serialize)]
struct Tile {
    /// The class of the severity; `none` for all findings.
    severity: Option<&'static str>,
    name: &'static str,
    count: u64,
    /// The number of the last report, and the difference.
    compared: String,
}

impl Overview {
    pub(super) fn of(report: &Report, digest: &Digest<'_>) -> Self {
        let (say, texts) = (Wording::of(report.locale), &ReportTexts::of(report.locale).summary);
        let tile = |severity: Option<Severity>| {
            let count = severity.map_or_else(|| digest.counts.total(), |s| digest.counts.get(s));
            Tile {
                severity: severity.map(severity_class),
                name: severity.map_or(texts.all, |s| say.severity(s)),
                count,
                compared: rendering::compared(report, count, severity),
            }
        };
        let closed = say.closed_without_fix(&report.changes);
        let is_unknown = report.certainty().conclusion(digest.counts.total()) == Conclusion::Unknown;
        Self {
            tiles: [None].into_iter().chain(Severity::WORST_FIRST.map(Some)).map(tile).collect(),
            zero_is_not_none: !report.is_complete(),
            overdue: say.overdue(report.overdue()),
            ended: say.ended_acceptances(report.ended_acceptances()),
            accepted: say.accepted_issues(report.accepted.len() as u64, report.ending_acceptances(ENDING_SOON_DAYS)),
            changes_heading: rendering::changes_heading(report),
            changes: if is_unknown { Vec::new() } else { rendering::changes_row(report).into() },
            sentences: closed.into_iter().chain(say.data_notes(&report.certainty())).collect(),
            counted_once: say.counted_once(),
        }
    }
}
