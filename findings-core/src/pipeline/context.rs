//! The context that every step of a run receives.

use std::sync::atomic::AtomicU32;

use super::coverage_snapshot::CoverageSnapshot;
use super::departed::KnownNames;
use super::dispatch::Dispatch;
use super::parts::Wiring;
use super::stop::Stop;
use super::timings::Stage;
use super::{DecisionSettings, Parts, Settings};
use crate::ledger::{Redo, RunProgress};
use crate::registry::{Project, Registry};
use crate::workflow::WorkflowSink;

/// The context that every step of a run receives: parts, settings, and the state that all projects share.
#[derive(Debug)]
pub(super) struct RunContext<'a> {
    pub(super) parts: &'a Parts,
    pub(super) settings: &'a Settings,
    pub(super) workflow: Option<&'a dyn WorkflowSink>,
    pub(super) decisions: Option<&'a DecisionSettings>,
    /// Sends messages; knows which messages earlier attempts at the run have sent.
    pub(super) dispatch: Dispatch<'a>,
    pub(super) stop: Stop,
    /// Which projects this edition of the run does again.
    pub(super) redo: Option<Redo>,
    /// Whether every line of the registry could be read. If not, a missing account may only be unreadable.
    pub(super) registry_is_whole: bool,
    /// The names in the history at the start of the run, compared with the registry.
    pub(super) names: KnownNames,
    /// The coverage at the start of the run; `None` if coverage is not checked.
    pub(super) coverage: Option<CoverageSnapshot>,
    /// Calls that remain for looking up issues that are no longer reported.
    pub(super) lookups: AtomicU32,
}

impl<'a> RunContext<'a> {
    /// The context of a process that does `projects` of a registry, after what the ledger has of the run.
    pub(super) fn new(
        wiring: &'a Wiring,
        stop: Stop,
        (registry, projects): (&Registry, &[Project]),
        progress: &RunProgress,
        names: KnownNames,
        coverage: Option<CoverageSnapshot>,
    ) -> Self {
        let Wiring { parts, settings, workflow, decisions, .. } = wiring;
        Self {
            parts,
            settings,
            workflow: workflow.as_deref(),
            decisions: decisions.as_ref(),
            dispatch: Dispatch::once(wiring, stop.clone(), projects, progress),
            stop,
            redo: progress.state.redo,
            registry_is_whole: registry.problems.is_empty(),
            names,
            coverage,
            lookups: AtomicU32::new(settings.lookups),
        }
    }
}

impl RunContext<'_> {
    /// Measures a stage.
    pub(super) async fn measure<T>(&self, stage: Stage, work: impl Future<Output = T>) -> T {
        self.settings.timings.measure(stage, work).await
    }
}
