//! What would become of the entries of a returned report.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{
    Basis, Decision, DecisionEntry, DecisionKind, DecisionPolicy, DecisionRow, DecisionSheet, ProjectDecisions, Refusal,
};
use crate::history::{IssueId, IssueRecord, ProjectHistory};
use crate::{AccountId, ComplianceStatus, Finding, RecordState, Text, WorkflowStatus};

/// The findings of issues as they are now.
#[derive(Clone, Debug, Default)]
pub struct CurrentFindings {
    findings: HashMap<IssueId, Vec<Arc<Finding>>>,
    unseen: HashSet<IssueId>,
}

impl CurrentFindings {
    /// Nothing was looked at.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a look at an issue showed. Without findings, there are none of it any more.
    pub fn add(&mut self, issue: IssueId, findings: Vec<Arc<Finding>>) {
        self.findings.insert(issue, findings);
    }

    /// Adds an issue that could not be looked at.
    pub fn add_unseen(&mut self, issue: IssueId) {
        self.unseen.insert(issue);
    }

    /// The findings of an issue; `None` if it could not be looked at, or nobody asked.
    pub fn of(&self, issue: &IssueId) -> Option<&[Arc<Finding>]> {
        self.findings.get(issue).filter(|_| !self.unseen.contains(issue)).map(Vec::as_slice)
    }
}

/// What [`plan`] needs to know.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// The returned report.
    pub sheet: &'a DecisionSheet,
    /// The history of its project.
    pub history: &'a ProjectHistory,
    /// The decisions of its project.
    pub decisions: &'a ProjectDecisions,
    /// The accounts that belong to the project now.
    pub accounts: &'a HashSet<AccountId>,
    /// The findings of the issues of [`issues_of`] as they are now.
    pub current: &'a CurrentFindings,
    /// What projects may decide.
    pub policy: &'a DecisionPolicy,
    /// The current time, UTC.
    pub now: Timestamp,
    /// The current date of the project.
    pub today: Date,
}

/// What would become of the entry about an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlannedOutcome {
    /// It is a new decision.
    New(Box<Decision>),
    /// It was decided so before.
    Known,
    /// It is not taken, because something happened since the report was written.
    Conflict(Conflict),
    /// It is not taken by the rules.
    Refused(Refusal),
    /// It is not taken, because the row cannot be what it says.
    Rejected(Rejection),
    /// Whether it can be taken is not known, because the finding could not be looked at. Try again.
    NotSeen,
}

/// What happened since the report was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// Somebody decided otherwise.
    #[error("decided otherwise since the report: {0}")]
    Decided(DecisionKind),
    /// The finding passes or is gone.
    #[error("no longer open: a check passes, or the product no longer reports it")]
    Closed,
    /// Somebody changed the workflow status.
    #[error("the status was changed to {} since the report", .0.as_str())]
    Status(WorkflowStatus),
    /// Somebody changed the note.
    #[error("somebody wrote a note since the report; read it first: {0:?}")]
    Note(Text),
}

/// Why a row cannot be what it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The project's history has no such issue.
    #[error("the project has no such finding")]
    Unknown,
    /// The account is not one of the project's.
    #[error("account {0} does not belong to the project")]
    Foreign(AccountId),
    /// Rows about the same issue say different things.
    #[error("rows about the same issue say different things: {}", .0.join(", "))]
    Contradiction(Vec<String>),
    /// There is no decision to take back.
    #[error("there is no decision to take back")]
    NothingToWithdraw,
}

/// The entry about an issue, and what would become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedDecision {
    /// The rows in which it stands.
    pub places: Vec<String>,
    /// The issue, if the project has it.
    pub issue: Option<IssueRecord>,
    /// What was entered.
    pub entry: DecisionEntry,
    /// What would become of it.
    pub outcome: PlannedOutcome,
}

/// What would become of the entries of a returned report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// By issue, in the order of the rows. Rows that were left as the report had filled them are not in it.
    pub decisions: Vec<PlannedDecision>,
    /// Number of rows that were left as the report had filled them.
    pub untouched: u64,
}

