//! The counts that all parts of a report share. They are made in one pass over the findings, so that parts cannot
//! contradict each other.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;

use super::advice::{fix, update_package};
use super::issue_lines::lines;
use super::{Advice, IssueLine, advice, issue_title, product};
use crate::report::{AccountSummary, Problem, ProblemKind, Report, ReportFinding, ReportFindings};
use crate::wording::{ReportTexts, fill};
use crate::{AccountId, Finding, Locale, Result, Severity, SeverityCounts, Text};

/// Counts and groups of a report.
///
/// ```
/// use findings_core::rendering::Digest;
/// use findings_core::report::Report;
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// assert_eq!(Digest::new(&report)?.counts.total(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Digest<'a> {
    /// The number of findings by severity.
    pub counts: SeverityCounts,
    /// All accounts, the worst first.
    pub accounts: Vec<AccountRow<'a>>,
    /// Its findings in groups.
    groups: Arc<Groups>,
}

/// An account of a report, or one that only findings name.
#[derive(Debug)]
#[non_exhaustive]
pub struct AccountRow<'a> {
    /// Its ID.
    pub id: AccountId,
    /// Its name, if it is known.
    pub name: Option<Text>,
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Group {
    /// The control.
    Control(Text),
    /// Without a control: the product and the vulnerable package.
    Package(Text, Text),
    /// Without a package: the product and the finding's type.
    Type(Text, Text),
    /// Without a type: the product and the title.
    Title(Text, Text),
}

/// Findings that are fixed together, because they share a control or, if the product
/// has no controls, a vulnerable package, a type or a title.
#[derive(Debug)]
#[non_exhaustive]
pub struct ControlRow {
    group: Group,
    /// The first finding of the group, which is the worst and oldest.
    pub example: Arc<Finding>,
    /// Whether the advice of `example` applies to the whole group. Products without controls can give different advice
    /// for each finding.
    pub advice_is_common: bool,
    /// Versions of the package that fix the vulnerabilities.
    fixed_in: BTreeSet<Text>,
    /// The worst severity. A group can have findings of several: see `counts`.
    pub severity: Severity,
    /// The number of findings by severity, by which groups are sorted.
    pub counts: SeverityCounts,
    /// The number of findings.
    pub findings: u64,
    /// The accounts with such findings.
    pub accounts: HashSet<AccountId>,
    /// Hashes of the IDs of the resources with such findings.
    resources: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
    /// When the oldest issue was last opened, UTC.
    pub oldest: Timestamp,
}

/// How many of the oldest findings and of the worst controls a summary shows.
pub const TOP: usize = 10;

impl<'a> Digest<'a> {
    /// Counts and groups the findings of a report. It reads them once: the digests of a report of a pipeline share the groups, which
    /// keep a finding for each.
    ///
    /// # Errors
    /// Those of findings that cannot be read.
    pub fn new(report: &'a Report) -> Result<Self> {
        let groups = report.findings.groups()?;
        let known = report.accounts.iter().map(|a| (a.id, AccountRow::of(a, is_whole(a, report))));
        let mut accounts: BTreeMap<AccountId, AccountRow<'a>> = known.collect();
        for (id, totals) in &groups.accounts {
            accounts.entry(*id).or_insert_with(|| AccountRow::unknown(*id)).fill(totals);
        }
        let mut accounts: Vec<_> = accounts.into_values().collect();
        accounts.sort_by(|a, b| badness(&b.counts).cmp(&badness(&a.counts)).then(a.id.cmp(&b.id)));
        Ok(Self { counts: report.counts(), accounts, groups })
    }
}

/// Read access to the groups, which all digests of a report share.
impl Deref for Digest<'_> {
    type Target = Groups;

    fn deref(&self) -> &Groups {
        &self.groups
    }
}

/// What the findings of a report are together, whatever else the report says.
#[derive(Debug)]
#[non_exhaustive]
pub struct Groups {
    /// Findings that are fixed together, the worst first.
    pub controls: Vec<ControlRow>,
    /// For each finding of the report the index of its group in `controls`.
    pub control_of: Vec<u32>,
    /// The oldest open critical and high findings, the oldest first, one line for each problem, at most [`TOP`].
    pub oldest: Vec<IssueLine>,
    accounts: BTreeMap<AccountId, AccountTotals>,
}

/// What the findings of an account are together.
#[derive(Debug, Default)]
struct AccountTotals {
    name: Option<Text>,
    counts: SeverityCounts,
    newest_update: Option<Timestamp>,
}

