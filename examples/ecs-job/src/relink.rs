//! `ecs-job relink`: sends new links to the reports of a finished run.

use findings_core::pipeline::{Pipeline, Summary};
use findings_core::{ErrorKind, Result};

use crate::config::RunConfig;
use crate::wiring::Wiring;
use crate::{COULD_NOT_START, ending, run, settings};

/// Sends new links, prints a summary and returns the exit code.
pub(crate) async fn relink(config: &RunConfig, project: Option<&str>) -> u8 {
    match start(config, project).await {
        Ok(summary) => {
            ending::print_summary(&summary);
            summary.exit_code()
        }
        Err(error) => {
            let advice = if error.kind() == ErrorKind::NotFound { "" } else { "; nothing was sent" };
            ending::print_errors("no links were made", &[format!("{}{advice}", settings::failure(&error))]);
            COULD_NOT_START
        }
    }
}

async fn start(config: &RunConfig, project: Option<&str>) -> Result<Summary> {
    let wired = Wiring::load(config).await?.wire().await?;
    run::check(&wired.backends).await?;
    let mut settings = run::run_settings(config);
    settings.guidance = wired.guidance;
    let mut pipeline = Pipeline::new(wired.parts, settings);
    if let Some(decisions) = wired.decisions {
        pipeline = pipeline.with_decisions(decisions);
    }
    pipeline.relink(project).await
}
