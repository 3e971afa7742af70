//! The counts that all parts of a report share. They are made in one pass over the findings, so that parts cannot
//! contradict each other.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::advice::{fix, update_package};
use super::issue_lines::lines;
use super::{Advice, IssueLine, advice, issue_title, product};
use crate::report::{AccountSummary, Problem, ProblemKind, Report, ReportFinding};
use crate::wording::{ReportTexts, fill};
use crate::{AccountId, Finding, Locale, Severity, SeverityCounts};

/// Counts and groups of a report.
///
/// ```
/// use findings_core::rendering::Digest;
/// use findings_core::report::Report;
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// assert_eq!(Digest::new(&report).counts.total(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Digest<'a> {
    /// The number of findings by severity.
    pub counts: SeverityCounts,
    /// All accounts, the worst first.
    pub accounts: Vec<AccountRow<'a>>,
    /// Findings that are fixed together, the worst first.
    pub controls: Vec<ControlRow<'a>>,
    /// For each finding of the report the index of its group in `controls`.
    pub control_of: Vec<usize>,
    /// The oldest open critical and high findings, the oldest first, one line for each problem, at most [`TOP`].
    pub oldest: Vec<IssueLine<'a>>,
}

/// An account of a report, or one that only findings name.
#[derive(Debug)]
#[non_exhaustive]
pub struct AccountRow<'a> {
    /// Its ID.
    pub id: AccountId,
    /// Its name, if it is known.
    pub name: Option<&'a str>,
    /// Whether everything of it was read.
    pub complete: bool,
    /// The account's entry in the report; `None` if only findings name the account.
    pub summary: Option<&'a AccountSummary>,
    /// The number of its findings by severity.
    pub counts: SeverityCounts,
    /// The newest update of its findings: the last sign that checks run in the account.
    pub newest_update: Option<Timestamp>,
}

/// The key of a group of findings that are fixed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Group<'a> {
    /// The control.
    Control(&'a str),
    /// Without a control: the product and the vulnerable package.
    Package(&'a str, &'a str),
    /// Without a package: the product and the finding's type.
    Type(&'a str, &'a str),
    /// Without a type: the product and the title.
    Title(&'a str, &'a str),
}

/// Findings that are fixed together, because they share a control or, if the product
/// has no controls, a vulnerable package, a type or a title.
#[derive(Debug)]
#[non_exhaustive]
pub struct ControlRow<'a> {
    group: Group<'a>,
    /// The first finding of the group, which is the worst and oldest.
    pub example: &'a Finding,
    /// Whether the advice of `example` applies to the whole group. Products without controls can give different advice
    /// for each finding.
    pub advice_is_common: bool,
    /// Versions of the package that fix the vulnerabilities.
    fixed_in: BTreeSet<&'a str>,
    /// The worst severity. A group can have findings of several: see `counts`.
    pub severity: Severity,
    /// The number of findings by severity, by which groups are sorted.
    pub counts: SeverityCounts,
    /// The number of findings.
    pub findings: u64,
    /// The accounts with such findings.
    pub accounts: HashSet<AccountId>,
    /// The resources with such findings.
    pub resources: HashSet<&'a str>,
    /// When the oldest issue was last opened, UTC.
    pub oldest: Timestamp,
}

/// How many of the oldest findings and of the worst controls a summary shows.
pub const TOP: usize = 10;

impl<'a> Digest<'a> {
    /// Counts and groups the findings of a report.
    pub fn new(report: &'a Report) -> Self {
        let mut accounts: BTreeMap<AccountId, AccountRow<'a>> = report
            .accounts
            .iter()
            .map(|a| {
                let row = AccountRow::new(a.id, a.name.as_deref(), is_whole(a, report));
                (a.id, AccountRow { summary: Some(a), ..row })
            })
            .collect();
        let mut controls: Vec<ControlRow<'a>> = Vec::new();
        let mut indexes: HashMap<Group<'a>, usize> = HashMap::new();
        let mut group_of = Vec::with_capacity(report.findings.len());
        for row in &report.findings {
            let finding: &'a Finding = &row.finding;
            accounts
                .entry(finding.account)
                .or_insert_with(|| AccountRow::new(finding.account, finding.account_name.as_deref(), true))
                .add(finding);
            let group = Group::of(finding);
            let index = *indexes.entry(group).or_insert_with(|| {
                controls.push(ControlRow::new(group, row));
                controls.len() - 1
            });
            controls[index].add(row);
            group_of.push(index);
        }
        let mut accounts: Vec<_> = accounts.into_values().collect();
        accounts.sort_by(|a, b| badness(&b.counts).cmp(&badness(&a.counts)).then(a.id.cmp(&b.id)));
        let (controls, place_of) = sorted(controls);
        let control_of: Vec<usize> = group_of.into_iter().map(|group| place_of[group]).collect();
        let oldest = oldest(report, &control_of);
        Self { counts: report.counts(), accounts, controls, control_of, oldest }
    }
}

