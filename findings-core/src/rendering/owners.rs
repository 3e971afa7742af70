//! The findings of a report by owner.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::report::{Change, Report};
use crate::{SeverityCounts, Text};

/// The findings of one owner, or those that are nobody's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerRow<'a> {
    /// The owner; `None` for findings that are nobody's.
    pub owner: Option<&'a Text>,
    /// Number of their findings by severity.
    pub counts: SeverityCounts,
    /// How many of them are new.
    pub new: u64,
    /// How many of them were to be fixed by now.
    pub overdue: u64,
    /// When the oldest of them was opened, UTC.
    pub oldest: Timestamp,
}

/// Returns the findings by owner: those of nobody first, because somebody has to take them, then the owners with the worst
/// ones. Empty if no rules say whose findings are.
///
/// ```
/// use findings_core::{Finding, rendering};
/// use findings_core::report::{Change, Report, ReportFinding};
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let finding = Finding::new("123456789012".parse()?, "1");
/// report.findings.push(ReportFinding::new(finding, Change::New, "2026-11-20T00:00:00Z".parse()?));
/// assert!(rendering::owner_rows(&report).is_empty(), "without rules, nothing is nobody's");
/// report.has_owner_rules = true;
/// assert_eq!(rendering::owner_rows(&report)[0].owner, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn owner_rows(report: &Report) -> Vec<OwnerRow<'_>> {
    if !report.has_owner_rules {
        return Vec::new();
    }
    let today = report.today();
    let mut places: HashMap<Option<&Text>, usize> = HashMap::new();
    let mut rows: Vec<OwnerRow<'_>> = Vec::new();
    for finding in report.findings.facts() {
        let owner = finding.responsible();
        let at = *places.entry(owner).or_insert(rows.len());
        if at == rows.len() {
            let (counts, oldest) = (SeverityCounts::default(), finding.opened_at);
            rows.push(OwnerRow { owner, counts, new: 0, overdue: 0, oldest });
        }
        let row = &mut rows[at];
        row.counts.add(finding.severity);
        row.new += u64::from(finding.change == Change::New);
        row.overdue += u64::from(finding.due.is_some_and(|due| due.is_overdue(today)));
        row.oldest = row.oldest.min(finding.opened_at);
    }
    let by_weight = |counts: &SeverityCounts| crate::Severity::WORST_FIRST.map(|severity| counts.get(severity));
    rows.sort_by(|a, b| {
        let order = (a.owner.is_some()).cmp(&b.owner.is_some()).then(by_weight(&b.counts).cmp(&by_weight(&a.counts)));
        order.then_with(|| a.owner.cmp(&b.owner))
    });
    rows
}
