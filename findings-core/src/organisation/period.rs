//! The numbers of a stretch of time: what came, what was fixed, and how long it took.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::{End, Span};
use super::flow::{Flow, events};
use super::merge::Issue;
use super::range::Window;
use super::statistics::{DurationStats, Share};
use crate::Severity;
use crate::history::{ClosureKind, Sla};

/// The numbers of a stretch of time beside those of the same number of weeks before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PeriodComparison {
    /// The stretch of time.
    pub current: PeriodNumbers,
    /// The one before; `null` if the history does not reach back to its beginning, because half a period would look
    /// like a good one.
    pub before: Option<PeriodNumbers>,
}

/// The numbers of a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PeriodNumbers {
    /// Its beginning, UTC.
    pub from: Timestamp,
    /// Its end, UTC.
    pub to: Timestamp,
    /// Number of its weeks.
    pub weeks: u64,
    /// Number of these weeks that ended before the first run of any project. Nothing is known of them.
    pub weeks_before_history: u64,
    /// Number of these weeks in which something is not known of a project that was there: no run, or an incomplete one.
    /// What such weeks miss is found later, and counts there.
    pub weeks_with_gaps: u64,
    /// Numbers of issues by what happened to them.
    pub flow: Flow,
    /// Net resolve rate: the issues that were fixed and not reopened before the end of the stretch, of the issues that
    /// were new in it. More than 100 % if old ones were fixed, too.
    pub net_resolve: Share,
    /// The issues that were fixed in time, of those whose target fell into the stretch of time; `null` without targets.
    /// Left out are issues that were first reported after their target had passed, and those that were suppressed or
    /// archived, or left, before it passed.
    pub within_target: Option<Share>,
    /// By severity, the worst first.
    pub severities: Vec<SeverityPeriod>,
    /// From the opening of an issue to the run that found it fixed, of all severities.
    pub time_to_fix: DurationStats,
}

/// The numbers of one severity in a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SeverityPeriod {
    /// The severity, as last seen.
    pub severity: Severity,
    /// From the opening of an issue to the run that found it fixed, for what was fixed in this stretch of time.
    pub time_to_fix: DurationStats,
    /// From the opening of an issue to the first decision about it, for decisions made in this stretch of time.
    pub time_to_decision: DurationStats,
    /// As [`PeriodNumbers::within_target`]; `null` without a target for this severity.
    pub within_target: Option<Share>,
}

/// Collects the numbers of a stretch of time.
#[derive(Debug)]
pub(super) struct PeriodTally<'a> {
    window: Window,
    sla: &'a Sla,
    flow: Flow,
    stayed_fixed: u64,
    severities: [SeverityTally; 5],
}

#[derive(Debug, Default)]
struct SeverityTally {
    fixes: Vec<i64>,
    decisions: Vec<i64>,
    in_time: u64,
    due: u64,
}

impl<'a> PeriodTally<'a> {
    pub(super) fn new(window: Window, sla: &'a Sla) -> Self {
        Self { window, sla, flow: Flow::default(), stayed_fixed: 0, severities: Default::default() }
    }

    pub(super) fn add(&mut self, issue: &Issue<'_>) {
        for (at, event, severity) in events(issue) {
            if self.window.contains(at) {
                self.flow.add(event, severity);
            }
        }
        for (index, span) in issue.spans.iter().enumerate() {
            let reopened_at = issue.spans.get(index + 1).map(|next| next.seen_at);
            self.add_span(span, reopened_at, issue.main.severity);
        }
    }

    fn add_span(&mut self, span: &Span, reopened_at: Option<Timestamp>, severity: Severity) {
        let window = self.window;
        let fixed_at = span.end.filter(|end| end.kind == ClosureKind::Fixed).map(|end| end.at);
        let target = self.sla.target(severity);
        let tally = &mut self.severities[index(severity)];
        if let Some(at) = fixed_at.filter(|at| window.contains(*at)) {
            tally.fixes.push(seconds_between(span.opened_at, at));
            // by the same measure in every period: what is reopened later does not make an old period worse than a
            // new one
            self.stayed_fixed += u64::from(reopened_at.is_none_or(|again| again >= window.to));
        }
        if let Some(at) = span.decided_at.filter(|at| window.contains(*at)) {
            tally.decisions.push(seconds_between(span.opened_at, at));
        }
        let due = target.and_then(|target| span.opened_at.checked_add(target).ok());
        let is_past = |due: &Timestamp| window.contains(*due) && *due < window.shown_to && span.seen_at <= *due;
        if let Some(in_time) = due.filter(is_past).and_then(|due| was_in_time(span.end, due)) {
            tally.due += 1;
            tally.in_time += u64::from(in_time);
        }
    }

    pub(super) fn finish(self) -> PeriodNumbers {
        let has_target = |severity: Severity| self.sla.target(severity).is_some();
        let sum = |number: fn(&SeverityTally) -> u64| self.severities.iter().map(number).sum::<u64>();
        let within_target = Severity::WORST_FIRST.into_iter().any(has_target);
        let within_target = within_target.then(|| Share::new(sum(|s| s.in_time), sum(|s| s.due)));
        let all_fixes = self.severities.iter().flat_map(|s| s.fixes.iter().copied()).collect();
        let numbers = |(severity, tally): (Severity, SeverityTally)| SeverityPeriod {
            severity,
            time_to_fix: DurationStats::of(tally.fixes),
            time_to_decision: DurationStats::of(tally.decisions),
            within_target: self.sla.target(severity).map(|_| Share::new(tally.in_time, tally.due)),
        };
        PeriodNumbers {
            from: self.window.from,
            to: self.window.shown_to,
            weeks: 0,
            weeks_before_history: 0,
            weeks_with_gaps: 0,
            flow: self.flow,
            net_resolve: Share::new(self.stayed_fixed, self.flow.new.total()),
            within_target,
            severities: Severity::WORST_FIRST.into_iter().zip(self.severities).map(numbers).collect(),
            time_to_fix: DurationStats::of(all_fixes),
        }
    }
}

/// Whether an issue was fixed by its target; `None` if it ended before for another reason, so that the target says
/// nothing.
fn was_in_time(end: Option<End>, due: Timestamp) -> Option<bool> {
    match end.filter(|end| end.at <= due) {
        None => Some(false),
        Some(End { kind: ClosureKind::Fixed, .. }) => Some(true),
        Some(_) => None,
    }
}

/// The position of a severity in [`Severity::WORST_FIRST`].
pub(super) fn index(severity: Severity) -> usize {
    Severity::Critical as usize - severity as usize
}

pub(super) fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).max(0)
}
