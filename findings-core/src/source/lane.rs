//! A lane of a sweep: a source with the budget for its calls.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Budget, FindingsSource, PacedSource, RetryPolicy, RetryingSource, SourceInput, View};

/// A source, for example a Region or a file, with the budget for its calls.
#[derive(Clone, Debug)]
pub struct Lane {
    name: String,
    region: Option<String>,
    view: Option<View>,
    source: Arc<dyn FindingsSource>,
    budget: Arc<Budget>,
    inputs: Arc<[SourceInput]>,
    /// Whether the last call was refused, also after all retries.
    is_refused: Arc<AtomicBool>,
}

impl Lane {
    /// Creates a lane. The name is shown to people, for example `ap-northeast-1`.
    pub fn new(name: impl Into<String>, source: Arc<dyn FindingsSource>, budget: Budget) -> Self {
        Self {
            name: name.into(),
            region: None,
            view: None,
            source,
            budget: Arc::new(budget),
            inputs: Arc::default(),
            is_refused: Arc::default(),
        }
    }

    /// Sets the files or objects that the source has read, for the manifest of a run.
    pub fn with_inputs(mut self, inputs: &[SourceInput]) -> Self {
        self.inputs = inputs.into();
        self
    }

    /// Sets the Region of Security Hub that the lane asks, if its name is another one.
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets what the source can show. A sweep over sources that show different findings needs it of every lane, to tell
    /// what has been resolved from what nobody looked for.
    pub fn with_view(mut self, view: View) -> Self {
        self.view = Some(view);
        self
    }

    /// Replaces the name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Returns the files or objects that the source has read.
    pub fn inputs(&self) -> &[SourceInput] {
        &self.inputs
    }

    /// Returns the name of the lane.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the Region of Security Hub that the lane asks: its name, if no other one was set.
    pub fn region(&self) -> &str {
        self.region.as_deref().unwrap_or(&self.name)
    }

    /// Returns what the source can show; `None` if that was not said.
    pub fn view(&self) -> Option<&View> {
        self.view.as_ref()
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Returns the source of the lane, paced by its budget and with the retries of `retry`.
    pub fn paced_source(&self, retry: &RetryPolicy) -> RetryingSource<PacedSource> {
        let paced = PacedSource::new(self.source.clone(), self.budget.clone(), retry.attempt_limit);
        let paced = if retry.limit_follows_latency { paced.with_limit_that_follows_latency() } else { paced };
        RetryingSource::new(paced, retry.clone()).remembering_in(self.is_refused.clone())
    }

    /// Returns the source of the lane without pacing and retries, for queries outside of a sweep.
    pub fn source(&self) -> &Arc<dyn FindingsSource> {
        &self.source
    }
}
