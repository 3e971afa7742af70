//! What became of a project.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account_outcome::AccountOutcome;
use crate::history::Changes;
use crate::store::StoredArtifact;
use crate::{AccountId, Error};

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

    /// The same outcome, of a project that an earlier attempt has delivered.
    pub(super) fn repeated(mut self) -> Self {
        if self.status == ProjectStatus::Ok {
            self.status = ProjectStatus::Skipped;
        }
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
    /// Not worked on: done by an earlier attempt at the same run, or, with an error, not begun before the run was
    /// stopped.
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

/// Findings of a project that were to become NOTIFIED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MarkedFindings {
    /// Set.
    pub accepted: u64,
    /// Not set; the log says why.
    pub refused: u64,
}
