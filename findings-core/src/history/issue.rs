//! The identity of an issue, and its record in the history.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Resolution;
use crate::{AccountId, Finding, RunId, Severity, Text, WorkflowStatus};

/// Identity of an issue: a hash in 32 hex digits.
///
/// For findings of controls it is the hash of account, Region, control and main resource; for others that of account,
/// `ProductArn` and `Id`. Finding IDs do not serve for controls: they change when consolidated control findings are
/// switched on, and without these every standard reports a finding of its own for the same issue.
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

    /// An ID that a backend has stored.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssueId({})", self.0)
    }
}

/// The last change of an issue's severity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityChange {
    /// The severity before the change.
    pub from: Severity,
    /// The run that found the change.
    pub run_id: RunId,
}

/// How and when an issue was resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueResolution {
    /// When a run first found it resolved, UTC.
    pub at: Timestamp,
    /// The run that found it resolved.
    pub run_id: RunId,
    /// Why it is no longer open.
    pub resolution: Resolution,
}

/// The record of an issue in the history of a project.
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
    /// First seen, UTC: as the product says or, if it does not, by the first run that saw it.
    pub first_seen: Timestamp,
    /// The run in which it was opened or last reopened.
    pub opened_in: RunId,
    /// How often it was reopened.
    pub reopened: u32,
    /// Its last change of severity, if there was one.
    pub severity_change: Option<SeverityChange>,
    /// `Id` of the finding when last seen; the first in order if several standards report one. Missing in records of
    /// early versions.
    pub finding_id: Option<Text>,
    /// When it was last seen, UTC, as of the last write of this record. A record that does not change is not written,
    /// so [`ProjectHistory::last_seen`](super::ProjectHistory::last_seen) can be later.
    pub last_seen: Timestamp,
    /// When a person first made a decision about it, UTC: wrote a note, suppressed it or set it to RESOLVED. NOTIFIED
    /// is not a decision.
    pub decided_at: Option<Timestamp>,
    /// Its resolution; `None` while it is open.
    pub resolved: Option<IssueResolution>,
}

impl IssueRecord {
    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.resolved.is_none()
    }

    /// The record of an issue that this run sees for the first time.
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
            // a product may report a time in the future, which would make the age negative
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

/// When a person made a decision about the finding: the time of the note, or `now` for a status set by a person,
/// because ASFF has no time for it.
fn decided_at(finding: &Finding, now: Timestamp) -> Option<Timestamp> {
    let noted = finding.note.as_ref().map(|note| note.updated_at.map_or(now, |at| at.min(now)));
    let judged = matches!(finding.workflow, WorkflowStatus::Suppressed | WorkflowStatus::Resolved);
    noted.or_else(|| judged.then_some(now))
}
