//! What the ledger says about the planned run: whether it is finished, held, or begun.

use findings_core::Result;
use findings_core::ledger::{LedgerEntry, ProgressQuery, Redo, RunProgress};
use jiff::Timestamp;

use crate::config::RunConfig;
use crate::wiring::Wired;
use crate::{ending, redo, settings};

/// Prints the state of the run, and returns 1 if a run would do nothing or the state is unknown.
pub(super) async fn check_run_state(wired: &Wired, config: &RunConfig) -> usize {
    match progress(wired, config).await.map(|progress| describe(&progress, config)) {
        Ok(None) => 0,
        Ok(Some(RunNote { text, blocks })) => {
            ending::print_line(&format!("  {}run {}: {text}", if blocks { "! " } else { "(note) " }, config.run_id));
            usize::from(blocks)
        }
        Err(error) => {
            ending::print_line(&format!("  ! --history: {}", settings::failure(&error)));
            1
        }
    }
}

async fn progress(wired: &Wired, config: &RunConfig) -> Result<RunProgress> {
    wired.parts.ledger.progress(&ProgressQuery::new(config.run_id.clone())).await
}

/// A sentence about the run, and whether a run would do nothing because of it.
struct RunNote {
    text: String,
    blocks: bool,
}

fn describe(progress: &RunProgress, config: &RunConfig) -> Option<RunNote> {
    let state = &progress.state;
    let note = |blocks, text: String| Some(RunNote { text, blocks });
    let done = progress.entries.iter().filter(|entry| matches!(entry, LedgerEntry::ProjectDone { .. })).count();
    match &state.lease {
        _ if redo::is_refused(state, config) => note(
            true,
            "no run with this ID was begun, so --redo is refused; `ecs-job history` lists the runs".to_owned(),
        ),
        _ if state.finished && config.redo.is_none() => {
            note(true, "it is finished, so a run would do nothing; give --redo incomplete or --redo all".to_owned())
        }
        _ if state.finished => {
            note(false, format!("it is finished and would be reopened as edition {}", state.edition + 1))
        }
        Some(lease) if lease.until > Timestamp::now() => {
            note(true, format!("task {} holds it, at least until {}", lease.owner, lease.until))
        }
        _ if state.begun && config.redo == Some(Redo::Incomplete) && state.redo.is_none() => note(
            false,
            format!("it was begun before; {done} projects are done, and the incomplete ones are done again"),
        ),
        _ if state.begun => note(false, format!("it was begun before; {done} projects are done and stay so")),
        _ => None,
    }
}
