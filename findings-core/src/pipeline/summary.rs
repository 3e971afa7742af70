//! What a run says at the end: the summary line, and the exit code that follows from it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account_outcome::CoverageSummary;
use super::departed::DepartedProject;
use super::outcome::{ProjectOutcome, Step};
use crate::coverage::Ownership;
use crate::source::SweepStats;
use crate::store::StoredArtifact;
use crate::{Result, RunId};

/// The summary of a run: one JSON object. Fields may be added, never renamed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// The run.
    pub run_id: RunId,
    /// Its status.
    pub status: RunStatus,
    /// When it began, UTC.
    pub started_at: Timestamp,
    /// When it ended, UTC.
    pub finished_at: Timestamp,
    /// Calls by API.
    pub api: ApiCalls,
    /// Its projects, in the order of the registry.
    pub projects: Vec<ProjectOutcome>,
    /// Regions, members and what could not be found out; missing if coverage was not looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub coverage: Option<CoverageSummary>,
    /// Where registry and reality differ; missing if they do not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ownership: Option<Ownership>,
    /// The record of the run that lies beside its reports; missing if it could not be stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manifest: Option<StoredArtifact>,
    /// What belongs to no project: lines of the registry, records of the source, or why the run could not start.
    pub errors: Vec<SummaryError>,
    /// Projects that left the registry since the last run; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub departed: Vec<DepartedProject>,
    /// Why nothing was done, if that is as it should be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// Status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Every project was delivered completely.
    Ok,
    /// Something is incomplete or failed; the rest was delivered.
    Partial,
    /// Nothing was delivered.
    Failed,
}

/// Calls by API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiCalls {
    /// GetFindings, or reads of a file's pages.
    pub get_findings: GetFindingsCalls,
    /// Calls that looked at the coverage: hubs, aggregator, members.
    #[serde(default)]
    pub coverage: CallCount,
}

/// A number of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallCount {
    /// Calls.
    pub calls: u64,
}

/// Calls of GetFindings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetFindingsCalls {
    /// Attempts, retries included.
    pub calls: u64,
    /// Pages that came.
    pub pages: u64,
    /// Findings that came, copies included.
    pub findings: u64,
    /// Attempts that were throttled.
    pub throttled: u64,
    /// Attempts that were repeated.
    pub retried: u64,
    /// Calls, among all, that only looked for evidence of checks.
    #[serde(default)]
    pub evidence: u64,
    /// Time that attempts waited for the quota or, after a failure, to be repeated, summed over those that waited side
    /// by side, milliseconds.
    #[serde(default)]
    pub waited_ms: u64,
}

impl GetFindingsCalls {
    /// The calls of a sweep, among them those that only looked for evidence.
    pub(super) fn of(stats: &SweepStats, evidence: u64) -> Self {
        Self {
            calls: stats.calls,
            pages: stats.pages,
            findings: stats.findings,
            throttled: stats.throttled,
            retried: stats.retried,
            evidence,
            waited_ms: stats.waited.as_millis().try_into().unwrap_or(u64::MAX),
        }
    }
}

/// Something that went wrong and belongs to no project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryError {
    /// Line of the file, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// What, and what to do.
    pub message: String,
}

impl Summary {
    /// The summary of a run in which nothing was done and nothing is wrong.
    pub fn idle(run_id: RunId, at: Timestamp, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..Self::empty(run_id, at, RunStatus::Ok) }
    }

    /// The summary of a run that could not start.
    pub fn not_started(run_id: RunId, at: Timestamp, reasons: impl IntoIterator<Item = String>) -> Self {
        let errors = reasons.into_iter().map(|message| SummaryError { line: None, message }).collect();
        Self { errors, ..Self::empty(run_id, at, RunStatus::Failed) }
    }

    fn empty(run_id: RunId, at: Timestamp, status: RunStatus) -> Self {
        Self {
            run_id,
            status,
            started_at: at,
            finished_at: at,
            api: ApiCalls::default(),
            projects: Vec::new(),
            coverage: None,
            ownership: None,
            manifest: None,
            errors: Vec::new(),
            departed: Vec::new(),
            note: None,
        }
    }

    /// The same summary, for a run that was finished before and in which nothing was done now: its status is that of
    /// then.
    #[must_use]
    pub fn repeated(mut self) -> Self {
        let status = match self.status {
            RunStatus::Ok => "ok",
            RunStatus::Partial => "partial",
            RunStatus::Failed => "failed",
        };
        self.note = Some(format!(
            "this run was finished before, with status {status}, and nothing was done now; start it with force to do it again, mails included"
        ));
        self
    }

    /// With the record of the run, or what kept it from being stored.
    pub(super) fn with_manifest(mut self, stored: Result<StoredArtifact>) -> Self {
        match stored {
            Ok(stored) => self.manifest = Some(stored),
            Err(error) => {
                let message = format!("the run's manifest could not be stored: failed to {}", error.report());
                tracing::error!(step = ?Step::Store, "{message}");
                self.errors.push(SummaryError { line: None, message });
                self.status = Self::status_of(&self.projects, &self.errors);
            }
        }
        self
    }

    pub(super) fn status_of(projects: &[ProjectOutcome], errors: &[SummaryError]) -> RunStatus {
        if projects.iter().all(ProjectOutcome::is_ok) && errors.is_empty() {
            RunStatus::Ok
        } else if projects.iter().any(ProjectOutcome::is_delivered) {
            RunStatus::Partial
        } else {
            RunStatus::Failed
        }
    }

    /// Adds something that went wrong after the run and belongs to no project.
    pub fn add_error(&mut self, message: impl Into<String>) {
        self.errors.push(SummaryError { line: None, message: message.into() });
        if self.status == RunStatus::Ok {
            self.status = RunStatus::Partial;
        }
    }

    /// Exit code of a process that did this run: 0 if every project was delivered completely, else 1.
    pub fn exit_code(&self) -> u8 {
        u8::from(self.status != RunStatus::Ok)
    }

    /// Whether every project has been delivered to everyone who can be reached and the manifest lies beside the
    /// reports, so that starting the same run again has nothing to do.
    pub fn is_finished(&self) -> bool {
        self.manifest.is_some() && self.projects.iter().all(|p| p.is_delivered() && !p.has_unsent)
    }
}
