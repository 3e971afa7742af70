//! Changing what the service keeps about findings for people: workflow status, verification, note, user-defined fields.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Finding, Result, Text, WorkflowStatus};

/// Whether people have checked that a finding is right (ASFF `VerificationState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Verification {
    /// Nobody has.
    Unknown,
    /// It is wrong.
    FalsePositive,
}

/// New values of what the service keeps about a finding for people. `None` leaves a value as it is.
///
/// ```
/// use findings_core::{WorkflowStatus, workflow::FindingChange};
/// let change = FindingChange::status(WorkflowStatus::Notified);
/// assert!(change.note.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FindingChange {
    /// The workflow status.
    pub workflow: Option<WorkflowStatus>,
    /// Whether people have checked that it is right.
    pub verification: Option<Verification>,
    /// The note: 1 to 512 characters, which replace the present note.
    pub note: Option<Text>,
    /// The user-defined fields by name, which replace all present ones; at most 50.
    pub user_defined_fields: Option<Vec<(Text, Text)>>,
}

impl FindingChange {
    /// Changes the workflow status alone.
    pub fn status(status: WorkflowStatus) -> Self {
        Self { workflow: Some(status), ..Self::default() }
    }
}

/// A request to give findings the same new values.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateFindings {
    /// The findings, each once.
    pub findings: Vec<Arc<Finding>>,
    /// Their new values.
    pub change: FindingChange,
}

impl UpdateFindings {
    /// A request to change these findings.
    pub fn new(findings: Vec<Arc<Finding>>, change: FindingChange) -> Self {
        Self { findings, change }
    }
}

/// A finding that could not be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnprocessedFinding {
    /// Its `Id`.
    pub id: Text,
    /// Its `ProductArn`: products can give the same ID to a finding of their own. `None` stands for every product.
    pub product_arn: Option<Text>,
    /// The reason, such as `FindingNotFound`.
    pub reason: String,
}

impl UnprocessedFinding {
    /// A finding with the reason why it could not be changed.
    pub fn new(id: impl Into<Text>, reason: impl Into<String>) -> Self {
        Self { id: id.into(), product_arn: None, reason: reason.into() }
    }

    /// Sets the `ProductArn`.
    #[must_use]
    pub fn with_product_arn(mut self, product_arn: impl Into<Text>) -> Self {
        self.product_arn = Some(product_arn.into());
        self
    }

    /// Returns whether this is about the finding.
    pub fn is_of(&self, finding: &Finding) -> bool {
        self.id == finding.id && self.product_arn.as_ref().is_none_or(|arn| *arn == finding.product_arn)
    }
}

/// The result of [`WorkflowSink::update`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpdateResult {
    /// Number of accepted findings. The service may take minutes to show the new values.
    pub accepted: u64,
    /// Findings that were refused, after all retries.
    pub refused: Vec<UnprocessedFinding>,
    /// Why a part of the request failed, in one Region of several, for example. Its findings are among the refused ones.
    pub failure: Option<String>,
}

impl UpdateResult {
    /// A result with the number of accepted findings and the refused ones.
    pub fn new(accepted: u64, refused: Vec<UnprocessedFinding>) -> Self {
        Self { accepted, refused, failure: None }
    }

    /// Sets why a part of the request failed.
    #[must_use]
    pub fn with_failure(mut self, failure: impl Into<Option<String>>) -> Self {
        self.failure = failure.into();
        self
    }
}

/// Changes findings in the service that they come from.
///
/// An implementation MUST account for every finding: accepted or refused.
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::workflow::{UpdateFindings, UpdateResult, WorkflowSink};
/// use findings_core::Result;
///
/// /// Says what it would change.
/// #[derive(Debug)]
/// struct Rehearsal;
///
/// #[async_trait]
/// impl WorkflowSink for Rehearsal {
///     async fn update(&self, request: &UpdateFindings) -> Result<UpdateResult> {
///         println!("{} findings", request.findings.len());
///         Ok(UpdateResult::new(request.findings.len() as u64, Vec::new()))
///     }
/// }
/// ```
#[async_trait]
pub trait WorkflowSink: fmt::Debug + Send + Sync + 'static {
    /// Gives findings new values.
    ///
    /// # Errors
    /// As the service answers, if no finding was accepted. Repeating the request is safe.
    async fn update(&self, request: &UpdateFindings) -> Result<UpdateResult>;
}
