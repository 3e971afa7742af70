//! BatchUpdateFindingsV2, which changes status and comment of findings.

use serde_json::{Value, json};

use super::invalid;
use crate::api_error::ApiError;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

/// The model of the service: the most findings of a call, and the most characters of a comment.
const MAX_IDENTIFIERS: usize = 100;
const MAX_COMMENT: usize = 512;
/// The workflow status of ASFF that is the same as a status of OCSF.
const STATUSES: [(i64, &str); 4] = [(1, "NEW"), (2, "NOTIFIED"), (3, "SUPPRESSED"), (4, "RESOLVED")];

/// Answers the call. Findings are named by `FindingIdentifiers`; the simulator knows no `MetadataUids`.
pub(crate) fn batch_update_findings_v2(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let identifiers = call.parameter("FindingIdentifiers").and_then(Value::as_array);
    let identifiers = identifiers.filter(|list| (1..=MAX_IDENTIFIERS).contains(&list.len()));
    let identifiers = identifiers.ok_or_else(|| invalid("FindingIdentifiers must have 1 to 100 items"))?;
    let status = call.parameter("StatusId").and_then(Value::as_i64).map(status).transpose()?;
    let comment = call.parameter("Comment").and_then(Value::as_str).map(comment).transpose()?;
    if status.is_none() && comment.is_none() {
        return Err(invalid("one of Comment, SeverityId and StatusId is required"));
    }
    let (mut processed, mut unprocessed) = (Vec::new(), Vec::new());
    for identifier in identifiers {
        match update(state, call, identifier, status, comment) {
            Ok(()) => processed.push(json!({"FindingIdentifier": identifier})),
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

fn status(id: i64) -> Result<&'static str, ApiError> {
    let known = STATUSES.iter().find(|(known, _)| *known == id).map(|(_, name)| *name);
    known.ok_or_else(|| invalid(format!("StatusId {id} is not known")))
}

fn comment(text: &str) -> Result<&str, ApiError> {
    let is_legal = (1..=MAX_COMMENT).contains(&text.chars().count());
    if is_legal { Ok(text) } else { Err(invalid("Comment must have 1 to 512 characters")) }
}

fn update(
    state: &mut State,
    call: &Call,
    identifier: &Value,
    status: Option<&str>,
    comment: Option<&str>,
) -> Result<(), (String, String)> {
    let text = |name: &str| identifier.get(name).and_then(Value::as_str).unwrap_or_default();
    let (product, id) = (text("MetadataProductUid").replacen(":productv2/", ":product/", 1), text("FindingInfoUid"));
    if let Some(code) = state.take_update_failure(id) {
        return Err((code, "The simulator was told to fail this update".to_owned()));
    }
    let stored = state.findings.slot(&product, id).and_then(|slot| state.findings.get_slot(slot));
    let is_seen = stored.is_some_and(|stored| {
        let account = stored.parse().get("AwsAccountId").and_then(Value::as_str).map(str::to_owned);
        account.as_deref() == Some(text("CloudAccountUid")) && state.hubs.sees(&call.region, &stored.region)
    });
    if !is_seen {
        return Err(("ResourceNotFoundException".to_owned(), "Finding Not Found".to_owned()));
    }
    let now = state.settings.now().to_string();
    state.findings.update(&product, id, |finding| {
        if let Some(status) = status {
            finding["Workflow"] = json!({ "Status": status });
        }
        if let Some(comment) = comment {
            finding["Note"] = json!({"Text": comment, "UpdatedBy": "v2", "UpdatedAt": now});
        }
    });
    Ok(())
}
