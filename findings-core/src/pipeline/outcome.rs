//! What a run says at the end: the summary line, and the exit code that follows from it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account_outcome::{AccountOutcome, CoverageSummary};
use super::{DepartedProject, MarkedFindings};
use crate::coverage::Ownership;
use crate::report::Changes;
use crate::source::SweepStats;
use crate::store::StoredArtifact;
use crate::{AccountId, Error, RunId};

/// How a run ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunOutcome {
    /// It was worked on.
    Done(Box<Summary>),
    /// Somebody else works on it: nothing was done.
    Held {
        /// Who.
        owner: String,
        /// Until when, unless renewed, UTC.
        until: Timestamp,
    },
    /// It was finished before: nothing was done.
    AlreadyFinished {
        /// Its summary, one JSON object.
        summary: String,
    },
}

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
    /// Time that attempts waited for the quota or, after a failure, to be repeated, summed over those that waited side by side, milliseconds.
    #[serde(default)]
    pub waited_ms: u64,
}

impl From<&SweepStats> for GetFindingsCalls {
    fn from(stats: &SweepStats) -> Self {
        Self {
            calls: stats.calls,
            pages: stats.pages,
            findings: stats.findings,
            throttled: stats.throttled,
            retried: stats.retried,
            evidence: stats.evidence,
            waited_ms: stats.waited.as_millis().try_into().unwrap_or(u64::MAX),
        }
    }
}

/// What became of a project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectOutcome {
    /// Its name.
    pub project: String,
    /// Its status.
    pub status: ProjectStatus,
    /// Number of its accounts.
    pub accounts: u64,
    /// Number of findings in its report.
    pub findings: u64,
    /// Its report, the one that people get a link to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<StoredArtifact>,
    /// The same report in other formats.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub further_reports: Vec<StoredArtifact>,
    /// When the link really stops working, UTC; missing if it does not expire.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link_expires_at: Option<Timestamp>,
    /// Who was told.
    pub notified: Vec<String>,
    /// Messages of which nobody knows whether they were sent before; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub in_doubt: Vec<DoubtfulMessage>,
    /// Findings that were set to NOTIFIED; missing if that was not wished, or there was none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub marked: Option<MarkedFindings>,
    /// What happened to its issues since the last delivered report.
    pub changes: Changes,
    /// Its accounts: whether an empty answer could be believed, and what came.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub coverage: Vec<AccountOutcome>,
    /// What went wrong.
    pub errors: Vec<ProjectError>,
    /// A message was certainly not sent, and the next attempt at the run may have more luck.
    #[serde(skip)]
    pub(super) has_unsent: bool,
}

impl ProjectOutcome {
    pub(super) fn new(project: &str, accounts: usize) -> Self {
        Self {
            project: project.to_owned(),
            status: ProjectStatus::Ok,
            accounts: accounts as u64,
            findings: 0,
            report: None,
            further_reports: Vec::new(),
            link_expires_at: None,
            notified: Vec::new(),
            in_doubt: Vec::new(),
            marked: None,
            changes: Changes::default(),
            coverage: Vec::new(),
            errors: Vec::new(),
            has_unsent: false,
        }
    }

    pub(super) fn failed(mut self, step: Step, error: &Error) -> Self {
        self.status = ProjectStatus::Failed;
        self.errors.push(ProjectError::new(step, error.report()));
        self
    }

    /// Whether its people hold all that was asked for.
    pub fn is_ok(&self) -> bool {
        matches!(self.status, ProjectStatus::Ok | ProjectStatus::Skipped) && self.errors.is_empty()
    }

    /// Whether its people hold a report, complete or not.
    pub fn is_delivered(&self) -> bool {
        self.is_ok() || self.status == ProjectStatus::Incomplete
    }
}

/// A message that an attempt at the run began to send, and of which nobody knows whether it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DoubtfulMessage {
    /// To whom.
    pub recipient: String,
    /// By which notifier.
    pub notifier: String,
    /// What was done about it.
    pub fate: DoubtfulMessageFate,
}

/// What was done about a message in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DoubtfulMessageFate {
    /// Sent again: it may have arrived twice.
    Resent,
    /// Not sent again: it may not have arrived.
    Skipped,
    /// This attempt itself does not know: the answer of the relay or service was lost.
    Unknown,
}

/// Status of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectStatus {
    /// Delivered and complete.
    Ok,
    /// Delivered, and something is missing; the report says what.
    Incomplete,
    /// Not delivered.
    Failed,
    /// Not worked on: done by an earlier attempt at the same run, or, with an error, not begun before the run was stopped.
    Skipped,
}

/// Where something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Step {
    /// Reading the registry.
    Registry,
    /// Fetching findings.
    Fetch,
    /// Finding out whether an empty answer can be believed.
    Coverage,
    /// Recalling or remembering.
    History,
    /// Writing the report.
    Render,
    /// Storing it.
    Store,
    /// Making the link.
    Link,
    /// Telling people.
    Notify,
    /// Setting findings to NOTIFIED.
    Workflow,
    /// The run as a whole.
    Run,
}

/// Something that went wrong in a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectError {
    /// Where.
    pub step: Step,
    /// The account, if it is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<AccountId>,
    /// What, and what to do.
    pub message: String,
}

impl ProjectError {
    pub(super) fn new(step: Step, message: impl Into<String>) -> Self {
        Self { step, account: None, message: message.into() }
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

    /// The same summary, for a run that was finished before and in which nothing was done now: its status is that of then.
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

    /// Whether every project has been delivered to everyone who can be reached and the manifest lies beside the reports, so that starting the same run
    /// again has nothing to do.
    pub fn is_finished(&self) -> bool {
        self.manifest.is_some() && self.projects.iter().all(|p| p.is_delivered() && !p.has_unsent)
    }
}
