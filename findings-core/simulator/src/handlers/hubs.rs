//! DescribeHub and EnableSecurityHub.

use serde_json::json;

use crate::api_error::ApiError;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

pub(crate) fn describe_hub(state: &State, call: &Call) -> Result<HttpResponse, ApiError> {
    let (region, account) = (&call.region, call.member.as_ref().unwrap_or(&state.settings.administrator));
    let arn = format!("arn:aws:securityhub:{region}:{account}:hub/default");
    if call.query.get("HubArn").is_some_and(|asked| *asked != arn) {
        return Err(ApiError::not_found("The hub was not found"));
    }
    let body = json!({
        "HubArn": arn,
        "SubscribedAt": "2026-01-01T00:00:00.000Z",
        "AutoEnableControls": true,
        "ControlFindingGenerator": state.hubs.generator.name(),
    });
    Ok(HttpResponse::json(body.to_string()))
}

/// AWS: an account that is on already gets ResourceConflictException.
pub(crate) fn enable_security_hub(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let region = &call.region;
    let (account, was_off) = match &call.member {
        Some(member) => (member.clone(), state.hubs.enable_member(member, region)),
        None => (state.settings.administrator.clone(), !state.hub_is_on(region)),
    };
    if !was_off {
        let message = format!("Account {account} is already subscribed to Security Hub");
        return Err(ApiError::new(409, "ResourceConflictException", message));
    }
    if call.member.is_none() {
        state.change_hubs(|hubs| hubs.set_on(region, true));
    }
    Ok(HttpResponse::json("{}"))
}
