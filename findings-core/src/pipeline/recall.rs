//! Reads the history of a project.

use super::context::RunContext;
use super::outcome::Step;
use super::step_error::{StepError, StepExt};
use super::timings::Stage;
use crate::RunId;
use crate::history::{HistoryQuery, ProjectHistory};
use crate::registry::Project;

/// The history of a project.
#[derive(Debug)]
pub(super) struct RecalledHistory {
    pub(super) history: ProjectHistory,
    /// Whether later runs are in the history: repeating this run must not overwrite them.
    pub(super) superseded: bool,
}

/// Reads the history of a project.
pub(super) async fn recall(run: &RunContext<'_>, project: &Project) -> Result<RecalledHistory, StepError> {
    let query = HistoryQuery::new(&project.name).with_all_runs();
    let reading = run.parts.history_reader.project(&query);
    let history = run.measure(Stage::Recall, reading).await.during(Step::History)?;
    let superseded = is_superseded(&history, &run.settings.run_id);
    Ok(RecalledHistory { history, superseded })
}

fn is_superseded(history: &ProjectHistory, run_id: &RunId) -> bool {
    let own = history.runs.iter().position(|run| run.run_id == *run_id);
    own.is_some_and(|own| own + 1 < history.runs.len())
}
