//! Fetches the severe findings of all projects.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;

use crate::pipeline::parts::Wiring;
use crate::pipeline::settings::RunEvent;
use crate::pipeline::stop::Stop;
use crate::pipeline::timings::Stage;
use crate::registry::Project;
use crate::source::{AccountFindings, SweepStats, SweepTarget};
use crate::{Selection, Severity};

/// What was fetched.
#[derive(Debug, Default)]
pub(super) struct FetchedProjects {
    /// The accounts of projects by position in the registry; those that were not fetched in time are not there.
    pub(super) projects: BTreeMap<usize, Vec<Arc<AccountFindings>>>,
    pub(super) stats: SweepStats,
}

/// Fetches the open findings from this severity on. There are few, so all stay in memory.
pub(super) async fn fetch(wiring: &Wiring, stop: &Stop, projects: &[Project], from: Severity) -> FetchedProjects {
    let settings = &wiring.settings;
    settings.observer.on_event(&RunEvent::Started { projects: projects.len() });
    let targets = projects.iter().map(|project| SweepTarget { accounts: project.accounts.clone() }).collect();
    let mut swept = wiring.parts.sweep.clone().with_selection(Selection::open_from(from)).start(targets);
    let mut fetched = FetchedProjects::default();
    let mut is_late = false;
    loop {
        tokio::select! {
            biased;
            () = stop.requested() => break,
            // what is fetched is still taken, and then the sweep ends
            () = stop.late(), if !is_late => {
                is_late = true;
                swept.stop_fetching();
            }
            next = settings.timings.measure(Stage::Fetch, swept.next()) => match next {
                Some(target) => { fetched.projects.insert(target.index, target.accounts); }
                None => break,
            },
        }
    }
    fetched.stats = swept.stats();
    fetched
}
