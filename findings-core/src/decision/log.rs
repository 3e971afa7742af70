//! Where decisions are kept.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Decision;
use crate::Result;
use crate::history::IssueId;

/// A request to keep decisions about issues of a project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordDecisions {
    /// Name of the project, as in the registry.
    pub project: String,
    /// The decisions, each ID once. One that is kept already is replaced.
    pub decisions: Vec<Decision>,
}

impl RecordDecisions {
    /// A request to keep these decisions.
    pub fn new(project: impl Into<String>, decisions: Vec<Decision>) -> Self {
        Self { project: project.into(), decisions }
    }
}

/// A request for the decisions of a project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecisionQuery {
    /// Name of the project, as in the registry.
    pub project: String,
}

impl DecisionQuery {
    /// A request for all decisions of the project.
    pub fn new(project: impl Into<String>) -> Self {
        Self { project: project.into() }
    }
}

/// All decisions of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectDecisions {
    /// By issue; those about one issue in the order in which they were recorded.
    by_issue: HashMap<IssueId, Vec<Decision>>,
}

impl ProjectDecisions {
    /// Collects decisions that come in any order.
    pub fn new(decisions: impl IntoIterator<Item = Decision>) -> Self {
        let mut by_issue: HashMap<IssueId, Vec<Decision>> = HashMap::new();
        for decision in decisions {
            by_issue.entry(decision.issue.clone()).or_default().push(decision);
        }
        for decisions in by_issue.values_mut() {
            decisions.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        }
        Self { by_issue }
    }

    /// All decisions about an issue, in the order in which they were recorded.
    pub fn of(&self, issue: &IssueId) -> &[Decision] {
        self.by_issue.get(issue).map_or(&[], Vec::as_slice)
    }

    /// The last decision about an issue, which may be one that is no longer in force.
    pub fn last(&self, issue: &IssueId) -> Option<&Decision> {
        self.of(issue).last()
    }

    /// The decision about an issue that is in force.
    pub fn in_force(&self, issue: &IssueId) -> Option<&Decision> {
        self.last(issue).filter(|decision| decision.entry.kind.is_in_force())
    }

    /// The last decision about each issue, ordered by issue.
    pub fn latest(&self) -> Vec<&Decision> {
        let mut latest: Vec<&Decision> = self.by_issue.values().filter_map(|decisions| decisions.last()).collect();
        latest.sort_by(|a, b| a.issue.cmp(&b.issue));
        latest
    }

    /// All decisions, in the order in which they were recorded.
    pub fn all(&self) -> Vec<&Decision> {
        let mut all: Vec<&Decision> = self.by_issue.values().flatten().collect();
        all.sort_by(|a, b| (a.at, &a.issue, &a.id).cmp(&(b.at, &b.issue, &b.id)));
        all
    }

    /// Whether the project has decided nothing.
    pub fn is_empty(&self) -> bool {
        self.by_issue.is_empty()
    }
}

/// A file that came back, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReturnedFile {
    /// Identity: the SHA-256 of its content, lower-case hex.
    pub id: String,
    /// Its name or key, for people.
    pub name: String,
    /// Name of the project whose report it is; empty if that could not be found out.
    pub project: String,
    /// When it was taken, UTC.
    pub taken_at: Timestamp,
    /// Number of its entries that became decisions.
    pub taken: u64,
    /// Number of its entries that were not taken, unreadable ones included.
    pub not_taken: u64,
}

impl ReturnedFile {
    /// A file with this content that was taken now, with nothing in it.
    pub fn new(name: impl Into<String>, content: &[u8], taken_at: Timestamp) -> Self {
        let id = Self::id_of(content);
        Self { id, name: name.into(), project: String::new(), taken_at, taken: 0, not_taken: 0 }
    }

    /// The identity of a file with this content.
    pub fn id_of(content: &[u8]) -> String {
        hex::encode(Sha256::digest(content))
    }

    /// The number by which people name a file with this content: the first eight digits of its identity. The page in which
    /// they answered shows it as the receipt.
    ///
    /// ```
    /// use findings_core::decision::ReturnedFile;
    /// assert_eq!(ReturnedFile::receipt_of(b"{}"), "44136fa3");
    /// ```
    pub fn receipt_of(content: &[u8]) -> String {
        hex::encode(&Sha256::digest(content)[..4])
    }
}

/// Keeps decisions.
///
/// An implementation
/// * MUST return every decision that was recorded, whole, however many there are; decisions do not expire,
/// * MUST replace a decision with the same issue and ID, and keep all others,
/// * MUST return nothing for a project that it does not know,
/// * MUST see every decision whose recording returned before the request,
/// * MUST keep projects apart whatever their names are,
/// * MUST return a file that was noted, for at least a year.
///
/// `testing::conformance::decisions` has a test for each MUST.
///
/// A log that shows decisions and keeps none, for a rehearsal:
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::decision::{DecisionLog, DecisionQuery, ProjectDecisions, RecordDecisions, ReturnedFile};
/// use findings_core::Result;
///
/// #[derive(Debug)]
/// struct ReadOnly<L>(L);
///
/// #[async_trait]
/// impl<L: DecisionLog> DecisionLog for ReadOnly<L> {
///     async fn record(&self, _: &RecordDecisions) -> Result<()> {
///         Ok(())
///     }
///
///     async fn decisions(&self, query: &DecisionQuery) -> Result<ProjectDecisions> {
///         self.0.decisions(query).await
///     }
///
///     async fn note_returned(&self, _: &ReturnedFile) -> Result<()> {
///         Ok(())
///     }
///
///     async fn returned(&self, id: &str) -> Result<Option<ReturnedFile>> {
///         self.0.returned(id).await
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait DecisionLog: fmt::Debug + Send + Sync + 'static {
    /// Keeps decisions. After an error, some of them may be kept; repeating the request is safe.
    ///
    /// # Errors
    /// As the backend answers.
    async fn record(&self, request: &RecordDecisions) -> Result<()>;

    /// Returns the decisions of a project.
    ///
    /// # Errors
    /// As the backend answers; [`Malformed`](crate::ErrorKind::Malformed) for a decision that this version cannot read.
    async fn decisions(&self, query: &DecisionQuery) -> Result<ProjectDecisions>;

    /// Notes a file that was taken, after its decisions were kept. It replaces an earlier note about the same content.
    ///
    /// # Errors
    /// As the backend answers.
    async fn note_returned(&self, file: &ReturnedFile) -> Result<()>;

    /// Returns what became of the file with this ID; `None` if it was not taken.
    ///
    /// # Errors
    /// As [`decisions`](Self::decisions).
    async fn returned(&self, id: &str) -> Result<Option<ReturnedFile>>;
}
