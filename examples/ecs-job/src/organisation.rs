//! `ecs-job organisation`: prints a report about all projects, from the history alone.

mod csv;
mod files;
mod table;

use findings_core::decision::DecisionQuery;
use findings_core::history::ListProjects;
use findings_core::organisation::{OrganisationBuilder, OrganisationInput, OrganisationReport};
use findings_core::{Error, ErrorKind, Result};

use crate::aws::Aws;
use crate::config::OrganisationConfig;
use crate::output::Output;
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, history, settings};

/// Prints the report and returns the exit code: 0, or 2 if the history could not be read.
pub(crate) async fn organisation(config: &OrganisationConfig, output: Output) -> u8 {
    match make(config, output).await {
        Ok(text) => {
            ending::print_line(text.trim_end());
            0
        }
        Err((what, error)) => {
            ending::print_errors(what, &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

/// Makes the report, writes its files, and returns what to print.
async fn make(config: &OrganisationConfig, output: Output) -> Result<String, (&'static str, Error)> {
    let report = report(config).await.map_err(|error| ("the history could not be read", error))?;
    files::write(config, &report).map_err(|error| ("the report could not be written", error))?;
    print(&report, output).map_err(|error| ("the report could not be written", error))
}

fn print(report: &OrganisationReport, output: Output) -> Result<String> {
    match output {
        Output::Table => Ok(table::table(report)),
        Output::Csv => csv::csv(report),
        Output::Json => serde_json::to_string(report).map_err(unwritten),
    }
}

fn unwritten(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Other, "write the report about the organisation").with_source(error)
}

/// Reads one history after the other, so that they need not fit into memory together.
async fn report(config: &OrganisationConfig) -> Result<OrganisationReport> {
    history::check_file(&config.history.history)?;
    let aws = Aws::load(config.history.aws()).await?;
    let HistoryDatabase { reader, decisions, .. } = HistoryDatabase::open(&config.history.history, aws.as_ref())?;
    let input = OrganisationInput::new(config.range.clone()).with_sla(config.history.sla.clone());
    let mut builder = OrganisationBuilder::new(input);
    for name in reader.projects(&ListProjects::new()).await? {
        let decisions = decisions.decisions(&DecisionQuery::new(&name)).await?;
        builder.read_project(&name, &*reader, Some(&decisions)).await?;
    }
    Ok(builder.finish())
}
