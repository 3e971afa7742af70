//! Access of filters and sort criteria to a stored finding.

use std::cell::OnceCell;

use jiff::Timestamp;
use serde_json::Value;

use super::attributes::Attribute;
use crate::store::Stored;

/// Returns attribute values. It parses the JSON only for fields that the store does not keep separately, so a million
/// findings can be filtered by account and state without parsing.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    stored: &'a Stored,
    parsed: OnceCell<Value>,
}

impl<'a> Document<'a> {
    pub(crate) fn new(stored: &'a Stored) -> Self {
        Self { stored, parsed: OnceCell::new() }
    }

    pub(crate) fn texts(&self, attribute: &Attribute) -> Vec<&str> {
        let stored = self.stored;
        let held = match attribute.name {
            "AwsAccountId" => stored.account.as_deref(),
            "ComplianceStatus" => stored.compliance_status.as_deref(),
            "Id" => stored.id.as_deref(),
            "ProductArn" => stored.product_arn.as_deref(),
            "RecordState" => Some(&*stored.record_state),
            "Region" => Some(&*stored.region),
            "SeverityLabel" => stored.severity_label.as_deref(),
            "WorkflowStatus" => Some(&*stored.workflow_status),
            _ => return self.values(attribute).into_iter().filter_map(Value::as_str).collect(),
        };
        held.into_iter().collect()
    }

    pub(crate) fn times(&self, attribute: &Attribute) -> Vec<Timestamp> {
        match attribute.name {
            "CreatedAt" => self.stored.created_at.into_iter().collect(),
            "UpdatedAt" => self.stored.updated_at.into_iter().collect(),
            _ => self.texts(attribute).into_iter().filter_map(|text| text.parse().ok()).collect(),
        }
    }

    pub(crate) fn numbers(&self, attribute: &Attribute) -> Vec<f64> {
        self.values(attribute).into_iter().filter_map(Value::as_f64).collect()
    }

    pub(super) fn flags(&self, attribute: &Attribute) -> Vec<bool> {
        self.values(attribute).into_iter().filter_map(Value::as_bool).collect()
    }

    pub(super) fn values(&self, attribute: &Attribute) -> Vec<&Value> {
        let document = self.parsed.get_or_init(|| self.stored.parse());
        let mut found = Vec::new();
        collect(document, attribute.path, &mut found);
        found
    }
}

fn collect<'v>(value: &'v Value, path: &[&str], found: &mut Vec<&'v Value>) {
    if let Value::Array(items) = value {
        for item in items {
            collect(item, path, found);
        }
        return;
    }
    match path.split_first() {
        None => found.push(value),
        Some((name, rest)) => {
            if let Some(inner) = value.get(name) {
                collect(inner, rest, found);
            }
        }
    }
}
