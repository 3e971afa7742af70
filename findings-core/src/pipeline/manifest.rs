//! The manifest: the record of a run beside its reports. It states the query and the results, and whether the counts
//! agree.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::account_outcome::{AccountOutcome, CoverageSummary};
use super::outcome::{ProjectError, ProjectOutcome, ProjectStatus};
use super::parts::Parts;
use super::summary::{ApiCalls, RunStatus, SourceCounts, Summary, SummaryError};
use crate::coverage::Ownership;
use crate::history::Changes;
use crate::registry::Registry;
use crate::report::Certainty;
use crate::source::{AccountFindings, SourceInput, SweepStats};
use crate::store::{ArtifactKey, PutArtifact, StoredArtifact};
use crate::{AccountId, Error, ErrorKind, Result, RunId, Selection, SeverityCounts};

/// The counts of a sweep by account.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Findings kept and duplicates left out.
    accounts: BTreeMap<AccountId, (u64, u64)>,
    /// Numbers of projects of this attempt and of those that earlier attempts delivered.
    projects: (u64, u64),
    /// Whether the run was stopped before the sweep had passed all targets.
    pub(super) cut_off: bool,
}

impl Tally {
    pub(super) fn new(projects: usize, earlier: usize) -> Self {
        Self { projects: (projects as u64, earlier as u64), ..Self::default() }
    }

    pub(super) fn add(&mut self, account: &AccountFindings) {
        self.accounts.insert(account.account, (account.findings.len() as u64, account.duplicates));
    }

    /// Compares the findings on the pages with the findings of the accounts. Returns `None` if the sweep was cut off:
    /// then not all findings on the pages were counted for their account.
    pub(super) fn reconcile(&self, stats: &SweepStats) -> Option<Reconciliation> {
        let kept = self.accounts.values().map(|(findings, _)| findings).sum();
        let duplicates = self.accounts.values().map(|(_, duplicates)| duplicates).sum();
        let balanced = stats.findings == kept + duplicates;
        let (projects, earlier_projects) = self.projects;
        let fetched = stats.findings;
        (!self.cut_off).then_some(Reconciliation { projects, earlier_projects, fetched, kept, duplicates, balanced })
    }
}

/// The check that every fetched finding is accounted for. It covers this attempt at the run only: the findings of
/// projects that earlier attempts delivered were fetched by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reconciliation {
    /// Projects that this attempt fetched.
    projects: u64,
    /// Projects that earlier attempts delivered; their findings are not counted here.
    earlier_projects: u64,
    /// Findings on the pages of queries that succeeded.
    fetched: u64,
    /// Findings of all accounts, each account once. They are used for the reports and for the counts of accounts that
    /// no project owns.
    kept: u64,
    /// Duplicates that were left out.
    duplicates: u64,
    /// Whether `fetched = kept + duplicates`.
    pub(super) balanced: bool,
}

impl Reconciliation {
    /// Returns an error for the summary if the counts do not agree.
    pub(super) fn error(&self) -> Option<SummaryError> {
        let Self { fetched, kept, duplicates, balanced, .. } = self;
        (!balanced).then(|| {
            let message = format!(
                "the counts part: {fetched} findings came, but the accounts hold {kept} and {duplicates} copies were left out; do not rely on this run, and report it"
            );
            SummaryError::new(message)
        })
    }
}

/// The manifest as JSON. Fields may be added, never renamed.
#[derive(Serialize)]
struct Manifest<'a> {
    run_id: &'a RunId,
    status: RunStatus,
    started_at: jiff::Timestamp,
    finished_at: jiff::Timestamp,
    version: &'static str,
    query: ManifestQuery,
    api: &'a ApiCalls,
    /// What came from each source; left out if there is only one.
    #[serde(skip_serializing_if = "<[SourceCounts]>::is_empty")]
    sources: &'a [SourceCounts],
    /// Missing if the run was stopped before the sweep ended.
    reconciliation: Option<Reconciliation>,
    coverage: &'a Option<CoverageSummary>,
    ownership: &'a Option<Ownership>,
    /// The accounts whose results are known; projects that were not started have none here.
    accounts: Vec<&'a AccountOutcome>,
    projects: Vec<ManifestProject<'a>>,
    errors: &'a [SummaryError],
}

