//! `--redo` of a run that nobody began: it would be a new run, which tells everybody.

use findings_core::ledger::{FinishedRun, ProgressQuery, RunState};
use findings_core::{Error, ErrorKind, Result, RunLedger};

use crate::config::RunConfig;
use crate::waiting::announced;

/// Whether the job refuses to redo a run in this state. `--force` is for new runs, too.
pub(crate) fn is_refused(state: &RunState, config: &RunConfig) -> bool {
    config.redo.is_some() && !config.force && !state.begun
}

/// Refuses to redo a run that the ledger does not know, such as one whose ID is mistyped.
pub(crate) async fn require_begun(ledger: &dyn RunLedger, config: &RunConfig) -> Result<()> {
    if config.redo.is_none() || config.force {
        return Ok(());
    }
    let progress = announced("the history", ledger.progress(&ProgressQuery::new(config.run_id.clone()))).await?;
    if !is_refused(&progress.state, config) {
        return Ok(());
    }
    // the refusal matters, and not whether it can name another run
    let last = announced("the history", ledger.last_finished()).await.ok().flatten();
    Err(Error::new(ErrorKind::NotFound, "do the run again")
        .with_subject(config.run_id.as_str())
        .with_message(unknown(last.as_ref())))
}

/// Says that the run is not known, and which one the operator may mean.
pub(crate) fn unknown(last: Option<&FinishedRun>) -> String {
    let known = match last {
        Some(run) => format!("the run that finished last is {}", run.run_id),
        None => "no finished run is recorded".to_owned(),
    };
    format!(
        "no run with this ID was begun, so --redo would mail everybody anew; {known}, and \"ecs-job history\" lists all; without --redo it is a new run"
    )
}
