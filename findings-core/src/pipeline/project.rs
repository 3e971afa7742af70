//! Steps 4 to 8 for one project, in order.

use std::sync::Arc;

use super::compare::{Comparison, compare};
use super::context::RunContext;
use super::mark::mark;
use super::outcome::{ProjectOutcome, ProjectStatus, Step};
use super::publish::{link, publish};
use super::recall::recall;
use super::remember::{record_outcome, remember};
use super::results::StepResults;
use super::step_error::{StepError, StepExt};
use super::tell::tell_project;
use crate::registry::Project;
use crate::source::AccountFindings;

/// Delivers the report of one project. Errors are listed in the outcome.
pub(super) async fn run_project(
    run: &RunContext<'_>,
    project: &Project,
    accounts: Vec<Arc<AccountFindings>>,
) -> ProjectOutcome {
    let mut results = StepResults::default();
    let failure = steps(run, project, accounts, &mut results).await.err();
    let outcome = results.into_outcome(project, failure);
    record_outcome(run, outcome).await
}

async fn steps(
    run: &RunContext<'_>,
    project: &Project,
    accounts: Vec<Arc<AccountFindings>>,
    results: &mut StepResults,
) -> Result<(), StepError> {
    let recalled = recall(run, project).await?;
    let superseded = recalled.superseded;
    let Comparison { report, facts, mut records, markable } = compare(run, project, accounts, recalled).await;
    let facts = results.facts.insert(facts);
    let (stored, rendered) = publish(run, &report).await?;
    let remembered = facts.project_run(&report, &stored.report);
    results.stored = Some(stored);
    let access = link(run, &report, rendered).await?;
    results.link_expires_at = access.link.expires_at;
    let told = results.told.insert(tell_project(run, project, &report, facts, &access).await);
    // frees memory: the findings of a large project must not stay in memory beside its history
    drop(report);
    if !told.notified.is_empty() {
        results.marked = mark(run, &project.name, markable, &mut records).await;
    }
    run.stop.check_lease().during(Step::Run)?;
    if results.status(project) != ProjectStatus::Failed {
        remember(run, &project.name, remembered, records, superseded).await?;
    }
    Ok(())
}
