//! The implementations that a run uses.

use std::collections::HashMap;
use std::sync::Arc;

use super::{DecisionSettings, OpenLanes, OrganisationSettings, Settings};
use crate::coverage::CoverageSource;
use crate::history::{HistoryReader, HistorySink};
use crate::ledger::RunLedger;
use crate::notify::Notifier;
use crate::registry::ProjectRegistry;
use crate::report::ReportRenderer;
use crate::source::Sweep;
use crate::store::ArtifactStore;
use crate::workflow::WorkflowSink;

/// The implementations that a pipeline uses.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever wires a pipeline should see when a part is added")]
pub struct Parts {
    /// Step 1.
    pub ledger: Arc<dyn RunLedger>,
    /// Step 2.
    pub registry: Arc<dyn ProjectRegistry>,
    /// Step 3.
    pub sweep: Sweep,
    /// Step 3: whether an empty answer can be believed; `None` if the source cannot tell, as with an exported file.
    pub coverage: Option<Arc<dyn CoverageSource>>,
    /// Step 4: at least one, each with a different file extension. Recipients get a link to the file of the first; the
    /// files of the others are stored beside it.
    pub renderers: Vec<Arc<dyn ReportRenderer>>,
    /// Steps 5 and 6.
    pub store: Arc<dyn ArtifactStore>,
    /// Step 7: each recipient is notified through every notifier that serves it.
    pub notifiers: Vec<Arc<dyn Notifier>>,
    /// Step 8, writing.
    pub history_sink: Arc<dyn HistorySink>,
    /// Step 8, reading.
    pub history_reader: Arc<dyn HistoryReader>,
}

impl Parts {
    /// Returns the names of the lanes that findings come from.
    pub(super) fn source_names(&self) -> Vec<String> {
        self.sweep.lanes().iter().map(|lane| lane.name().to_owned()).collect()
    }
}

/// The parts and settings of a run, and the values derived from them.
#[derive(Clone, Debug)]
pub(super) struct Wiring {
    pub(super) parts: Parts,
    pub(super) settings: Settings,
    pub(super) channels: Vec<Channel>,
    pub(super) workflow: Option<Arc<dyn WorkflowSink>>,
    pub(super) organisation: Option<OrganisationSettings>,
    pub(super) decisions: Option<DecisionSettings>,
    pub(super) lanes: Option<Arc<dyn OpenLanes>>,
}

impl Wiring {
    pub(super) fn new(parts: Parts, settings: Settings) -> Self {
        let channels = name_channels(&parts.notifiers);
        Self { parts, settings, channels, workflow: None, organisation: None, decisions: None, lanes: None }
    }
}

/// A notifier with its name in the ledger.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) notifier: Arc<dyn Notifier>,
}

/// Gives each notifier a unique name (`smtp`, `smtp-2`), so that two of one kind do not share entries in the ledger.
fn name_channels(notifiers: &[Arc<dyn Notifier>]) -> Vec<Channel> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut channels = Vec::new();
    for notifier in notifiers {
        let count = counts.entry(notifier.name()).or_default();
        *count += 1;
        let name = if *count == 1 { notifier.name().to_owned() } else { format!("{}-{count}", notifier.name()) };
        channels.push(Channel { name, notifier: notifier.clone() });
    }
    channels
}