impl<'a> AccountRow<'a> {
    fn new(id: AccountId, name: Option<&'a str>, complete: bool) -> Self {
        Self { id, name, complete, summary: None, counts: SeverityCounts::default(), newest_update: None }
    }

    fn add(&mut self, finding: &'a Finding) {
        self.counts.add(finding.severity);
        self.name = self.name.or(finding.account_name.as_deref());
        self.newest_update = self.newest_update.max(finding.updated_at);
    }

    /// Whether the account's numbers can be trusted: it was read completely, and its coverage has no known gap.
    pub fn is_believed(&self) -> bool {
        self.complete && self.summary.is_none_or(AccountSummary::is_believed)
    }

    /// Returns the name. If it is not known, an account with findings is labelled with its ID, because the chart by
    /// account shows it.
    pub fn label(&self, locale: Locale) -> String {
        match self.name {
            Some(name) => name.to_owned(),
            None if self.counts.total() > 0 => self.id.to_string(),
            None => ReportTexts::of(locale).finding.name_unknown.to_owned(),
        }
    }
}

impl<'a> ControlRow<'a> {
    fn new(group: Group<'a>, row: &'a ReportFinding) -> Self {
        let finding: &'a Finding = &row.finding;
        Self {
            group,
            example: finding,
            advice_is_common: true,
            fixed_in: BTreeSet::new(),
            severity: finding.severity,
            counts: SeverityCounts::default(),
            findings: 0,
            accounts: HashSet::new(),
            resources: HashSet::new(),
            oldest: row.opened_at,
        }
    }

    fn add(&mut self, row: &'a ReportFinding) {
        let given = |f: &'a Finding| (f.remediation_text.as_deref(), f.remediation_url.as_deref());
        let is_control = matches!(self.group, Group::Control(_));
        self.advice_is_common &= is_control || given(&row.finding) == given(self.example);
        if let Group::Package(_, package) = self.group {
            let packages = row.finding.vulnerabilities.iter().flat_map(|v| &v.packages);
            let own = packages.filter(|p| p.name.as_deref() == Some(package));
            self.fixed_in.extend(own.filter_map(fix));
        }
        self.findings += 1;
        self.counts.add(row.finding.severity);
        self.severity = self.severity.max(row.finding.severity);
        self.oldest = self.oldest.min(row.opened_at);
        self.accounts.insert(row.finding.account);
        self.resources.extend(row.finding.resources.iter().map(|r| &*r.id));
    }

    /// Returns the control, or else the product.
    pub fn label(&self) -> &'a str {
        match self.group {
            Group::Control(name) | Group::Package(name, _) | Group::Type(name, _) | Group::Title(name, _) => name,
        }
    }

    /// Returns the ID of the control, if the group has one.
    pub fn control(&self) -> Option<&'a str> {
        if let Group::Control(id) = self.group { Some(id) } else { None }
    }

    /// Returns the vulnerable package, if the group is one of a package.
    pub fn package(&self) -> Option<&'a str> {
        if let Group::Package(_, package) = self.group { Some(package) } else { None }
    }

    /// Returns the versions of the package that fix the vulnerabilities.
    pub fn fixed_in(&self) -> &BTreeSet<&'a str> {
        &self.fixed_in
    }

    /// Returns a title for the group in the reader's language.
    pub fn title(&self, locale: Locale) -> Cow<'a, str> {
        match self.group {
            Group::Control(id) => issue_title(&self.example.title, Some(id), locale).into(),
            Group::Package(_, package) => {
                fill(ReportTexts::of(locale).finding.vulnerable_package, &[("package", package)]).into()
            }
            Group::Type(_, text) | Group::Title(_, text) => text.into(),
        }
    }

    /// Returns the advice to update the package to a fixed version, if the findings name one.
    fn update(&self, locale: Locale) -> Option<String> {
        let Group::Package(_, package) = self.group else { return None };
        (!self.fixed_in.is_empty()).then(|| update_package(package, &self.fixed_in, locale))
    }

    /// Returns the advice for the whole group: the update of the package, or what all findings advise. `None` if they
    /// advise nothing or, where `advice_is_common` is `false`, each something else.
    pub fn advice(&self, locale: Locale) -> Option<Advice<'a>> {
        match self.update(locale) {
            Some(update) => Some(Advice::text(update)),
            None if self.advice_is_common => advice(self.example, locale),
            None => None,
        }
    }

    /// By the number of critical findings, then by that of high ones, and so on: one critical finding among many others does
    /// not bring its group before one with several.
    fn rank(&self) -> [u64; 5] {
        badness(&self.counts)
    }
}

