//! Histories of projects that tests write run by run, and sample reports about an organisation.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "sample data is fixed; what is wrong in it fails a test"
)]

mod samples;
mod story_of_twelve_runs;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::history::{
    AbsenceRules, DiffInput, IdentifiedFindings, IssueId, IssueRecord, IssueResolution, LookupOutcome, ProjectHistory,
    ProjectRun, Resolution, diff,
};
use crate::organisation::{OrganisationBuilder, OrganisationInput, OrganisationReport, ReportRange};
use crate::{AccountId, Finding, Resource, RunId, Severity};

pub use samples::{full_organisation, hostile_organisation, large_organisation};
pub use story_of_twelve_runs::{story_of_twelve_runs, twelve_runs, twelve_runs_as_of, twelve_runs_sla};

/// The Monday of week 1, at the time of the run.
const FIRST_RUN: &str = "2026-09-07T06:00:00Z";

/// The time of the run of a week, counted from 1.
pub fn week(n: i64) -> Timestamp {
    FIRST_RUN.parse::<Timestamp>().unwrap() + ((n - 1) * 7 * 24).hours()
}

/// The account with this number.
pub fn account(n: u64) -> AccountId {
    format!("{:012}", 111_100_000_000 + n).parse().unwrap()
}

/// A finding of a control on one resource.
pub fn finding(of: u64, control: &str, severity: Severity) -> Finding {
    let mut finding = Finding::new(account(of), format!("{control}/{of}"));
    finding.control_id = Some(control.into());
    finding.severity = severity;
    finding.title = format!("Title of {control}").into();
    finding.resources = vec![Resource { id: format!("r-{of}").into(), ..Resource::default() }];
    finding
}

/// The history of one project, written run by run.
#[derive(Clone, Debug, Default)]
pub struct Story {
    known: BTreeMap<IssueId, IssueRecord>,
    runs: Vec<ProjectRun>,
    accounts: Vec<u64>,
}

impl Story {
    /// A project that owns these accounts.
    pub fn of(accounts: &[u64]) -> Self {
        Self { accounts: accounts.to_vec(), ..Self::default() }
    }

    /// Changes the accounts that it owns from the next run on.
    pub fn own(&mut self, accounts: &[u64]) {
        self.accounts = accounts.to_vec();
    }

    /// A run that found these findings and could not see some accounts. `lookups` tell why findings are gone; without
    /// an entry they are fixed.
    pub fn run(
        &mut self,
        name: &str,
        at: Timestamp,
        findings: Vec<Finding>,
        unseen: &[u64],
        lookups: &[(&Finding, Resolution)],
    ) {
        let run_id = RunId::at(at);
        let known: Vec<IssueRecord> = self.known.values().cloned().collect();
        let ids: HashSet<AccountId> = self.accounts.iter().map(|n| account(*n)).collect();
        let seen = ids.iter().copied().filter(|id| unseen.iter().all(|n| account(*n) != *id));
        let closed = |(finding, why): &(&Finding, Resolution)| (IssueId::of(finding), LookupOutcome::Closed(*why));
        let result = diff(&DiffInput {
            run_id: &run_id,
            now: at,
            known: &known,
            runs: &self.runs,
            findings: &IdentifiedFindings::new(findings.into_iter().collect(), &known).unwrap(),
            absence: &AbsenceRules::conclusive_for(seen),
            accounts: Some(&ids),
            lookups: &lookups.iter().map(closed).collect::<HashMap<_, _>>(),
        });
        let result = result.unwrap();
        self.known
            .extend(result.upserts.iter().map(|record| record.unwrap()).map(|record| (record.id.clone(), record)));
        let mut run = ProjectRun::new(run_id, at);
        run.incomplete_accounts = unseen.iter().map(|n| account(*n)).collect();
        run.complete = unseen.is_empty();
        run.changes = result.changes;
        run.report = format!("reports/{at}/{name}.xlsx");
        self.runs.push(run);
    }

    /// Goes on under another name, as the pipeline carries a history over: everything is copied, and what is open under
    /// the old name is closed.
    pub fn rename(&mut self, at: Timestamp) -> Self {
        let new = self.clone();
        for record in self.known.values_mut().filter(|record| record.is_open()) {
            record.resolved = Some(IssueResolution { at, run_id: RunId::at(at), resolution: Resolution::Renamed });
        }
        new
    }

    /// The history as a reader returns it.
    pub fn history(&self) -> ProjectHistory {
        ProjectHistory::in_order(self.known.values().cloned().collect(), self.runs.clone(), usize::MAX)
    }
}

/// The last weeks up to this time, in UTC.
pub fn range(weeks: usize, as_of: &str) -> ReportRange {
    ReportRange::last_weeks(weeks, as_of.parse().unwrap(), TimeZone::UTC).unwrap()
}

/// The report on these histories.
pub fn report<'a>(
    input: OrganisationInput,
    histories: impl IntoIterator<Item = (&'a str, &'a ProjectHistory)>,
) -> OrganisationReport {
    let mut builder = OrganisationBuilder::new(input);
    for (name, history) in histories {
        builder.add_project(name, history);
    }
    builder.finish()
}
