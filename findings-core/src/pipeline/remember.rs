//! Step 8: writes the delivered report to the history and records that the project is done.

use super::context::RunContext;
use super::outcome::{ProjectOutcome, ProjectStatus, Step};
use super::step_error::{StepError, StepExt};
use super::timings::Stage;
use crate::history::{HistoryCommit, IssueRecord, ProjectRun};
use crate::ledger::{LedgerEntry, RecordEntry};
use crate::{Error, ErrorKind, Result};

/// Writes the delivered report to the history. Changes nothing if later runs are in the history.
pub(super) async fn remember(
    run: &RunContext<'_>,
    project: &str,
    project_run: ProjectRun,
    records: Vec<IssueRecord>,
    superseded: bool,
) -> Result<(), StepError> {
    if superseded {
        tracing::warn!(
            project,
            "later runs are remembered; this one is delivered again and changes nothing in the history"
        );
        return Ok(());
    }
    let commit = HistoryCommit::new(project, project_run, records);
    run.measure(Stage::Remember, run.parts.history_sink.commit(&commit)).await.during(Step::History)?;
    Ok(())
}

/// Records in the ledger that the project is done, unless a further attempt has something to do. Without this entry the
/// next attempt repeats the project.
pub(super) async fn record_outcome(run: &RunContext<'_>, outcome: ProjectOutcome) -> ProjectOutcome {
    if outcome.status == ProjectStatus::Failed || outcome.has_unsent {
        return outcome;
    }
    match record(run, &outcome).await {
        Ok(()) => outcome,
        Err(error) => outcome.failed(Step::History, &error),
    }
}

async fn record(run: &RunContext<'_>, outcome: &ProjectOutcome) -> Result<()> {
    let json = serde_json::to_string(outcome)
        .map_err(|e| Error::new(ErrorKind::Other, "write a project's outcome").with_source(e))?;
    let entry = LedgerEntry::ProjectDone { project: outcome.project.clone(), outcome: json };
    let (run_id, owner) = (run.settings.run_id.clone(), &run.settings.owner);
    run.parts.ledger.record(&RecordEntry::new(run_id, owner, entry)).await
}
