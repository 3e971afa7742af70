//! The whole job as one ECS task: reads who owns which accounts, sweeps the findings, writes, stores, mails and remembers.
//!
//! The binary only wires implementations together; the steps stand in `findings_core::pipeline`.

mod aws;
mod config;
mod coverage;
mod digest;
mod ending;
mod enroll;
mod guidance;
mod history;
mod input;
mod logging;
mod options;
mod output;
mod plan;
mod progress;
mod relink;
mod run;
mod setup;
mod timings;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use findings_core::RunId;
use findings_core::pipeline::Summary;
use jiff::Timestamp;

use crate::config::ConfigError;
use crate::options::{Cli, Command};

/// Exit code of a run that could not start; also what clap exits with.
const COULD_NOT_START: u8 = 2;

fn main() -> ExitCode {
    let mut cli = Cli::parse();
    let command = cli.command.unwrap_or_default();
    if cli.options.notify.is_empty() {
        let variable = std::env::var("FINDINGS_NOTIFY").unwrap_or_default();
        cli.options.notify = variable.split_whitespace().map(str::to_owned).collect();
    }
    let (progress, mut errors) = logging::init(&cli.options);
    if matches!(command, Command::Relink { .. }) && cli.options.run_id.is_none() {
        let message =
            "missing; name the run whose reports need fresh links, as in its mails and its summary".to_owned();
        errors.push(ConfigError { flag: "run-id", message });
    }
    if matches!(command, Command::History { .. }) {
        cli.options = cli.options.for_the_history();
    }
    if matches!(command, Command::Enroll(_)) {
        let lacking;
        (cli.options, lacking) = cli.options.for_enrolling();
        errors.extend(lacking);
    }
    let config = match config::resolve(cli.options, Timestamp::now()) {
        Ok(config) if errors.is_empty() => config,
        resolved => {
            errors.extend(resolved.err().unwrap_or_default());
            return refuse(&command, &errors.iter().map(ToString::to_string).collect::<Vec<_>>());
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&command, &[format!("the runtime could not be started: {error}")]),
    };
    let code = runtime.block_on(async {
        match command {
            Command::Run => run::run(config, progress).await,
            Command::Plan => plan::plan(&config).await,
            Command::Setup => setup::setup(&config).await,
            Command::History { project, output } => history::history(&config, project.as_deref(), output).await,
            Command::Relink { project } => relink::relink(config, project).await,
            Command::Enroll(wishes) => enroll::enroll(&config, &wishes).await,
            Command::Coverage { output } => coverage::coverage(&config, output).await,
        }
    });
    // a read that hangs in a blocking thread must not keep the task alive
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// Says all that is wrong with the configuration. A run prints its summary all the same, because scripts read it.
fn refuse(command: &Command, errors: &[String]) -> ExitCode {
    ending::print_errors("the configuration is not usable", errors);
    if *command == Command::Run {
        let now = Timestamp::now();
        ending::print_summary(&Summary::not_started(RunId::at(now), now, errors.iter().cloned()));
    }
    ExitCode::from(COULD_NOT_START)
}
