//! What a run knows, in a form that the next stage reads.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::coverage::{CoverageFacts, Evidence, EvidenceSearch};
use crate::pipeline::coverage_snapshot::CoverageSnapshot;
use crate::pipeline::outcome::ProjectOutcome;
use crate::pipeline::remember::RecordedOutcome;
use crate::source::{AccountFailure, AccountFindings, Lane, RejectedRecord, SourceInput, View, ViewFindings};
use crate::{AccountId, Error, ErrorKind, FindingList, Result, SeverityCounts, Text};

/// What was fetched of an account, except its findings.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedAccount {
    account: AccountId,
    name: Option<Text>,
    /// Number of findings.
    pub(super) findings: u64,
    received: u64,
    duplicates: u64,
    ambiguous: u64,
    failures: Vec<AccountFailure>,
    rejected: Vec<RejectedRecord>,
    regions_with_records: Option<BTreeSet<Option<Text>>>,
    views: Vec<ViewFindings>,
    /// By the identity of a finding, in hex digits.
    shown_by: HashMap<String, u64>,
    received_by_lane: Vec<u64>,
    /// The results of checks in the account; `None` if coverage is not checked.
    evidence: Option<Evidence>,
}

impl SavedAccount {
    pub(super) fn of(fetched: &AccountFindings, coverage: Option<&CoverageSnapshot>) -> Self {
        // a new field does not compile until it is saved, too
        let AccountFindings {
            account,
            name,
            findings,
            received,
            duplicates,
            ambiguous,
            failures,
            rejected,
            regions_with_records,
            views,
            shown_by,
            received_by_lane,
        } = fetched;
        Self {
            account: *account,
            name: name.clone(),
            findings: findings.len() as u64,
            received: *received,
            duplicates: *duplicates,
            ambiguous: *ambiguous,
            failures: failures.clone(),
            rejected: rejected.clone(),
            regions_with_records: regions_with_records.clone(),
            views: views.clone(),
            shown_by: shown_by.iter().map(|(identity, views)| (hex::encode(identity), *views)).collect(),
            received_by_lane: received_by_lane.clone(),
            evidence: coverage.map(|coverage| coverage.evidence.of(*account)),
        }
    }

    /// The account, with the findings that were saved apart.
    pub(super) fn restore(self, findings: FindingList) -> Result<AccountFindings> {
        let identity = |text: String| {
            let mut identity = [0; 16];
            // an error of `hex` is one only with its feature std
            hex::decode_to_slice(&text, &mut identity).map(|()| identity).map_err(|_| {
                let damaged = Error::new(ErrorKind::Malformed, "read the work of the run");
                damaged.with_message("the file is damaged; fetch again")
            })
        };
        let shown_by = self.shown_by.into_iter().map(|(text, views)| Ok((identity(text)?, views)));
        Ok(AccountFindings {
            account: self.account,
            name: self.name,
            findings,
            received: self.received,
            duplicates: self.duplicates,
            ambiguous: self.ambiguous,
            failures: self.failures,
            rejected: self.rejected,
            regions_with_records: self.regions_with_records,
            views: self.views,
            shown_by: shown_by.collect::<Result<_>>()?,
            received_by_lane: self.received_by_lane,
        })
    }

    pub(super) fn account(&self) -> AccountId {
        self.account
    }

    /// Takes the results of checks.
    pub(super) fn take_evidence(&mut self) -> Option<(AccountId, Evidence)> {
        Some((self.account, self.evidence.take()?))
    }
}

/// The coverage at the start of the run, except the results of checks in accounts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedCoverage {
    facts: CoverageFacts,
    at: Timestamp,
    /// Calls for the results of checks.
    calls: u64,
}

impl SavedCoverage {
    pub(super) fn of(coverage: &CoverageSnapshot) -> Self {
        Self { facts: (*coverage.facts).clone(), at: coverage.at, calls: coverage.evidence.calls() }
    }

    /// The coverage, with the results of checks that are known.
    pub(super) fn restore(self, evidence: HashMap<AccountId, Evidence>) -> CoverageSnapshot {
        let facts = Arc::new(self.facts);
        let evidence = EvidenceSearch::found(facts.clone(), evidence, self.calls, self.at);
        CoverageSnapshot { facts, evidence: Arc::new(evidence), at: self.at }
    }
}

/// A lane, without its source.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedLane {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) view: Option<View>,
    pub(super) inputs: Vec<SourceInput>,
}

impl SavedLane {
    pub(super) fn of(lane: &Lane) -> Self {
        Self {
            name: lane.name().to_owned(),
            region: lane.region().to_owned(),
            view: lane.view().cloned(),
            inputs: lane.inputs().to_vec(),
        }
    }
}

/// What became of a project: what the ledger records of it, and what only the summary of the run needs.
#[derive(Debug, Deserialize)]
pub(super) struct SavedOutcome {
    outcome: ProjectOutcome,
    severities: SeverityCounts,
    told_now: u64,
    rejected: u64,
    has_open: bool,
    is_settled: bool,
}

impl From<ProjectOutcome> for SavedOutcome {
    fn from(outcome: ProjectOutcome) -> Self {
        let ProjectOutcome { severities, told_now, rejected, has_open, is_settled, .. } = outcome;
        Self { outcome, severities, told_now, rejected, has_open, is_settled }
    }
}

impl From<SavedOutcome> for ProjectOutcome {
    fn from(saved: SavedOutcome) -> Self {
        let SavedOutcome { outcome, severities, told_now, rejected, has_open, is_settled } = saved;
        Self { severities, told_now, rejected, has_open, is_settled, ..outcome }
    }
}

impl SavedOutcome {
    pub(super) fn project(&self) -> &str {
        &self.outcome.project
    }
}

impl Serialize for SavedOutcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Saved<'a> {
            outcome: RecordedOutcome<'a>,
            severities: SeverityCounts,
            told_now: u64,
            rejected: u64,
            has_open: bool,
            is_settled: bool,
        }
        let Self { outcome, severities, told_now, rejected, has_open, is_settled } = self;
        let (severities, told_now, rejected) = (*severities, *told_now, *rejected);
        let (has_open, is_settled) = (*has_open, *is_settled);
        let outcome = RecordedOutcome::of(outcome);
        Saved { outcome, severities, told_now, rejected, has_open, is_settled }.serialize(serializer)
    }
}
