//! GetFindingStatisticsV2: numbers of findings by a field.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::filters::{Composite, at};
use super::invalid;
use super::view::is_visible;
use crate::api_error::ApiError;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

/// AWS: up to 5 rules in a call.
const MAX_RULES: usize = 5;
/// AWS: `MaxStatisticResults` is 1 to 400.
const MAX_VALUES: usize = 400;

const FIELDS: [&str; 4] = ["class_name", "cloud.account.uid", "severity", "status"];

pub(crate) fn get_finding_statistics_v2(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let rules = call.parameter("GroupByRules").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if rules.is_empty() || rules.len() > MAX_RULES {
        return Err(invalid(format!("GroupByRules has {} entries; expected 1 to {MAX_RULES}", rules.len())));
    }
    let limit = call.parameter("MaxStatisticResults").and_then(Value::as_u64).unwrap_or(MAX_VALUES as u64);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if !(1..=MAX_VALUES).contains(&limit) {
        return Err(invalid(format!("MaxStatisticResults is {limit}; expected 1 to {MAX_VALUES}")));
    }
    let results: Vec<Value> = rules.iter().map(|rule| group(state, call, rule, limit)).collect::<Result<_, _>>()?;
    Ok(HttpResponse::json(json!({ "GroupByResults": results }).to_string()))
}

fn group(state: &mut State, call: &Call, rule: &Value, limit: usize) -> Result<Value, ApiError> {
    let filters = Composite::parse(rule.get("Filters"))?;
    let Some(field) = rule["GroupByField"].as_str().filter(|field| FIELDS.contains(field)) else {
        return Err(invalid(format!("{} is no field that the simulator groups by", rule["GroupByField"])));
    };
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for record in state.view.records(&state.findings).iter() {
        if is_visible(&state.hubs, &call.region, record) && filters.matches(&record.value) {
            let value = at(&record.value, field).and_then(Value::as_str).unwrap_or_default();
            *counts.entry(value.to_owned()).or_default() += 1;
        }
    }
    let mut values: Vec<(String, u64)> = counts.into_iter().collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let values = values.into_iter().take(limit);
    let values: Vec<Value> = values.map(|(value, count)| json!({ "FieldValue": value, "Count": count })).collect();
    Ok(json!({ "GroupByField": field, "GroupByValues": values }))
}
