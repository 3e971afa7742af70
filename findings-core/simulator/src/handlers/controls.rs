//! What Security Hub says about its controls: ListSecurityControlDefinitions, BatchGetSecurityControls and
//! ListStandardsControlAssociations. The controls are those of the made-up findings.

use serde_json::{Value, json};

use crate::api_error::ApiError;
use crate::page_size::page_size;
use crate::reply::HttpResponse;
use crate::request::Call;

/// AWS: MaxResults is 1 to 100, and 25 if it is not given.
const LARGEST_PAGE: usize = 100;
const DEFAULT_PAGE: usize = 25;

/// Lists definitions; a page continues after the control in its token.
pub(crate) fn list_definitions(call: &Call) -> Result<HttpResponse, ApiError> {
    let asked = call.query.get("MaxResults").map(|text| text.parse().map_or(Value::Null, |n: i64| json!(n)));
    let size = page_size(asked.as_ref(), DEFAULT_PAGE, LARGEST_PAGE)?;
    let all = asff_fixtures::definitions();
    let start = match call.next_token() {
        None => 0,
        Some(after) => {
            let at = all.iter().position(|control| control["SecurityControlId"] == after);
            at.ok_or_else(|| ApiError::invalid_parameter("NextToken", "data is no token of this list"))? + 1
        }
    };
    let page: Vec<&Value> = all.iter().skip(start).take(size).collect();
    let mut body = json!({ "SecurityControlDefinitions": page });
    if let Some(last) = page.last().filter(|_| start + size < all.len()) {
        body["NextToken"] = last["SecurityControlId"].clone();
    }
    Ok(HttpResponse::json(body.to_string()))
}

/// Returns the controls with their parameters in this account and Region. Unknown ones are unprocessed, and no error.
pub(crate) fn batch_get(call: &Call) -> Result<HttpResponse, ApiError> {
    let ids = call.parameter("SecurityControlIds").and_then(Value::as_array).filter(|ids| !ids.is_empty());
    let ids = ids.ok_or_else(|| ApiError::invalid_parameter("SecurityControlIds", "data is required"))?;
    let (mut found, mut unprocessed) = (Vec::new(), Vec::new());
    for id in ids.iter().filter_map(Value::as_str) {
        match asff_fixtures::control_details(id) {
            Some(control) => found.push(control),
            None => unprocessed.push(json!({
                "SecurityControlId": id,
                "ErrorCode": "NOT_FOUND",
                "ErrorReason": "Security Control not found",
            })),
        }
    }
    Ok(HttpResponse::json(json!({ "SecurityControls": found, "UnprocessedIds": unprocessed }).to_string()))
}

/// Lists the standards that contain a control, with their requirements.
pub(crate) fn list_associations(call: &Call) -> Result<HttpResponse, ApiError> {
    let id = call.query.get("SecurityControlId").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| ApiError::invalid_parameter("SecurityControlId", "data is required"))?;
    let standards = asff_fixtures::control_standards(id);
    if standards.is_empty() {
        return Err(ApiError::new(404, "ResourceNotFoundException", format!("Security control {id} does not exist")));
    }
    Ok(HttpResponse::json(json!({ "StandardsControlAssociationSummaries": standards }).to_string()))
}
