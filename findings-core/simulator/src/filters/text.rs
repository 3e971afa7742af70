//! Conditions on a text attribute.

use serde_json::Value;

use crate::api_error::ApiError;

/// The values of a text attribute, by comparison.
#[derive(Debug, Default)]
pub(crate) struct TextTest {
    equals: Vec<String>,
    prefix: Vec<String>,
    not_equals: Vec<String>,
    prefix_not_equals: Vec<String>,
}

impl TextTest {
    pub(super) fn parse(attribute: &str, entries: &[Value]) -> Result<Self, ApiError> {
        let mut test = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            let value = required_text(attribute, index, entry, "Value")?;
            let comparison = required_text(attribute, index, entry, "Comparison")?;
            test.list(attribute, index, comparison)?.push(value.to_owned());
        }
        test.reject_illegal_mix(attribute)?;
        Ok(test)
    }

    fn list(&mut self, attribute: &str, index: usize, comparison: &str) -> Result<&mut Vec<String>, ApiError> {
        match comparison {
            "EQUALS" => Ok(&mut self.equals),
            "PREFIX" => Ok(&mut self.prefix),
            "NOT_EQUALS" => Ok(&mut self.not_equals),
            "PREFIX_NOT_EQUALS" => Ok(&mut self.prefix_not_equals),
            // AWS: CONTAINS and NOT_CONTAINS are for automation rules, CONTAINS_WORD for the V2 calls
            _ => Err(ApiError::invalid_filter(
                attribute,
                &format!(
                    "[{index}].Comparison should be equal to one of the allowed values: EQUALS, \
                     PREFIX, NOT_EQUALS, PREFIX_NOT_EQUALS"
                ),
            )),
        }
    }

    /// AWS: EQUALS cannot be combined with NOT_EQUALS or PREFIX_NOT_EQUALS on one attribute; PREFIX can.
    fn reject_illegal_mix(&self, attribute: &str) -> Result<(), ApiError> {
        let excludes = !self.not_equals.is_empty() || !self.prefix_not_equals.is_empty();
        if excludes && !self.equals.is_empty() {
            let text = " cannot combine EQUALS with NOT_EQUALS or PREFIX_NOT_EQUALS";
            return Err(ApiError::invalid_filter(attribute, text));
        }
        Ok(())
    }

    /// Returns the values if all comparisons are EQUALS, so that an index can be used.
    pub(super) fn only_equals(&self) -> Option<&[String]> {
        let only = self.prefix.is_empty() && self.not_equals.is_empty() && self.prefix_not_equals.is_empty();
        (only && !self.equals.is_empty()).then_some(self.equals.as_slice())
    }

    /// Returns whether one positive value and no negative one matches. A finding without the attribute meets negative
    /// conditions only.
    pub(super) fn holds(&self, values: &[&str]) -> bool {
        let starts =
            |prefixes: &[String], value: &str| prefixes.iter().any(|prefix| value.starts_with(prefix.as_str()));
        let equals = |wanted: &[String], value: &str| wanted.iter().any(|wanted| wanted == value);
        let positive = self.equals.is_empty() && self.prefix.is_empty()
            || values.iter().any(|value| equals(&self.equals, value) || starts(&self.prefix, value));
        let negative =
            values.iter().any(|value| equals(&self.not_equals, value) || starts(&self.prefix_not_equals, value));
        positive && !negative
    }
}

/// Reads a text of a filter entry. AWS: it must not be blank (`.*\S.*`).
pub(super) fn required_text<'a>(
    attribute: &str,
    index: usize,
    entry: &'a Value,
    name: &str,
) -> Result<&'a str, ApiError> {
    let Some(text) = entry.get(name).and_then(Value::as_str) else {
        let text = format!("[{index}] should have required property '{name}'");
        return Err(ApiError::invalid_filter(attribute, &text));
    };
    if text.trim().is_empty() {
        let text = format!("[{index}].{name} should match pattern \".*\\S.*\"");
        return Err(ApiError::invalid_filter(attribute, &text));
    }
    Ok(text)
}
