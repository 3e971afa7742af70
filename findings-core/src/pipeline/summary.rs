//! The summary of a run, printed as one line, and the exit code that follows from it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account_outcome::CoverageSummary;
use super::departed::{DepartedProject, RegistryWarning};
use super::organisation::OrganisationOutcome;
use super::outcome::{ProjectOutcome, Step};
use super::reminders::RemindersOutcome;
use super::urgent::UrgentCounts;
use crate::coverage::Ownership;
use crate::named::named_values;
use crate::redirect::Unopened;
use crate::report::UnreadReason;
use crate::source::{LaneStats, SweepStats};
use crate::store::StoredArtifact;
use crate::{Result, RunId};

/// The summary of a run: one JSON object. Fields may be added, never renamed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// The run.
    pub run_id: RunId,
    /// The status of the run.
    pub status: RunStatus,
    /// When the run started, UTC.
    pub started_at: Timestamp,
    /// When the run ended, UTC.
    pub finished_at: Timestamp,
    /// Numbers of calls by API.
    pub api: ApiCalls,
    /// Number of values in the findings of all reports that are not as ASFF defines them; an account of several projects
    /// counts with each. Left out if there are none.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub odd_values: u64,
    /// The projects, in the order of the registry.
    pub projects: Vec<ProjectOutcome>,
    /// Regions, members and what the coverage check could not determine; missing if coverage was not checked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub coverage: Option<CoverageSummary>,
    /// Differences between the accounts of the registry and the real ones; missing if there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ownership: Option<Ownership>,
    /// The manifest, which is stored beside the reports; missing if it could not be stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manifest: Option<StoredArtifact>,
    /// Where this summary is stored whole, beside the manifest, as it was before operators were told; missing if it could
    /// not be stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub summary_location: Option<String>,
    /// What came from each source; left out if there is only one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sources: Vec<SourceCounts>,
    /// Errors that belong to no project: lines of the registry, records of the source, or why the run could not start.
    pub errors: Vec<SummaryError>,
    /// Projects that are in the history and not in this registry, with open issues; these stay open. Left out if there
    /// are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub departed: Vec<DepartedProject>,
    /// So many projects of the history are missing in the registry that the registry may be wrong. Left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub registry_warning: Option<RegistryWarning>,
    /// Projects whose reports nobody opened for weeks, as far as their links tell. Left out if there are none, and if links
    /// do not tell.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unopened: Vec<Unopened>,
    /// Names of projects that look like others, and domains of recipients whose letters do; all went on as they are.
    /// Left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub look_alikes: Vec<String>,
    /// Reports that were held back, because Security Hub could not be read. Left out if there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_back: Option<HeldBack>,
    /// What became of the report of the organisation; missing if none is made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organisation: Option<OrganisationOutcome>,
    /// What became of the messages to owners and to those who lead projects; missing if nobody is reminded and no rule names
    /// an owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reminders: Option<RemindersOutcome>,
    /// Lines of rules for owners that fit no finding, although everything was seen that they could fit. Left out if there are
    /// none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unused_owner_rules: Vec<u64>,
    /// Number of projects of the registry that a run of some projects left as they are; missing if all were to be done.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_asked_for: Option<u64>,
    /// What an urgent run was about; missing for a run that makes reports.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub urgent: Option<UrgentCounts>,
    /// A remark that is not an error, for example why nothing was done.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RunStatus {
    /// Every project was delivered completely.
    Ok,
    /// Something is incomplete or failed; the rest was delivered.
    Partial,
    /// Nothing was delivered, or reports were held back because Security Hub could not be read.
    Failed,
    /// Another task holds the run, so this one did nothing.
    Held,
}

named_values!(
    /// The name in the summary.
    RunStatus, "a run status", [
    Ok => "ok",
    Partial => "partial",
    Failed => "failed",
    Held => "held",
]);