impl Groups {
    /// Reads and groups findings.
    pub(crate) fn of(findings: &ReportFindings) -> Result<Self> {
        let mut accounts: BTreeMap<AccountId, AccountTotals> = BTreeMap::new();
        let mut controls: Vec<ControlRow> = Vec::new();
        let mut indexes: HashMap<Group, usize> = HashMap::new();
        let mut group_of = Vec::with_capacity(findings.len());
        for row in findings {
            let row = row?;
            accounts.entry(row.finding.account).or_default().add(&row.finding);
            let group = Group::of(&row.finding);
            let next = controls.len();
            let index = *indexes.entry(group).or_insert_with_key(|group| {
                controls.push(ControlRow::new(group.clone(), &row));
                next
            });
            controls[index].add(&row);
            group_of.push(index);
        }
        let (controls, place_of) = sorted(controls);
        let control_of: Vec<u32> = group_of.into_iter().map(|group| place_of[group]).collect();
        let oldest = oldest(findings, &control_of)?;
        Ok(Self { controls, control_of, oldest, accounts })
    }
}

impl AccountTotals {
    fn add(&mut self, finding: &Finding) {
        self.counts.add(finding.severity);
        if self.name.is_none() {
            self.name.clone_from(&finding.account_name);
        }
        self.newest_update = self.newest_update.max(finding.updated_at);
    }
}

impl AccountRow<'_> {
    fn of(summary: &AccountSummary, complete: bool) -> AccountRow<'_> {
        let (id, name) = (summary.id, summary.name.clone());
        let counts = SeverityCounts::default();
        AccountRow { id, name, complete, summary: Some(summary), counts, newest_update: None }
    }

    /// An account that only findings name.
    fn unknown(id: AccountId) -> Self {
        let counts = SeverityCounts::default();
        Self { id, name: None, complete: true, summary: None, counts, newest_update: None }
    }

    fn fill(&mut self, totals: &AccountTotals) {
        self.counts = totals.counts;
        if self.name.is_none() {
            self.name.clone_from(&totals.name);
        }
        self.newest_update = totals.newest_update;
    }

    /// Whether the account's numbers can be trusted: it was read completely, and its coverage has no known gap.
    pub fn is_believed(&self) -> bool {
        self.complete && self.summary.is_none_or(AccountSummary::is_believed)
    }

    /// Returns the name. If it is not known, an account with findings is labelled with its ID, because the chart by
    /// account shows it.
    pub fn label(&self, locale: Locale) -> String {
        match &self.name {
            Some(name) => name.to_string(),
            None if self.counts.total() > 0 => self.id.to_string(),
            None => ReportTexts::of(locale).finding.name_unknown.to_owned(),
        }
    }
}

impl ControlRow {
    fn new(group: Group, row: &ReportFinding) -> Self {
        Self {
            group,
            example: row.finding.clone(),
            advice_is_common: true,
            fixed_in: BTreeSet::new(),
            severity: row.finding.severity,
            counts: SeverityCounts::default(),
            findings: 0,
            accounts: HashSet::new(),
            resources: HashSet::default(),
            oldest: row.opened_at,
        }
    }

    fn add(&mut self, row: &ReportFinding) {
        let finding = &row.finding;
        let is_same_advice = finding.remediation_text == self.example.remediation_text
            && finding.remediation_url == self.example.remediation_url;
        self.advice_is_common &= matches!(self.group, Group::Control(_)) || is_same_advice;
        if let Group::Package(_, package) = &self.group {
            let packages = finding.vulnerabilities.iter().flat_map(|v| &v.packages);
            let own = packages.filter(|p| p.name.as_ref() == Some(package));
            self.fixed_in.extend(own.filter_map(fix).cloned());
        }
        self.findings += 1;
        self.counts.add(finding.severity);
        self.severity = self.severity.max(finding.severity);
        self.oldest = self.oldest.min(row.opened_at);
        self.accounts.insert(finding.account);
        // the same hash in every run: the same report gives the same file
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        self.resources.extend(finding.resources.iter().map(|resource| hasher.hash_one(&resource.id)));
    }

    /// The number of resources with such findings.
    pub fn resources(&self) -> u64 {
        self.resources.len() as u64
    }

    /// Returns the control, or else the product.
    pub fn label(&self) -> &str {
        match &self.group {
            Group::Control(name) | Group::Package(name, _) | Group::Type(name, _) | Group::Title(name, _) => name,
        }
    }

