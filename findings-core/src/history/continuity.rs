//! Which known issue a finding belongs to, also when what its key is made of has moved.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::issue::{likeness, likeness_of, signature};
use super::{IssueId, IssueRecord, ShownBy};
use crate::{AccountId, Finding, FindingList, Result, Text};

/// Findings with the IDs of their issues.
///
/// The ID of a new issue is computed by [`IssueId::of`]. A known issue keeps its ID as long as it plainly goes on. A
/// finding that would begin a new issue belongs to a known one, of which no finding has the ID, if
/// 1. the record names the finding's account and `Id`,
/// 2. or the record was written by an early version, and the ID is the one that the rule of that version gives,
/// 3. or product, generator, title, account, Region and resource are the same: some products give a finding another `Id`
///    at every scan.
///
/// ```
/// use findings_core::{Finding, history::IdentifiedFindings};
/// let finding = Finding::new("123456789012".parse()?, "1");
/// let identified = IdentifiedFindings::new([finding].into_iter().collect(), &[])?;
/// assert_eq!(identified.findings().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct IdentifiedFindings {
    findings: FindingList,
    /// The issue of each finding, in the same order.
    issues: Vec<IssueId>,
    /// Known issues whose findings are now part of another issue.
    merged: HashSet<IssueId>,
    /// New issues that were part of a known one under the rule of an early version, with the ID of that one.
    split: HashMap<IssueId, IssueId>,
    shown_by: Arc<ShownBy>,
}

impl IdentifiedFindings {
    /// Finds the issues of findings, which are in the order of the report, among the known ones.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) if the findings are on a disk that fails.
    pub fn new(findings: FindingList, known: &[IssueRecord]) -> Result<Self> {
        let mut issues = Vec::with_capacity(findings.len());
        for finding in &findings {
            issues.push(IssueId::of(&finding?));
        }
        let mut identified =
            Self { findings, issues, merged: HashSet::new(), split: HashMap::new(), shown_by: Arc::default() };
        if !known.is_empty() {
            identified.continue_known(known)?;
        }
        Ok(identified)
    }

    /// Says which views showed the findings.
    pub(crate) fn with_shown_by(mut self, shown_by: Arc<ShownBy>) -> Self {
        self.shown_by = shown_by;
        self
    }

    pub(crate) fn shown_by(&self) -> &Arc<ShownBy> {
        &self.shown_by
    }

    /// Reads the findings with the IDs of their issues, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = Result<(Finding, &IssueId)>> {
        self.findings.iter().zip(&self.issues).map(|(finding, issue)| Ok((finding?, issue)))
    }

    /// The findings in the order given.
    pub fn findings(&self) -> &FindingList {
        &self.findings
    }

    /// The issue of each finding, in the order of the findings.
    pub(crate) fn issues(&self) -> &[IssueId] {
        &self.issues
    }

    /// Whether the findings of a known issue are now part of another issue.
    pub(super) fn is_merged(&self, id: &IssueId) -> bool {
        self.merged.contains(id)
    }

    /// The known issue that a new issue was part of.
    pub(super) fn origin(&self, id: &IssueId) -> Option<&IssueId> {
        self.split.get(id)
    }

    /// Replaces the IDs of issues that would be new and are not.
    fn continue_known(&mut self, known: &[IssueRecord]) -> Result<()> {
        let mut records = Records::new(known, &self.issues);
        let (mut renamed, mut unmatched) = (HashMap::new(), Vec::new());
        for (id, places) in self.new_issues(&records) {
            let findings = self.read(&places)?;
            match records.take_by_finding_id(&findings) {
                Some((record, others)) => {
                    renamed.insert(id.clone(), record);
                    self.merged.extend(others);
                }
                None => unmatched.push((id, places)),
            }
        }
        // only now: what an Id says is stronger than what looks alike
        for (id, places) in unmatched {
            let findings = self.read(&places)?;
            if let Some(record) = records.take_similar(&findings) {
                renamed.insert(id, record);
            } else if let Some(origin) = records.origin(&findings) {
                self.split.insert(id, origin);
            }
        }
        for id in &mut self.issues {
            if let Some(known) = renamed.get(id) {
                id.clone_from(known);
            }
        }
        Ok(())
    }

    fn read(&self, places: &[usize]) -> Result<Vec<Finding>> {
        places.iter().map(|place| self.findings.get(*place)).collect()
    }

    /// The places of the findings of each issue that no record has the ID of, in the order of the report, so that the
    /// result is the same in every run.
    fn new_issues(&self, records: &Records<'_>) -> Vec<(IssueId, Vec<usize>)> {
        let mut groups: Vec<(IssueId, Vec<usize>)> = Vec::new();
        let mut index: HashMap<&IssueId, usize> = HashMap::new();
        for (place, id) in self.issues.iter().enumerate().filter(|(_, id)| !records.by_id.contains_key(id)) {
            let at = *index.entry(id).or_insert(groups.len());
            if at == groups.len() {
                groups.push((id.clone(), Vec::new()));
            }
            groups[at].1.push(place);
        }
        groups
    }
}

