//! The whole job as one ECS task: reads the registry, sweeps the findings, stores reports, notifies recipients and
//! updates the history.
//!
//! The binary only wires implementations together; the steps of a run are in `findings_core::pipeline`.

mod aws;
mod by_name;
mod compare;
mod config;
mod coverage;
mod decisions;
mod digest;
mod doctor;
mod ending;
mod enroll;
mod export;
mod findings;
mod grid;
mod guidance;
mod history;
mod input;
mod known_runs;
mod logging;
mod manual;
mod messages;
mod metrics;
mod opened;
mod options;
mod organisation;
mod output;
mod overdue;
mod plan;
mod preview;
mod progress;
mod redirect;
mod redo;
mod registry;
mod relink;
mod revoke;
mod run;
mod sample;
mod settings;
mod setup;
mod stages;
mod status;
mod task;
mod timings;
mod topics;
mod unheard;
mod unopened;
mod waiting;
mod wiring;
mod workers;

use std::process::ExitCode;

use findings_core::RunId;
use findings_core::pipeline::Summary;
use jiff::Timestamp;

use crate::logging::LoggedRun;
use crate::options::{Cli, Command};
use crate::task::Task;

/// Exit code of a run that could not start; also what clap exits with.
const COULD_NOT_START: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse_all();
    let (command, mut options) = (cli.command.unwrap_or_default(), cli.options);
    if let Some(code) = manual::write(&command) {
        return code;
    }
    if options.notify.is_empty() {
        let variable = std::env::var("FINDINGS_NOTIFY").unwrap_or_default();
        options.notify = variable.split_whitespace().map(str::to_owned).collect();
    }
    if options.source.is_empty() {
        let variable = std::env::var("FINDINGS_SOURCE").unwrap_or_default();
        options.source = variable.split_whitespace().map(str::to_owned).collect();
    }
    if options.rename.is_empty() {
        let variable = std::env::var("FINDINGS_RENAME").unwrap_or_default();
        options.rename = variable.split(';').map(str::to_owned).collect();
    }
    let prints_summary = match &command {
        Command::Run { output, .. } | Command::Finish { output, .. } => ending::is_summary_printed(*output),
        _ => false,
    };
    let logged = LoggedRun::default();
    let (progress, mut errors) = logging::init(&options, logged.clone());
    let task = match Task::prepare(command, &options) {
        Ok(task) if errors.is_empty() => task,
        prepared => {
            errors.extend(prepared.err().unwrap_or_default());
            return refuse(prints_summary, &errors.iter().map(ToString::to_string).collect::<Vec<_>>());
        }
    };
    if let Some(run_id) = task.run_id() {
        logged.name(run_id);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(prints_summary, &[format!("the runtime could not be started: {error}")]),
    };
    let code = runtime.block_on(task.perform(progress, &logged));
    // a read that hangs in a blocking thread must not keep the task alive
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// Prints all errors in the configuration, and the summary that scripts read of `run`.
fn refuse(prints_summary: bool, errors: &[String]) -> ExitCode {
    ending::print_errors("the configuration is not usable", errors);
    if prints_summary {
        let now = Timestamp::now();
        ending::print_summary(&Summary::not_started(RunId::at(now), now, errors.iter().cloned()));
    }
    ExitCode::from(COULD_NOT_START)
}
