//! What a report said about a row when it was written, and the key in which the row carries it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::note::without_decision;
use super::{Decision, DecisionId, entry_text};
use crate::history::IssueId;
use crate::{Finding, WorkflowStatus};

/// What the report knew about a finding, so that changes since then are seen when the report comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Basis {
    /// Whether the finding was open, suppressed or resolved.
    pub status: BasisStatus,
    /// Its note, without what a decision wrote there.
    pub note: BasisNote,
    /// The decision with which the row was filled; `None` if there was none.
    pub decision: Option<DecisionId>,
}

/// The note of a finding, as far as decisions conflict with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BasisNote {
    /// It had none.
    None,
    /// Its hash in eight hex digits.
    Hash(Arc<str>),
    /// The report did not know it: it was written from the history, which keeps no notes. Then no note is a conflict.
    Unknown,
}

impl BasisNote {
    /// Whether the note is known to be another one now.
    pub fn is_changed(&self, now: &Self) -> bool {
        *self != Self::Unknown && self != now
    }
}

/// The workflow status of a finding, as far as decisions conflict with it.
///
/// NEW and NOTIFIED are one: the job itself changes the first into the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BasisStatus {
    /// NEW or NOTIFIED.
    Open,
    /// SUPPRESSED.
    Suppressed,
    /// RESOLVED.
    Resolved,
}

impl From<WorkflowStatus> for BasisStatus {
    fn from(status: WorkflowStatus) -> Self {
        match status {
            WorkflowStatus::New | WorkflowStatus::Notified => Self::Open,
            WorkflowStatus::Suppressed => Self::Suppressed,
            WorkflowStatus::Resolved => Self::Resolved,
        }
    }
}

impl BasisStatus {
    const LETTERS: [(Self, &'static str); 3] = [(Self::Open, "o"), (Self::Suppressed, "s"), (Self::Resolved, "r")];

    fn letter(self) -> &'static str {
        match self {
            Self::Open => "o",
            Self::Suppressed => "s",
            Self::Resolved => "r",
        }
    }
}

impl Basis {
    /// What is known about the finding now, and the decision about its issue.
    pub fn of(finding: &Finding, decision: Option<&Decision>) -> Self {
        let note = finding.note.as_ref().map(|note| without_decision(&note.text));
        Self {
            status: finding.workflow.into(),
            note: note.filter(|text| !text.is_empty()).map_or(BasisNote::None, |text| BasisNote::Hash(hash(text))),
            decision: decision.map(|decision| decision.id.clone()),
        }
    }

    /// What a report knows about the finding of an issue that a decision takes out of it: it is suppressed, and nobody
    /// has read its note.
    pub fn of_accepted(decision: &Decision) -> Self {
        Self { status: BasisStatus::Suppressed, note: BasisNote::Unknown, decision: Some(decision.id.clone()) }
    }
}

fn hash(text: &str) -> Arc<str> {
    hex::encode(&Sha256::digest(text.as_bytes())[..NOTE_LEN / 2]).into()
}

/// The key of a row: which issue it is about, and what the report knew of it. Sorting, filtering and moving columns do not
/// change it.
///
/// ```
/// use findings_core::{Finding, decision::{Basis, RowKey}, history::IssueId};
/// let finding = Finding::new("123456789012".parse()?, "f-1");
/// let key = RowKey::new(IssueId::of(&finding), Basis::of(&finding, None));
/// assert_eq!(key.to_string().parse::<RowKey>()?, key);
/// assert!("k1.abc".parse::<RowKey>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowKey {
    /// The issue.
    pub issue: IssueId,
    /// What the report knew of it.
    pub basis: Basis,
    /// A hash of the owner whom a rule filled in, in eight hex digits; `None` if none did.
    owner: Option<Arc<str>>,
}

/// The error for a text that is no key of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the key of a row, such as k1.0123….o.-.-; it was changed or cut off")]
pub struct InvalidRowKey;

/// What every key begins with. Another form of the key gets another number.
const FORM: &str = "k1";
const ISSUE_LEN: usize = 32;
const NOTE_LEN: usize = 8;
/// Stands for a note or decision that was not there.
const NONE: &str = "-";
/// Stands for a note that the report did not know.
const UNKNOWN: &str = "u";

impl RowKey {
    /// The key of a row about an issue.
    pub fn new(issue: IssueId, basis: Basis) -> Self {
        Self { issue, basis, owner: None }
    }

    /// Notes the owner whom a rule filled into the row, so that it does not count as something that somebody entered.
    #[must_use]
    pub fn with_owner(mut self, owner: &str) -> Self {
        self.owner = entry_text(owner).map(|owner| hash(&owner));
        self
    }

