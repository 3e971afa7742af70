//! Which issues do not wait for the next report.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::decision::ProjectDecisions;
use crate::history::{Change, Changes, IdentifiedFindings, IssueId, OpenInput, OpenIssue, OpenIssues, ProjectHistory};
use crate::rendering;
use crate::report::{ReportFinding, read_findings};
use crate::source::AccountFindings;
use crate::{FindingList, Result, RunId, Selection, Severity};

/// An issue that does not wait for the next report.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) issue: IssueId,
    /// How often it was opened. An issue that comes back is told again.
    pub(super) opening: u32,
    /// Its worst severity.
    pub(super) severity: Severity,
    /// The finding that stands for it.
    pub(super) row: ReportFinding,
}

/// What decides about the issues of a project.
#[derive(Clone, Copy, Debug)]
pub(super) struct CandidateInput<'a> {
    pub(super) run_id: &'a RunId,
    pub(super) now: Timestamp,
    pub(super) from: Severity,
    pub(super) history: &'a ProjectHistory,
    pub(super) decisions: &'a ProjectDecisions,
    pub(super) accounts: &'a [Arc<AccountFindings>],
}

/// Returns the issues of which nobody was told with such a severity, the worst first: those that are new or open again since
/// the last report that people were told of, and those that were less severe in it.
pub(super) fn candidates(input: &CandidateInput<'_>) -> Result<Vec<Candidate>> {
    let CandidateInput { run_id, now, from, history, decisions, .. } = *input;
    let findings = IdentifiedFindings::new(severe(input.accounts, from)?, &history.issues)?;
    let (known, runs) = (&*history.issues, &*history.runs);
    let open = OpenIssues::of(OpenInput { run_id, now, known, runs, findings: &findings });
    let issues: Vec<OpenIssue<'_>> = open.compare().collect::<Result<_>>()?;
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut place_of: HashMap<&IssueId, usize> = HashMap::new();
    for (pair, number) in findings.iter().zip(&open.number_of) {
        let (finding, issue) = pair?;
        let OpenIssue { record, change, .. } = &issues[*number as usize];
        let change = *change;
        let is_told = match change {
            Change::New | Change::Reopened => false,
            Change::Worse => record.severity_change.as_ref().is_some_and(|change| change.from >= from),
            Change::Open => true,
        };
        let severity = finding.severity;
        let mut row = ReportFinding::new(finding, change, record.first_seen);
        (row.opened_at, row.issue) = (record.opened_at, Some(issue.clone()));
        row.decision = decisions.in_force(issue).map(|decision| Arc::new(decision.clone()));
        if is_told || !rendering::asks(&row) {
            continue;
        }
        match place_of.get(issue).and_then(|at| candidates.get_mut(*at)) {
            // several standards report one issue: the worst finding stands for it
            Some(known) if severity > known.severity => (known.severity, known.row) = (severity, row),
            Some(_) => {}
            None => {
                place_of.insert(issue, candidates.len());
                candidates.push(Candidate { issue: issue.clone(), opening: record.reopened + 1, severity, row });
            }
        }
    }
    candidates.sort_by(|a, b| (b.severity, a.row.opened_at, &a.issue).cmp(&(a.severity, b.row.opened_at, &b.issue)));
    Ok(candidates)
}

/// The findings from a severity on, in the order of reports. A source may return others, too.
fn severe(accounts: &[Arc<AccountFindings>], from: Severity) -> Result<FindingList> {
    let selection = Selection::open_from(from);
    let findings = read_findings(accounts)?;
    let mut selected = Vec::new();
    for (place, entry) in findings.entries().iter().enumerate().filter(|(_, entry)| entry.severity >= from) {
        if selection.matches(&findings.read(entry)?) {
            selected.push(place);
        }
    }
    Ok(findings.select(&selected))
}

/// The numbers of candidates by what happened to them.
pub(super) fn changes(candidates: &[Candidate]) -> Changes {
    let mut changes = Changes::default();
    for candidate in candidates {
        changes.add(candidate.row.change);
    }
    changes
}

#[cfg(test)]
mod tests;
