//! Prints what would become, or became, of entries.

use findings_core::decision::{Decision, DecisionEntry, PlannedDecision, PlannedOutcome, SheetProblem};
use findings_core::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::grid::Grid;
use crate::output::{Output, plain};

/// What would become of one entry.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Line {
    file: String,
    /// The number that the sender of the file was told.
    receipt: String,
    project: String,
    place: String,
    severity: String,
    control: String,
    account: String,
    resource: String,
    decision: String,
    owner: String,
    due: String,
    /// new, known, conflict, refused, rejected, not_seen, unreadable, ended
    outcome: &'static str,
    why: String,
    #[serde(skip)]
    pub(super) is_new: bool,
    #[serde(skip)]
    pub(super) is_refused: bool,
}

impl Line {
    /// A file that is not taken as a whole.
    pub(super) fn of_file(file: &str, why: &str) -> Self {
        let outcome = "unreadable";
        Self { file: plain(file), outcome, why: plain(why), is_refused: true, ..Self::default() }
    }

    pub(super) fn of_problem(file: &str, project: &str, problem: &SheetProblem) -> Self {
        let line = Self::of_file(file, &problem.fault.to_string());
        Self { project: plain(project), place: plain(&problem.place), ..line }
    }

    pub(super) fn of_entry(file: &str, project: &str, planned: &PlannedDecision) -> Self {
        let (outcome, why) = outcome(&planned.outcome);
        let mut line = Self::of_decision(project, &planned.entry);
        (line.file, line.place) = (plain(file), plain(&planned.places.join("; ")));
        if let PlannedOutcome::New(decision) = &planned.outcome {
            line.due = decision.entry.due.map(|due| due.to_string()).unwrap_or_default();
        }
        if let Some(issue) = &planned.issue {
            line.severity = issue.severity.to_string();
            line.control = plain(issue.control_id.as_deref().unwrap_or_default());
            line.account = issue.account.to_string();
            line.resource = plain(issue.resource.as_deref().unwrap_or_default());
        }
        let (is_new, is_known) = (outcome == "new", outcome == "known");
        Self { outcome, why, is_new, is_refused: !is_new && !is_known, ..line }
    }

    /// An acceptance that ends.
    pub(super) fn of_end(project: &str, decision: &Decision) -> Self {
        let line = Self::of_decision(project, &decision.entry);
        Self { account: decision.account.to_string(), outcome: "ended", ..line }
    }

    /// Names the file by its receipt.
    pub(super) fn with_receipt(mut self, receipt: &str) -> Self {
        receipt.clone_into(&mut self.receipt);
        self
    }

    fn of_decision(project: &str, entry: &DecisionEntry) -> Self {
        Self {
            project: plain(project),
            decision: entry.kind.to_string(),
            owner: plain(entry.owner.as_deref().unwrap_or_default()),
            due: entry.due.map(|due| due.to_string()).unwrap_or_default(),
            ..Self::default()
        }
    }
}

fn outcome(outcome: &PlannedOutcome) -> (&'static str, String) {
    match outcome {
        PlannedOutcome::New(_) => ("new", String::new()),
        PlannedOutcome::Known => ("known", String::new()),
        PlannedOutcome::Conflict(conflict) => ("conflict", plain(&conflict.to_string())),
        PlannedOutcome::Refused(refusal) => ("refused", plain(&refusal.to_string())),
        PlannedOutcome::Rejected(rejection) => ("rejected", plain(&rejection.to_string())),
        PlannedOutcome::NotSeen => ("not_seen", "its findings could not be looked at; try again".to_owned()),
        _ => ("unknown", String::new()),
    }
}

/// Returns the lines in this format.
pub(super) fn print(lines: &[Line], output: Output) -> Result<String> {
    match output {
        Output::Table => Ok(table(lines)),
        Output::Csv => wide(lines).csv(),
        Output::Json => serde_json::to_string(lines)
            .map_err(|error| Error::new(ErrorKind::Other, "write the plan of decisions").with_source(error)),
    }
}

fn table(lines: &[Line]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let headings = ["outcome", "project", "severity", "control", "decision", "due", "place", "why"];
    let row = |line: &Line| {
        let Line { project, place, severity, control, decision, due, outcome, why, file, .. } = line.clone();
        let place = if place.is_empty() { file } else { place };
        [outcome.to_owned(), project, severity, control, decision, due, place, why]
    };
    Grid::new(headings, lines.iter().map(row)).table()
}

fn wide(lines: &[Line]) -> Grid<13> {
    let headings = [
        "file", "receipt", "project", "place", "severity", "control", "account", "resource", "decision", "owner",
        "due", "outcome", "why",
    ];
    let row = |line: &Line| {
        let line = line.clone();
        [
            line.file,
            line.receipt,
            line.project,
            line.place,
            line.severity,
            line.control,
            line.account,
            line.resource,
            line.decision,
            line.owner,
            line.due,
            line.outcome.to_owned(),
            line.why,
        ]
    };
    Grid::new(headings, lines.iter().map(row))
}
