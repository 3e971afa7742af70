//! What an issue is, and what is remembered of it.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Resolution;
use crate::{AccountId, Finding, RunId, Severity, Text, WorkflowStatus};

/// Identity of an issue, 32 hex digits: for findings of controls the hash of account, Region, control and main resource, for others that of
/// `ProductArn` and `Id`.
///
/// Finding IDs change when consolidated control findings are switched on, and without them every standard reports its own finding: one issue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueId(Arc<str>);

impl IssueId {
    /// The issue that a finding belongs to.
    ///
    /// ```
    /// use findings_core::{Finding, history::IssueId};
    /// let mut a = Finding::new("123456789012".parse()?, "…/cis/…/finding/1");
    /// a.control_id = Some("S3.1".into());
    /// let mut b = a.clone();
    /// b.id = "…/fsbp/…/finding/2".into();
    /// assert_eq!(IssueId::of(&a), IssueId::of(&b));
    /// # Ok::<(), findings_core::InvalidAccountId>(())
    /// ```
    pub fn of(finding: &Finding) -> Self {
        let account = finding.account.to_string();
        let parts: [&str; 5] = match &finding.control_id {
            Some(control) => [
                "control",
                &account,
                finding.region.as_deref().unwrap_or_default(),
                control,
                finding.resources.first().map_or("", |r| &r.id),
            ],
            None => ["finding", &account, &finding.product_arn, &finding.id, ""],
        };
        let mut hash = Sha256::new();
        for part in parts {
            // the length in front keeps ("ab", "c") and ("a", "bc") apart
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex::encode(&hash.finalize()[..16]).into())
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID as a backend returned it.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssueId({})", self.0)
    }
}

/// That the severity of an issue was another one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityChange {
    /// What it was.
    pub from: Severity,
    /// The run in which it was found to be another.
    pub run_id: RunId,
}

/// That an issue is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueResolution {
    /// When it was found to be gone, UTC.
    pub at: Timestamp,
    /// In which run.
    pub run_id: RunId,
    /// Why.
    pub resolution: Resolution,
}

/// What is remembered of an issue in one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssueRecord {
    /// Identity.
    pub id: IssueId,
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Option<Text>,
    /// Security control, for findings of controls.
    pub control_id: Option<Text>,
    /// Title when last seen.
    pub title: Text,
    /// Main resource.
    pub resource: Option<Text>,
    /// Severity when last seen.
    pub severity: Severity,
    /// Workflow status when last seen.
    pub workflow: WorkflowStatus,
    /// First seen, UTC: by the product if it says so, else by us.
    pub first_seen: Timestamp,
    /// The run in which it was opened or last reopened.
    pub opened_in: RunId,
    /// How often it came back.
    pub reopened: u32,
    /// Its last change of severity, if there was one.
    pub severity_change: Option<SeverityChange>,
    /// `Id` of the finding when last seen; the first in order where every standard reports its own. Unknown in records of early versions.
    pub finding_id: Option<Text>,
    /// When it was seen last, UTC, as far as this record tells: while nothing about it changes nothing is written, and
    /// [`ProjectHistory::last_seen`](super::ProjectHistory::last_seen) knows more.
    pub last_seen: Timestamp,
    /// When somebody first took a decision about it, UTC: wrote a note, suppressed it or set it to RESOLVED. That its owner was notified is none.
    pub decided_at: Option<Timestamp>,
    /// Set while it is not open.
    pub resolved: Option<IssueResolution>,
}

impl IssueRecord {
    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.resolved.is_none()
    }

    /// The record of an issue that is seen for the first time.
    pub(super) fn of(finding: &Finding, id: IssueId, run_id: &RunId, now: Timestamp) -> Self {
        Self {
            id,
            account: finding.account,
            region: finding.region.clone(),
            control_id: finding.control_id.clone(),
            title: finding.title.clone(),
            resource: finding.resources.first().map(|r| r.id.clone()),
            severity: finding.severity,
            workflow: finding.workflow,
            first_seen: finding.since().map_or(now, |t| t.min(now)),
            opened_in: run_id.clone(),
            reopened: 0,
            severity_change: None,
            finding_id: Some(finding.id.clone()),
            last_seen: now,
            decided_at: decided_at(finding, now),
            resolved: None,
        }
    }
}

fn decided_at(finding: &Finding, now: Timestamp) -> Option<Timestamp> {
    let noted = finding.note.as_ref().map(|note| note.updated_at.map_or(now, |at| at.min(now)));
    let judged = matches!(finding.workflow, WorkflowStatus::Suppressed | WorkflowStatus::Resolved);
    noted.or_else(|| judged.then_some(now))
}
