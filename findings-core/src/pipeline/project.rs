//! Runs steps 4 to 8 of a run for one project, in order.

use std::sync::Arc;

use super::compare::{Comparison, compare};
use super::context::RunContext;
use super::decisions::carry;
use super::edition::edition;
use super::mark::mark;
use super::outcome::{ProjectOutcome, Step};
use super::publish::{link, link_answers, publish, publish_shares};
use super::recall::recall;
use super::remember::{EarlierHistory, record_outcome, remember};
use super::results::StepResults;
use super::step_error::{StepError, StepExt};
use super::tell::{ReportToTell, tell_project};
use crate::registry::Project;
use crate::source::AccountFindings;

/// A project to do.
#[derive(Debug)]
pub(super) struct ProjectWork<'a> {
    pub(super) project: &'a Project,
    pub(super) accounts: Vec<Arc<AccountFindings>>,
    /// The outcome in an earlier edition of the run, if the project is done again.
    pub(super) earlier: Option<ProjectOutcome>,
}

impl ProjectWork<'_> {
    pub(super) fn findings(&self) -> usize {
        findings_of(&self.accounts)
    }
}

/// Returns the number of findings of accounts.
pub(super) fn findings_of(accounts: &[Arc<AccountFindings>]) -> usize {
    accounts.iter().map(|account| account.findings.len()).sum()
}

/// Delivers the report of one project and records the outcome, which lists the errors.
pub(super) async fn run_project(run: &RunContext<'_>, work: ProjectWork<'_>) -> ProjectOutcome {
    let mut results = StepResults::default();
    let project = work.project;
    let failure = run_steps(run, work, &mut results).await.err();
    let outcome = results.into_outcome(project, failure);
    record_outcome(run, outcome).await
}

/// Runs the steps until one fails. `results` keeps the results of the steps before it.
async fn run_steps(run: &RunContext<'_>, work: ProjectWork<'_>, results: &mut StepResults) -> Result<(), StepError> {
    let ProjectWork { project, accounts, earlier } = work;
    let mut recalled = recall(run, project).await?;
    let (superseded, carry_over) = (recalled.superseded, std::mem::take(&mut recalled.carry_over));
    let known = recalled.known.take();
    let decisions = std::mem::take(&mut recalled.decisions.to_carry);
    let Comparison { report, facts, mut records, markable } = compare(run, project, accounts, recalled).await?;
    let facts = results.facts.insert(facts);
    let edition = results.edition.insert(edition(run, earlier.as_ref(), facts, &project.name));
    let (stored, rendered) = publish(run, &report).await?;
    let mut remembered = facts.project_run(&report, &stored.report, &run.parts.sweep.views());
    let stored = results.stored.insert(stored);
    if let Some(owners) = &mut facts.owners {
        publish_shares(run, &report, &mut owners.shares, stored).await;
    }
    let mut access = vec![link(run, &report, rendered).await?];
    results.link_expires_at = access[0].end.expires_at;
    access.extend(link_answers(run, &report, stored.answers.as_ref()).await?);
    let to_tell = ReportToTell { report: &report, facts, access: &access, edition };
    let messages = results.told.insert(tell_project(run, project, to_tell).await);
    // a program without notifiers leaves its reports where they are read
    remembered.told = run.dispatch.channels().is_empty() || messages.may_have_told();
    // frees memory early: the findings of a large project must not stay in memory beside its history
    drop(report);
    // what is known of the messages comes first: everything that follows relies on it
    run.dispatch.flush(Some(&project.name)).await.during(Step::Notify)?;
    // findings become NOTIFIED only after a recipient was notified of them
    if !messages.notified.is_empty() {
        results.marked = mark(run, &project.name, markable, &mut records).await;
    }
    run.stop.check_lease().during(Step::Run)?;
    // only a delivered report enters the history, so the next one shows the changes of an undelivered one again
    if results.status(project).is_delivered() {
        carry(run, &project.name, decisions).await?;
        let earlier = EarlierHistory { superseded, known, carry_over };
        remember(run, &project.name, remembered, records, earlier).await?;
    }
    Ok(())
}
