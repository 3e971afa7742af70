//! GetFindings: filters, sorts and pages.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use crate::api_error::ApiError;
use crate::faults::Fault;
use crate::filters::{Document, Filters};
use crate::orders::{Position, SortedResults};
use crate::page_size::page_size;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::sort::{Sort, SortKey};
use crate::state::State;

/// AWS: MaxResults is 1 to 100. The service's model has no default; 10 is small enough to reveal clients that omit the
/// parameter.
const DEFAULT_PAGE: usize = 10;
const LARGEST_PAGE: usize = 100;

/// Valid JSON that no decoder of findings accepts.
const UNDECODABLE: &str = r#"{"AwsAccountId":[{"not":"an account"}],"Id":{"not":"an id"},"ProductArn":17,"UpdatedAt":false,"Severity":"HIGH","Resources":9}"#;

/// Maximum number of queries whose results are cached. Results of more queries are sorted again for each page.
const REMEMBERED_QUERIES: usize = 256;

struct Query {
    filters: Filters,
    sort: Sort,
    size: usize,
    binding: String,
}

impl Query {
    fn parse(call: &Call, now: Timestamp) -> Result<Self, ApiError> {
        Ok(Self {
            filters: Filters::parse(call.parameter("Filters"), now)?,
            sort: Sort::parse(call.parameter("SortCriteria"))?,
            size: page_size(call.parameter("MaxResults"), DEFAULT_PAGE, LARGEST_PAGE)?,
            binding: call.binding(),
        })
    }
}

/// Answers the call; `fault` may change the page.
pub(crate) fn get_findings(state: &mut State, call: &Call, fault: Option<&Fault>) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(call, state.settings.now())?;
    let now = Instant::now();
    let position = begin(state, call, &query, fault, now)?;
    if fault == Some(&Fault::EmptyPage) {
        let token = state.finding_tokens.issue(&query.binding, position, now);
        return Ok(page(state, &[], None, Some(&token)));
    }
    let order = ordered(state, call, &query);
    let slots = slice_after(state, &query, &position, &order);
    let repeats = position.repeats || fault == Some(&Fault::RepeatedToken);
    let more = !slots.is_empty() && slots.last() != order.last();
    let token = match call.next_token() {
        Some(token) if repeats => Some(token.to_owned()),
        _ if repeats || more => {
            let last = slots.last().and_then(|slot| key(state, &query, *slot));
            let next = Position { after: last.or(position.after), repeats };
            Some(state.finding_tokens.issue(&query.binding, next, now))
        }
        _ => None,
    };
    Ok(page(state, slots, fault, token.as_deref()))
}

fn begin(state: &State, call: &Call, query: &Query, fault: Option<&Fault>, now: Instant) -> Result<Position, ApiError> {
    let Some(token) = call.next_token() else {
        return Ok(Position::default());
    };
    if fault == Some(&Fault::StaleToken) {
        return Err(ApiError::invalid_token("Token has expired"));
    }
    let lifetime = state.settings.token_lifetime;
    state.finding_tokens.position(token, &query.binding, lifetime, now)
}

/// Returns the slots of all matching findings in the order of the query.
fn ordered(state: &mut State, call: &Call, query: &Query) -> Arc<[usize]> {
    let version = state.findings.version();
    if state.orders.version != version || state.orders.by_query.len() >= REMEMBERED_QUERIES {
        state.orders = SortedResults { version, by_query: HashMap::new() };
    }
    if let Some(order) = state.orders.by_query.get(&query.binding) {
        return order.clone();
    }
    let mut keyed: Vec<(SortKey, usize)> = Vec::new();
    for slot in state.findings.candidates(query.filters.accounts()) {
        let Some(stored) = state.findings.get_slot(slot) else {
            continue;
        };
        let visible = state.hubs.sees(&call.region, &stored.region);
        if visible && query.filters.match_document(&Document::new(stored)) {
            keyed.push((query.sort.key(slot, stored), slot));
        }
    }
    keyed.sort_unstable_by(|(a, _), (b, _)| query.sort.compare(a, b));
    let order: Arc<[usize]> = keyed.into_iter().map(|(_, slot)| slot).collect();
    state.orders.by_query.insert(query.binding.clone(), order.clone());
    order
}

/// Returns the page that follows `position`.
fn slice_after<'o>(state: &State, query: &Query, position: &Position, order: &'o [usize]) -> &'o [usize] {
    let start = position.after.as_ref().map_or(0, |after| {
        order
            .partition_point(|slot| key(state, query, *slot).is_some_and(|key| query.sort.compare(&key, after).is_le()))
    });
    &order[start..order.len().min(start + query.size)]
}

fn key(state: &State, query: &Query, slot: usize) -> Option<SortKey> {
    let stored = state.findings.get_slot(slot)?;
    Some(query.sort.key(slot, stored))
}

/// Returns the text that replaces the first finding of the page.
fn replacement(fault: Option<&Fault>) -> Option<&str> {
    match fault {
        Some(Fault::UndecodableFinding) => Some(UNDECODABLE),
        Some(Fault::ReplaceFinding(text)) => Some(text),
        _ => None,
    }
}

/// Builds the response from the stored texts, without parsing them.
fn page(state: &State, slots: &[usize], fault: Option<&Fault>, token: Option<&str>) -> HttpResponse {
    let replacement = replacement(fault);
    let kept = slots.get(usize::from(replacement.is_some())..).unwrap_or_default();
    let mut body = Vec::from(br#"{"Findings":["#);
    let mut count = 0;
    if let Some(text) = replacement {
        body.extend_from_slice(text.as_bytes());
        count += 1;
    }
    for stored in kept.iter().filter_map(|slot| state.findings.get_slot(*slot)) {
        if count > 0 {
            body.push(b',');
        }
        state.settings.padding.write(&stored.raw, &mut body);
        count += 1;
    }
    body.push(b']');
    if let Some(token) = token {
        // a repeated token comes from the request, so it needs escaping
        body.extend_from_slice(format!(r#","NextToken":{}"#, Value::from(token)).as_bytes());
    }
    body.push(b'}');
    HttpResponse::page(body, count)
}
