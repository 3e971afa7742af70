//! What happened to issues in a stretch of time.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::Start;
use super::merge::Issue;
use crate::history::ClosureKind;
use crate::{Severity, SeverityCounts};

/// Numbers of issues by what happened to them in a stretch of time, each by the severity that they had then.
///
/// Open at the end = open at the beginning + `baseline` + `new` + `reopened` − `fixed` − `suppressed` − `archived` −
/// `left` − `merged`. This holds for the totals; the numbers of one severity also differ by issues whose severity
/// changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Flow {
    /// Open in the first run of a project that the history has. They are no news: nobody knows since when people could
    /// have known of them.
    pub baseline: SeverityCounts,
    /// Reported for the first time, by a later run.
    pub new: SeverityCounts,
    /// Open again after they were fixed, suppressed or archived.
    pub reopened: SeverityCounts,
    /// Fixed: the only number that is work.
    pub fixed: SeverityCounts,
    /// Suppressed by a person.
    pub suppressed: SeverityCounts,
    /// No longer reported by their product, which is no proof of a fix.
    pub archived: SeverityCounts,
    /// Their account left. An issue that goes on in another project, or under another name of its project, did not
    /// leave the organisation.
    pub left: SeverityCounts,
    /// They go on as part of another issue.
    pub merged: SeverityCounts,
}

/// Something that happened to an issue.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Started(Start),
    Ended(ClosureKind),
}

impl Flow {
    pub(super) fn add(&mut self, event: Event, severity: Severity) {
        let counts = match event {
            Event::Started(Start::Baseline) => &mut self.baseline,
            Event::Started(Start::New) => &mut self.new,
            Event::Started(Start::Reopened) => &mut self.reopened,
            Event::Ended(ClosureKind::Fixed) => &mut self.fixed,
            Event::Ended(ClosureKind::Suppressed) => &mut self.suppressed,
            Event::Ended(ClosureKind::Archived) => &mut self.archived,
            Event::Ended(ClosureKind::Left) => &mut self.left,
            Event::Ended(ClosureKind::Moved) => &mut self.merged,
        };
        counts.add(severity);
    }
}

/// Everything that happened to an issue: when, what, and the severity that it had then.
pub(super) fn events<'a>(issue: &'a Issue<'_>) -> impl Iterator<Item = (Timestamp, Event, Severity)> + 'a {
    let of_span = |span: &super::facts::Span| {
        let end = span.end.map(|end| (end.at, Event::Ended(end.kind)));
        [Some((span.seen_at, Event::Started(span.start))), end]
    };
    let all = issue.spans.iter().flat_map(of_span).flatten();
    all.map(|(at, event)| (at, event, issue.main.severity_at(at)))
}