    /// Returns the ID of the control, if the group has one.
    pub fn control(&self) -> Option<&str> {
        if let Group::Control(id) = &self.group { Some(id) } else { None }
    }

    /// Returns the vulnerable package, if the group is one of a package.
    pub fn package(&self) -> Option<&str> {
        if let Group::Package(_, package) = &self.group { Some(package) } else { None }
    }

    /// Returns the versions of the package that fix the vulnerabilities.
    pub fn fixed_in(&self) -> &BTreeSet<Text> {
        &self.fixed_in
    }

    /// Returns a title for the group in the reader's language.
    pub fn title(&self, locale: Locale) -> Cow<'_, str> {
        match &self.group {
            Group::Control(id) => issue_title(&self.example.title, Some(id), locale).into(),
            Group::Package(_, package) => {
                fill(ReportTexts::of(locale).finding.vulnerable_package, &[("package", package)]).into()
            }
            Group::Type(_, text) | Group::Title(_, text) => (&**text).into(),
        }
    }

    /// Returns the advice to update the package to a fixed version, if the findings name one.
    fn update(&self, locale: Locale) -> Option<String> {
        let Group::Package(_, package) = &self.group else { return None };
        (!self.fixed_in.is_empty()).then(|| update_package(package, &self.fixed_in, locale))
    }

    /// Returns the advice for the whole group: the update of the package, or what all findings advise. `None` if they
    /// advise nothing or, where `advice_is_common` is `false`, each something else.
    pub fn advice(&self, locale: Locale) -> Option<Advice<'_>> {
        match self.update(locale) {
            Some(update) => Some(Advice::text(update)),
            None if self.advice_is_common => advice(&self.example, locale),
            None => None,
        }
    }

    /// By the number of critical findings, then by that of high ones, and so on: one critical finding among many others does
    /// not bring its group before one with several.
    fn rank(&self) -> [u64; 5] {
        badness(&self.counts)
    }
}

impl Group {
    fn of(finding: &Finding) -> Self {
        if let Some(control) = &finding.control_id {
            return Self::Control(control.clone());
        }
        let product = || Text::from(product(finding));
        let package = finding.vulnerabilities.first().and_then(|v| v.packages.first()?.name.clone());
        match (package, finding.types.first()) {
            (Some(package), _) => Self::Package(product(), package),
            (None, Some(kind)) => Self::Type(product(), kind.clone()),
            (None, None) => Self::Title(product(), finding.title.clone()),
        }
    }
}

/// Returns the groups, the worst first, and the new place of each.
fn sorted(controls: Vec<ControlRow>) -> (Vec<ControlRow>, Vec<u32>) {
    let mut controls: Vec<_> = controls.into_iter().enumerate().collect();
    controls.sort_by(|(_, a), (_, b)| b.rank().cmp(&a.rank()).then_with(|| a.group.cmp(&b.group)));
    let mut place_of = vec![0; controls.len()];
    for (place, (index, _)) in (0..).zip(&controls) {
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

fn oldest(findings: &ReportFindings, control_of: &[u32]) -> Result<Vec<IssueLine>> {
    let mut severe = lines(findings, control_of, |row| row.severity >= Severity::High)?;
    severe.sort_by_key(|line| (line.opened_at, Reverse(line.severity), line.index));
    severe.truncate(TOP);
    Ok(severe)
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
        let digest = Digest::new(&report).unwrap();
        let split = |c: &ControlRow| (c.label().to_owned(), c.counts.critical, c.counts.high, c.counts.low);
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
            vec![row("1", None, "install 3.0.2"), row("2", Some("S3.1"), "a"), row("3", Some("S3.1"), "b")].into();
        let common = |report: &Report| -> Vec<bool> {
            Digest::new(report).unwrap().controls.iter().map(|c| c.advice_is_common).collect()
        };
        let digest = Digest::new(&report).unwrap();
        let ids: Vec<_> = digest.control_of.iter().map(|index| digest.controls[*index as usize].control()).collect();
        assert_eq!(ids, [None, Some("S3.1"), Some("S3.1")], "each finding knows its group");
        assert_eq!(common(&report), [true, true], "findings of a control have common advice even if the texts differ");
        report.findings.push(row("4", None, "there is no fix yet"));
        assert_eq!(common(&report).iter().filter(|c| !**c).count(), 1);
    }
}
