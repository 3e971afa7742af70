//! The outcome of one project in a run.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account_outcome::AccountOutcome;
use super::assign::{OwnerShare, OwnersOutcome};
use super::dropped_sources::DroppedSource;
use crate::history::Changes;
use crate::named::named_values;
use crate::report::{Certainty, Headline, Problem, ProblemKind};
use crate::store::StoredArtifact;
use crate::{AccountId, Error, SeverityCounts};

/// The outcome of one project in a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectOutcome {
    /// The name of the project.
    pub project: String,
    /// The status of the project.
    pub status: ProjectStatus,
    /// Number of accounts of the project.
    pub accounts: u64,
    /// Number of findings in the report.
    pub findings: u64,
    /// The report that recipients get a link to; missing if it was not stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<StoredArtifact>,
    /// The same report in other formats.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub further_reports: Vec<StoredArtifact>,
    /// When the link stops working, UTC, also if its credentials end it early; missing if it does not expire.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link_expires_at: Option<Timestamp>,
    /// The recipients that were notified.
    pub notified: Vec<String>,
    /// The recipients who were not told, because they chose not to hear of a report like this one. Left out if there are
    /// none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub silent: Vec<String>,
    /// Messages in doubt: it is not known whether they were sent. Left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub in_doubt: Vec<InDoubtMessage>,
    /// Findings that were set to NOTIFIED; missing if this was not requested or there were none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub marked: Option<MarkedFindings>,
    /// Changes of the issues since the last delivered report.
    pub changes: Changes,
    /// The accounts: the verdict on the coverage of each, and the findings that were fetched.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub coverage: Vec<AccountOutcome>,
    /// How far the report can be trusted, as recipients were told; missing if there is no report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certainty: Option<Certainty>,
    /// What messages about the report say first; missing if there is no report, or an early version wrote it. The ledger has
    /// it, for messages of later attempts, and the summary does not.
    #[serde(skip_serializing, default)]
    pub headline: Option<Arc<Headline>>,
    /// Whose the findings are; missing if no rule is about the project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owners: Option<OwnersOutcome>,
    /// The owners who are told of their part. The ledger has them, for messages of later attempts, and the summary does not.
    #[serde(skip_serializing, default)]
    pub(super) owner_shares: Vec<OwnerShare>,
    /// Sources that showed open issues of the project, and that the run did not look at. Left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dropped_sources: Vec<DroppedSource>,
    /// The errors.
    pub errors: Vec<ProjectError>,
    /// The edition of the run in which the report got its present content: 1, unless the run was reopened and the report
    /// changed.
    #[serde(skip_serializing_if = "is_first", default = "first")]
    pub edition: u32,
    /// Recipients who were told of the report of an earlier edition, or may have been.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub told_earlier: Vec<String>,
    /// The edition of the run in which the project was last done.
    #[serde(skip_serializing_if = "is_first", default = "first")]
    pub(super) done_in: u32,
    /// Number of findings in the report by severity. Not stored: zero if an earlier attempt wrote the report.
    #[serde(skip)]
    pub severities: SeverityCounts,
    /// Recipients whom this attempt told and no earlier one. Not stored.
    #[serde(skip)]
    pub told_now: u64,
    /// Messages of this attempt that a notifier refused for good. Not stored.
    #[serde(skip)]
    pub rejected: u64,
    /// Whether a further attempt has a message to send.
    #[serde(skip)]
    pub(super) has_open: bool,
    /// Whether a further attempt would do no better: all steps were done, and each message was sent or rejected.
    #[serde(skip)]
    pub(super) is_settled: bool,
}

fn first() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_first(edition: &u32) -> bool {
    *edition == first()
}

impl ProjectOutcome {
    /// Returns the outcome of a project without findings and errors.
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
            silent: Vec::new(),
            in_doubt: Vec::new(),
            marked: None,
            changes: Changes::default(),
            coverage: Vec::new(),
            certainty: None,
            headline: None,
            owners: None,
            owner_shares: Vec::new(),
            dropped_sources: Vec::new(),
            errors: Vec::new(),
            edition: first(),
            told_earlier: Vec::new(),
            done_in: first(),
            severities: SeverityCounts::default(),
            told_now: 0,
            rejected: 0,
            has_open: false,
            is_settled: false,
        }
    }

    /// Returns the outcome as failed, with the error that ended the project's steps.
    pub(super) fn failed(mut self, step: Step, error: &Error) -> Self {
        self.status = ProjectStatus::Failed;
        self.with_error(step, error)
    }

    /// Adds an error. What was delivered stays delivered.
    pub(super) fn with_error(mut self, step: Step, error: &Error) -> Self {
        if self.status == ProjectStatus::Ok {
            self.status = ProjectStatus::Incomplete;
        }
        self.errors.push(ProjectError::new(step, error.report()));
        self
    }

    /// Returns the outcome for a project that an earlier attempt delivered.
    pub(super) fn repeated(mut self) -> Self {
        if self.status == ProjectStatus::Ok {
            self.status = ProjectStatus::Skipped;
        }
        self
    }

    /// Whether the recipients have a complete report, or chose silence, and there are no errors.
    pub fn is_ok(&self) -> bool {
        matches!(self.status, ProjectStatus::Ok | ProjectStatus::Skipped) && self.errors.is_empty()
    }

    /// Whether the report is complete, and somebody or something that belongs to its delivery failed: a recipient was not
    /// told, or it is not remembered. A report that misses something is another matter.
    pub fn is_undelivered(&self) -> bool {
        let is_complete = self.certainty.as_ref().is_some_and(Certainty::is_complete);
        self.status == ProjectStatus::Incomplete && is_complete && !self.is_told()
    }

    /// Whether the recipients have a report, complete or not, or chose silence.
    pub fn is_delivered(&self) -> bool {
        self.is_ok() || self.status == ProjectStatus::Incomplete
    }
}