impl<'a> Group<'a> {
    fn of(finding: &'a Finding) -> Self {
        if let Some(control) = &finding.control_id {
            return Self::Control(control);
        }
        let product = product(finding);
        let package = finding.vulnerabilities.first().and_then(|v| v.packages.first()?.name.as_deref());
        match (package, finding.types.first()) {
            (Some(package), _) => Self::Package(product, package),
            (None, Some(kind)) => Self::Type(product, kind),
            (None, None) => Self::Title(product, &finding.title),
        }
    }
}

/// Returns the groups, the worst first, and the new place of each.
fn sorted(controls: Vec<ControlRow<'_>>) -> (Vec<ControlRow<'_>>, Vec<usize>) {
    let mut controls: Vec<_> = controls.into_iter().enumerate().collect();
    controls.sort_by(|(_, a), (_, b)| b.rank().cmp(&a.rank()).then_with(|| a.group.cmp(&b.group)));
    let mut place_of = vec![0; controls.len()];
    for (place, (index, _)) in controls.iter().enumerate() {
        place_of[*index] = place;
    }
    (controls.into_iter().map(|(_, control)| control).collect(), place_of)
}

/// Whether everything of the account was read.
fn is_whole(account: &AccountSummary, report: &Report) -> bool {
    // a problem of coverage has a column of its own, and does not mean that findings were not read
    let is_about_reading = |p: &Problem| !matches!(p.kind, ProblemKind::Coverage(_));
    account.complete && !report.problems.iter().any(|p| p.account == Some(account.id) && is_about_reading(p))
}

fn badness(counts: &SeverityCounts) -> [u64; 5] {
    Severity::WORST_FIRST.map(|s| counts.get(s))
}

fn oldest<'a>(report: &'a Report, control_of: &[usize]) -> Vec<IssueLine<'a>> {
    let mut severe = lines(&report.findings, control_of, |row| row.finding.severity >= Severity::High);
    severe.sort_by(|IssueLine { row: a, .. }, IssueLine { row: b, .. }| {
        a.opened_at
            .cmp(&b.opened_at)
            .then(b.finding.severity.cmp(&a.finding.severity))
            .then_with(|| a.finding.id.cmp(&b.finding.id))
    });
    severe.truncate(TOP);
    severe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Change;

    #[test]
    fn groups_are_sorted_by_their_split_by_severity() {
        use crate::Severity::{Critical, High, Low};
        let mut report = Report::new("P", "r".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let findings = [("A.1", Critical), ("A.1", Low), ("A.1", Low), ("B.1", Critical), ("B.1", High), ("C.1", High)];
        for (n, (control, severity)) in findings.into_iter().enumerate() {
            let mut finding = Finding::new("123456789012".parse().unwrap(), n.to_string());
            (finding.control_id, finding.severity) = (Some(control.into()), severity);
            report.findings.push(ReportFinding::new(finding, Change::New, Timestamp::UNIX_EPOCH));
        }
        let digest = Digest::new(&report);
        let split = |c: &ControlRow<'_>| (c.label().to_owned(), c.counts.critical, c.counts.high, c.counts.low);
        let want = [("B.1", 1, 1, 0), ("A.1", 1, 0, 2), ("C.1", 0, 1, 0)].map(|(id, c, h, l)| (id.to_owned(), c, h, l));
        assert_eq!(digest.controls.iter().map(split).collect::<Vec<_>>(), want);
        assert!(digest.controls.iter().all(|control| control.counts.total() == control.findings));
    }

    #[test]
    fn advice_of_a_group_is_common_only_if_all_findings_give_it() {
        let row = |id: &str, control: Option<&str>, advice: &str| {
            let mut finding = Finding::new("123456789012".parse().unwrap(), id);
            finding.types = vec!["Vulnerabilities/CVE".into()];
            finding.control_id = control.map(Into::into);
            finding.remediation_text = Some(advice.into());
            ReportFinding::new(finding, Change::New, Timestamp::UNIX_EPOCH)
        };
        let mut report = Report::new("P", "r".parse().unwrap(), Timestamp::UNIX_EPOCH);
        report.findings =
            vec![row("1", None, "install 3.0.2"), row("2", Some("S3.1"), "a"), row("3", Some("S3.1"), "b")];
        let common = |report: &Report| -> Vec<bool> {
            Digest::new(report).controls.iter().map(|c| c.advice_is_common).collect()
        };
        let digest = Digest::new(&report);
        let ids: Vec<_> = digest.control_of.iter().map(|index| digest.controls[*index].control()).collect();
        assert_eq!(ids, [None, Some("S3.1"), Some("S3.1")], "each finding knows its group");
        assert_eq!(common(&report), [true, true], "findings of a control have common advice even if the texts differ");
        report.findings.push(row("4", None, "there is no fix yet"));
        assert_eq!(common(&report).iter().filter(|c| !**c).count(), 1);
    }
}
