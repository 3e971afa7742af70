//! Decisions of projects about issues: what somebody decided, until when, and what Security Hub is told of it.
//!
//! A project enters decisions into its report and returns it. A [`DecisionSheet`] has what was entered. [`plan`] compares
//! it with the history, the earlier decisions and the findings as they are now, and says for each entry what would become
//! of it. [`apply`] keeps the new decisions in a [`DecisionLog`] and tells Security Hub. [`upkeep`] returns what has to be
//! done about earlier decisions, such as accepted risks whose time is over.
//!
//! ```text
//! DecisionSheet ─► issues_of ─► WantedFindings::look ─► plan ─► apply ─► DecisionLog, WorkflowSink
//!                                  DecisionLog ─► upkeep ─────────┘
//! ```
//!
//! The log is the record of what was decided. Security Hub holds what it can of it: see [`apply`].
//!
//! ```
//! use std::collections::HashSet;
//! use findings_core::{Finding, RunId};
//! use findings_core::decision::*;
//! use findings_core::history::{IssueId, ProjectHistory};
//! let (run, now): (RunId, jiff::Timestamp) = ("2026-11-23".parse()?, "2026-11-24T00:00:00Z".parse()?);
//! let row = DecisionRow::new("row 7", DecisionEntry::new(DecisionKind::ToFix));
//! let sheet = DecisionSheet::new(SheetSource::new("Payments", run, now)).with_rows(vec![row]);
//! let planned = plan(&PlanInput {
//!     sheet: &sheet,
//!     history: &ProjectHistory::default(),
//!     decisions: &ProjectDecisions::default(),
//!     accounts: &HashSet::new(),
//!     current: &CurrentFindings::new(),
//!     policy: &DecisionPolicy::default(),
//!     now,
//!     today: "2026-11-24".parse()?,
//! });
//! // nothing in the row says what it is about
//! assert_eq!(planned.decisions[0].outcome, PlannedOutcome::Rejected(Rejection::Unknown));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod basis;
mod change;
mod due;
mod entry_text;
mod intake;
mod kind;
mod log;
mod look;
mod note;
mod plan;
mod policy;
mod record;
mod reply;
mod sheet;
mod token;
mod upkeep;

pub use self::apply::{AppliedDecisions, DecisionTargets, apply};
pub use self::basis::{Basis, BasisNote, BasisStatus, InvalidRowKey, RowKey};
pub use self::due::{DueItem, DueKind, due_items};
pub use self::entry_text::{MAX_COMMENT, MAX_OWNER, entry_text};
pub use self::intake::{Intake, PlannedSheet, PlannedUpkeep};
pub use self::kind::{DecisionKind, UnknownDecisionKind};
#[cfg(feature = "testing")]
pub use self::log::MockDecisionLog;
pub use self::log::{DecisionLog, DecisionQuery, ProjectDecisions, RecordDecisions, ReturnedFile};
pub use self::look::WantedFindings;
pub use self::plan::{
    Conflict, CurrentFindings, Plan, PlanInput, PlannedDecision, PlannedOutcome, Rejection, issues_of, plan,
};
pub use self::policy::{DecisionPolicy, Refusal};
pub use self::record::{Decision, DecisionEntry, DecisionId};
pub use self::reply::{DecisionReply, EntryOutcome, EntryReply};
pub use self::sheet::{DecisionRow, DecisionSheet, SheetFault, SheetProblem, SheetSource};
pub use self::token::{InvalidToken, KeyTooShort, TokenKey};
pub use self::upkeep::{Upkeep, upkeep};
