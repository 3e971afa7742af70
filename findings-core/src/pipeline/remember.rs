//! Step 8: writes the delivered report to the history and records that the project is done.

use serde::Serialize;

use super::assign::OwnerShare;
use super::carry_over::CarryOver;
use super::context::RunContext;
use super::outcome::{ProjectOutcome, Step};
use super::step_error::{StepError, StepExt};
use super::timings::Stage;
use crate::history::{HistoryCommit, IssueRecords, ProjectRun};
use crate::ledger::{LedgerEntry, RecordEntry};
use crate::report::Headline;
use crate::{Error, ErrorKind, Result};

/// What the history held before this run, as far as writing depends on it.
#[derive(Debug)]
pub(super) struct EarlierHistory {
    /// Whether later runs are in the history.
    pub(super) superseded: bool,
    /// This run, if the history has it.
    pub(super) known: Option<ProjectRun>,
    pub(super) carry_over: CarryOver,
}

/// Writes the delivered report to the history, with what is still under earlier names of the project. If later runs are in
/// the history, only the numbers of this run change: readers have its new report, and issues are as the later runs saw them.
pub(super) async fn remember(
    run: &RunContext<'_>,
    project: &str,
    project_run: ProjectRun,
    records: IssueRecords,
    earlier: EarlierHistory,
) -> Result<(), StepError> {
    // a record holds the present state of an issue: an older run would undo what later ones wrote
    if earlier.superseded {
        tracing::warn!(
            project,
            "later runs are remembered; this one is delivered again, and only its own numbers change in the history"
        );
        let Some(known) = earlier.known else { return Ok(()) };
        let commit = HistoryCommit::new(project, done_again(known, project_run), IssueRecords::default());
        let writing = run.parts.history_sink.commit(&commit);
        run.measure(Stage::Remember, writing).await.during(Step::History)?;
        return Ok(());
    }
    let writing = write(run, project, project_run, records, earlier.carry_over);
    run.measure(Stage::Remember, writing).await.during(Step::History)
}

/// Returns an earlier run with the numbers of its new report. Its place among the runs stays, and what changed in it: the
/// new report compares with later runs.
fn done_again(known: ProjectRun, again: ProjectRun) -> ProjectRun {
    let told = known.told || again.told;
    ProjectRun { at: known.at, changes: known.changes, sources: known.sources, told, ..again }
}

/// Writes under the project's own name first: an earlier name is closed only after nothing depends on it.
async fn write(
    run: &RunContext<'_>,
    project: &str,
    project_run: ProjectRun,
    mut records: IssueRecords,
    mut carry_over: CarryOver,
) -> Result<()> {
    let sink = &*run.parts.history_sink;
    carry_over.write_own(sink, project).await?;
    carry_over.add_rest(&mut records);
    sink.commit(&HistoryCommit::new(project, project_run, records)).await?;
    carry_over.close_earlier(sink, &run.settings.run_id, run.settings.clock.now()).await
}

/// Records in the ledger that the project is done. Without this entry the next attempt repeats the project; with it, the
/// next attempt sends only the messages that are open.
pub(super) async fn record_outcome(run: &RunContext<'_>, mut outcome: ProjectOutcome) -> ProjectOutcome {
    if !outcome.status.is_delivered() {
        return outcome;
    }
    outcome.done_in = run.dispatch.edition();
    match record(run, &outcome).await {
        Ok(()) => outcome,
        Err(error) => outcome.failed(Step::History, &error),
    }
}

/// An outcome as the ledger has it.
#[derive(Serialize)]
pub(super) struct RecordedOutcome<'a> {
    #[serde(flatten)]
    outcome: &'a ProjectOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<&'a Headline>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    owner_shares: &'a [OwnerShare],
}

impl<'a> RecordedOutcome<'a> {
    pub(super) fn of(outcome: &'a ProjectOutcome) -> Self {
        Self { outcome, headline: outcome.headline.as_deref(), owner_shares: &outcome.owner_shares }
    }
}

async fn record(run: &RunContext<'_>, outcome: &ProjectOutcome) -> Result<()> {
    let json = serde_json::to_string(&RecordedOutcome::of(outcome))
        .map_err(|e| Error::new(ErrorKind::Other, "write a project's outcome").with_source(e))?;
    let entry = LedgerEntry::ProjectDone { project: outcome.project.clone(), outcome: json };
    let (run_id, owner) = (run.settings.run_id.clone(), &run.settings.owner);
    run.parts.ledger.record(&RecordEntry::new(run_id, owner, entry)).await
}
