//! Before the sweep: who is covered, and who owns what.

use std::sync::Arc;

use jiff::Timestamp;

use super::Pipeline;
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, Ownership};
use crate::registry::Registry;
use crate::source::SweptTarget;

/// What a look showed, and when: evidence is gathered and judged by the same clock, however long the run takes.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    pub(super) facts: Arc<CoverageFacts>,
    pub(super) at: Timestamp,
}

impl Pipeline {
    /// Looks at the coverage. That nothing could be found out fails no run: it leaves every account without evidence unknown.
    pub(super) async fn look_at_coverage(&self, registry: &Registry) -> Option<Looked> {
        let source: &Arc<dyn CoverageSource> = self.parts.coverage.as_ref()?;
        let mut accounts: Vec<_> = registry.projects.iter().flat_map(|p| p.accounts.iter().copied()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let request = CoverageRequest::new(accounts);
        let facts = tokio::select! {
            facts = source.look(&request) => facts.unwrap_or_else(|error| {
                CoverageFacts::unknown(format!("the coverage could not be looked up: failed to {}", error.report()))
            }),
            // no project is begun after that
            () = self.settings.cancel.cancelled() => CoverageFacts::unknown("the run was stopped before the coverage was known"),
        };
        facts.notes.iter().for_each(|note| tracing::warn!("coverage: {note}"));
        Some(Looked { facts: Arc::new(facts), at: self.settings.clock.now() })
    }
}

/// Accounts that nobody owns, each a target of the sweep behind those of the projects: only numbers of them are kept.
#[derive(Debug, Default)]
pub(super) struct Unowned {
    pub(super) ownership: Ownership,
}

impl Unowned {
    /// Notes how many open findings the `place`th unowned account has, if all came.
    pub(super) fn count(&mut self, place: usize, target: &SweptTarget) {
        let complete = target.accounts.first().filter(|account| account.is_complete());
        if let (Some(unowned), Some(account)) = (self.ownership.unowned.get_mut(place), complete) {
            unowned.open = Some(account.findings.iter().map(|f| f.severity).collect());
        }
    }
}