    /// Whether a rule filled this owner in.
    ///
    /// ```
    /// use findings_core::{Finding, decision::{Basis, RowKey}, history::IssueId};
    /// let finding = Finding::new("123456789012".parse()?, "f-1");
    /// let key = RowKey::new(IssueId::of(&finding), Basis::of(&finding, None)).with_owner("Sato");
    /// assert!(key.is_filled_with(" Sato ") && !key.is_filled_with("Mori"));
    /// # Ok::<(), findings_core::InvalidAccountId>(())
    /// ```
    pub fn is_filled_with(&self, owner: &str) -> bool {
        self.owner.is_some() && entry_text(owner).map(|owner| hash(&owner)) == self.owner
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Basis { status, note, decision } = &self.basis;
        let note = match note {
            BasisNote::None => NONE,
            BasisNote::Hash(hash) => hash,
            BasisNote::Unknown => UNKNOWN,
        };
        let decision = decision.as_ref().map_or(NONE, DecisionId::as_str);
        write!(f, "{FORM}.{}.{}.{note}.{decision}", self.issue.as_str(), status.letter())?;
        self.owner.as_ref().map_or(Ok(()), |owner| write!(f, ".{owner}"))
    }
}

impl FromStr for RowKey {
    type Err = InvalidRowKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.trim().split('.');
        let mut part = || parts.next().ok_or(InvalidRowKey);
        let (form, issue, status, note, decision) = (part()?, part()?, part()?, part()?, part()?);
        let owner = parts.next();
        if form != FORM || !is_hex(issue, ISSUE_LEN) || parts.next().is_some() {
            return Err(InvalidRowKey);
        }
        let status = BasisStatus::LETTERS.into_iter().find(|(_, letter)| *letter == status).ok_or(InvalidRowKey)?.0;
        let basis = Basis {
            status,
            note: match note {
                UNKNOWN => BasisNote::Unknown,
                note => optional(note, NOTE_LEN)?.map_or(BasisNote::None, |hash| BasisNote::Hash(hash.into())),
            },
            decision: optional(decision, DecisionId::LEN)?.map(DecisionId::from_stored),
        };
        let owner = match owner {
            Some(owner) if is_hex(owner, NOTE_LEN) => Some(owner.into()),
            Some(_) => return Err(InvalidRowKey),
            None => None,
        };
        Ok(Self { issue: IssueId::from_stored(issue), basis, owner })
    }
}

fn optional(text: &str, len: usize) -> Result<Option<&str>, InvalidRowKey> {
    match text {
        NONE => Ok(None),
        text if is_hex(text, len) => Ok(Some(text)),
        _ => Err(InvalidRowKey),
    }
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Note;
    use crate::decision::{DecisionEntry, DecisionKind};

    fn finding() -> Finding {
        Finding::new("123456789012".parse().unwrap(), "f-1")
    }

    fn note(text: &str) -> Note {
        Note { text: text.into(), updated_by: None, updated_at: None }
    }

    #[test]
    fn keys_come_back_whole() {
        let mut finding = finding();
        let issue = IssueId::of(&finding);
        let entry = DecisionEntry::new(DecisionKind::ToFix);
        let (run, at) = ("2026-11-23".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
        let decision = Decision::new(issue.clone(), finding.account, entry, run, at);
        for &status in WorkflowStatus::ALL {
            for text in [None, Some(note("")), Some(note("決定: x.y-z")), Some(note(&"長い".repeat(300)))] {
                (finding.workflow, finding.note) = (status, text);
                for decision in [None, Some(&decision)] {
                    let key = RowKey::new(issue.clone(), Basis::of(&finding, decision));
                    let text = key.to_string();
                    assert_eq!(format!(" {text}\n").parse(), Ok(key));
                    assert!(text.len() <= 65 && text.is_ascii(), "{text}");
                    let owned = RowKey::new(issue.clone(), Basis::of(&finding, decision)).with_owner("佐藤 <a@x.jp>");
                    assert_eq!(owned.to_string().parse(), Ok(owned));
                }
            }
        }
    }

    #[test]
    fn an_accepted_issue_has_a_key_without_a_note() {
        let issue = IssueId::of(&finding());
        let entry = DecisionEntry::new(DecisionKind::AcceptRisk);
        let (run, at) = ("2026-11-23".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
        let decision = Decision::new(issue.clone(), finding().account, entry, run, at);
        let key = RowKey::new(issue, Basis::of_accepted(&decision));
        assert!(key.to_string().ends_with(&format!(".s.u.{}", decision.id)));
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        for now in [BasisNote::None, BasisNote::Hash("01234567".into())] {
            assert!(!key.basis.note.is_changed(&now));
            assert!(now.is_changed(&BasisNote::Hash("76543210".into())) && !now.is_changed(&now));
        }
    }

    #[test]
    fn altered_keys_are_refused() {
        let key = RowKey::new(IssueId::of(&finding()), Basis::of(&finding(), None)).to_string();
        let cut = &key[..key.len() - 2];
        let altered = [cut.to_owned(), key.to_uppercase(), format!("{key}.x"), key.replace("k1", "k2"), String::new()];
        for text in altered.into_iter().chain([key.replacen(".o.", ".x.", 1), key.replacen(".-.", ".1234567g.", 1)]) {
            assert_eq!(text.parse::<RowKey>(), Err(InvalidRowKey), "{text}");
        }
    }

    #[test]
    fn what_the_job_does_itself_is_no_change() {
        let mut finding = finding();
        let before = Basis::of(&finding, None);
        finding.workflow = WorkflowStatus::Notified;
        assert_eq!(Basis::of(&finding, None), before);
        finding.workflow = WorkflowStatus::Suppressed;
        assert_ne!(Basis::of(&finding, None), before);
    }
}
