//! Reads the history of a project.

use super::carry_over::CarryOver;
use super::context::RunContext;
use super::decisions::{RecalledDecisions, recall_decisions};
use super::departed::history_of;
use super::outcome::Step;
use super::step_error::{StepError, StepExt};
use super::timings::Stage;
use crate::history::{ProjectHistory, ProjectRun};
use crate::registry::Project;
use crate::{Result, RunId};

/// The history of a project.
#[derive(Debug)]
pub(super) struct RecalledHistory {
    /// Under all its names.
    pub(super) history: ProjectHistory,
    /// Whether later runs are in the history: repeating this run must not overwrite them.
    pub(super) superseded: bool,
    /// This run, as the history has it under the project's own name.
    pub(super) known: Option<ProjectRun>,
    /// What is still under earlier names only.
    pub(super) carry_over: CarryOver,
    pub(super) decisions: RecalledDecisions,
}

/// Reads the history of a project, with that of its earlier names.
pub(super) async fn recall(run: &RunContext<'_>, project: &Project) -> Result<RecalledHistory, StepError> {
    let (history, carry_over, known) = run.measure(Stage::Recall, read(run, project)).await.during(Step::History)?;
    let superseded = is_superseded(&history, &run.settings.run_id);
    let decisions = recall_decisions(run, project).await?;
    Ok(RecalledHistory { history, superseded, known, carry_over, decisions })
}

async fn read(run: &RunContext<'_>, project: &Project) -> Result<(ProjectHistory, CarryOver, Option<ProjectRun>)> {
    let reader = &*run.parts.history_reader;
    let own = history_of(reader, &project.name).await?;
    let known = own.runs.iter().find(|known| known.run_id == run.settings.run_id).cloned();
    let (history, carry_over) = CarryOver::merge(own, run.names.earlier_histories(reader, project).await?);
    Ok((history, carry_over, known))
}

fn is_superseded(history: &ProjectHistory, run_id: &RunId) -> bool {
    let own = history.runs.iter().position(|run| run.run_id == *run_id);
    own.is_some_and(|own| own + 1 < history.runs.len())
}
