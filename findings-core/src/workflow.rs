//! Setting the workflow status of findings in the service from NEW to NOTIFIED after people were notified.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Finding, Result, Text};

/// A request to set the workflow status of findings to NOTIFIED.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MarkNotified {
    /// The findings, each once. A sink ignores those whose status is not NEW.
    pub findings: Vec<Arc<Finding>>,
}

impl MarkNotified {
    /// A request for these findings.
    pub fn new(findings: Vec<Arc<Finding>>) -> Self {
        Self { findings }
    }
}

/// A finding whose status could not be set.
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
    /// A finding with the reason why its status could not be set.
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

/// The result of [`WorkflowSink::mark_notified`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MarkResult {
    /// Number of accepted findings. The service may take minutes to show the new status.
    pub accepted: u64,
    /// Findings that were refused, after all retries.
    pub refused: Vec<UnprocessedFinding>,
    /// Why a part of the request failed, in one Region of several, for example. Its findings are among the refused ones.
    pub failure: Option<String>,
}

impl MarkResult {
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

/// Sets the workflow status of findings in the service that they come from.
///
/// An implementation MUST account for every finding: accepted or refused.
#[async_trait]
pub trait WorkflowSink: fmt::Debug + Send + Sync + 'static {
    /// Sets findings to NOTIFIED.
    ///
    /// # Errors
    /// As the service answers, if no finding was accepted. Repeating the request is safe.
    async fn mark_notified(&self, request: &MarkNotified) -> Result<MarkResult>;
}
