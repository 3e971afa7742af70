//! An object of a JSON file, as far as it counts.

use std::fmt;

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::cell::{Cell, Value};
use crate::row::RawRow;

/// An object. Of names that are there twice, the last one counts, as in every JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Line {
    /// The kind of a line of the report; other programs write none.
    #[serde(rename = "type")]
    kind: Field,
    token: Field,
    returning: Returning,
    rows: Rows,
    key: Field,
    id: Field,
    finding_id: Field,
    account: Field,
    decision: Decision,
    owner: Field,
    due: Field,
    comment: Field,
}

/// How the report is returned.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Option<ReturnFields>")]
struct Returning {
    token: Field,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReturnFields {
    token: Field,
}

impl From<Option<ReturnFields>> for Returning {
    fn from(fields: Option<ReturnFields>) -> Self {
        Self { token: fields.unwrap_or_default().token }
    }
}

/// A value of any type. Lists and objects are no values of fields.
#[derive(Clone, Debug, Default)]
struct Field(Value);

/// A decision: its name, or an object with owner, date and comment.
#[derive(Debug, Default)]
struct Decision {
    kind: Field,
    details: Option<Details>,
}

#[derive(Debug, Default)]
struct Details {
    owner: Field,
    due: Field,
    comment: Field,
}

/// Objects in an object.
#[derive(Debug, Default)]
struct Rows(Vec<Line>);

impl Line {
    pub(super) fn take_rows(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.rows.0)
    }

    /// The texts in which the mark of the report can be.
    pub(super) fn marks(&self) -> impl Iterator<Item = &str> {
        [&self.token, &self.returning.token].into_iter().filter_map(Field::text)
    }

    pub(super) fn has_identity(&self) -> bool {
        self.raw().has_identity()
    }

    /// Whether it is a line of a report. There, the due date beside the decision is the one that was to be met, and `id`
    /// is the finding's in lines of findings alone.
    fn is_of_report(&self) -> bool {
        self.kind.text().is_some()
    }

    /// The object as a row of a table.
    pub(super) fn raw(&self) -> RawRow {
        let cell = |field: &Field| Cell { column: 0, value: field.0.clone(), is_formula: false };
        let beside = |field: &Field| if self.is_of_report() { Cell::default() } else { cell(field) };
        let is_finding = self.kind.text().is_none_or(|kind| kind == "finding");
        let id = if self.finding_id.0 == Value::Empty && is_finding { &self.id } else { &self.finding_id };
        let [owner, due, comment] = match &self.decision.details {
            Some(details) => [&details.owner, &details.due, &details.comment].map(cell),
            None => [&self.owner, &self.due, &self.comment].map(beside),
        };
        RawRow {
            decision: cell(&self.decision.kind),
            owner,
            due,
            comment,
            key: cell(&self.key),
            finding_id: cell(id),
            account: cell(&self.account),
            ..RawRow::default()
        }
    }
}

impl Field {
    fn text(&self) -> Option<&str> {
        match &self.0 {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads a list of at most so many objects.
pub(super) fn limited<'de, A: SeqAccess<'de>>(mut list: A, most: usize) -> Result<Vec<Line>, A::Error> {
    let mut lines = Vec::new();
    while let Some(line) = list.next_element()? {
        if lines.len() >= most {
            return Err(A::Error::custom("a list is too long"));
        }
        lines.push(line);
    }
    Ok(lines)
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field(Value::Text(text.to_owned())))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Field, E> {
        Ok(Field(Value::Bool(truth)))
    }

    #[expect(clippy::cast_precision_loss, reason = "JSON has no other number")]
    fn visit_u64<E>(self, number: u64) -> Result<Field, E> {
        Ok(Field(Value::Number(number as f64)))
    }

    #[expect(clippy::cast_precision_loss, reason = "JSON has no other number")]
    fn visit_i64<E>(self, number: i64) -> Result<Field, E> {
        Ok(Field(Value::Number(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Field, E> {
        Ok(Field(Value::Number(number)))
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field(Value::Empty))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field(Value::Error))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field(Value::Error))
    }
}

impl<'de> Deserialize<'de> for Decision {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecisionVisitor)
    }
}

struct DecisionVisitor;

impl<'de> Visitor<'de> for DecisionVisitor {
    type Value = Decision;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decision")
    }

    fn visit_str<E>(self, text: &str) -> Result<Decision, E> {
        Ok(Decision { kind: Field(Value::Text(text.to_owned())), details: None })
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Decision, E> {
        Ok(Decision { kind: Field(Value::Bool(truth)), details: None })
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Decision, E> {
        FieldVisitor.visit_u64(number).map(|kind| Decision { kind, details: None })
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Decision, E> {
        FieldVisitor.visit_i64(number).map(|kind| Decision { kind, details: None })
    }

    fn visit_f64<E>(self, number: f64) -> Result<Decision, E> {
        Ok(Decision { kind: Field(Value::Number(number)), details: None })
    }

    fn visit_unit<E>(self) -> Result<Decision, E> {
        Ok(Decision::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Decision, A::Error> {
        FieldVisitor.visit_seq(list).map(|kind| Decision { kind, details: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Decision, A::Error> {
        let (mut kind, mut details) = (Field::default(), Details::default());
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "kind" => kind = map.next_value()?,
                "owner" => details.owner = map.next_value()?,
                "due" => details.due = map.next_value()?,
                "comment" => details.comment = map.next_value()?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(Decision { kind, details: Some(details) })
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowsVisitor;

        impl<'de> Visitor<'de> for RowsVisitor {
            type Value = Rows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of objects")
            }

            fn visit_unit<E>(self) -> Result<Rows, E> {
                Ok(Rows::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Rows, A::Error> {
                limited(list, super::MOST).map(Rows)
            }
        }

        deserializer.deserialize_any(RowsVisitor)
    }
}
