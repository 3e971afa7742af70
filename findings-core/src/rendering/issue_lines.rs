//! Lists of what is wrong with one resource: a problem is one line, in however many Regions and findings it is told.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::Digest;
use crate::report::{DueDate, Report, ReportFinding, ReportFindings, RowFacts};
use crate::{AccountId, Finding, Locale, Result, Severity, Text};

/// A line of a list: the findings of a group that are about the same resource. A check of a global resource, such as the root
/// user of an account, runs in each Region and gives a finding in each; several standards give one each, too.
///
/// The history counts an issue in each Region. This is for lists alone: numbers stay those of findings and issues.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssueLine {
    /// The index of the first of its findings in [`Report::findings`], which is the worst and oldest. `severity` to `due` are
    /// those of this finding.
    pub index: usize,
    /// The severity.
    pub severity: Severity,
    /// The account.
    pub account: AccountId,
    /// The type of the first resource.
    pub resource_type: Option<Text>,
    /// When the issue was last opened, UTC.
    pub opened_at: Timestamp,
    /// Until when it is to be fixed.
    pub due: Option<DueDate>,
    /// The index of its group in [`Groups::controls`](super::Groups::controls).
    pub group: usize,
    /// The number of its findings, at least 1.
    pub findings: u64,
    /// The Regions of its findings, sorted.
    pub regions: Vec<Text>,
}

impl IssueLine {
    fn new(index: usize, row: &ReportFinding, group: u32) -> Self {
        let finding = &row.finding;
        Self {
            index,
            severity: finding.severity,
            account: finding.account,
            resource_type: finding.resources.first().and_then(|resource| resource.kind.clone()),
            opened_at: row.opened_at,
            due: row.due,
            group: group as usize,
            findings: 0,
            regions: Vec::new(),
        }
    }

    pub(super) fn add_region(&mut self, region: &Text) {
        if let Err(place) = self.regions.binary_search(region) {
            self.regions.insert(place, region.clone());
        }
    }

    /// Returns a title in the reader's language: that of its control, with the control, or else that of its finding, which
    /// is the one at `index`.
    pub fn title<'a>(&self, finding: &'a Finding, digest: &Digest<'_>, locale: Locale) -> Cow<'a, str> {
        let group = &digest.controls[self.group];
        match group.control() {
            Some(control) => format!("{control} {}", group.title(locale)).into(),
            None => (&*finding.title).into(),
        }
    }

    /// Returns the Regions for a cell, the first of them if there are many.
    pub fn regions_text(&self) -> String {
        const SHOWN: usize = 3;
        let shown = &self.regions[..self.regions.len().min(SHOWN)];
        let hidden = self.regions.len() - shown.len();
        let more = if hidden > 0 { format!(" … (+{hidden})") } else { String::new() };
        shown.join(", ") + &more
    }
}

