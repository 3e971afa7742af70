//! The findings of a report in little memory.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::{Change, DueDate, IssueId, IssueRecord, ReportFinding};
use crate::decision::Decision;
use crate::finding_list::Entry;
use crate::rendering::Groups;
use crate::{AccountId, Finding, FindingList, Result, Severity, SeverityCounts, Text};

/// The findings of a report in their order, which are read one by one.
///
/// A report that is put together by hand has them in memory: [`push`](Self::push) adds one, and any iterator of
/// [`ReportFinding`]s can be collected. Those of a [diff](super::diff()), which a [`Pipeline`](crate::pipeline::Pipeline) and a
/// [`ReportBuilder`](crate::report::ReportBuilder) make, take some 160 bytes each, and what a product says of them is in the
/// [`Spool`](crate::Spool), which may be on a disk. So reading can fail.
///
/// What is known without reading is in [`facts`](Self::facts).
///
/// ```
/// use findings_core::Finding;
/// use findings_core::report::{Change, ReportFinding, ReportFindings};
/// let finding = Finding::new("123456789012".parse()?, "1");
/// let mut findings = ReportFindings::default();
/// findings.push(ReportFinding::new(finding, Change::New, "2026-11-23T00:00:00Z".parse()?));
/// for row in &findings {
///     assert_eq!(&*row?.finding.id, "1");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct ReportFindings {
    /// The first ones. Shared, because a report is copied for each owner.
    kept: Arc<Kept>,
    /// Those after them, in memory.
    held: Vec<ReportFinding>,
}

#[derive(Clone, Default)]
struct Kept {
    findings: FindingList,
    /// What the report says of each, in the same order.
    states: Vec<RowState>,
    /// The findings in groups, once somebody asked for them: every file and message about a report begins with them.
    groups: OnceLock<Arc<Groups>>,
}

impl Kept {
    fn new(findings: FindingList, states: Vec<RowState>) -> Self {
        Self { findings, states, groups: OnceLock::new() }
    }
}

/// What a report says of a finding beside what its product says.
#[derive(Clone, Debug)]
pub(crate) struct RowState {
    pub(crate) change: Change,
    pub(crate) first_seen: Timestamp,
    pub(crate) opened_at: Timestamp,
    pub(crate) issue: Option<IssueId>,
    pub(crate) decision: Option<Arc<Decision>>,
    pub(crate) due: Option<DueDate>,
    pub(crate) owner: Option<Text>,
}

impl RowState {
    /// What the record of its issue says of a finding.
    pub(super) fn new(change: Change, issue: &IssueRecord) -> Self {
        let IssueRecord { id, first_seen, opened_at, .. } = issue;
        let (issue, first_seen, opened_at) = (Some(id.clone()), *first_seen, *opened_at);
        Self { change, first_seen, opened_at, issue, decision: None, due: None, owner: None }
    }
}

/// What is known of a finding of a report without reading it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RowFacts<'a> {
    /// Its account.
    pub account: AccountId,
    /// Its severity.
    pub severity: Severity,
    /// Whether its check passes, so that nothing is to be done.
    pub passes: bool,
    /// Number of its values that are not as AWS defines them.
    pub odd_values: u64,
    /// What happened to its issue.
    pub change: Change,
    /// When its issue was first seen, UTC.
    pub first_seen: Timestamp,
    /// When its issue was last opened, UTC.
    pub opened_at: Timestamp,
    /// Its issue; `None` in reports that were built by hand.
    pub issue: Option<&'a IssueId>,
    /// The last decision about its issue, which may be one that is no longer in force.
    pub decision: Option<&'a Decision>,
    /// Until when it is to be fixed.
    pub due: Option<DueDate>,
    /// Whose it is by the rules of the organisation.
    pub owner: Option<&'a Text>,
}

impl<'a> RowFacts<'a> {
    fn kept(entry: &Entry, state: &'a RowState) -> Self {
        Self {
            account: entry.account,
            severity: entry.severity,
            passes: entry.passes,
            odd_values: entry.odd_values.into(),
            change: state.change,
            first_seen: state.first_seen,
            opened_at: state.opened_at,
            issue: state.issue.as_ref(),
            decision: state.decision.as_deref(),
            due: state.due,
            owner: state.owner.as_ref(),
        }
    }

    /// The decision with which its row is filled. One that is not in force fills no row.
    pub fn decision_in_force(&self) -> Option<&'a Decision> {
        self.decision.filter(|decision| decision.entry.kind.is_in_force())
    }

    /// Who takes care of it: the owner whom the decision in force names, or else the one of the rules. `None` if it is
    /// nobody's.
    pub fn responsible(&self) -> Option<&'a Text> {
        self.decided_owner().or(self.owner)
    }

    /// The owner whom the decision in force names.
    pub(super) fn decided_owner(&self) -> Option<&'a Text> {
        self.decision_in_force()?.entry.owner.as_ref()
    }
}

