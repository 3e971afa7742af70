//! What became of a returned report, for the people who sent it.

use super::{
    DecisionEntry, DecisionSheet, PlannedDecision, PlannedOutcome, PlannedSheet, ReturnedFile, SheetFault, SheetSource,
};
use crate::Text;
use crate::history::IssueRecord;

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryOutcome {
    /// What the plan says about it. New decisions are kept.
    Planned(PlannedOutcome),
    /// It could not be read.
    Unreadable(SheetFault),
}

impl EntryOutcome {
    /// Whether it is kept, now or since an earlier return.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Planned(PlannedOutcome::New(_) | PlannedOutcome::Known))
    }
}

/// An entry of a returned report, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryReply {
    /// The rows in which it stands.
    pub places: Vec<String>,
    /// The issue, if the project has it.
    pub issue: Option<IssueRecord>,
    /// What was entered, with the date that counts; `None` if it could not be read.
    pub entry: Option<DecisionEntry>,
    /// What became of it.
    pub outcome: EntryOutcome,
}

impl EntryReply {
    fn of(planned: &PlannedDecision) -> Self {
        let entry = match &planned.outcome {
            PlannedOutcome::New(decision) => &decision.entry,
            _ => &planned.entry,
        };
        Self {
            places: planned.places.clone(),
            issue: planned.issue.clone(),
            entry: Some(entry.clone()),
            outcome: EntryOutcome::Planned(planned.outcome.clone()),
        }
    }
}

/// What became of a returned report. Rows that were left as the report had filled them are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecisionReply {
    /// Identity of the file: [`ReturnedFile::id`].
    pub file_id: String,
    /// Name of the file, without its folders.
    pub file: String,
    /// The report that was returned.
    pub source: SheetSource,
    /// Who sent it, as far as it is known.
    pub by: Option<Text>,
    /// The entries that were not taken, then the others; each in the order of the rows.
    pub entries: Vec<EntryReply>,
}

impl DecisionReply {
    /// The reply to a file with this content, after the plan was applied.
    pub fn new(name: &str, content: &[u8], sheet: &DecisionSheet, planned: &PlannedSheet) -> Self {
        let unreadable = sheet.problems.iter().map(|problem| EntryReply {
            places: vec![problem.place.clone()],
            issue: None,
            entry: None,
            outcome: EntryOutcome::Unreadable(problem.fault.clone()),
        });
        let mut entries: Vec<EntryReply> =
            unreadable.chain(planned.plan.decisions.iter().map(EntryReply::of)).collect();
        entries.sort_by_key(|entry| entry.outcome.is_taken());
        Self {
            file_id: ReturnedFile::id_of(content),
            file: name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
            source: sheet.source.clone(),
            by: sheet.by.clone(),
            entries,
        }
    }

    /// Number of entries that are kept.
    pub fn taken(&self) -> u64 {
        self.entries.iter().filter(|entry| entry.outcome.is_taken()).count() as u64
    }

    /// Number of entries that are not.
    pub fn not_taken(&self) -> u64 {
        self.entries.len() as u64 - self.taken()
    }

    /// The number with which people ask about the file: the first eight digits of its identity.
    pub fn receipt(&self) -> &str {
        self.file_id.get(..8).unwrap_or(&self.file_id)
    }
}
