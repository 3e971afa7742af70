//! BatchUpdateFindings, which changes the customer's fields of findings.

use serde_json::{Map, Value, json};

use crate::api_error::ApiError;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

/// AWS: "BatchUpdateFindings can be used to update up to 100 findings at a time."
const MAX_IDENTIFIERS: usize = 100;
/// The model of the service: the most characters of a note.
const MAX_NOTE: usize = 512;
const WORKFLOW_STATUSES: [&str; 4] = ["NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"];
/// AWS: the normalised severity that goes with a label, when only the label is given.
const SEVERITIES: [(&str, i64); 5] = [("INFORMATIONAL", 0), ("LOW", 1), ("MEDIUM", 40), ("HIGH", 70), ("CRITICAL", 90)];
/// Fields that are copied without validation.
const PLAIN_FIELDS: [&str; 6] =
    ["Confidence", "Criticality", "RelatedFindings", "Types", "UserDefinedFields", "VerificationState"];

pub(crate) fn batch_update_findings(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let identifiers = call.parameter("FindingIdentifiers").and_then(Value::as_array);
    let identifiers = identifiers
        .filter(|list| !list.is_empty())
        .ok_or_else(|| ApiError::invalid_parameter("FindingIdentifiers", "data should NOT have fewer than 1 items"))?;
    if identifiers.len() > MAX_IDENTIFIERS {
        let text = format!("data should NOT have more than {MAX_IDENTIFIERS} items");
        return Err(ApiError::invalid_parameter("FindingIdentifiers", &text));
    }
    let change = Change::parse(call, &state.settings.now().to_string())?;
    let mut processed = Vec::new();
    let mut unprocessed = Vec::new();
    for identifier in identifiers {
        match update(state, call, identifier, &change) {
            Ok(()) => processed.push(identifier.clone()),
            Err((code, message)) => unprocessed.push(json!({
                "FindingIdentifier": identifier,
                "ErrorCode": code,
                "ErrorMessage": message,
            })),
        }
    }
    let body = json!({ "ProcessedFindings": processed, "UnprocessedFindings": unprocessed });
    Ok(HttpResponse::json(body.to_string()))
}

fn update(state: &mut State, call: &Call, identifier: &Value, change: &Change) -> Result<(), (String, String)> {
    let text = |name: &str| identifier.get(name).and_then(Value::as_str).unwrap_or_default();
    let (product_arn, id) = (text("ProductArn"), text("Id"));
    if let Some(code) = state.take_update_failure(id) {
        return Err((code, "The simulator was told to fail this update".to_owned()));
    }
    let slot = state.findings.slot(product_arn, id);
    let stored = slot.and_then(|slot| state.findings.get_slot(slot));
    if !stored.is_some_and(|stored| state.hubs.sees(&call.region, &stored.region)) {
        return Err(("FindingNotFound".to_owned(), "Finding Not Found".to_owned()));
    }
    state.findings.update(product_arn, id, |finding| change.apply(finding));
    Ok(())
}

/// The changed fields of a finding. `UpdatedAt` is not changed, because it belongs to the finding's provider.
struct Change {
    fields: Map<String, Value>,
    severity: Option<Value>,
}

impl Change {
    fn parse(call: &Call, now: &str) -> Result<Self, ApiError> {
        let mut fields = Map::new();
        for name in PLAIN_FIELDS {
            if let Some(value) = call.parameter(name) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(workflow) = call.parameter("Workflow") {
            fields.insert("Workflow".to_owned(), checked_workflow(workflow)?);
        }
        if let Some(note) = call.parameter("Note") {
            fields.insert("Note".to_owned(), checked_note(note, now)?);
        }
        let severity = call.parameter("Severity").map(checked_severity).transpose()?;
        if fields.is_empty() && severity.is_none() {
            return Err(ApiError::invalid_input("Invalid request: nothing to update"));
        }
        Ok(Self { fields, severity })
    }

    fn apply(&self, finding: &mut Value) {
        let Some(finding) = finding.as_object_mut() else {
            return;
        };
        finding.extend(self.fields.clone());
        let Some(severity) = self.severity.as_ref().and_then(Value::as_object) else {
            return;
        };
        let old = finding.entry("Severity").or_insert_with(|| json!({}));
        if let Some(old) = old.as_object_mut() {
            old.extend(severity.clone());
        }
    }
}

fn checked_workflow(workflow: &Value) -> Result<Value, ApiError> {
    let status = workflow.get("Status").and_then(Value::as_str);
    if status.is_some_and(|status| WORKFLOW_STATUSES.contains(&status)) {
        return Ok(workflow.clone());
    }
    let allowed = WORKFLOW_STATUSES.join(", ");
    let text = format!("data.Status should be equal to one of the allowed values: {allowed}");
    Err(ApiError::invalid_parameter("Workflow", &text))
}

fn checked_note(note: &Value, now: &str) -> Result<Value, ApiError> {
    let text = |name: &str| note.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    if text("Text").is_some_and(|text| text.chars().count() > MAX_NOTE) {
        let text = format!("data.Text should NOT be longer than {MAX_NOTE} characters");
        return Err(ApiError::invalid_parameter("Note", &text));
    }
    match (text("Text"), text("UpdatedBy")) {
        (Some(text), Some(by)) => Ok(json!({ "Text": text, "UpdatedBy": by, "UpdatedAt": now })),
        _ => Err(ApiError::invalid_parameter("Note", "data should have required properties 'Text' and 'UpdatedBy'")),
    }
}

/// Validates a severity and derives label or normalised value from the other, as the service does.
fn checked_severity(severity: &Value) -> Result<Value, ApiError> {
    let refuse = || ApiError::invalid_parameter("Severity", "data should have a valid Label or Normalized");
    let mut severity = severity.as_object().cloned().ok_or_else(refuse)?;
    let label = severity.get("Label").and_then(Value::as_str).map(str::to_owned);
    let normalized = severity.get("Normalized").and_then(Value::as_i64);
    match (label, normalized) {
        (Some(label), _) => {
            let known = SEVERITIES.iter().find(|(name, _)| *name == label);
            let (_, lowest) = known.ok_or_else(refuse)?;
            severity.entry("Normalized").or_insert_with(|| json!(lowest));
        }
        (None, Some(normalized)) => {
            let floor = if normalized == 0 { 0 } else { normalized.max(1) };
            let known = SEVERITIES.iter().rev().find(|(_, lowest)| *lowest <= floor);
            let (label, _) = known.filter(|_| (0..=100).contains(&normalized)).ok_or_else(refuse)?;
            severity.insert("Label".to_owned(), json!(label));
        }
        (None, None) if severity.contains_key("Product") => {}
        (None, None) => return Err(refuse()),
    }
    Ok(Value::Object(severity))
}
