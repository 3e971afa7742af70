//! Runs steps 4 to 8 of a run for one project, in order.

use std::sync::Arc;

use super::compare::{Comparison, compare};
use super::context::RunContext;
use super::mark::mark;
use super::outcome::{ProjectOutcome, ProjectStatus, Step};
use super::publish::{link, publish};
use super::recall::recall;
use super::remember::{EarlierHistory, record_outcome, remember};
use super::results::StepResults;
use super::step_error::{StepError, StepExt};
use super::tell::tell_project;
use crate::registry::Project;
use crate::source::AccountFindings;

/// Delivers the report of one project and records the outcome, which lists the errors.
pub(super) async fn run_project(
    run: &RunContext<'_>,
    project: &Project,
    accounts: Vec<Arc<AccountFindings>>,
) -> ProjectOutcome {
    let mut results = StepResults::default();
    let failure = run_steps(run, project, accounts, &mut results).await.err();
    let outcome = results.into_outcome(project, failure);
    record_outcome(run, outcome).await
}

/// Runs the steps until one fails. `results` keeps the results of the steps before it.
async fn run_steps(
    run: &RunContext<'_>,
    project: &Project,
    accounts: Vec<Arc<AccountFindings>>,
    results: &mut StepResults,
) -> Result<(), StepError> {
    let mut recalled = recall(run, project).await?;
    let (superseded, carry_over) = (recalled.superseded, std::mem::take(&mut recalled.carry_over));
    let Comparison { report, facts, mut records, markable } = compare(run, project, accounts, recalled).await;
    let facts = results.facts.insert(facts);
    let (stored, rendered) = publish(run, &report).await?;
    let mut remembered = facts.project_run(&report, &stored.report);
    results.stored = Some(stored);
    let access = link(run, &report, rendered).await?;
    results.link_expires_at = access.link.expires_at;
    let messages = results.told.insert(tell_project(run, project, &report, facts, &access).await);
    // a program without notifiers leaves its reports where they are read
    remembered.told = run.dispatch.channels().is_empty() || messages.may_have_told();
    // frees memory early: the findings of a large project must not stay in memory beside its history
    drop(report);
    // findings become NOTIFIED only after a recipient was notified of them
    if !messages.notified.is_empty() {
        results.marked = mark(run, &project.name, markable, &mut records).await;
    }
    run.stop.check_lease().during(Step::Run)?;
    // only a delivered report enters the history, so the next one shows the changes of an undelivered one again
    if results.status(project) != ProjectStatus::Failed {
        let earlier = EarlierHistory { superseded, carry_over };
        remember(run, &project.name, remembered, records, earlier).await?;
    }
    Ok(())
}
