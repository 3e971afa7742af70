//! Lists of what is wrong with one resource: a problem is one line, in however many Regions and findings it is told.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::Digest;
use crate::report::{Report, ReportFinding};
use crate::{AccountId, Locale};

/// A line of a list: the findings of a group that are about the same resource. A check of a global resource, such as the root
/// user of an account, runs in each Region and gives a finding in each; several standards give one each, too.
///
/// The history counts an issue in each Region. This is for lists alone: numbers stay those of findings and issues.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssueLine<'a> {
    /// The index of the first of its findings in [`Report::findings`].
    pub index: usize,
    /// The first of its findings, which is the worst and oldest.
    pub row: &'a ReportFinding,
    /// The index of its group in [`Digest::controls`].
    pub group: usize,
    /// The number of its findings, at least 1.
    pub findings: u64,
    /// The Regions of its findings, sorted.
    pub regions: BTreeSet<&'a str>,
}

impl<'a> IssueLine<'a> {
    /// Returns a title in the reader's language: that of its control, with the control, or else that of its finding.
    pub fn title(&self, digest: &Digest<'a>, locale: Locale) -> Cow<'a, str> {
        let group = &digest.controls[self.group];
        match group.control() {
            Some(control) => format!("{control} {}", group.title(locale)).into(),
            None => (&*self.row.finding.title).into(),
        }
    }

    /// Returns the Regions for a cell, the first of them if there are many.
    pub fn regions_text(&self) -> String {
        const SHOWN: usize = 3;
        let shown: Vec<&str> = self.regions.iter().copied().take(SHOWN).collect();
        let hidden = self.regions.len() - shown.len();
        let more = if hidden > 0 { format!(" … (+{hidden})") } else { String::new() };
        shown.join(", ") + &more
    }
}

/// What is the same in the findings of a line: the group, the account, the resource, and for a resource whose ID is not
/// unique beyond its Region the Region.
type Key<'a> = (usize, AccountId, &'a str, Option<&'a str>);

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
/// let lines = rendering::issue_lines(&report, &rendering::Digest::new(&report), |_| true);
/// assert_eq!((lines.len(), lines[0].findings), (1, 2));
/// assert_eq!(lines[0].regions_text(), "eu-west-1, us-east-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn issue_lines<'a>(
    report: &'a Report,
    digest: &Digest<'a>,
    takes: impl Fn(&ReportFinding) -> bool,
) -> Vec<IssueLine<'a>> {
    lines(&report.findings, &digest.control_of, takes)
}

pub(super) fn lines<'a>(
    findings: &'a [ReportFinding],
    group_of: &[usize],
    takes: impl Fn(&ReportFinding) -> bool,
) -> Vec<IssueLine<'a>> {
    let mut places: HashMap<Key<'a>, usize> = HashMap::new();
    let mut lines: Vec<IssueLine<'a>> = Vec::new();
    for (index, (row, group)) in findings.iter().zip(group_of).enumerate().filter(|(_, (row, _))| takes(row)) {
        let place = *places.entry(key(row, *group)).or_insert_with(|| {
            lines.push(IssueLine { index, row, group: *group, findings: 0, regions: BTreeSet::new() });
            lines.len() - 1
        });
        lines[place].findings += 1;
        lines[place].regions.extend(row.finding.region.as_deref());
    }
    lines
}

fn key(row: &ReportFinding, group: usize) -> Key<'_> {
    let finding = &row.finding;
    let region = finding.region.as_deref();
    // the order of the resources of a finding moves
    match finding.resources.iter().map(|resource| &*resource.id).min() {
        Some(id) if id.starts_with("arn:") || id.starts_with("AWS::::Account:") => (group, finding.account, id, None),
        Some(id) => (group, finding.account, id, region),
        // nothing says that two of these are the same
        None => (group, finding.account, &finding.id, region),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::report::Change;
    use crate::{Finding, Resource};

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
            report.findings = [a, b].map(|(control, region, resource)| row(control, region, resource)).into();
            let lines = issue_lines(&report, &Digest::new(&report), |_| true);
            assert_eq!(lines.iter().map(|line| line.findings).collect::<Vec<_>>(), findings, "{a:?} {b:?}");
            assert_eq!(lines[0].index, 0);
            assert!(issue_lines(&report, &Digest::new(&report), |_| false).is_empty());
        }
    }

    #[test]
    fn many_regions_are_cut() {
        let regions = ["a-1", "b-1", "c-1", "d-1", "e-1"];
        let mut report = Report::new("P", "r".parse().unwrap(), Timestamp::UNIX_EPOCH);
        report.findings = regions.map(|region| row("IAM.6", region, Some("AWS::::Account:1"))).into();
        let lines = issue_lines(&report, &Digest::new(&report), |_| true);
        assert_eq!(lines[0].regions_text(), "a-1, b-1, c-1 … (+2)");
    }
}
