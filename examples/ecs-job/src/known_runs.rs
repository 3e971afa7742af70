//! The runs that the history knows, of whatever project.

use std::collections::BTreeMap;
use std::sync::Arc;

use findings_core::history::HistoryQuery;
use findings_core::{Error, ErrorKind, HistoryReader, Result, RunId};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

/// How many projects are read at a time. A table answers many queries at once, and each of these is small.
const AT_ONCE: usize = 16;

/// How many runs a message lists.
const LISTED: usize = 10;

/// The runs in the histories of projects, with the time at which the findings of the first project were read.
#[derive(Debug, Default)]
pub(crate) struct KnownRuns(pub(crate) BTreeMap<RunId, Timestamp>);

impl KnownRuns {
    pub(crate) async fn read(reader: &Arc<dyn HistoryReader>, projects: &[String]) -> Result<Self> {
        let queries = projects.iter().map(|name| HistoryQuery::new(name).with_all_runs().without_issues());
        let mut histories = futures::stream::iter(queries)
            .map(|query| async move { reader.project(&query).await })
            .buffer_unordered(AT_ONCE);
        let mut runs: BTreeMap<RunId, Timestamp> = BTreeMap::new();
        while let Some(history) = histories.try_next().await? {
            for run in history.runs {
                let at = runs.entry(run.run_id).or_insert(run.at);
                *at = run.at.min(*at);
            }
        }
        Ok(Self(runs))
    }

    /// Returns when the findings of a run were read.
    ///
    /// # Errors
    /// `NotFound`, with the latest runs, if none of the projects has it.
    pub(crate) fn find(&self, run_id: &RunId) -> Result<Timestamp> {
        self.0.get(run_id).copied().ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "find the run")
                .with_subject(run_id.as_str())
                .with_message(format!("no project has it in its history; the latest runs are: {}", self.latest()))
        })
    }

    /// The latest runs, the latest first, separated by commas.
    pub(crate) fn latest(&self) -> String {
        let mut runs: Vec<(&Timestamp, &str)> = self.0.iter().map(|(run_id, at)| (at, run_id.as_str())).collect();
        runs.sort_unstable_by(|a, b| b.cmp(a));
        let names: Vec<&str> = runs.into_iter().take(LISTED).map(|(_, run_id)| run_id).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}
