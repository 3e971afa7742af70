//! The coverage check before the sweep.

use std::sync::Arc;

use jiff::Timestamp;

use super::stop::Stop;
use super::{Parts, Settings};
use crate::coverage::{CoverageFacts, CoverageRequest, EvidenceSearch, RegionCoverage, judge};
use crate::registry::Registry;
use crate::source::AccountFindings;

/// The coverage at the start of a run. Evidence is judged by the time of the snapshot, however long the run takes.
#[derive(Clone, Debug)]
pub(super) struct CoverageSnapshot {
    pub(super) facts: Arc<CoverageFacts>,
    /// Evidence that the sweep collects while it runs.
    pub(super) evidence: Arc<EvidenceSearch>,
    pub(super) at: Timestamp,
}

impl CoverageSnapshot {
    /// Checks the coverage. A failed check does not fail the run: accounts without evidence then have an unknown
    /// verdict.
    pub(super) async fn take(parts: &Parts, settings: &Settings, registry: &Registry, stop: &Stop) -> Option<Self> {
        let source = parts.coverage.as_ref()?;
        let mut accounts: Vec<_> = registry.projects.iter().flat_map(|p| p.accounts.iter().copied()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let request = CoverageRequest::new(accounts.clone());
        let facts = tokio::select! {
            facts = source.check(&request) => facts.unwrap_or_else(|error| {
                CoverageFacts::unknown(format!("the coverage could not be looked up: failed to {}", error.report()))
            }),
            // no project is started after a stop or the deadline, so the check is not needed
            () = stop.ending() => CoverageFacts::unknown("the run was stopped before the coverage was known"),
        };
        facts.notes.iter().for_each(|note| tracing::warn!("coverage: {note}"));
        let (facts, at) = (Arc::new(facts), settings.clock.now());
        let evidence = Arc::new(EvidenceSearch::new(facts.clone(), accounts, at));
        Some(Self { facts, evidence, at })
    }

    /// Returns the verdicts on an account whose findings were fetched.
    pub(super) fn judge(&self, account: &AccountFindings, settings: &Settings) -> Vec<RegionCoverage> {
        let mut evidence = self.evidence.of(account.account);
        evidence.failed |= !account.failures.is_empty();
        judge(account.account, &self.facts, &evidence, &settings.accepted_gaps, self.at)
    }
}