/// The query that the run sent to its sources.
#[derive(Serialize)]
struct ManifestQuery {
    sources: Vec<String>,
    record_states: Vec<&'static str>,
    workflow: Vec<&'static str>,
    accounts: u64,
    /// The files or objects that were read; left out for a service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<SourceInput>,
    /// SHA-256 of the line `sources|record states|workflow|accounts`, each list joined by commas: equal for runs with
    /// the same query.
    sha256: String,
}

#[derive(Serialize)]
struct ManifestProject<'a> {
    project: &'a str,
    status: ProjectStatus,
    accounts: u64,
    /// Rows of the report. The findings of an account that several projects own are in each of their reports.
    findings: u64,
    /// Open issues. Findings about the same problem for several standards count as one issue.
    issues: u64,
    /// What happened to the issues since the last report.
    changes: Changes,
    /// Issues that were open and of which the run could not tell, by severity. They stay open.
    stale: SeverityCounts,
    /// How far the report can be trusted; missing if there is no report.
    certainty: Option<&'a Certainty>,
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

/// Stores the whole summary beside the manifest, because log services cut long lines. Returns where it is. A failure is no
/// error of the run: the ledger has the summary, too.
pub(super) async fn store_summary(parts: &Parts, summary: &Summary) -> Option<String> {
    let key = ArtifactKey::for_summary(&summary.run_id);
    let json = serde_json::to_vec(summary).ok()?;
    match parts.store.put(&PutArtifact::new(key, Bytes::from(json), "application/json")).await {
        Ok(stored) => Some(stored.location),
        Err(error) => {
            tracing::warn!(error = %error.report(), "the summary could not be stored; the last line on stdout may be shortened");
            None
        }
    }
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
        query: ManifestQuery::of(parts, registry),
        api: &summary.api,
        sources: &summary.sources,
        reconciliation,
        coverage: &summary.coverage,
        ownership: &summary.ownership,
        accounts: accounts.into_values().collect(),
        projects: summary.projects.iter().map(project).collect(),
        errors: &summary.errors,
    };
    serde_json::to_vec_pretty(&manifest).map_err(|e| Error::new(ErrorKind::Other, "write the manifest").with_source(e))
}

impl ManifestQuery {
    fn of(parts: &Parts, registry: &Registry) -> Self {
        let Selection { record_states, workflow, .. } = parts.sweep.selection();
        let record_states: Vec<_> = record_states.iter().map(|s| s.as_str()).collect();
        let workflow: Vec<_> = workflow.iter().map(|s| s.as_str()).collect();
        let sources = parts.source_names();
        let accounts: BTreeSet<AccountId> = registry.projects.iter().flat_map(|p| p.accounts.iter().copied()).collect();
        let ids: Vec<String> = accounts.iter().map(ToString::to_string).collect();
        let asked = [sources.join(","), record_states.join(","), workflow.join(","), ids.join(",")].join("|");
        let sha256 = hex::encode(Sha256::digest(asked.as_bytes()));
        let inputs = parts.sweep.lanes().iter().flat_map(|lane| lane.inputs().iter().cloned()).collect();
        Self { sources, inputs, record_states, workflow, accounts: accounts.len() as u64, sha256 }
    }
}

fn project(outcome: &ProjectOutcome) -> ManifestProject<'_> {
    ManifestProject {
        project: &outcome.project,
        status: outcome.status,
        accounts: outcome.accounts,
        findings: outcome.findings,
        issues: outcome.changes.current(),
        changes: outcome.changes,
        stale: outcome.certainty.as_ref().map(|certainty| certainty.stale).unwrap_or_default(),
        certainty: outcome.certainty.as_ref(),
        reports: outcome.report.iter().chain(&outcome.further_reports).collect(),
        errors: &outcome.errors,
    }
}
