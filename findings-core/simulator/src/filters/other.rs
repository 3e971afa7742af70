//! Conditions on numbers, flags and maps.

use serde_json::Value;

use super::text::required_text;
use crate::api_error::ApiError;

/// One entry of a number filter: all its bounds must hold.
#[derive(Debug)]
pub(crate) struct Bounds(Vec<(&'static str, f64)>);

impl Bounds {
    pub(super) fn parse(attribute: &str, index: usize, entry: &Value) -> Result<Self, ApiError> {
        let names = ["Gt", "Gte", "Lt", "Lte", "Eq"];
        let bound = |name: &'static str| entry.get(name)?.as_f64().map(|value| (name, value));
        let bounds: Vec<_> = names.into_iter().filter_map(bound).collect();
        if bounds.is_empty() {
            let text = format!("[{index}] should have one of Gt, Gte, Lt, Lte, Eq");
            return Err(ApiError::invalid_filter(attribute, &text));
        }
        Ok(Self(bounds))
    }

    pub(super) fn holds(&self, number: f64) -> bool {
        self.0.iter().all(|(name, bound)| match *name {
            "Gt" => number > *bound,
            "Gte" => number >= *bound,
            "Lt" => number < *bound,
            "Lte" => number <= *bound,
            _ => (number - *bound).abs() < f64::EPSILON,
        })
    }
}

pub(super) fn flag(attribute: &str, index: usize, entry: &Value) -> Result<bool, ApiError> {
    entry.get("Value").and_then(Value::as_bool).ok_or_else(|| {
        let text = format!("[{index}] should have required property 'Value'");
        ApiError::invalid_filter(attribute, &text)
    })
}

/// One entry of a map filter.
#[derive(Debug)]
pub(crate) struct MapEntry {
    key: String,
    value: String,
    negative: bool,
}

/// The entries of a map attribute: one EQUALS and every NOT_EQUALS must match.
#[derive(Debug)]
pub(crate) struct MapTest(Vec<MapEntry>);

impl MapTest {
    pub(super) fn parse(attribute: &str, entries: &[Value]) -> Result<Self, ApiError> {
        let entries = entries.iter().enumerate();
        let entries: Vec<MapEntry> =
            entries.map(|(index, entry)| map_entry(attribute, index, entry)).collect::<Result<_, _>>()?;
        let negatives = entries.iter().filter(|entry| entry.negative).count();
        if negatives > 0 && negatives < entries.len() {
            return Err(ApiError::invalid_filter(attribute, " cannot combine EQUALS with NOT_EQUALS"));
        }
        Ok(Self(entries))
    }

    pub(super) fn holds(&self, maps: &[&Value]) -> bool {
        let has = |entry: &MapEntry| {
            let text = |map: &&Value| map.get(&entry.key).and_then(Value::as_str) == Some(entry.value.as_str());
            maps.iter().any(text)
        };
        let mut positives = self.0.iter().filter(|entry| !entry.negative).peekable();
        let positive = positives.peek().is_none() || positives.any(has);
        positive && !self.0.iter().filter(|entry| entry.negative).any(has)
    }
}

fn map_entry(attribute: &str, index: usize, entry: &Value) -> Result<MapEntry, ApiError> {
    let key = required_text(attribute, index, entry, "Key")?.to_owned();
    let value = required_text(attribute, index, entry, "Value")?.to_owned();
    let negative = match required_text(attribute, index, entry, "Comparison")? {
        "EQUALS" => false,
        "NOT_EQUALS" => true,
        _ => {
            let text = format!("[{index}].Comparison should be equal to one of the allowed values: EQUALS, NOT_EQUALS");
            return Err(ApiError::invalid_filter(attribute, &text));
        }
    };
    Ok(MapEntry { key, value, negative })
}
