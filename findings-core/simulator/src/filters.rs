//! Validation and evaluation of `Filters` of GetFindings.

mod attributes;
mod date;
mod document;
mod other;
mod text;

use jiff::Timestamp;
use serde_json::Value;

use super::api_error::ApiError;
use date::DateTest;
use other::{Bounds, MapTest};
use text::TextTest;

pub(super) use attributes::{Attribute, AttributeKind};
pub(super) use document::Document;

/// AWS: "You can filter by up to 10 finding attributes."
const MAX_ATTRIBUTES: usize = 10;
/// AWS: "For each attribute, you can provide up to 20 filter values."
const MAX_VALUES: usize = 20;

#[derive(Debug)]
enum AttributeTest {
    Text(TextTest),
    Date(DateTest),
    Number(Vec<Bounds>),
    Flag(Vec<bool>),
    Map(MapTest),
}

/// The conditions of a query. A finding must meet all of them.
#[derive(Debug, Default)]
pub(super) struct Filters {
    conditions: Vec<(&'static Attribute, AttributeTest)>,
}

impl Filters {
    pub(super) fn parse(filters: Option<&Value>, now: Timestamp) -> Result<Self, ApiError> {
        let Some(filters) = filters else {
            return Ok(Self::default());
        };
        let Some(filters) = filters.as_object() else {
            return Err(ApiError::invalid_parameter("Filters", "data should be object"));
        };
        if filters.len() > MAX_ATTRIBUTES {
            let text = format!("data should NOT have more than {MAX_ATTRIBUTES} properties");
            return Err(ApiError::invalid_parameter("Filters", &text));
        }
        let asked = filters.iter().filter(|(_, entries)| !entries.is_null());
        let conditions = asked.map(|(name, entries)| condition(name, entries, now));
        Ok(Self { conditions: conditions.collect::<Result<_, _>>()? })
    }

    /// Returns the accounts that the query requests by equality, for which the store has an index.
    pub(super) fn accounts(&self) -> Option<&[String]> {
        self.conditions.iter().find_map(|(attribute, test)| match test {
            AttributeTest::Text(test) if attribute.name == "AwsAccountId" => test.only_equals(),
            _ => None,
        })
    }

    pub(super) fn match_document(&self, document: &Document<'_>) -> bool {
        self.conditions.iter().all(|(attribute, test)| test.holds(attribute, document))
    }
}

impl AttributeTest {
    fn holds(&self, attribute: &Attribute, document: &Document<'_>) -> bool {
        match self {
            Self::Text(test) => test.holds(&document.texts(attribute)),
            Self::Date(test) => test.holds(&document.times(attribute)),
            Self::Number(any) => {
                let numbers = document.numbers(attribute);
                any.is_empty() || any.iter().any(|bounds| numbers.iter().any(|n| bounds.holds(*n)))
            }
            Self::Flag(any) => {
                // a missing flag counts as false, so that `Sample = false` matches
                let flags = document.flags(attribute);
                any.is_empty() || any.contains(&flags.first().copied().unwrap_or(false))
            }
            Self::Map(test) => test.holds(&document.values(attribute)),
        }
    }
}

fn condition(name: &str, entries: &Value, now: Timestamp) -> Result<(&'static Attribute, AttributeTest), ApiError> {
    let Some(attribute) = Attribute::named(name) else {
        let text = format!("data should NOT have additional properties: '{name}' is unknown to the simulator");
        return Err(ApiError::invalid_parameter("Filters", &text));
    };
    let Some(entries) = entries.as_array() else {
        return Err(ApiError::invalid_filter(name, " should be array"));
    };
    if entries.len() > MAX_VALUES {
        let text = format!(" should NOT have more than {MAX_VALUES} items");
        return Err(ApiError::invalid_filter(name, &text));
    }
    let numbered = entries.iter().enumerate();
    let test = match attribute.kind {
        AttributeKind::Text => AttributeTest::Text(TextTest::parse(name, entries)?),
        AttributeKind::Date => AttributeTest::Date(DateTest::parse(name, entries, now)?),
        AttributeKind::Map => AttributeTest::Map(MapTest::parse(name, entries)?),
        AttributeKind::Number => {
            AttributeTest::Number(numbered.map(|(i, e)| Bounds::parse(name, i, e)).collect::<Result<_, _>>()?)
        }
        AttributeKind::Flag => {
            AttributeTest::Flag(numbered.map(|(i, e)| other::flag(name, i, e)).collect::<Result<_, _>>()?)
        }
    };
    Ok((attribute, test))
}
