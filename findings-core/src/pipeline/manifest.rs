//! The record of a run beside its reports: what was asked, what came, and whether the numbers agree.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::account_outcome::{AccountOutcome, CoverageSummary};
use super::outcome::{ProjectError, ProjectOutcome, ProjectStatus};
use super::parts::Parts;
use super::summary::{ApiCalls, RunStatus, Summary, SummaryError};
use crate::coverage::Ownership;
use crate::registry::Registry;
use crate::source::{AccountFindings, SweepStats};
use crate::store::{ArtifactKey, PutArtifact, StoredArtifact};
use crate::{AccountId, Error, ErrorKind, Result, RunId, Selection};

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

/// Whether every finding that came is accounted for. Of this attempt at the run: what an earlier one delivered was
/// fetched then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Reconciliation {
    /// Projects that were fetched by this attempt.
    projects: u64,
    /// Projects that earlier attempts delivered; nothing of them is counted here.
    earlier_projects: u64,
    /// Findings on the pages of queries that succeeded.
    fetched: u64,
    /// Findings of all accounts, each account once: what the reports are made from, and the counts of accounts that
    /// nobody owns.
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
    query: Query,
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
struct Query {
    sources: Vec<String>,
    record_states: Vec<&'static str>,
    workflow: Vec<&'static str>,
    accounts: u64,
    /// SHA-256 of the line `sources|record states|workflow|accounts`, each list joined by commas: equal for runs that
    /// asked the same.
    sha256: String,
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

/// Stores the manifest of a run beside its reports.
pub(super) async fn store_manifest(
    parts: &Parts,
    summary: &Summary,
    registry: &Registry,
    reconciliation: Option<Reconciliation>,
) -> Result<StoredArtifact> {
    let json = manifest(parts, summary, registry, reconciliation)?;
    let key = ArtifactKey::for_manifest(&summary.run_id);
    parts.store.put(&PutArtifact::new(key, Bytes::from(json), "application/json")).await
}

fn manifest(
    parts: &Parts,
    summary: &Summary,
    registry: &Registry,
    reconciliation: Option<Reconciliation>,
) -> Result<Vec<u8>> {
    let accounts: BTreeMap<AccountId, &AccountOutcome> =
        summary.projects.iter().flat_map(|p| &p.coverage).map(|a| (a.account, a)).collect();
    let manifest = Manifest {
        run_id: &summary.run_id,
        status: summary.status,
        started_at: summary.started_at,
        finished_at: summary.finished_at,
        version: env!("CARGO_PKG_VERSION"),
        query: Query::of(parts, registry),
        api: &summary.api,
        reconciliation,
        coverage: &summary.coverage,
        ownership: &summary.ownership,
        accounts: accounts.into_values().collect(),
        projects: summary.projects.iter().map(project).collect(),
        errors: &summary.errors,
    };
    serde_json::to_vec_pretty(&manifest).map_err(|e| Error::new(ErrorKind::Other, "write the manifest").with_source(e))
}

impl Query {
    fn of(parts: &Parts, registry: &Registry) -> Self {
        let Selection { record_states, workflow, .. } = parts.sweep.selection();
        let record_states: Vec<_> = record_states.iter().map(|s| s.as_str()).collect();
        let workflow: Vec<_> = workflow.iter().map(|s| s.as_str()).collect();
        let sources = parts.source_names();
        let accounts: BTreeSet<AccountId> = registry.projects.iter().flat_map(|p| p.accounts.iter().copied()).collect();
        let ids: Vec<String> = accounts.iter().map(ToString::to_string).collect();
        let asked = [sources.join(","), record_states.join(","), workflow.join(","), ids.join(",")].join("|");
        let sha256 = hex::encode(Sha256::digest(asked.as_bytes()));
        Self { sources, record_states, workflow, accounts: accounts.len() as u64, sha256 }
    }
}

fn project(outcome: &ProjectOutcome) -> Project<'_> {
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
