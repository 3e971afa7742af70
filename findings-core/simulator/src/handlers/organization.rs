//! The administrator's organisation: how Security Hub treats its new accounts, and ListAccounts of AWS Organizations.

use serde_json::{Value, json};

use crate::api_error::ApiError;
use crate::page_size::page_size;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

/// AWS: MaxResults of ListAccounts is 1 to 20.
const LARGEST_PAGE: usize = 20;

/// AWS: allowed for the organisation's delegated administrator only.
pub(crate) fn describe_configuration(state: &State) -> Result<HttpResponse, ApiError> {
    if state.enrollment.organization.is_empty() {
        let message = format!("Account {} is not an administrator for this organization", state.settings.administrator);
        return Err(ApiError::new(401, "InvalidAccessException", message));
    }
    let body = json!({
        "AutoEnable": false,
        "MemberAccountLimitReached": false,
        "AutoEnableStandards": "DEFAULT",
        "OrganizationConfiguration": { "ConfigurationType": "LOCAL", "Status": "ENABLED" },
    });
    Ok(HttpResponse::json(body.to_string()))
}

/// Lists accounts; a page continues after the account in its token.
pub(crate) fn list_accounts(state: &State, call: &Call) -> Result<HttpResponse, ApiError> {
    let size = page_size(call.parameter("MaxResults"), LARGEST_PAGE, LARGEST_PAGE)?;
    if state.enrollment.organization.is_empty() {
        let message = "Your account is not a member of an organization.";
        return Err(ApiError::new(400, "AWSOrganizationsNotInUseException", message));
    }
    let after = call.next_token().unwrap_or_default();
    let mut rest = state.enrollment.organization.iter().filter(|account| account.as_str() > after);
    let page: Vec<&String> = rest.by_ref().take(size).collect();
    let account =
        |id: &&String| json!({ "Id": id, "Name": format!("account {id}"), "Status": "ACTIVE", "State": "ACTIVE" });
    let mut body = json!({ "Accounts": page.iter().map(account).collect::<Vec<Value>>() });
    if let (Some(last), Some(_)) = (page.last(), rest.next()) {
        body["NextToken"] = json!(last);
    }
    Ok(HttpResponse { content_type: "application/x-amz-json-1.1", ..HttpResponse::json(body.to_string()) })
}
