//! The calls about finding aggregators.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::api_error::ApiError;
use crate::hubs::Aggregator;
use crate::operation::AGGREGATOR_PATH;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

/// Validates and returns mode and Regions of a call.
fn linking(call: &Call) -> Result<(&'static str, BTreeSet<String>), ApiError> {
    const MODES: [&str; 4] = ["ALL_REGIONS", "ALL_REGIONS_EXCEPT_SPECIFIED", "SPECIFIED_REGIONS", "NO_REGIONS"];
    let asked = call.parameter("RegionLinkingMode").and_then(Value::as_str).unwrap_or_default();
    let mode = MODES.into_iter().find(|mode| *mode == asked);
    let mode = mode.ok_or_else(|| ApiError::invalid_parameter("RegionLinkingMode", "data is not a linking mode"))?;
    let regions = call.parameter("Regions").and_then(Value::as_array).into_iter().flatten();
    let regions: BTreeSet<String> = regions.filter_map(|region| region.as_str().map(str::to_owned)).collect();
    let complaint = match mode {
        "ALL_REGIONS_EXCEPT_SPECIFIED" | "SPECIFIED_REGIONS" if regions.is_empty() => "Regions are missing",
        "ALL_REGIONS" | "NO_REGIONS" if !regions.is_empty() => "Regions must not be given with this mode",
        _ if regions.contains(&call.region) => "the home Region cannot be among them",
        _ => return Ok((mode, regions)),
    };
    Err(ApiError::invalid_parameter("Regions", complaint))
}

/// AWS: the Region of the call becomes the home Region.
pub(crate) fn create_finding_aggregator(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let (mode, regions) = linking(call)?;
    if state.hubs.aggregator.is_some() {
        return Err(ApiError::invalid_input("A finding aggregator already exists"));
    }
    Ok(set_linking(state, Aggregator { home: call.region.clone(), mode, regions }))
}

/// AWS: allowed in the home Region only; the home Region cannot be changed.
pub(crate) fn update_finding_aggregator(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let arn = call.parameter("FindingAggregatorArn").and_then(Value::as_str).unwrap_or_default();
    let known = state.hubs.aggregator.as_ref().filter(|known| known.arn(&state.settings.administrator) == arn);
    let Some(home) = known.map(|known| known.home.clone()) else {
        return Err(ApiError::not_found(format!("The finding aggregator {arn} was not found")));
    };
    if home != call.region {
        return Err(ApiError::invalid_input(format!("The finding aggregator can be changed in {home} only")));
    }
    let (mode, regions) = linking(call)?;
    Ok(set_linking(state, Aggregator { home, mode, regions }))
}

fn set_linking(state: &mut State, aggregator: Aggregator) -> HttpResponse {
    let answer = described(&aggregator, &state.settings.administrator);
    state.change_hubs(|hubs| hubs.set_aggregator(Some(aggregator)));
    answer
}

fn described(aggregator: &Aggregator, administrator: &str) -> HttpResponse {
    let body = json!({
        "FindingAggregatorArn": aggregator.arn(administrator),
        "FindingAggregationRegion": aggregator.home,
        "RegionLinkingMode": aggregator.mode,
        "Regions": aggregator.regions,
    });
    HttpResponse::json(body.to_string())
}

/// AWS: an account has at most one aggregator, visible from every Region.
pub(crate) fn list_finding_aggregators(state: &State) -> HttpResponse {
    let aggregators: Vec<Value> = state
        .hubs
        .aggregator
        .iter()
        .map(|aggregator| json!({ "FindingAggregatorArn": aggregator.arn(&state.settings.administrator) }))
        .collect();
    HttpResponse::json(json!({ "FindingAggregators": aggregators }).to_string())
}

pub(crate) fn get_finding_aggregator(state: &State, call: &Call) -> Result<HttpResponse, ApiError> {
    let asked = call.path.strip_prefix(AGGREGATOR_PATH).unwrap_or_default();
    let administrator = &state.settings.administrator;
    let known = state.hubs.aggregator.as_ref().filter(|known| known.arn(administrator) == asked);
    let Some(aggregator) = known else {
        return Err(ApiError::not_found(format!("The finding aggregator {asked} was not found")));
    };
    Ok(described(aggregator, administrator))
}
