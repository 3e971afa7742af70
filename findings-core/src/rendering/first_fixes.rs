//! What a project should fix first. All forms of a report, and the messages about it, take it from here.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::{Digest, days_between};
use crate::Severity;
use crate::decision::DecisionKind;
use crate::report::{LeadReason, Report, ReportFinding};

/// How many lines "Do these first" has at most.
pub const MAX_FIRST_FIXES: usize = 5;

/// A line of "Do these first": findings that one fix closes, with the finding that leads them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FirstFix<'a> {
    /// The index of the group in [`Digest::controls`]: its label, title, advice and counts.
    pub group: usize,
    /// The index of the finding that leads in [`Report::findings`].
    pub index: usize,
    /// The finding that leads: its severity, resource and account stand for the line.
    pub row: &'a ReportFinding,
    /// Why it leads.
    pub reason: LeadReason,
    /// The Regions in which the group has findings about the same resource of the same account, sorted. A global check
    /// has one finding in each.
    pub regions: Vec<&'a str>,
    /// Number of pairs of account and resource of the group, at least 1: how often the fix is to be made.
    pub places: u64,
}

/// The order of two findings, or of the lines that they lead: the smaller is to be fixed first.
type Order<'a> = (Reverse<Severity>, u8, Reverse<u64>);

/// Returns what to fix first, at most [`MAX_FIRST_FIXES`] lines, one for each group of the digest.
///
/// The worst severity comes first. Of the same severity, what is overdue comes first and the longest overdue before the
/// others, then what has become worse, has come back or is new, then what has been open the longest. If that is equal, the
/// fix with more places comes first, then the smaller label. The finding that leads a group is found by the same rule.
/// Informational findings ask for no action, so they are in no line unless they are overdue;
/// what the project said is not its own is in none, either.
///
/// ```
/// use findings_core::{Finding, Severity, rendering};
/// use findings_core::report::{Change, LeadReason, Report, ReportFinding};
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// finding.severity = Severity::High;
/// report.findings.push(ReportFinding::new(finding, Change::Open, "2026-11-20T00:00:00Z".parse()?));
/// let digest = rendering::Digest::new(&report);
/// assert_eq!(rendering::first_fixes(&report, &digest)[0].reason, LeadReason::Open(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn first_fixes<'a>(report: &'a Report, digest: &Digest<'a>) -> Vec<FirstFix<'a>> {
    let leaders = leaders(report, digest);
    let mut lines: Vec<_> = leaders.into_iter().map(|(group, leader)| (group, leader, 0)).collect();
    lines.sort_by_key(|(_, leader, _)| leader.order);
    // the places are counted only for lines that can be among the first: as many as are shown, and those equal to the last
    if let Some(last) = lines.get(MAX_FIRST_FIXES - 1).map(|(_, leader, _)| leader.order) {
        lines.retain(|(_, leader, _)| leader.order <= last);
    }
    let mut places = places(report, digest, &lines.iter().map(|(group, ..)| *group).collect());
    for (group, _, count) in &mut lines {
        *count = places.remove(group).unwrap_or(1);
    }
    let label = |group: usize| (digest.controls[group].label(), digest.controls[group].title(report.locale));
    lines.sort_by(|a, b| {
        let key = |(_, leader, places): &(usize, Leader<'a>, u64)| (leader.order, Reverse(*places));
        key(a).cmp(&key(b)).then_with(|| label(a.0).cmp(&label(b.0))).then(a.0.cmp(&b.0))
    });
    lines.truncate(MAX_FIRST_FIXES);
    let line = |(group, leader, places): (usize, Leader<'a>, u64)| FirstFix {
        group,
        index: leader.index,
        row: leader.row,
        reason: leader.reason,
        regions: regions(report, digest, group, leader.row),
        places,
    };
    lines.into_iter().map(line).collect()
}

/// The finding that leads a group.
#[derive(Clone, Copy, Debug)]
struct Leader<'a> {
    index: usize,
    row: &'a ReportFinding,
    reason: LeadReason,
    order: Order<'a>,
}

impl<'a> Leader<'a> {
    /// `None` for a finding that asks for no action of the project.
    fn of(index: usize, row: &'a ReportFinding, report: &Report) -> Option<Self> {
        let days = days_between(row.opened_at, report.generated_at).unsigned_abs();
        let reason = LeadReason::of(row, report.today(), days, report.previous().is_none());
        let severity = row.finding.severity;
        let is_elsewhere = row.decision.as_deref().is_some_and(|decision| decision.entry.kind == DecisionKind::NotOurs);
        let asks = severity > Severity::Informational || matches!(reason, LeadReason::Overdue(_));
        let (place, days) = reason.urgency();
        (asks && !is_elsewhere).then_some(Self { index, row, reason, order: (Reverse(severity), place, days) })
    }

    /// The full order of findings: it is the same whatever the order of the findings in the report is.
    fn key(&self) -> (Order<'a>, impl Ord + use<'a>) {
        let finding = &self.row.finding;
        (self.order, (finding.account, main_resource(self.row), finding.region.as_deref(), &*finding.id))
    }
}

/// Returns the finding that leads each group.
fn leaders<'a>(report: &'a Report, digest: &Digest<'a>) -> HashMap<usize, Leader<'a>> {
    let mut leaders: HashMap<usize, Leader<'a>> = HashMap::new();
    for (index, (row, group)) in report.findings.iter().zip(&digest.control_of).enumerate() {
        let Some(leader) = Leader::of(index, row, report) else { continue };
        let known = leaders.entry(*group).or_insert(leader);
        if leader.key() < known.key() {
            *known = leader;
        }
    }
    leaders
}

/// Returns the number of pairs of account and resource of some groups.
fn places(report: &Report, digest: &Digest<'_>, groups: &BTreeSet<usize>) -> HashMap<usize, u64> {
    let mut places: HashMap<usize, BTreeSet<_>> = HashMap::new();
    for (row, group) in report.findings.iter().zip(&digest.control_of).filter(|(_, group)| groups.contains(group)) {
        places.entry(*group).or_default().insert((row.finding.account, main_resource(row)));
    }
    places.into_iter().map(|(group, places)| (group, places.len() as u64)).collect()
}

/// Returns the Regions of the findings of a group that are about the resource of a finding.
fn regions<'a>(report: &'a Report, digest: &Digest<'_>, group: usize, leader: &ReportFinding) -> Vec<&'a str> {
    let place = |row: &'a ReportFinding| (row.finding.account, main_resource(row));
    let own = report
        .findings
        .iter()
        .zip(&digest.control_of)
        .filter(|(row, of)| **of == group && place(row) == (leader.finding.account, main_resource(leader)));
    own.filter_map(|(row, _)| row.finding.region.as_deref()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The smallest ID, because the order of the resources of a finding moves.
fn main_resource(row: &ReportFinding) -> &str {
    row.finding.resources.iter().map(|resource| &*resource.id).min().unwrap_or_default()
}

#[cfg(test)]
mod tests;
