//! Telling the service that people were told: NEW becomes NOTIFIED.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Finding, Result, Text};

/// A wish to set findings to NOTIFIED.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MarkNotified {
    /// The findings, each once. Those whose status is not NEW are not asked for.
    pub findings: Vec<Arc<Finding>>,
}

impl MarkNotified {
    /// Of these findings.
    pub fn new(findings: Vec<Arc<Finding>>) -> Self {
        Self { findings }
    }
}

/// A finding that could not be set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnprocessedFinding {
    /// Its `Id`.
    pub id: Text,
    /// Why, such as `FindingNotFound`.
    pub reason: String,
}

impl UnprocessedFinding {
    /// A finding with the reason why it could not be set.
    pub fn new(id: impl Into<Text>, reason: impl Into<String>) -> Self {
        Self { id: id.into(), reason: reason.into() }
    }
}

/// What became of a wish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MarkResult {
    /// Findings that were accepted; the service may take minutes to show it.
    pub accepted: u64,
    /// Findings that were not, after all retries.
    pub refused: Vec<UnprocessedFinding>,
}

impl MarkResult {
    /// So many accepted, and these refused.
    pub fn new(accepted: u64, refused: Vec<UnprocessedFinding>) -> Self {
        Self { accepted, refused }
    }
}

/// Sets the workflow status of findings where they come from.
///
/// An implementation MUST account for every finding: accepted or refused.
#[async_trait]
pub trait WorkflowSink: fmt::Debug + Send + Sync + 'static {
    /// Sets findings to NOTIFIED.
    ///
    /// # Errors
    /// As the service answers. What was accepted before stays; setting it again changes nothing.
    async fn mark_notified(&self, request: &MarkNotified) -> Result<MarkResult>;
}
