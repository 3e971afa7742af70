//! `ecs-job fetch` and `ecs-job deliver`: a run in stages that are processes of their own. `ecs-job finish` ends as `run` does.

use findings_core::pipeline::{BatchId, DeliverOutcome, FetchOutcome, ProjectOutcome, ProjectStatus};
use findings_core::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::config::RunConfig;
use crate::{COULD_NOT_START, ending, settings};

/// Exit code if something is left to the next attempt.
const STOPPED: u8 = 1;
/// Exit code if another process does the work.
const HELD: u8 = 4;

/// What a stage did, as the last line on stdout says it.
#[derive(Serialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
enum StageSummary<'a> {
    Fetch {
        run_id: &'a str,
        /// Number of projects that are to be delivered.
        projects: u64,
        batches: usize,
        /// The list of batches.
        #[serde(skip_serializing_if = "Option::is_none")]
        list: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'a str>,
    },
    Deliver {
        run_id: &'a str,
        batch: BatchId,
        delivered: usize,
        failed: usize,
        skipped: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'a str>,
    },
}

/// Prints what the stage fetch did, and returns the exit code.
pub(crate) fn end_fetch(fetched: Result<FetchOutcome>, config: &RunConfig) -> u8 {
    let run_id = config.run_id.as_str();
    let nothing = |note| StageSummary::Fetch { run_id, projects: 0, batches: 0, list: None, note: Some(note) };
    match fetched {
        Ok(FetchOutcome::Fetched { batches, projects, list }) => {
            let batches = batches.len();
            tracing::info!(
                run_id,
                projects,
                batches,
                list,
                "the findings are fetched; deliver each batch, then finish the run"
            );
            print(&StageSummary::Fetch { run_id, projects, batches, list: Some(&list), note: None });
            0
        }
        Ok(FetchOutcome::AlreadyFinished) => {
            let note = "this run was finished before, and there is nothing to deliver";
            tracing::info!(run_id, "{note}");
            print(&nothing(note));
            0
        }
        Ok(FetchOutcome::Held { owner, until }) => {
            let note = format!("another task ({owner}) works on this run, at least until {until}");
            tracing::info!(run_id, "{note}");
            print(&nothing(&note));
            HELD
        }
        Ok(_) => 1,
        Err(error) => refuse("the findings could not be fetched", &error),
    }
}

/// Prints what became of a batch, and returns the exit code: 0 if all its projects are delivered.
pub(crate) fn end_deliver(delivered: Result<DeliverOutcome>, batch: BatchId, config: &RunConfig) -> u8 {
    let run_id = config.run_id.as_str();
    match delivered {
        Ok(outcome @ DeliverOutcome::Done(_)) => {
            let code = u8::from(!outcome.is_delivered());
            if let DeliverOutcome::Done(projects) = outcome {
                print(&summary(run_id, batch, &projects));
            }
            code
        }
        Ok(DeliverOutcome::Held { owner, until }) => {
            let note = format!("another process ({owner}) delivers this batch, at least until {until}");
            tracing::info!(run_id, "{note}");
            print(&StageSummary::Deliver { run_id, batch, delivered: 0, failed: 0, skipped: 0, note: Some(&note) });
            HELD
        }
        Ok(_) => 1,
        Err(error) => refuse("the batch could not be delivered", &error),
    }
}

fn summary<'a>(run_id: &'a str, batch: BatchId, projects: &[ProjectOutcome]) -> StageSummary<'a> {
    for project in projects {
        for error in &project.errors {
            tracing::error!(project = project.project, step = %error.step, "{}", error.message);
        }
    }
    let failed = projects.iter().filter(|project| project.status == ProjectStatus::Failed).count();
    let delivered = projects.iter().filter(|project| project.is_delivered()).count();
    let skipped = projects.len() - failed - delivered;
    StageSummary::Deliver { run_id, batch, delivered, failed, skipped, note: None }
}

fn print(summary: &StageSummary<'_>) {
    match serde_json::to_string(summary) {
        Ok(json) => ending::print_line(&json),
        Err(error) => ending::print_errors("the summary could not be written", &[error.to_string()]),
    }
}

fn refuse(what: &str, error: &Error) -> u8 {
    ending::print_errors(what, &[settings::failure(error)]);
    code_of(error)
}

/// The exit code of a run that ends with an error: the next attempt does what a stopped one did not.
pub(crate) fn code_of(error: &Error) -> u8 {
    if error.kind() == ErrorKind::Cancelled { STOPPED } else { COULD_NOT_START }
}
