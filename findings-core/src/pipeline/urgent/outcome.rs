//! What became of the projects in an urgent run, and its summary.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{UrgentCounts, UrgentSettings};
use crate::history::Changes;
use crate::pipeline::outcome::{ProjectError, ProjectOutcome, ProjectStatus, Step};
use crate::pipeline::parts::Wiring;
use crate::pipeline::problems::{as_error, problems};
use crate::pipeline::run::{registry_errors, skipped_project, unreadable_records};
use crate::pipeline::settings::RunEvent;
use crate::pipeline::step_error::StepError;
use crate::pipeline::stop::Stop;
use crate::pipeline::summary::{ApiCalls, GetFindingsCalls, SourceCounts, Summary, SummaryError};
use crate::pipeline::tell::MessageResults;
use crate::registry::{Project, Registry};
use crate::report::{AccountSummary, Report};
use crate::source::{AccountFindings, SweepStats};

/// What was told of a project.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The issues that do not wait for the next report.
    pub(super) changes: Changes,
    pub(super) messages: MessageResults,
}

/// The outcomes of the projects, as far as they are known.
#[derive(Debug)]
pub(super) struct Outcomes<'a> {
    wiring: &'a Wiring,
    registry: &'a Registry,
    /// By position in the registry; those that were not fetched have none.
    projects: BTreeMap<usize, ProjectOutcome>,
    errors: Vec<SummaryError>,
}

impl<'a> Outcomes<'a> {
    /// The outcomes before anybody is told.
    pub(super) fn new(
        wiring: &'a Wiring,
        registry: &'a Registry,
        fetched: &BTreeMap<usize, Vec<Arc<AccountFindings>>>,
    ) -> Self {
        let outcome = |(index, accounts): (&usize, &Vec<Arc<AccountFindings>>)| {
            Some((*index, fetched_project(wiring, registry.projects.get(*index)?, accounts)))
        };
        let projects = fetched.iter().filter_map(outcome).collect();
        let mut errors = registry_errors(registry);
        errors.extend(all_unread(fetched));
        Self { wiring, registry, projects, errors }
    }

    /// Notes what was told of a project.
    pub(super) fn note(&mut self, index: usize, told: Result<Told, StepError>) {
        let Some(outcome) = self.projects.get_mut(&index) else { return };
        match told {
            Ok(Told { changes, messages }) => {
                let complete = outcome.status == ProjectStatus::Ok;
                if !messages.errors.is_empty() {
                    outcome.status = messages.status(true, complete);
                }
                outcome.changes = changes;
                outcome.is_settled = !messages.has_open;
                outcome.has_open = messages.has_open;
                (outcome.told_now, outcome.rejected) = (messages.told_now, messages.rejected);
                outcome.errors.extend(messages.errors);
                (outcome.notified, outcome.silent) = (messages.notified, messages.silent);
                outcome.in_doubt = messages.in_doubt;
            }
            Err(StepError { step, error }) => {
                outcome.status = ProjectStatus::Failed;
                outcome.has_open = true;
                outcome.errors.push(ProjectError::new(step, error.report()));
            }
        }
    }

    /// Notes that nobody was told of these projects, and why.
    pub(super) fn leave(&mut self, left: impl Iterator<Item = usize>, why: &str) {
        for index in left {
            if let Some(outcome) = self.projects.get_mut(&index) {
                (outcome.status, outcome.has_open) = (ProjectStatus::Skipped, true);
                outcome.errors.push(ProjectError::new(Step::Notify, why));
            }
        }
    }

    /// Adds an error of the run.
    pub(super) fn fail(&mut self, error: SummaryError) {
        tracing::error!("{}", error.message);
        self.errors.push(error);
    }

    pub(super) fn into_summary(
        mut self,
        urgent: &UrgentSettings,
        stop: &Stop,
        stats: &SweepStats,
        started_at: Timestamp,
    ) -> Summary {
        let settings = &self.wiring.settings;
        let take = |(index, project): (usize, &Project)| {
            self.projects.remove(&index).unwrap_or_else(|| skipped_project(stop, project))
        };
        let projects: Vec<ProjectOutcome> = self.registry.projects.iter().enumerate().map(take).collect();
        let mut summary = Summary::idle(urgent.run_id.clone(), started_at, String::new());
        for outcome in &projects {
            settings.observer.on_event(&RunEvent::UrgentDone(outcome));
        }
        let issues = |outcome: &ProjectOutcome| outcome.changes.new + outcome.changes.reopened + outcome.changes.worse;
        summary.urgent = Some(UrgentCounts {
            from: urgent.from,
            issues: projects.iter().map(issues).sum(),
            told: projects.iter().map(|outcome| outcome.notified.len() as u64).sum(),
        });
        (summary.note, summary.projects) = (None, projects);
        summary.api = ApiCalls { get_findings: GetFindingsCalls::of(stats, 0), ..ApiCalls::default() };
        summary.sources = SourceCounts::of(stats);
        summary.errors = self.errors;
        summary.errors.extend(unreadable_records(&stats.unattributed));
        summary.look_alikes = self.registry.look_alikes.iter().map(ToString::to_string).collect();
        summary.finished_at = settings.clock.now();
        summary.update_status();
        summary
    }
}

/// Whether another start of the run would have nothing to do.
pub(super) fn is_done(summary: &Summary) -> bool {
    let is_done = |project: &ProjectOutcome| (project.is_delivered() || project.is_settled) && !project.has_open;
    summary.projects.iter().all(is_done) && summary.errors.iter().all(|error| error.is_only_incomplete)
}

/// The outcome of a project of which nobody was told yet: what could be read, and what could not.
fn fetched_project(wiring: &Wiring, project: &Project, accounts: &[Arc<AccountFindings>]) -> ProjectOutcome {
    let report = report_of(wiring, project, accounts);
    let mut outcome = ProjectOutcome::new(&project.name, project.accounts.len());
    outcome.findings = report.accounts.iter().map(|account| account.counts.total()).sum();
    let certainty = report.certainty();
    if !certainty.is_complete() {
        outcome.status = ProjectStatus::Incomplete;
        outcome.errors = certainty.problems.iter().map(as_error).collect();
    }
    outcome.certainty = Some(certainty);
    outcome
}

/// A report without findings: language, names of accounts, contact and portal, and what could not be read.
pub(super) fn report_of(wiring: &Wiring, project: &Project, accounts: &[Arc<AccountFindings>]) -> Report {
    let settings = &wiring.settings;
    let mut report = Report::new(&project.name, settings.run_id.clone(), settings.clock.now());
    report.locale = settings.locale_of(project);
    report.time_zone = settings.zone_of(project);
    report.console_portal.clone_from(&settings.console_portal);
    report.contact = settings.contact_of(project);
    let summary = |account: &Arc<AccountFindings>| {
        let mut summary = AccountSummary::of(account);
        summary.name = summary.name.or_else(|| project.account_names.get(&account.account).cloned());
        summary
    };
    report.accounts = accounts.iter().map(summary).collect();
    report.accounts.sort_by_key(|account| account.id);
    report.problems = problems(project, accounts);
    report
}

/// Returns the error that says that nothing could be read at all; `None` if something was.
fn all_unread(fetched: &BTreeMap<usize, Vec<Arc<AccountFindings>>>) -> Option<SummaryError> {
    let accounts = || fetched.values().flatten();
    let first = accounts().find_map(|account| account.failures.first())?;
    accounts().all(|account| !account.failures.is_empty()).then(|| {
        let message = format!(
            "no account could be read completely, and nobody was told of what is in them: failed to {}",
            first.message
        );
        SummaryError::new(message)
    })
}
