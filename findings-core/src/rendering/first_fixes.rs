//! What a project should fix first. All forms of a report, and the messages about it, take it from here.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::{Digest, days_between};
use crate::decision::DecisionKind;
use crate::report::{LeadReason, Report, ReportFinding, RowFacts};
use crate::{AccountId, Result, Severity, Text};

/// How many lines "Do these first" has at most.
pub const MAX_FIRST_FIXES: usize = 5;

/// A line of "Do these first": findings that one fix closes, with the finding that leads them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FirstFix {
    /// The index of the group in [`Groups::controls`](super::Groups::controls): its label, title, advice and counts.
    pub group: usize,
    /// The index of the finding that leads in [`Report::findings`].
    pub index: usize,
    /// The finding that leads: its severity, resource and account stand for the line.
    pub row: ReportFinding,
    /// Why it leads.
    pub reason: LeadReason,
    /// The Regions in which the group has findings about the same resource of the same account, sorted. A global check
    /// has one finding in each.
    pub regions: Vec<Text>,
    /// Number of pairs of account and resource of the group, at least 1: how often the fix is to be made.
    pub places: u64,
}

/// The order of two findings, or of the lines that they lead: the smaller is to be fixed first.
type Order = (Reverse<Severity>, u8, Reverse<u64>);

/// Returns what to fix first, at most [`MAX_FIRST_FIXES`] lines, one for each group of the digest.
///
/// The worst severity comes first. Of the same severity, what is overdue comes first and the longest overdue before the
/// others, then what has become worse, has come back or is new, then what has been open the longest. If that is equal, the
/// fix with more places comes first, then the smaller label. The finding that leads a group is found by the same rule.
/// Informational findings ask for no action, so they are in no line unless they are overdue;
/// nor are checks that pass, and what the project said is not its own.
///
/// ```
/// use findings_core::{Finding, Severity, rendering};
/// use findings_core::report::{Change, LeadReason, Report, ReportFinding};
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// finding.severity = Severity::High;
/// report.findings.push(ReportFinding::new(finding, Change::Open, "2026-11-20T00:00:00Z".parse()?));
/// let digest = rendering::Digest::new(&report)?;
/// assert_eq!(rendering::first_fixes(&report, &digest)?[0].reason, LeadReason::Open(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of findings that cannot be read.
pub fn first_fixes(report: &Report, digest: &Digest<'_>) -> Result<Vec<FirstFix>> {
    let mut orders: Vec<(usize, Order)> = orders(report, digest).into_iter().collect();
    orders.sort_by_key(|(_, order)| *order);
    // only lines that can be among the first are looked at: as many as are shown, and those equal to the last
    if let Some(last) = orders.get(MAX_FIRST_FIXES - 1).map(|(_, order)| *order) {
        orders.retain(|(_, order)| *order <= last);
    }
    let mut groups = groups(report, digest, &orders.into_iter().collect())?;
    groups.sort_by(|a, b| {
        let label = |group: &Candidate| {
            let row = &digest.controls[group.group];
            (row.label().to_owned(), row.title(report.locale).into_owned())
        };
        let key = |group: &Candidate| (group.order, Reverse(group.places.len()));
        key(a).cmp(&key(b)).then_with(|| label(a).cmp(&label(b))).then(a.group.cmp(&b.group))
    });
    groups.truncate(MAX_FIRST_FIXES);
    groups.into_iter().map(|group| group.into_fix(report, digest)).collect()
}

/// A group that can be among the first.
struct Candidate {
    group: usize,
    order: Order,
    /// The finding that leads, with its index.
    leader: (usize, ReportFinding),
    /// The pairs of account and resource with such findings.
    places: BTreeSet<(AccountId, Text)>,
}

impl Candidate {
    fn into_fix(self, report: &Report, digest: &Digest<'_>) -> Result<FirstFix> {
        let (index, row) = self.leader;
        let regions = regions(report, digest, self.group, &row)?;
        let reason = reason(&row.facts(), report);
        Ok(FirstFix { group: self.group, index, row, reason, regions, places: (self.places.len() as u64).max(1) })
    }
}

/// Returns the order of the finding that leads each group. A group whose findings ask for no action of the project has none.
fn orders(report: &Report, digest: &Digest<'_>) -> HashMap<usize, Order> {
    let mut orders: HashMap<usize, Order> = HashMap::new();
    for (row, group) in report.findings.facts().zip(&digest.control_of) {
        let Some(order) = order(&row, report) else { continue };
        let known = orders.entry(*group as usize).or_insert(order);
        *known = order.min(*known);
    }
    orders
}

fn reason(row: &RowFacts<'_>, report: &Report) -> LeadReason {
    let days = days_between(row.opened_at, report.generated_at).unsigned_abs();
    LeadReason::of(row, report.today(), days, report.previous().is_none())
}

/// `None` for a finding that asks for no action of the project.
fn order(row: &RowFacts<'_>, report: &Report) -> Option<Order> {
    let reason = reason(row, report);
    let is_elsewhere = row.decision.is_some_and(|decision| decision.entry.kind == DecisionKind::NotOurs);
    let asks = row.severity > Severity::Informational || matches!(reason, LeadReason::Overdue(_));
    let (place, days) = reason.urgency();
    (asks && !is_elsewhere && !row.passes).then_some((Reverse(row.severity), place, days))
}

/// Reads the findings of groups, given the order of the finding that leads each.
fn groups(report: &Report, digest: &Digest<'_>, orders: &HashMap<usize, Order>) -> Result<Vec<Candidate>> {
    let mut groups: HashMap<usize, Candidate> = HashMap::new();
    let mut places: HashMap<usize, BTreeSet<(AccountId, Text)>> = HashMap::new();
    for (index, (facts, group)) in report.findings.facts().zip(&digest.control_of).enumerate() {
        let group = *group as usize;
        let Some(best) = orders.get(&group).copied() else { continue };
        let row = report.findings.get(index)?;
        places.entry(group).or_default().insert((facts.account, main_resource(&row)));
        if order(&facts, report) != Some(best) {
            continue;
        }
        match groups.get_mut(&group) {
            None => {
                groups.insert(group, Candidate { group, order: best, leader: (index, row), places: BTreeSet::new() });
            }
            Some(known) if key(&row) < key(&known.leader.1) => known.leader = (index, row),
            Some(_) => {}
        }
    }
    for (group, places) in places {
        groups.entry(group).and_modify(|candidate| candidate.places = places);
    }
    Ok(groups.into_values().collect())
}

/// The order of findings that are equally urgent. It is the same whatever the order of the findings in the report is.
fn key(row: &ReportFinding) -> (AccountId, Text, Option<&Text>, &Text) {
    let finding = &row.finding;
    (finding.account, main_resource(row), finding.region.as_ref(), &finding.id)
}

/// Returns the Regions of the findings of a group that are about the resource of a finding.
fn regions(report: &Report, digest: &Digest<'_>, group: usize, leader: &ReportFinding) -> Result<Vec<Text>> {
    let (account, resource) = (leader.finding.account, main_resource(leader));
    let mut regions = BTreeSet::new();
    for (index, (facts, of)) in report.findings.facts().zip(&digest.control_of).enumerate() {
        if *of as usize != group || facts.account != account {
            continue;
        }
        let row = report.findings.get(index)?;
        if main_resource(&row) == resource {
            regions.extend(row.finding.region.clone());
        }
    }
    Ok(regions.into_iter().collect())
}

/// The smallest ID, because the order of the resources of a finding moves.
fn main_resource(row: &ReportFinding) -> Text {
    row.finding.resources.iter().map(|resource| &resource.id).min().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests;