/// The known records, by what a finding can be recognised by. Records are named by their index.
struct Records<'a> {
    known: &'a [IssueRecord],
    by_id: HashMap<&'a IssueId, usize>,
    /// Whether a record has no finding yet.
    is_free: Vec<bool>,
    by_finding_id: HashMap<(AccountId, &'a str), Vec<usize>>,
    /// By signature, or by likeness for records of early versions that are not about a control. The best one is last:
    /// open, and of these the oldest.
    by_signature: HashMap<Text, Vec<usize>>,
}

impl<'a> Records<'a> {
    fn new(known: &'a [IssueRecord], found: &[IssueId]) -> Self {
        let found: HashSet<&IssueId> = found.iter().collect();
        let mut records = Self {
            known,
            by_id: known.iter().zip(0..).map(|(record, at)| (&record.id, at)).collect(),
            is_free: known.iter().map(|record| !found.contains(&record.id)).collect(),
            by_finding_id: HashMap::new(),
            by_signature: HashMap::new(),
        };
        let mut free: Vec<usize> = (0..known.len()).filter(|at| records.is_free[*at]).collect();
        free.sort_by(|a, b| preference(&known[*b]).cmp(&preference(&known[*a])));
        for at in free {
            let record = &known[at];
            if let Some(id) = &record.finding_id {
                records.by_finding_id.entry((record.account, id)).or_default().push(at);
            }
            let early = || record.control_id.is_none().then(|| likeness_of(record));
            if let Some(signature) = record.signature.clone().or_else(early).filter(|signature| !signature.is_empty()) {
                records.by_signature.entry(signature).or_default().push(at);
            }
        }
        records
    }

    /// Takes the best record that names one of the findings. Returns its ID, and those of other open records that name
    /// one of them: they are part of the same issue now.
    fn take_by_finding_id(&mut self, findings: &[Finding]) -> Option<(IssueId, Vec<IssueId>)> {
        let mut named: Vec<usize> = Vec::new();
        for finding in findings {
            named.extend(self.by_finding_id.get(&(finding.account, &*finding.id)).into_iter().flatten());
        }
        named.retain(|at| self.is_free[*at]);
        named.sort_by(|a, b| preference(&self.known[*a]).cmp(&preference(&self.known[*b])));
        named.dedup();
        let (first, others) = named.split_first()?;
        let open = others.iter().filter(|at| self.known[**at].is_open());
        let others: Vec<IssueId> = open.map(|at| self.known[*at].id.clone()).collect();
        // the closed ones, too: they are of this finding, so no other may continue them
        for at in &named {
            self.is_free[*at] = false;
        }
        Some((self.known[*first].id.clone(), others))
    }

    /// Takes a record by the rule of early versions, or one that is the same but for the `Id` of the finding.
    fn take_similar(&mut self, findings: &[Finding]) -> Option<IssueId> {
        let at = findings.iter().find_map(|finding| {
            let earlier = IssueId::of_earlier_rule(finding).and_then(|id| self.early(&id));
            earlier.filter(|at| self.is_free[*at]).or_else(|| self.similar(finding))
        })?;
        self.is_free[at] = false;
        Some(self.known[at].id.clone())
    }

    fn similar(&mut self, finding: &Finding) -> Option<usize> {
        let mut next = |signature: &Text| {
            let candidates = self.by_signature.get_mut(signature)?;
            while let Some(at) = candidates.pop() {
                if self.is_free[at] {
                    return Some(at);
                }
            }
            None
        };
        next(&signature(finding)).or_else(|| if finding.control_id.is_none() { next(&likeness(finding)) } else { None })
    }

    /// The record of an early version that the findings were part of together with others, which go on in it.
    fn origin(&self, findings: &[Finding]) -> Option<IssueId> {
        let mut earlier = findings.iter().filter_map(IssueId::of_earlier_rule);
        earlier.find(|id| self.early(id).is_some())
    }

    fn early(&self, id: &IssueId) -> Option<usize> {
        // only early versions wrote records without a signature
        self.by_id.get(id).copied().filter(|at| self.known[*at].signature.is_none())
    }
}

/// The order in which records are taken: open ones first, then by age, the oldest first.
fn preference(record: &IssueRecord) -> (bool, Timestamp, &IssueId) {
    (!record.is_open(), record.opened_at, &record.id)
}
