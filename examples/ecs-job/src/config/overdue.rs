//! The configuration of `overdue`.

use std::time::Duration;

use super::places::history;
use super::reader::Reader;
use super::values::duration;
use super::{AwsConfig, ConfigError, History, metrics};
use crate::metrics::Metrics;
use crate::options::Options;

/// Where the last finished run is recorded, and how long it may be ago.
#[derive(Clone, Debug)]
pub(crate) struct OverdueConfig {
    pub(crate) history: History,
    pub(crate) after: Duration,
    pub(crate) metrics: Metrics,
}

impl OverdueConfig {
    pub(crate) fn resolve(options: &Options, after: &str) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let config = Self {
            history: reader.read("history", options.history.as_deref(), History::default(), history),
            after: reader.read("after", Some(after), Duration::ZERO, duration),
            metrics: metrics::read(options.metrics.as_deref(), &mut reader),
        };
        reader.finish(config)
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        AwsConfig { is_needed: matches!(self.history, History::DynamoDb { .. }), ..AwsConfig::default() }
    }
}
