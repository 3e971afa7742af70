//! Conditions on a date attribute.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::text::required_text;
use crate::api_error::ApiError;

/// A period of time that includes both ends; an open end is `None`.
#[derive(Debug, PartialEq)]
struct Period {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// The periods of a date attribute; one of them must match.
#[derive(Debug)]
pub(crate) struct DateTest {
    spans: Vec<Period>,
}

impl DateTest {
    pub(super) fn parse(attribute: &str, entries: &[Value], now: Timestamp) -> Result<Self, ApiError> {
        let entries = entries.iter().enumerate();
        let spans = entries.map(|(index, entry)| span(attribute, index, entry, now));
        Ok(Self { spans: spans.collect::<Result<_, _>>()? })
    }

    pub(super) fn holds(&self, times: &[Timestamp]) -> bool {
        let within = |span: &Period, time: Timestamp| {
            span.from.is_none_or(|from| from <= time) && span.until.is_none_or(|until| time <= until)
        };
        self.spans.is_empty() || times.iter().any(|time| self.spans.iter().any(|span| within(span, *time)))
    }
}

/// `Start` and `End`, or `DateRange`. Observed on AWS: `Start` without `End` is refused.
fn span(attribute: &str, index: usize, entry: &Value, now: Timestamp) -> Result<Period, ApiError> {
    let present = |name: &str| entry.get(name).is_some_and(|value| !value.is_null());
    if !present("DateRange") {
        let from = time(attribute, index, entry, "Start")?;
        let until = time(attribute, index, entry, "End")?;
        return Ok(Period { from: Some(from), until: Some(until) });
    }
    if present("Start") || present("End") {
        let text = format!("[{index}] should have either Start and End or DateRange");
        return Err(ApiError::invalid_filter(attribute, &text));
    }
    days(attribute, index, &entry["DateRange"], now)
}

fn days(attribute: &str, index: usize, range: &Value, now: Timestamp) -> Result<Period, ApiError> {
    let refuse = |what: &str| ApiError::invalid_filter(attribute, &format!("[{index}].DateRange{what}"));
    let value = range.get("Value").and_then(Value::as_i64).filter(|value| *value >= 0);
    let value = value.ok_or_else(|| refuse(" should have required property 'Value'"))?;
    if range.get("Unit").and_then(Value::as_str) != Some("DAYS") {
        return Err(refuse(".Unit should be equal to one of the allowed values: DAYS"));
    }
    let edge = value
        .checked_mul(24)
        .and_then(|hours| now.checked_sub(SignedDuration::try_from_hours(hours)?).ok())
        .ok_or_else(|| refuse(".Value is out of range"))?;
    match range.get("Comparison").and_then(Value::as_str).unwrap_or("WITHIN") {
        "WITHIN" => Ok(Period { from: Some(edge), until: None }),
        "OLDER_THAN" => Ok(Period { from: None, until: Some(edge) }),
        _ => Err(refuse(".Comparison should be equal to one of the allowed values: WITHIN, OLDER_THAN")),
    }
}

fn time(attribute: &str, index: usize, entry: &Value, name: &str) -> Result<Timestamp, ApiError> {
    let text = required_text(attribute, index, entry, name)?;
    text.parse().map_err(|_| {
        let text = format!("[{index}].{name} should match format \"date-time\"");
        ApiError::invalid_filter(attribute, &text)
    })
}
