//! GetFindingsV2: filters, sorts and pages.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::filters::Composite;
use super::invalid;
use super::view::{is_visible, key};
use crate::api_error::ApiError;
use crate::faults::Fault;
use crate::page_size::page_size;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

/// AWS: MaxResults is 1 to 100.
const LARGEST_PAGE: usize = 100;
const DEFAULT_PAGE: usize = 10;

/// The only field that the simulator sorts by.
const SORT_FIELD: &str = "finding_info.modified_time_dt";

/// Answers the call; `fault` may change the page.
pub(crate) fn get_findings_v2(state: &mut State, call: &Call, fault: Option<&Fault>) -> Result<HttpResponse, ApiError> {
    let filters = Composite::parse(call.parameter("Filters"))?;
    let is_descending = is_descending(call.parameter("SortCriteria"))?;
    let size =
        page_size(call.parameter("MaxResults"), DEFAULT_PAGE, LARGEST_PAGE).map_err(|error| invalid(error.message))?;
    let (binding, now) = (call.binding(), Instant::now());
    let after = match call.next_token() {
        None => None,
        Some(_) if fault == Some(&Fault::StaleToken) => return Err(invalid("Invalid NextToken: Token has expired")),
        Some(token) => {
            let lifetime = state.settings.token_lifetime;
            let position = state.tokens_v2.position(token, &binding, lifetime, now);
            position.map_err(|error| invalid(error.message))?
        }
    };
    if fault == Some(&Fault::EmptyPage) {
        let token = state.tokens_v2.issue(&binding, after, now);
        return Ok(page(&[], Some(token)));
    }
    let records = state.view.records(&state.findings);
    let matching =
        records.iter().filter(|record| is_visible(&state.hubs, &call.region, record) && filters.matches(&record.value));
    let mut found: Vec<&Value> = matching.map(|record| &record.value).collect();
    if is_descending {
        found.reverse();
    }
    let is_after = |value: &&&Value| {
        after.as_ref().is_none_or(|after| if is_descending { key(value) < *after } else { key(value) > *after })
    };
    let left: Vec<&Value> = found.iter().filter(is_after).copied().collect();
    let shown = left.get(..size).unwrap_or(&left);
    let last = shown.last().filter(|_| left.len() > shown.len()).map(|last| key(last));
    let token = match (call.next_token(), last) {
        (Some(token), Some(_)) if fault == Some(&Fault::RepeatedToken) => Some(token.to_owned()),
        (_, Some(last)) => Some(state.tokens_v2.issue(&binding, Some(last), now)),
        (_, None) => None,
    };
    // a page that lacks a finding, as a fault that only the statistics show
    let shown = if fault == Some(&Fault::LostFinding) { shown.get(1..).unwrap_or_default() } else { shown };
    Ok(page(shown, token))
}

fn is_descending(criteria: Option<&Value>) -> Result<bool, ApiError> {
    let Some(criterion) = criteria.and_then(|criteria| criteria.get(0)) else { return Ok(false) };
    match (criterion["Field"].as_str(), criterion["SortOrder"].as_str()) {
        (Some(SORT_FIELD), Some("asc")) => Ok(false),
        (Some(SORT_FIELD), Some("desc")) => Ok(true),
        _ => Err(invalid(format!("the simulator sorts by {SORT_FIELD} only"))),
    }
}

fn page(records: &[&Value], token: Option<String>) -> HttpResponse {
    let mut body = json!({ "Findings": records });
    if let Some(token) = token {
        body["NextToken"] = token.into();
    }
    HttpResponse::page(body.to_string().into_bytes(), records.len())
}