/// The reports that a run held back, and why. An account counts once in each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeldBack {
    /// Number of projects whose reports were held back.
    pub projects: u64,
    /// Accounts that could not be read for the reason.
    pub unread: u64,
    /// All accounts of the registry.
    pub accounts: u64,
    /// Why most of them could not be read.
    pub reason: UnreadReason,
}

/// What came from one of several sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SourceCounts {
    /// Name of the source: a Region, a file, a prefix in S3.
    pub source: String,
    /// Calls to it, retries included.
    pub calls: u64,
    /// Findings received from it. A finding of several sources counts with each.
    pub findings: u64,
    /// Accounts that could not be read from it completely.
    pub unread: u64,
}

impl SourceCounts {
    /// Returns the counts of each source; none if there is only one, whose counts are those of the run.
    pub(super) fn of(stats: &SweepStats) -> Vec<Self> {
        let of_lane = |lane: &LaneStats| Self {
            source: lane.lane.clone(),
            calls: lane.calls,
            findings: lane.findings,
            unread: lane.unread,
        };
        if stats.lanes.len() > 1 { stats.lanes.iter().map(of_lane).collect() } else { Vec::new() }
    }
}

/// Numbers of calls by API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiCalls {
    /// Calls of GetFindings, or reads of pages of a file.
    pub get_findings: GetFindingsCalls,
    /// Calls for the coverage check: hubs, aggregator, members.
    #[serde(default)]
    pub coverage: CallCount,
}

/// A number of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallCount {
    /// Calls.
    pub calls: u64,
}

/// Numbers of calls of GetFindings and of what they returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetFindingsCalls {
    /// Attempts, retries included.
    pub calls: u64,
    /// Pages received.
    pub pages: u64,
    /// Findings received, duplicates included.
    pub findings: u64,
    /// Attempts that were throttled.
    pub throttled: u64,
    /// Attempts that were repeated.
    pub retried: u64,
    /// Those of the `calls` that only searched for evidence of checks.
    #[serde(default)]
    pub evidence: u64,
    /// Time in milliseconds that attempts waited for the quota, or to be repeated after a failure. Attempts that waited
    /// at the same time are each counted.
    #[serde(default)]
    pub waited_ms: u64,
}

impl GetFindingsCalls {
    /// Returns the calls of a sweep; `evidence` of them only searched for evidence.
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

/// An error that belongs to no project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryError {
    /// Line of the registry or findings file, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// The cause and what to do.
    pub message: String,
    /// Whether everything is delivered in spite of it: it makes reports incomplete, and no more.
    #[serde(rename = "incomplete", skip_serializing_if = "std::ops::Not::not", default)]
    pub(super) is_only_incomplete: bool,
}

impl SummaryError {
    /// An error that kept something from being delivered.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { line: None, message: message.into(), is_only_incomplete: false }
    }

    /// An error that makes reports incomplete, and no more.
    pub(super) fn incomplete(message: impl Into<String>) -> Self {
        Self { is_only_incomplete: true, ..Self::new(message) }
    }

    /// Sets the line of the registry or findings file.
    pub(super) fn at_line(self, line: impl Into<Option<u64>>) -> Self {
        Self { line: line.into(), ..self }
    }
}