impl ProjectOutcome {
    /// Whether all recipients have the report, complete or not, and it is remembered: the errors only say what the
    /// report does not know.
    pub(super) fn is_told(&self) -> bool {
        let is_doubt = |error: &ProjectError| matches!(error.step, Step::Registry | Step::Fetch | Step::Coverage);
        // a line of the registry that names no account can name a recipient, whom nobody told then
        let hides_account = |p: &&Problem| matches!(p.kind, ProblemKind::RegistryLine | ProblemKind::NoAccount);
        let problems = self.certainty.iter().flat_map(|certainty| &certainty.problems).filter(hides_account).count();
        let registry_errors = self.errors.iter().filter(|error| error.step == Step::Registry).count();
        self.is_delivered() && registry_errors <= problems && self.errors.iter().all(is_doubt)
    }
}

/// A message in doubt: an attempt at the run began to send it, and it is not known whether it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InDoubtMessage {
    /// The recipient.
    pub recipient: String,
    /// The name of the notifier.
    pub notifier: String,
    /// What this attempt did with the message.
    pub fate: InDoubtFate,
}

/// What an attempt did with a message in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum InDoubtFate {
    /// Sent again: it may have arrived twice.
    Resent,
    /// Not sent again: it may not have arrived.
    Skipped,
    /// Sent by this attempt, but the response of the mail relay or service was lost.
    Unknown,
}

named_values!(
    /// The name in the summary.
    InDoubtFate, "a message fate", [
    Resent => "resent",
    Skipped => "skipped",
    Unknown => "unknown",
]);

/// The status of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ProjectStatus {
    /// Delivered and complete.
    Ok,
    /// Delivered, but something is missing; the report says what.
    Incomplete,
    /// Not delivered.
    Failed,
    /// Not processed by this attempt. Without an error, an earlier attempt at the same run delivered it; with an error,
    /// the run was stopped before it started.
    Skipped,
}

named_values!(
    /// The name in the summary.
    ProjectStatus, "a project status", [
    Ok => "ok",
    Incomplete => "incomplete",
    Failed => "failed",
    Skipped => "skipped",
]);

impl ProjectStatus {
    /// Whether the report was delivered by this attempt, complete or not.
    pub(super) fn is_delivered(self) -> bool {
        matches!(self, Self::Ok | Self::Incomplete)
    }
}

/// The step of a run that an error belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Step {
    /// Reading the registry.
    Registry,
    /// Fetching findings.
    Fetch,
    /// Checking the coverage: whether "no findings" can be trusted.
    Coverage,
    /// Reading or writing the history.
    History,
    /// Writing the report.
    Render,
    /// Storing the report.
    Store,
    /// Making the link to the report.
    Link,
    /// Notifying recipients.
    Notify,
    /// Setting findings to NOTIFIED.
    Workflow,
    /// The run as a whole.
    Run,
}

named_values!(
    /// The name in the summary.
    Step, "a step", [
    Registry => "registry",
    Fetch => "fetch",
    Coverage => "coverage",
    History => "history",
    Render => "render",
    Store => "store",
    Link => "link",
    Notify => "notify",
    Workflow => "workflow",
    Run => "run",
]);

/// An error in a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectError {
    /// The step that failed.
    pub step: Step,
    /// The account; missing if the error does not concern a single account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<AccountId>,
    /// The cause and what to do.
    pub message: String,
}

impl ProjectError {
    pub(super) fn new(step: Step, message: impl Into<String>) -> Self {
        Self { step, account: None, message: message.into() }
    }
}

/// Numbers of findings of a project that were to be set to NOTIFIED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MarkedFindings {
    /// Findings that were set.
    pub accepted: u64,
    /// Findings that were not set; the log says why.
    pub refused: u64,
    /// Findings that were left alone, because somebody or Security Hub changed them after they were fetched. Left out if
    /// there are none.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub changed: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
