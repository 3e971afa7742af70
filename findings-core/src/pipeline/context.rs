//! What every step of a run is given.

use std::sync::atomic::AtomicU32;

use super::coverage_snapshot::CoverageSnapshot;
use super::dispatch::Dispatch;
use super::stop::Stop;
use super::timings::Stage;
use super::{Parts, Settings};
use crate::workflow::WorkflowSink;

/// What every step of a run is given: the parts, the settings, and what all projects of the run have in common.
#[derive(Debug)]
pub(super) struct RunContext<'a> {
    pub(super) parts: &'a Parts,
    pub(super) settings: &'a Settings,
    pub(super) workflow: Option<&'a dyn WorkflowSink>,
    /// The way to the people, with what earlier attempts at the run have sent.
    pub(super) dispatch: Dispatch<'a>,
    pub(super) stop: Stop,
    /// Every line of the registry could be given to a project. If not, a missing account proves nothing.
    pub(super) registry_is_whole: bool,
    /// What is known of coverage; `None` if nobody looked.
    pub(super) coverage: Option<CoverageSnapshot>,
    /// Calls that may still be spent on the question why issues are gone.
    pub(super) lookups: AtomicU32,
}

impl RunContext<'_> {
    /// Measures a stage.
    pub(super) async fn measure<T>(&self, stage: Stage, work: impl Future<Output = T>) -> T {
        self.settings.timings.measure(stage, work).await
    }
}
