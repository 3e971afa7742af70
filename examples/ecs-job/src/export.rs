//! `ecs-job export`: writes the whole history as flat tables that DuckDB, Athena and spreadsheets read.

mod csv_file;
mod parquet_file;
mod rows;
mod table;
mod target;

use std::fmt::Write as _;

use findings_core::Result;
use findings_core::history::ListProjects;

use self::target::Targets;
use crate::aws::Aws;
use crate::config::ExportConfig;
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, history, settings};

/// Writes the tables and returns the exit code: 0, or 2 if something could not be read or written.
pub(crate) async fn export(config: &ExportConfig) -> u8 {
    match write(config).await {
        Ok(text) => {
            ending::print_line(text.trim_end());
            0
        }
        Err(error) => {
            ending::print_errors("the history could not be exported", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

/// Writes one history after the other, so that they need not fit into memory together. Returns what was written.
async fn write(config: &ExportConfig) -> Result<String> {
    history::check_file(&config.history.history)?;
    let aws = Aws::load(config.history.aws()).await?;
    let reader = HistoryDatabase::open(&config.history.history, aws.as_ref())?.reader;
    let names = reader.projects(&ListProjects::new()).await?;
    let mut targets = Targets::create(&config.output, config.format)?;
    for name in names {
        targets.add(&name, &history::recall(&reader, &name).await?)?;
    }
    let mut text = String::new();
    for (path, rows) in targets.finish()? {
        let _ = writeln!(text, "{}: {rows} rows", path.display());
    }
    Ok(text)
}