impl Plan {
    /// The new decisions.
    pub fn new_decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter_map(|planned| match &planned.outcome {
            PlannedOutcome::New(decision) => Some(&**decision),
            _ => None,
        })
    }
}

/// Returns the records of the issues that the rows of a sheet are about, so that their findings can be looked at.
pub fn issues_of<'a>(sheet: &DecisionSheet, history: &'a ProjectHistory) -> Vec<&'a IssueRecord> {
    let index = IssueIndex::new(history);
    let mut seen = HashSet::new();
    let issues = sheet.rows.iter().filter_map(|row| index.find(row));
    issues.filter(|issue| seen.insert(issue.id.clone())).collect()
}

/// Says what would become of each entry. Changes nothing.
///
/// A row that is as the report had filled it says nothing. Rows about one issue are one decision.
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let index = IssueIndex::new(input.history);
    let mut plan = Plan::default();
    // in the order of the rows
    let mut groups: BTreeMap<usize, (Option<&IssueRecord>, Vec<&DecisionRow>)> = BTreeMap::new();
    let mut first_row: HashMap<&IssueId, usize> = HashMap::new();
    for (n, row) in input.sheet.rows.iter().enumerate() {
        if is_untouched(row, input.decisions) {
            plan.untouched += 1;
            continue;
        }
        let issue = index.find(row);
        let n = issue.map_or(n, |issue| *first_row.entry(&issue.id).or_insert(n));
        groups.entry(n).or_insert_with(|| (issue, Vec::new())).1.push(row);
    }
    plan.decisions = groups.into_values().map(|(issue, rows)| plan_issue(input, issue, &rows)).collect();
    plan
}

/// Finds issues by the key of a row, or else by finding and account.
struct IssueIndex<'a> {
    by_id: HashMap<&'a IssueId, &'a IssueRecord>,
    by_finding: HashMap<(AccountId, &'a str), &'a IssueRecord>,
}

impl<'a> IssueIndex<'a> {
    fn new(history: &'a ProjectHistory) -> Self {
        let by_finding = history.issues.iter().filter_map(|i| Some(((i.account, i.finding_id.as_deref()?), i)));
        Self { by_id: history.issues.iter().map(|i| (&i.id, i)).collect(), by_finding: by_finding.collect() }
    }

    fn find(&self, row: &DecisionRow) -> Option<&'a IssueRecord> {
        match &row.key {
            Some(key) => self.by_id.get(&key.issue).copied(),
            None => self.by_finding.get(&(row.account?, row.finding_id.as_deref()?)).copied(),
        }
    }
}

/// Whether the entry is the one with which the report had filled the row.
fn is_untouched(row: &DecisionRow, decisions: &ProjectDecisions) -> bool {
    let Some(key) = &row.key else { return false };
    let Some(id) = &key.basis.decision else { return false };
    decisions.of(&key.issue).iter().any(|decision| decision.id == *id && decision.entry == row.entry)
}

fn plan_issue(input: &PlanInput<'_>, issue: Option<&IssueRecord>, rows: &[&DecisionRow]) -> PlannedDecision {
    // a group has at least one row
    let entry = rows.first().map_or_else(|| DecisionEntry::new(DecisionKind::Withdrawn), |row| row.entry.clone());
    let places: Vec<String> = rows.iter().map(|row| row.place.clone()).collect();
    let outcome = match issue {
        None => Err(PlannedOutcome::Rejected(Rejection::Unknown)),
        Some(issue) => decide(input, issue, rows, &entry, &places),
    };
    let outcome = outcome.unwrap_or_else(|outcome| outcome);
    PlannedDecision { places, issue: issue.cloned(), entry, outcome }
}

