//! A decision as it is kept.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::DecisionKind;
use crate::history::IssueId;
use crate::{AccountId, RunId, Text};

/// Identity of a decision: a hash in 16 hex digits of what was decided, about what, and as an answer to which report.
///
/// The same entry in the same report has the same ID, however often the report is returned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DecisionId(Arc<str>);

impl DecisionId {
    /// Number of hex digits.
    pub const LEN: usize = 16;

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An ID that a backend or a report has kept.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody entered about an issue: the decision without where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DecisionEntry {
    /// What was decided.
    pub kind: DecisionKind,
    /// Who takes care of it, as it was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Text>,
    /// Until when it is to be fixed or, for an accepted risk, the last day on which it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// Why, in the words of the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Text>,
}

impl DecisionEntry {
    /// A decision without owner, date and comment.
    pub fn new(kind: DecisionKind) -> Self {
        Self { kind, owner: None, due: None, comment: None }
    }

    /// Sets who takes care of it; nobody if the text is blank.
    #[must_use]
    pub fn with_owner(mut self, owner: impl Into<Text>) -> Self {
        self.owner = unless_blank(owner.into());
        self
    }

    /// Sets the date.
    #[must_use]
    pub fn with_due(mut self, due: Date) -> Self {
        self.due = Some(due);
        self
    }

    /// Sets the comment; none if the text is blank.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<Text>) -> Self {
        self.comment = unless_blank(comment.into());
        self
    }
}

fn unless_blank(text: Text) -> Option<Text> {
    Some(text).filter(|text| !text.trim().is_empty())
}

/// A decision about an issue of a project. The last one counts; the earlier ones stay as a record of what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// Identity.
    pub id: DecisionId,
    /// The issue.
    pub issue: IssueId,
    /// The account of the issue.
    pub account: AccountId,
    /// What was decided.
    #[serde(flatten)]
    pub entry: DecisionEntry,
    /// Who sent it, such as a mail address; `None` if it is not known, or if the job itself decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Text>,
    /// The run whose report it answers.
    pub run_id: RunId,
    /// When it was recorded, UTC.
    pub at: Timestamp,
    /// When Security Hub accepted it, UTC; `None` if it has not yet. Decisions of which Security Hub holds nothing have
    /// the time at which that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirrored_at: Option<Timestamp>,
}

impl Decision {
    /// A decision that Security Hub does not know yet.
    ///
    /// ```
    /// use findings_core::{Finding, decision::{Decision, DecisionEntry, DecisionKind}, history::IssueId};
    /// let finding = Finding::new("123456789012".parse()?, "f-1");
    /// let issue = IssueId::of(&finding);
    /// let entry = DecisionEntry::new(DecisionKind::AcceptRisk).with_due("2027-03-31".parse()?);
    /// let decide = |at: &str| {
    ///     let decision = Decision::new(issue.clone(), finding.account, entry.clone(), "2026-11-23".parse()?, at.parse()?);
    ///     Ok::<_, Box<dyn std::error::Error>>(decision)
    /// };
    /// // returned twice, it is the same decision
    /// assert_eq!(decide("2026-11-24T00:00:00Z")?.id, decide("2026-11-25T00:00:00Z")?.id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(issue: IssueId, account: AccountId, entry: DecisionEntry, run_id: RunId, at: Timestamp) -> Self {
        let id = id_of(&issue, &entry, &run_id);
        Self { id, issue, account, entry, by: None, run_id, at, mirrored_at: None }
    }

    /// Sets who sent it.
    #[must_use]
    pub fn with_sender(mut self, by: impl Into<Option<Text>>) -> Self {
        self.by = by.into();
        self
    }

    /// The last day on which a risk is accepted; `None` if the decision is another one, or has no end.
    pub fn accepted_until(&self) -> Option<Date> {
        self.entry.due.filter(|_| self.entry.kind == DecisionKind::AcceptRisk)
    }
}

fn id_of(issue: &IssueId, entry: &DecisionEntry, run_id: &RunId) -> DecisionId {
    let due = entry.due.map(|due| due.to_string()).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [
        issue.as_str(),
        entry.kind.as_str(),
        entry.owner.as_deref().unwrap_or_default(),
        &due,
        entry.comment.as_deref().unwrap_or_default(),
        run_id.as_str(),
    ] {
        // the length in front keeps ("ab", "c") and ("a", "bc") apart
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    DecisionId(hex::encode(&hash.finalize()[..DecisionId::LEN / 2]).into())
}