impl ReportFinding {
    /// What is known of it without its finding.
    pub fn facts(&self) -> RowFacts<'_> {
        RowFacts {
            account: self.finding.account,
            severity: self.finding.severity,
            passes: self.finding.passes(),
            odd_values: self.finding.odd_values.len() as u64,
            change: self.change,
            first_seen: self.first_seen,
            opened_at: self.opened_at,
            issue: self.issue.as_ref(),
            decision: self.decision.as_deref(),
            due: self.due,
            owner: self.owner.as_ref(),
        }
    }

    fn kept(finding: Finding, state: &RowState) -> Self {
        let RowState { change, first_seen, opened_at, issue, decision, due, owner } = state.clone();
        Self { finding: Arc::new(finding), change, first_seen, opened_at, issue, decision, due, owner }
    }
}

impl ReportFindings {
    /// The findings of a list, with what the report says of each in the same order.
    pub(crate) fn kept(findings: FindingList, states: Vec<RowState>) -> Self {
        debug_assert_eq!(findings.len(), states.len());
        Self { kept: Arc::new(Kept::new(findings, states)), held: Vec::new() }
    }

    /// Number of findings.
    pub fn len(&self) -> usize {
        self.kept.states.len() + self.held.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of findings by severity, without reading them.
    pub fn counts(&self) -> SeverityCounts {
        self.facts().map(|row| row.severity).collect()
    }

    /// What is known of each finding without reading it, in their order.
    pub fn facts(&self) -> impl Iterator<Item = RowFacts<'_>> {
        let kept = self.kept.findings.entries().iter().zip(&self.kept.states);
        kept.map(|(entry, state)| RowFacts::kept(entry, state)).chain(self.held.iter().map(ReportFinding::facts))
    }

    /// Reads the findings in their order.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) for each finding that cannot be read.
    pub fn iter(&self) -> impl Iterator<Item = Result<ReportFinding>> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Reads a finding.
    ///
    /// # Errors
    /// As [`iter`](Self::iter).
    ///
    /// # Panics
    /// If there are fewer findings.
    pub fn get(&self, index: usize) -> Result<ReportFinding> {
        match self.kept.states.get(index) {
            Some(state) => Ok(ReportFinding::kept(self.kept.findings.get(index)?, state)),
            None => Ok(self.held[index - self.kept.states.len()].clone()),
        }
    }

    /// The findings in groups. Those of a pipeline are read for it once.
    pub(crate) fn groups(&self) -> Result<Arc<Groups>> {
        if let Some(groups) = self.kept.groups.get().filter(|_| self.held.is_empty()) {
            return Ok(groups.clone());
        }
        let groups = Arc::new(Groups::of(self)?);
        if self.held.is_empty() {
            // somebody else may have been faster, with the same result
            _ = self.kept.groups.set(groups.clone());
        }
        Ok(groups)
    }

    /// Reads all findings into memory.
    ///
    /// # Errors
    /// As [`iter`](Self::iter).
    pub fn to_vec(&self) -> Result<Vec<ReportFinding>> {
        self.iter().collect()
    }

    /// Reads all findings into memory, to change them there.
    ///
    /// # Errors
    /// As [`iter`](Self::iter).
    pub fn to_mut(&mut self) -> Result<&mut Vec<ReportFinding>> {
        if !self.kept.states.is_empty() {
            *self = self.to_vec()?.into();
        }
        Ok(&mut self.held)
    }

    /// Adds a finding at the end, in memory.
    pub fn push(&mut self, row: ReportFinding) {
        self.held.push(row);
    }

    /// The findings at these places, which are in order.
    pub(crate) fn select(&self, places: &[usize]) -> Self {
        let Kept { findings, states, .. } = &*self.kept;
        let (kept, held) = places.split_at(places.partition_point(|place| *place < states.len()));
        let states_of = kept.iter().map(|place| states[*place].clone()).collect();
        let held = held.iter().map(|place| self.held[*place - states.len()].clone()).collect();
        Self { held, ..Self::kept(findings.select(kept), states_of) }
    }

    /// The same findings, none of which can be read.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn damaged(&self) -> Result<Self> {
        let rows = self.to_vec()?;
        let findings: FindingList = rows.iter().map(|row| (*row.finding).clone()).collect();
        let states = rows.into_iter().map(|row| {
            let ReportFinding { finding: _, change, first_seen, opened_at, issue, decision, due, owner } = row;
            RowState { change, first_seen, opened_at, issue, decision, due, owner }
        });
        Ok(Self::kept(findings.damaged(), states.collect()))
    }

    /// Sets the decision about each finding and until when it is to be fixed.
    pub(crate) fn set_decisions(
        &mut self,
        mut decide: impl FnMut(&RowFacts<'_>) -> (Option<Arc<Decision>>, Option<DueDate>),
    ) {
        let Kept { findings, states, groups } = Arc::make_mut(&mut self.kept);
        *groups = OnceLock::new();
        for (entry, state) in findings.entries().iter().zip(states) {
            (state.decision, state.due) = decide(&RowFacts::kept(entry, state));
        }
        self.held.iter_mut().for_each(|row| (row.decision, row.due) = decide(&row.facts()));
    }

    /// Sets the owners, for which the findings are read. A finding without a new owner keeps the one that it has.
    pub(crate) fn set_owners(&mut self, mut owner: impl FnMut(&Finding) -> Option<Text>) -> Result<()> {
        let Kept { findings, states, groups } = Arc::make_mut(&mut self.kept);
        *groups = OnceLock::new();
        for (finding, state) in findings.iter().zip(states) {
            state.owner = owner(&finding?).or(state.owner.take());
        }
        for row in &mut self.held {
            row.owner = owner(&row.finding).or(row.owner.take());
        }
        Ok(())
    }
}