impl Summary {
    /// Returns the summary of a run that had nothing to do and no error.
    pub fn idle(run_id: RunId, at: Timestamp, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..Self::empty(run_id, at, RunStatus::Ok) }
    }

    /// Returns the summary of a task that did nothing, because another one holds the run.
    pub fn held(run_id: RunId, at: Timestamp, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..Self::empty(run_id, at, RunStatus::Held) }
    }

    /// Returns the summary of a run that could not start.
    pub fn not_started(run_id: RunId, at: Timestamp, reasons: impl IntoIterator<Item = String>) -> Self {
        let errors = reasons.into_iter().map(SummaryError::new).collect();
        Self { errors, ..Self::empty(run_id, at, RunStatus::Failed) }
    }

    fn empty(run_id: RunId, at: Timestamp, status: RunStatus) -> Self {
        Self {
            run_id,
            status,
            started_at: at,
            finished_at: at,
            api: ApiCalls::default(),
            odd_values: 0,
            projects: Vec::new(),
            coverage: None,
            ownership: None,
            manifest: None,
            summary_location: None,
            sources: Vec::new(),
            errors: Vec::new(),
            departed: Vec::new(),
            registry_warning: None,
            unopened: Vec::new(),
            look_alikes: Vec::new(),
            held_back: None,
            organisation: None,
            reminders: None,
            unused_owner_rules: Vec::new(),
            not_asked_for: None,
            urgent: None,
            note: None,
        }
    }

    /// Returns the summary for another start of a finished run, in which nothing was done. The status stays that of the
    /// finished run.
    #[must_use]
    pub fn repeated(mut self) -> Self {
        let status = match self.status {
            RunStatus::Ok => "ok",
            RunStatus::Partial => "partial",
            RunStatus::Failed => "failed",
            RunStatus::Held => "held",
        };
        self.note = Some(format!(
            "this run was finished before, with status {status}, and nothing was done now; it can be reopened to redo its incomplete projects, or all"
        ));
        self
    }

    /// Adds the stored manifest, or the error if it could not be stored.
    pub(super) fn with_manifest(mut self, stored: Result<StoredArtifact>) -> Self {
        match stored {
            Ok(stored) => self.manifest = Some(stored),
            Err(error) => {
                let message = format!("the run's manifest could not be stored: failed to {}", error.report());
                tracing::error!(step = ?Step::Store, "{message}");
                self.errors.push(SummaryError::new(message));
                self.update_status();
            }
        }
        self
    }

    /// Returns the status that follows from the projects and from the errors that belong to no project.
    pub(super) fn status_of(projects: &[ProjectOutcome], errors: &[SummaryError]) -> RunStatus {
        if projects.iter().all(ProjectOutcome::is_ok) && errors.is_empty() {
            RunStatus::Ok
        } else if projects.iter().any(ProjectOutcome::is_delivered) {
            RunStatus::Partial
        } else {
            RunStatus::Failed
        }
    }

    /// Sets the status anew after an error was added.
    pub(super) fn update_status(&mut self) {
        let is_held = self.held_back.is_some();
        self.status = if is_held { RunStatus::Failed } else { Self::status_of(&self.projects, &self.errors) };
    }

    /// Adds an error that occurred after the run and belongs to no project.
    pub fn add_error(&mut self, message: impl Into<String>) {
        self.errors.push(SummaryError::new(message));
        if self.status == RunStatus::Ok {
            self.status = RunStatus::Partial;
        }
    }

    /// Returns the exit code for a process that did this run: 0 if every project was delivered and is complete, 1 if
    /// something was not delivered, 3 if everything was delivered and something is incomplete, 4 if another process
    /// holds the run.
    pub fn exit_code(&self) -> u8 {
        let is_delivered =
            self.projects.iter().all(ProjectOutcome::is_told) && self.errors.iter().all(|e| e.is_only_incomplete);
        match self.status {
            RunStatus::Ok => 0,
            RunStatus::Held => 4,
            _ if is_delivered => 3,
            RunStatus::Partial | RunStatus::Failed => 1,
        }
    }

    /// Whether another start of the same run would have nothing to do: every project was delivered, each message was sent
    /// or cannot be sent, also reminders, the report of the organisation is made, and the manifest is stored.
    pub fn is_finished(&self) -> bool {
        let is_finished = |p: &ProjectOutcome| (p.is_delivered() || p.is_settled) && !p.has_open;
        // if everybody is rejected, the cause is the sender or the configuration, and a further attempt helps
        let any_told = self.projects.iter().any(ProjectOutcome::is_delivered);
        let is_reported = self.organisation.as_ref().is_none_or(|organisation| !organisation.has_open);
        let is_reminded = self.reminders.as_ref().is_none_or(|reminders| !reminders.has_open);
        self.manifest.is_some() && any_told && is_reported && is_reminded && self.projects.iter().all(is_finished)
    }
}
