//! The configuration of `history`.

use findings_core::history::Sla;
use findings_core::{RunId, Severity};

use super::places::history;
use super::reader::Reader;
use super::values::duration;
use super::{AwsConfig, ConfigError, History};
use crate::options::Options;

/// The location of the history, and the target times to resolve issues.
#[derive(Clone, Debug)]
pub(crate) struct HistoryConfig {
    pub(crate) history: History,
    pub(crate) sla: Sla,
}

impl HistoryConfig {
    pub(crate) fn resolve(options: &Options) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let config = Self::read(options, &mut reader);
        reader.finish(config)
    }

    pub(super) fn read(options: &Options, reader: &mut Reader) -> Self {
        Self {
            history: reader.read("history", options.history.as_deref(), History::default(), history),
            sla: reader.read("sla", options.sla.as_deref(), Sla::default(), sla),
        }
    }

    /// Resolves the configuration and the run, if one is named. Links need a table.
    pub(crate) fn resolve_of_run(
        options: &Options,
        needs_table: bool,
    ) -> Result<(Self, Option<RunId>), Vec<ConfigError>> {
        let config = Self::resolve(options)?;
        let mut reader = Reader::default();
        if needs_table && matches!(config.history, History::Sqlite(_)) {
            reader.fail("history", "links are kept in a table; give dynamodb:TABLE");
        }
        let run = reader.read_optional("run-id", options.run_id.as_deref(), |t| t.parse().map_err(|e| format!("{e}")));
        reader.finish((config, run))
    }

    /// Resolves the configuration and the two runs to compare.
    pub(crate) fn resolve_of_two_runs(
        options: &Options,
        runs: &[String],
    ) -> Result<(Self, [RunId; 2]), Vec<ConfigError>> {
        let config = Self::resolve(options)?;
        let mut reader = Reader::default();
        let mut run =
            |text: &String| reader.read_optional("RUN", Some(text), |t| t.parse().map_err(|e| format!("{e}")));
        let parsed: Vec<RunId> = runs.iter().filter_map(&mut run).collect();
        if let Ok(runs) = <[RunId; 2]>::try_from(parsed) {
            return Ok((config, runs));
        }
        // a shell passes empty arguments, which are no values
        if !reader.has_failed("RUN") {
            reader.fail("RUN", "name two runs");
        }
        Err(reader.into_errors())
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        AwsConfig { is_needed: matches!(self.history, History::DynamoDb { .. }), ..AwsConfig::default() }
    }
}

pub(super) fn sla(text: &str) -> Result<Sla, String> {
    text.split(',').try_fold(Sla::default(), |sla, part| {
        let bad = || format!("\"{part}\" is not a target; expected SEVERITY=DURATION, such as critical=7d,high=30d");
        let (name, target) = part.split_once('=').ok_or_else(bad)?;
        let is_named = |severity: &Severity| severity.as_str().eq_ignore_ascii_case(name.trim());
        let severity = Severity::WORST_FIRST.into_iter().find(is_named).ok_or_else(bad)?;
        if sla.target(severity).is_some() {
            return Err(format!("{} is given twice", severity.as_str()));
        }
        Ok(sla.with_target(severity, duration(target.trim())?))
    })
}