impl<'a> IntoIterator for &'a ReportFindings {
    type Item = Result<ReportFinding>;
    type IntoIter = Box<dyn Iterator<Item = Result<ReportFinding>> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl FromIterator<ReportFinding> for ReportFindings {
    fn from_iter<I: IntoIterator<Item = ReportFinding>>(rows: I) -> Self {
        rows.into_iter().collect::<Vec<_>>().into()
    }
}

impl From<Vec<ReportFinding>> for ReportFindings {
    fn from(rows: Vec<ReportFinding>) -> Self {
        Self { held: rows, ..Self::default() }
    }
}

impl fmt::Debug for ReportFindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReportFindings({} findings)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<ReportFinding> {
        let row = |n: u64| {
            let mut finding = Finding::new(AccountId::from_number(n + 1).unwrap(), n.to_string());
            finding.severity = if n == 0 { Severity::High } else { Severity::Low };
            finding.compliance = (n == 1).then_some(crate::ComplianceStatus::Passed);
            finding.odd_values = vec![crate::OddValue::new("Title", "{}"); usize::from(n == 2)];
            let mut row = ReportFinding::new(finding, Change::New, Timestamp::UNIX_EPOCH);
            row.issue = Some(IssueId::of(&row.finding));
            row
        };
        (0..3).map(row).collect()
    }

    /// As a pipeline has them.
    fn kept(rows: &[ReportFinding]) -> ReportFindings {
        let state = |row: &ReportFinding| RowState {
            change: row.change,
            first_seen: row.first_seen,
            opened_at: row.opened_at,
            issue: row.issue.clone(),
            decision: None,
            due: row.due,
            owner: row.owner.clone(),
        };
        let findings = rows.iter().map(|row| (*row.finding).clone()).collect();
        ReportFindings::kept(findings, rows.iter().map(state).collect())
    }

    fn both() -> [ReportFindings; 3] {
        let mut mixed = kept(&rows()[..1]);
        rows().into_iter().skip(1).for_each(|row| mixed.push(row));
        [kept(&rows()), mixed, rows().into()]
    }

    #[test]
    fn it_makes_no_difference_where_findings_are() {
        let text = |findings: &ReportFindings| {
            (format!("{:?}", findings.facts().collect::<Vec<_>>()), format!("{:?}", findings.to_vec().unwrap()))
        };
        let [a, b, c] = both();
        assert_eq!((text(&a), text(&b)), (text(&c), text(&c)));
        assert_eq!((a.len(), a.counts(), a.is_empty()), (3, b.counts(), false));
        let third = |findings: &ReportFindings| text(&findings.select(&[0, 2]));
        assert_eq!((third(&a), third(&b)), (third(&c), third(&c)));
        assert_eq!(a.select(&[0, 2]).len(), 2);
    }

    #[test]
    fn what_is_set_is_in_facts_and_rows() {
        let due = DueDate::target(jiff::civil::date(2026, 11, 30));
        for mut findings in both() {
            findings.set_decisions(|row| (None, (row.severity == Severity::High).then_some(due)));
            findings.set_owners(|finding| (&*finding.id == "1").then(|| "Sato".into())).unwrap();
            findings.set_owners(|_| None).unwrap();
            let facts: Vec<_> = findings.facts().map(|row| (row.due, row.owner.map(|owner| &**owner))).collect();
            assert_eq!(facts, [(Some(due), None), (None, Some("Sato")), (None, None)]);
            let rows = findings.to_mut().unwrap();
            assert_eq!((rows[0].due, rows[1].owner.as_deref()), (Some(due), Some("Sato")));
            rows.clear();
            assert!(findings.is_empty());
        }
    }

    #[test]
    fn groups_follow_what_is_set_and_added() {
        let due = DueDate::target(jiff::civil::date(2026, 11, 30));
        for mut findings in both() {
            let is_due = |findings: &ReportFindings| findings.groups().unwrap().oldest[0].due == Some(due);
            assert!(!is_due(&findings));
            findings.set_decisions(|_| (None, Some(due)));
            assert!(is_due(&findings) && is_due(&findings.clone()));
            assert_eq!(findings.groups().unwrap().control_of.len(), 3);
            findings.push(rows().remove(0));
            assert_eq!(findings.groups().unwrap().control_of.len(), 4);
        }
    }

    #[test]
    fn findings_that_cannot_be_read_are_counted() {
        let damaged = kept(&rows()).damaged().unwrap();
        assert_eq!((damaged.counts().high, damaged.facts().filter(|row| row.passes).count()), (1, 1));
        assert!(damaged.iter().all(|row| row.is_err()));
    }
}
