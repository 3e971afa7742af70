//! ListMembers and GetMembers.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::api_error::ApiError;
use crate::members::{LARGEST_PAGE, Member};
use crate::page_size::page_size;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

pub(crate) fn list_members(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let asked = call.query.get("MaxResults").map(|text| text.parse().map_or(Value::Null, |n: i64| json!(n)));
    let size = page_size(asked.as_ref(), LARGEST_PAGE, LARGEST_PAGE)?;
    let only_associated = call.query.get("OnlyAssociated").is_none_or(|text| text != "false");
    let (binding, now) = (call.binding(), Instant::now());
    let after = call
        .next_token()
        .map(|token| state.member_tokens.position(token, &binding, state.settings.token_lifetime, now))
        .transpose()?
        .unwrap_or_default();
    let administrator = state.settings.administrator.as_str();
    let mut rest = state
        .members
        .of(&call.region)
        .iter()
        .filter(|member| !only_associated || member.status.eq_ignore_ascii_case("enabled"))
        // AWS: the administrator is not a member of itself
        .filter(|member| member.account != administrator && member.account > after);
    let page: Vec<&Member> = rest.by_ref().take(size).collect();
    let more = rest.next().is_some();
    let members: Vec<Value> = page.iter().map(|member| member.json(administrator)).collect();
    let mut body = json!({ "Members": members });
    if let Some(last) = page.last().filter(|_| more) {
        body["NextToken"] = json!(state.member_tokens.issue(&binding, last.account.clone(), now));
    }
    Ok(HttpResponse::json(body.to_string()))
}

pub(crate) fn get_members(state: &State, call: &Call) -> Result<HttpResponse, ApiError> {
    let accounts = call.accounts();
    if accounts.is_empty() {
        let text = "data should NOT have fewer than 1 items";
        return Err(ApiError::invalid_parameter("AccountIds", text));
    }
    let members = state.members.of(&call.region);
    let mut found = Vec::new();
    let mut unprocessed = Vec::new();
    for account in accounts {
        match members.iter().find(|member| member.account == account) {
            Some(member) => found.push(member.json(&state.settings.administrator)),
            None => unprocessed.push(json!({
                "AccountId": account,
                "ProcessingResult": "The account is not a member account of the administrator",
            })),
        }
    }
    let body = json!({ "Members": found, "UnprocessedAccounts": unprocessed });
    Ok(HttpResponse::json(body.to_string()))
}