/// Returns the outcome as an error wherever it is settled early.
fn decide(
    input: &PlanInput<'_>,
    issue: &IssueRecord,
    rows: &[&DecisionRow],
    entry: &DecisionEntry,
    places: &[String],
) -> Result<PlannedOutcome, PlannedOutcome> {
    if !input.accounts.contains(&issue.account) {
        return Err(PlannedOutcome::Rejected(Rejection::Foreign(issue.account)));
    }
    if rows.iter().any(|row| row.entry != *entry) {
        return Err(PlannedOutcome::Rejected(Rejection::Contradiction(places.to_vec())));
    }
    let last = input.decisions.last(&issue.id);
    let run = &input.sheet.source.run_id;
    if last.is_some_and(|last| last.run_id == *run && is_same_with_date(last, entry)) {
        return Err(PlannedOutcome::Known);
    }
    check_earlier(rows, entry, last)?;
    let entry = input.policy.check(entry, issue.severity, input.today).map_err(PlannedOutcome::Refused)?;
    // the policy can have set the date
    if last.is_some_and(|last| last.entry == entry) {
        return Err(PlannedOutcome::Known);
    }
    check_findings(input, issue, rows)?;
    let run_id = input.sheet.source.run_id.clone();
    let decision = Decision::new(issue.id.clone(), issue.account, entry, run_id, input.now);
    Ok(PlannedOutcome::New(Box::new(decision.with_sender(input.sheet.by.clone()))))
}

/// Whether the entry became this decision, and the policy set the date. The date of another day would be another one.
fn is_same_with_date(last: &Decision, entry: &DecisionEntry) -> bool {
    let has_no_date = entry.kind == DecisionKind::AcceptRisk && entry.due.is_none();
    let mut without_date = last.entry.clone();
    without_date.due = None;
    has_no_date && without_date == *entry
}

/// Compares with the last decision about the issue.
fn check_earlier(rows: &[&DecisionRow], entry: &DecisionEntry, last: Option<&Decision>) -> Result<(), PlannedOutcome> {
    if last.is_some_and(|last| last.entry == *entry) {
        return Err(PlannedOutcome::Known);
    }
    let known = rows.iter().find_map(|row| row.key.as_ref()).and_then(|key| key.basis.decision.as_ref());
    let since = last.filter(|last| Some(&last.id) != known && last.entry.kind != DecisionKind::AcceptanceEnded);
    if let Some(since) = since {
        return Err(PlannedOutcome::Conflict(Conflict::Decided(since.entry.kind)));
    }
    let in_force = last.is_some_and(|last| last.entry.kind.is_in_force());
    if entry.kind == DecisionKind::Withdrawn && !in_force {
        return Err(PlannedOutcome::Rejected(Rejection::NothingToWithdraw));
    }
    Ok(())
}

/// Compares the findings with what the report knew of them.
fn check_findings(input: &PlanInput<'_>, issue: &IssueRecord, rows: &[&DecisionRow]) -> Result<(), PlannedOutcome> {
    let findings = input.current.of(&issue.id).ok_or(PlannedOutcome::NotSeen)?;
    let open: Vec<&Arc<Finding>> = findings.iter().filter(|finding| is_reported(finding)).collect();
    if open.is_empty() {
        return Err(PlannedOutcome::Conflict(Conflict::Closed));
    }
    for finding in open {
        let of_finding = |row: &&&DecisionRow| row.finding_id.as_ref().is_none_or(|id| *id == finding.id);
        let Some(key) = rows.iter().find(of_finding).and_then(|row| row.key.as_ref()) else { continue };
        let now = Basis::of(finding, None);
        if now.status != key.basis.status {
            return Err(PlannedOutcome::Conflict(Conflict::Status(finding.workflow)));
        }
        if key.basis.note.is_changed(&now.note) {
            let note = finding.note.as_ref().map_or_else(|| "".into(), |note| note.text.clone());
            return Err(PlannedOutcome::Conflict(Conflict::Note(note)));
        }
    }
    Ok(())
}

/// Whether a finding is still there: not passed, and not archived.
fn is_reported(finding: &Finding) -> bool {
    finding.record_state == RecordState::Active && finding.compliance != Some(ComplianceStatus::Passed)
}

#[cfg(test)]
mod tests;
