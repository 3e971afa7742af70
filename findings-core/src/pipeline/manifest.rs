//! The record of a run beside its reports: what was asked, what came, and whether the numbers agree.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::account_outcome::AccountOutcome;
use super::outcome::Step;
use super::{ApiCalls, CoverageSummary, Pipeline, ProjectError, ProjectStatus, RunStatus, Summary, SummaryError};
use crate::coverage::Ownership;
use crate::registry::Registry;
use crate::source::{AccountFindings, SweepStats};
use crate::store::{ArtifactKey, PutArtifact, StoredArtifact};
use crate::{AccountId, Result, RunId, Selection};

/// What a sweep brought of each account, counted as it passed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    accounts: BTreeMap<AccountId, (u64, u64)>,
    /// Projects of this attempt, and those that earlier ones delivered.
    projects: (u64, u64),
    /// Not all targets passed, because the run was stopped.
    pub(super) cut_off: bool,
}

impl Tally {
    pub(super) fn new(projects: usize, earlier: usize) -> Self {
        Self { projects: (projects as u64, earlier as u64), ..Self::default() }
    }

    pub(super) fn add(&mut self, account: &AccountFindings) {
        self.accounts.insert(account.account, (account.findings.len() as u64, account.duplicates));
    }

    /// Compares what the pages held with what the accounts hold.
    pub(super) fn reconcile(&self, stats: &SweepStats) -> Option<Reconciliation> {
        let kept = self.accounts.values().map(|(findings, _)| findings).sum();
        let duplicates = self.accounts.values().map(|(_, duplicates)| duplicates).sum();
        let balanced = stats.findings == kept + duplicates;
        let (projects, earlier_projects) = self.projects;
        let fetched = stats.findings;
        (!self.cut_off).then_some(Reconciliation { projects, earlier_projects, fetched, kept, duplicates, balanced })
    }
}

/// Whether every finding that came is accounted for. Of this attempt at the run: what an earlier one delivered was fetched then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Reconciliation {
    /// Projects that were fetched by this attempt.
    projects: u64,
    /// Projects that earlier attempts delivered; nothing of them is counted here.
    earlier_projects: u64,
    /// Findings on the pages of queries that succeeded.
    fetched: u64,
    /// Findings of all accounts, each account once: what the reports are made from, and the counts of accounts that nobody owns.
    kept: u64,
    /// Copies that were left out.
    duplicates: u64,
    /// `fetched = kept + duplicates`
    pub(super) balanced: bool,
}

impl Reconciliation {
    pub(super) fn error(&self) -> Option<SummaryError> {
        let Self { fetched, kept, duplicates, balanced, .. } = self;
        (!balanced).then(|| {
            let message = format!(
                "the counts part: {fetched} findings came, but the accounts hold {kept} and {duplicates} copies were left out; do not rely on this run, and report it"
            );
            SummaryError { line: None, message }
        })
    }
}

/// The file. Fields may be added, never renamed.
#[derive(Serialize)]
struct Manifest<'a> {
    run_id: &'a RunId,
    status: RunStatus,
    started_at: jiff::Timestamp,
    finished_at: jiff::Timestamp,
    version: &'static str,
    query: Query<'a>,
    api: &'a ApiCalls,
    /// Missing if the run was stopped before the sweep ended.
    reconciliation: Option<Reconciliation>,
    coverage: &'a Option<CoverageSummary>,
    ownership: &'a Option<Ownership>,
    /// Those of which the run knows what came; a project that was not begun has none here.
    accounts: Vec<&'a AccountOutcome>,
    projects: Vec<Project<'a>>,
    errors: &'a [SummaryError],
}

#[derive(Serialize)]
struct Query<'a> {
    sources: Vec<String>,
    record_states: Vec<&'static str>,
    workflow: Vec<&'static str>,
    accounts: u64,
    /// SHA-256 of the line `sources|record states|workflow|accounts`, each list joined by commas: equal for runs that asked the same.
    sha256: &'a str,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the summary line")]
struct Project<'a> {
    project: &'a str,
    status: ProjectStatus,
    accounts: u64,
    /// Rows of the report. An account that several projects own is in each.
    findings: u64,
    /// Issues that are open: findings that say the same for several standards count once.
    issues: u64,
    reports: Vec<&'a StoredArtifact>,
    errors: &'a [ProjectError],
}

impl Pipeline {
    /// Stores the manifest. A run without one is not a failed run, but the operator is told.
    pub(super) async fn keep_manifest(
        &self,
        summary: &mut Summary,
        registry: &Registry,
        reconciliation: Option<Reconciliation>,
    ) {
        match self.put_manifest(summary, registry, reconciliation).await {
            Ok(stored) => summary.manifest = Some(stored),
            Err(error) => {
                let message = format!("the run's manifest could not be stored: failed to {}", error.report());
                tracing::error!(step = ?Step::Store, "{message}");
                summary.errors.push(SummaryError { line: None, message });
                summary.status = Summary::status_of(&summary.projects, &summary.errors);
            }
        }
    }

    async fn put_manifest(
        &self,
        summary: &Summary,
        registry: &Registry,
        reconciliation: Option<Reconciliation>,
    ) -> Result<StoredArtifact> {
        let json = self.manifest(summary, registry, reconciliation)?;
        let key = ArtifactKey::for_manifest(&self.settings.run_id);
        self.parts.store.put(&PutArtifact::new(key, Bytes::from(json), "application/json")).await
    }

    fn manifest(
        &self,
        summary: &Summary,
        registry: &Registry,
        reconciliation: Option<Reconciliation>,
    ) -> Result<Vec<u8>> {
        let accounts: BTreeMap<AccountId, &AccountOutcome> =
            summary.projects.iter().flat_map(|p| &p.coverage).map(|a| (a.account, a)).collect();
        let Selection { record_states, workflow, .. } = self.parts.sweep.selection();
        let record_states: Vec<_> = record_states.iter().map(|s| s.as_str()).collect();
        let workflow: Vec<_> = workflow.iter().map(|s| s.as_str()).collect();
        let sources = self.source_names();
        let asked_for: BTreeSet<AccountId> =
            registry.projects.iter().flat_map(|p| p.accounts.iter().copied()).collect();
        let ids: Vec<String> = asked_for.iter().map(ToString::to_string).collect();
        let asked = [sources.join(","), record_states.join(","), workflow.join(","), ids.join(",")].join("|");
        let manifest = Manifest {
            run_id: &summary.run_id,
            status: summary.status,
            started_at: summary.started_at,
            finished_at: summary.finished_at,
            version: env!("CARGO_PKG_VERSION"),
            query: Query {
                sources,
                record_states,
                workflow,
                accounts: asked_for.len() as u64,
                sha256: &hex::encode(Sha256::digest(asked.as_bytes())),
            },
            api: &summary.api,
            reconciliation,
            coverage: &summary.coverage,
            ownership: &summary.ownership,
            accounts: accounts.into_values().collect(),
            projects: summary.projects.iter().map(project).collect(),
            errors: &summary.errors,
        };
        serde_json::to_vec_pretty(&manifest)
            .map_err(|e| crate::Error::new(crate::ErrorKind::Other, "write the manifest").with_source(e))
    }
}

fn project(outcome: &super::ProjectOutcome) -> Project<'_> {
    let changes = outcome.changes;
    Project {
        project: &outcome.project,
        status: outcome.status,
        accounts: outcome.accounts,
        findings: outcome.findings,
        issues: changes.new + changes.reopened + changes.open,
        reports: outcome.report.iter().chain(&outcome.further_reports).collect(),
        errors: &outcome.errors,
    }
}