/// Returns the lines of the findings that a list takes, in the order of the report.
///
/// ```
/// use findings_core::{Finding, Resource, rendering};
/// use findings_core::report::{Change, Report, ReportFinding};
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// for region in ["eu-west-1", "us-east-1"] {
///     let mut finding = Finding::new("123456789012".parse()?, region);
///     finding.control_id = Some("IAM.6".into());
///     finding.region = Some(region.into());
///     let mut account = Resource::default();
///     account.id = "AWS::::Account:123456789012".into();
///     finding.resources.push(account);
///     report.findings.push(ReportFinding::new(finding, Change::Open, "2026-11-20T00:00:00Z".parse()?));
/// }
/// let lines = rendering::issue_lines(&report, &rendering::Digest::new(&report)?, |_| true)?;
/// assert_eq!((lines.len(), lines[0].findings), (1, 2));
/// assert_eq!(lines[0].regions_text(), "eu-west-1, us-east-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of findings that cannot be read. Only those that the list takes are read.
pub fn issue_lines(
    report: &Report,
    digest: &Digest<'_>,
    takes: impl Fn(&RowFacts<'_>) -> bool,
) -> Result<Vec<IssueLine>> {
    lines(&report.findings, &digest.control_of, takes)
}

pub(super) fn lines(
    findings: &ReportFindings,
    group_of: &[u32],
    takes: impl Fn(&RowFacts<'_>) -> bool,
) -> Result<Vec<IssueLine>> {
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut lines: Vec<IssueLine> = Vec::new();
    for (index, (_, group)) in findings.facts().zip(group_of).enumerate().filter(|(_, (row, _))| takes(row)) {
        let row = findings.get(index)?;
        let place = *places.entry(key(&row, *group)).or_insert_with(|| {
            lines.push(IssueLine::new(index, &row, *group));
            lines.len() - 1
        });
        lines[place].findings += 1;
        if let Some(region) = &row.finding.region {
            lines[place].add_region(region);
        }
    }
    Ok(lines)
}

/// What is the same in the findings of a line: the group, the account, the resource, and for a resource whose ID is not
/// unique beyond its Region the Region. A hash of it, because a list can have many lines.
type Key = [u8; 16];

fn key(row: &ReportFinding, group: u32) -> Key {
    let finding = &row.finding;
    // the order of the resources of a finding moves
    let (id, region) = match finding.resources.iter().map(|resource| &*resource.id).min() {
        Some(id) if id.starts_with("arn:") || id.starts_with("AWS::::Account:") => (id, None),
        Some(id) => (id, finding.region.as_deref()),
        // nothing says that two of these are the same
        None => (&*finding.id, finding.region.as_deref()),
    };
    let mut hash = Sha256::new();
    hash.update(group.to_be_bytes());
    hash.update(finding.account.number().to_be_bytes());
    // the length keeps ("ab", "c") and ("a", "bc") apart
    hash.update((id.len() as u64).to_be_bytes());
    hash.update(id.as_bytes());
    hash.update(region.unwrap_or_default().as_bytes());
    let mut key = Key::default();
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Resource;
    use crate::report::Change;

    fn row(control: &str, region: &str, resource: Option<&str>) -> ReportFinding {
        let mut finding = Finding::new("123456789012".parse().unwrap(), format!("{control}/{region}/{resource:?}"));
        finding.control_id = Some(control.into());
        finding.region = Some(region.into());
        let resource = resource.map(|id| Resource { id: id.into(), ..Resource::default() });
        finding.resources = resource.into_iter().collect();
        ReportFinding::new(finding, Change::Open, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_problem_is_one_line_only_if_its_resource_is_surely_the_same() {
        let (user, account) = (Some("arn:aws:iam::123456789012:user/a"), Some("AWS::::Account:123456789012"));
        for (a, b, findings) in [
            (("IAM.3", "eu-west-1", user), ("IAM.3", "us-east-1", user), &[2][..]),
            (("IAM.6", "eu-west-1", account), ("IAM.6", "us-east-1", account), &[2]),
            (("IAM.3", "eu-west-1", user), ("IAM.4", "us-east-1", user), &[1, 1]),
            (("X.1", "eu-west-1", Some("queue")), ("X.1", "us-east-1", Some("queue")), &[1, 1]),
            (("X.1", "eu-west-1", Some("queue")), ("X.1", "eu-west-1", Some("queue")), &[2]),
            (("X.1", "eu-west-1", None), ("X.1", "us-east-1", None), &[1, 1]),
        ] {
            let mut report = Report::new("P", "r".parse().unwrap(), Timestamp::UNIX_EPOCH);
            report.findings =
                [a, b].map(|(control, region, resource)| row(control, region, resource)).into_iter().collect();
            let lines = issue_lines(&report, &Digest::new(&report).unwrap(), |_| true).unwrap();
            assert_eq!(lines.iter().map(|line| line.findings).collect::<Vec<_>>(), findings, "{a:?} {b:?}");
            assert_eq!(lines[0].index, 0);
            assert!(issue_lines(&report, &Digest::new(&report).unwrap(), |_| false).unwrap().is_empty());
        }
    }

    #[test]
    fn many_regions_are_cut() {
        let regions = ["a-1", "b-1", "c-1", "d-1", "e-1"];
        let mut report = Report::new("P", "r".parse().unwrap(), Timestamp::UNIX_EPOCH);
        report.findings = regions.map(|region| row("IAM.6", region, Some("AWS::::Account:1"))).into_iter().collect();
        let lines = issue_lines(&report, &Digest::new(&report).unwrap(), |_| true).unwrap();
        assert_eq!(lines[0].regions_text(), "a-1, b-1, c-1 … (+2)");
    }
}
