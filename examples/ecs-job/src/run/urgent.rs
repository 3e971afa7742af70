//! The end of `ecs-job run --urgent`. Operators see it in the summary and by the exit code, and get no mail.

use findings_core::Result;
use findings_core::pipeline::{RunOutcome, Summary};
use jiff::Timestamp;

use crate::config::RunConfig;
use crate::{COULD_NOT_START, ending, settings};

/// Prints the summary and returns the exit code.
pub(super) fn end(outcome: Result<RunOutcome>, config: &RunConfig, started: Timestamp) -> u8 {
    let run_id = || config.run_id.clone();
    let summary = match outcome {
        Ok(RunOutcome::Done(summary)) => {
            ending::print_urgent(&summary, config);
            return summary.exit_code();
        }
        Ok(RunOutcome::AlreadyFinished { summary, .. }) => {
            let note = "this urgent run was done before, and nothing was done now; a later one has another run ID";
            let then: Option<Summary> = serde_json::from_str(&summary).ok();
            tracing::info!(run_id = %config.run_id, "{note}");
            // another version's summary may not parse; the run is done all the same
            let mut then = then.unwrap_or_else(|| Summary::idle(run_id(), started, note));
            then.note = Some(note.to_owned());
            then
        }
        Ok(RunOutcome::Held { owner, until }) => {
            let note = format!("another task ({owner}) works on this run, at least until {until}");
            tracing::info!(run_id = %config.run_id, "{note}");
            Summary::held(run_id(), started, note)
        }
        Ok(_) => return 1,
        Err(error) => {
            ending::print_errors("the run could not start", &[settings::failure(&error)]);
            ending::print_summary(&Summary::not_started(run_id(), started, [settings::report(&error)]));
            return COULD_NOT_START;
        }
    };
    ending::print_summary(&summary);
    summary.exit_code()
}
