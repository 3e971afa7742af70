//! `ecs-job relink`: fresh links to the reports of a finished run.

use findings_core::pipeline::{Pipeline, Summary};
use findings_core::{ErrorKind, Result};

use crate::config::Config;
use crate::{COULD_NOT_START, ending, run, wiring};

/// Mails fresh links, prints a summary and returns the exit code.
pub(crate) async fn relink(config: Config, project: Option<String>) -> u8 {
    match start(&config, project.as_deref()).await {
        Ok(summary) => {
            ending::print_summary(&summary);
            summary.exit_code()
        }
        Err(error) => {
            let advice = if error.kind() == ErrorKind::NotFound { "" } else { "; nothing was sent" };
            ending::print_errors("no links were made", &[format!("failed to {}{advice}", error.report())]);
            COULD_NOT_START
        }
    }
}

async fn start(config: &Config, project: Option<&str>) -> Result<Summary> {
    let wired = wiring::wire(config).await?;
    run::check(&wired.backends).await?;
    Pipeline::new(wired.parts, run::settings(config)).relink(project).await
}
