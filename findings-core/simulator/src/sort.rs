//! `SortCriteria`, and the default order.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::api_error::ApiError;
use super::filters::{Attribute, AttributeKind, Document};
use super::store::Stored;

#[derive(Debug, Clone)]
enum SortValue {
    Missing,
    Time(Timestamp),
    Number(f64),
    Text(String),
}

impl SortValue {
    /// Compares values. A field has one type, so different variants occur only for missing values, which sort first.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Missing, Self::Missing) => Ordering::Equal,
            (Self::Missing, _) => Ordering::Less,
            _ => Ordering::Greater,
        }
    }
}

/// The position of a finding in the order of a query. A page continues after the key of the last returned finding, so
/// that an update between pages moves only the updated finding.
#[derive(Debug, Clone)]
pub(super) struct SortKey {
    values: Vec<SortValue>,
    tie: (u64, usize),
}

/// The order of a query.
#[derive(Debug, Default)]
pub(super) struct Sort {
    /// Field, and whether the order is descending.
    criteria: Vec<(&'static Attribute, bool)>,
}

impl Sort {
    pub(super) fn parse(criteria: Option<&Value>) -> Result<Self, ApiError> {
        let refuse = |text: &str| ApiError::invalid_parameter("SortCriteria", text);
        let Some(criteria) = criteria else {
            return Ok(Self::default());
        };
        let Some(criteria) = criteria.as_array() else {
            return Err(refuse("data should be array"));
        };
        let criterion = |entry: &Value| {
            let field = entry.get("Field").and_then(Value::as_str).and_then(Attribute::named);
            let field = field.filter(|field| {
                matches!(field.kind, AttributeKind::Text | AttributeKind::Date | AttributeKind::Number)
            });
            let field = field.ok_or_else(|| refuse("data.Field should be a sortable attribute"))?;
            match entry.get("SortOrder").and_then(Value::as_str) {
                None | Some("asc") => Ok((field, false)),
                Some("desc") => Ok((field, true)),
                Some(_) => Err(refuse("data.SortOrder should be one of asc, desc")),
            }
        };
        Ok(Self { criteria: criteria.iter().map(criterion).collect::<Result<_, _>>()? })
    }

    pub(super) fn key(&self, slot: usize, stored: &Stored) -> SortKey {
        let document = Document::new(stored);
        let values = self.criteria.iter().map(|(field, _)| value(field, &document)).collect();
        SortKey { values, tie: (stored.scramble, slot) }
    }

    pub(super) fn compare(&self, a: &SortKey, b: &SortKey) -> Ordering {
        let pairs = self.criteria.iter().zip(a.values.iter().zip(&b.values));
        for ((_, descending), (a, b)) in pairs {
            let order = if *descending { b.compare(a) } else { a.compare(b) };
            if order.is_ne() {
                return order;
            }
        }
        a.tie.cmp(&b.tie)
    }
}

fn value(field: &Attribute, document: &Document<'_>) -> SortValue {
    let value = match field.kind {
        AttributeKind::Date => document.times(field).into_iter().next().map(SortValue::Time),
        AttributeKind::Number => document.numbers(field).into_iter().next().map(SortValue::Number),
        _ => document.texts(field).first().map(|text| SortValue::Text((*text).to_owned())),
    };
    value.unwrap_or(SortValue::Missing)
}
