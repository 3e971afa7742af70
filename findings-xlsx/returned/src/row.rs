//! A row of a table, and what people entered in it.

use findings_core::decision::{DecisionEntry, DecisionKind, DecisionRow, RowKey, SheetFault, entry_text};
use findings_core::{AccountId, Text};

use crate::cell::{Cell, Value};
use crate::choice;
use crate::day::{self, DayFault};
use crate::options::Limits;

/// The cells of a row that count, each empty if the table has no such column.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawRow {
    pub(crate) decision: Cell,
    pub(crate) owner: Cell,
    pub(crate) due: Cell,
    pub(crate) comment: Cell,
    pub(crate) key: Cell,
    pub(crate) finding_id: Cell,
    pub(crate) account: Cell,
    /// Whether all that was entered reaches into the row from a cell above.
    pub(crate) is_carried: bool,
    /// Whether the workbook counts days from 1904.
    pub(crate) is_1904: bool,
}

/// A fault, and the column of its cell; `None` if it is about the whole row.
pub(crate) type Fault = (Option<u32>, SheetFault);

impl RawRow {
    fn entries(&self) -> [&Cell; 4] {
        [&self.decision, &self.owner, &self.due, &self.comment]
    }

    /// Whether nothing was entered. An owner whom a rule of the organisation filled in was not entered by anybody.
    pub(crate) fn is_blank(&self) -> bool {
        let is_empty = |cell: &Cell| cell.value.is_blank() && !cell.is_formula;
        let others = [&self.decision, &self.due, &self.comment];
        others.into_iter().all(is_empty) && (is_empty(&self.owner) || self.has_filled_owner())
    }

    /// Whether the owner is still the one whom a rule filled in.
    fn has_filled_owner(&self) -> bool {
        let key = self.key().ok().flatten();
        !self.owner.is_formula && key.is_some_and(|key| key.is_filled_with(&self.owner.value.text()))
    }

    /// Whether something says what the row is about.
    pub(crate) fn has_identity(&self) -> bool {
        let is_there = |cell: &Cell| !cell.value.is_blank();
        is_there(&self.key) || (is_there(&self.finding_id) && is_there(&self.account))
    }

    /// Reads the row; it must not be blank.
    pub(crate) fn read(&self, place: &str, limits: &Limits) -> Result<DecisionRow, Vec<Fault>> {
        let mut faults = Vec::new();
        let is_formula = |cell: &&Cell| cell.is_formula || cell.value == Value::Error;
        faults
            .extend(self.entries().into_iter().filter(is_formula).map(|cell| (Some(cell.column), SheetFault::Formula)));
        if !faults.is_empty() {
            return Err(faults);
        }
        let (finding_id, account) = self.finding();
        if self.key.value.is_blank() && (finding_id.is_none() || account.is_none()) {
            return Err(vec![(None, SheetFault::NoIdentity)]);
        }
        let kind = kept(&mut faults, self.kind());
        let due = kept(&mut faults, self.due()).flatten();
        let owner = kept(&mut faults, text(&self.owner, limits.owner)).flatten();
        let comment = kept(&mut faults, text(&self.comment, limits.comment)).flatten();
        let key = kept(&mut faults, self.key()).flatten();
        // beside a decision that names none, an owner of a rule is no change of the decision
        let is_decided = key.as_ref().is_some_and(|key| key.basis.decision.is_some());
        let owner = owner.filter(|_| !(is_decided && self.has_filled_owner()));
        let Some(kind) = kind.filter(|_| faults.is_empty()) else { return Err(faults) };
        let mut entry = DecisionEntry::new(kind);
        (entry.owner, entry.due, entry.comment) = (owner, due, comment);
        let mut row = DecisionRow::new(place, entry);
        (row.key, row.finding_id, row.account) = (key, finding_id, account);
        Ok(row)
    }

    fn kind(&self) -> Result<DecisionKind, Fault> {
        if self.decision.value.is_blank() {
            return Err((None, SheetFault::NoDecision));
        }
        let text = self.decision.value.text();
        choice::parse(&text).ok_or((Some(self.decision.column), SheetFault::UnknownChoice(short(&text))))
    }

    fn due(&self) -> Result<Option<jiff::civil::Date>, Fault> {
        let value = &self.due.value;
        if value.is_blank() {
            return Ok(None);
        }
        let day = match value {
            Value::Day(day) => day.ok_or(DayFault::Unreadable),
            Value::Number(number) => day::of_number(*number, self.is_1904),
            Value::Text(text) => day::parse(text),
            Value::Bool(_) | Value::Error | Value::Empty => Err(DayFault::Unreadable),
        };
        let fault = |fault| match fault {
            DayFault::Unreadable => SheetFault::UnreadableDate(short(&value.text())),
            DayFault::Ambiguous => SheetFault::AmbiguousDate(short(&value.text())),
        };
        day.map(Some).map_err(|day| (Some(self.due.column), fault(day)))
    }

    fn key(&self) -> Result<Option<RowKey>, Fault> {
        if self.key.value.is_blank() {
            return Ok(None);
        }
        let key = self.key.value.text().parse();
        key.map(Some).map_err(|_| (Some(self.key.column), SheetFault::AlteredKey))
    }

    /// The finding and its account, as far as the row has them.
    fn finding(&self) -> (Option<Text>, Option<AccountId>) {
        let id = self.finding_id.value.text();
        let id = id.trim();
        (Some(id).filter(|id| !id.is_empty()).map(Into::into), account(&self.account.value))
    }
}

/// Keeps a fault, or returns the value.
fn kept<T>(faults: &mut Vec<Fault>, result: Result<T, Fault>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

fn text(cell: &Cell, limit: usize) -> Result<Option<Text>, Fault> {
    let text = entry_text(&cell.value.text());
    match &text {
        Some(text) if text.chars().count() > limit => Err((Some(cell.column), SheetFault::TooLong(limit))),
        _ => Ok(text),
    }
}

/// Reads an account. A program that takes it for a number drops the zeros in front.
fn account(value: &Value) -> Option<AccountId> {
    match value {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 10^12")]
        Value::Number(number) if number.fract() == 0.0 && (0.0..1e12).contains(number) => {
            format!("{:012}", *number as u64).parse().ok()
        }
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Returns the part of a text that a message may repeat.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
