//! Becoming a member: CreateMembers, InviteMembers, and in the member account ListInvitations and
//! AcceptAdministratorInvitation.

use serde_json::{Value, json};

use crate::api_error::ApiError;
use crate::members::{ADDED_AT, LARGEST_PAGE, Member};
use crate::page_size::page_size;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

/// AWS: `AccountDetails` has 1 to 50 entries. For InviteMembers no limit is documented; here it is the same.
const LARGEST_BATCH: usize = 50;

fn batch(call: &Call, parameter: &str) -> Result<Vec<String>, ApiError> {
    let accounts = call.accounts();
    let refuse = |text: String| Err(ApiError::invalid_parameter(parameter, &text));
    match accounts.len() {
        0 => refuse("data should NOT have fewer than 1 items".to_owned()),
        n if n > LARGEST_BATCH => refuse(format!("data should NOT have more than {LARGEST_BATCH} items")),
        _ => Ok(accounts),
    }
}

/// Calls `one` for each account; accounts that it refuses are returned as unprocessed.
fn each(
    state: &mut State,
    call: &Call,
    accounts: Vec<String>,
    one: impl Fn(&mut State, &str) -> Result<(), String>,
) -> HttpResponse {
    let mut unprocessed = Vec::new();
    for account in accounts {
        let refusal = state.enrollment.refusal(call.operation, &account);
        if let Err(why) = refusal.map_or_else(|| one(state, &account), Err) {
            unprocessed.push(json!({ "AccountId": account, "ProcessingResult": why }));
        }
    }
    HttpResponse::json(json!({ "UnprocessedAccounts": unprocessed }).to_string())
}

/// AWS: accounts of the organisation become members at once, with Security Hub turned on; other accounts are only
/// added.
pub(crate) fn create_members(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let accounts = batch(call, "AccountDetails")?;
    let region = call.region.clone();
    Ok(each(state, call, accounts, |state, account| {
        if account.len() != 12
            || !account.bytes().all(|b| b.is_ascii_digit())
            || account == state.settings.administrator
        {
            return Err("The request is rejected because the given account ID is not valid.".to_owned());
        }
        let of_organization = state.enrollment.organization.contains(account);
        let known = state.members.status(&region, account);
        let may_come_back =
            ["Deleted"].into_iter().chain(["Removed", "Resigned"].into_iter().filter(|_| of_organization));
        if known.is_some_and(|status| !may_come_back.into_iter().any(|s| status == s)) {
            return Err("The request is rejected because the given account ID is already a member or associated member of the current account.".to_owned());
        }
        if of_organization {
            state.hubs.enable_member(account, &region);
        }
        let status = if of_organization { "Enabled" } else { "Created" };
        state.members.put(&region, Member::new(account, status));
        Ok(())
    }))
}

/// AWS: accounts must be added before they are invited; those of the organisation get no invitation.
pub(crate) fn invite_members(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let accounts = batch(call, "AccountIds")?;
    let region = call.region.clone();
    Ok(each(state, call, accounts, |state, account| {
        if state.enrollment.organization.contains(account) {
            return Err("The request is rejected because organization accounts don't receive invitations.".to_owned());
        }
        match state.members.status(&region, account) {
            Some("Created" | "Invited" | "Removed" | "Resigned") => {
                state.members.put(&region, Member::new(account, "Invited"));
                Ok(())
            }
            Some(status) if status.eq_ignore_ascii_case("enabled") => {
                Err("The request is rejected because the given account ID is already a member.".to_owned())
            }
            _ => Err("The request is rejected because the given account ID is not a member account.".to_owned()),
        }
    }))
}

fn invitation_id(account: &str, region: &str) -> String {
    format!("invitation-{region}-{account}")
}

/// Returns at most one invitation, because there is one administrator.
pub(crate) fn list_invitations(state: &State, call: &Call, account: &str) -> Result<HttpResponse, ApiError> {
    let asked = call.query.get("MaxResults").map(|text| text.parse().map_or(Value::Null, |n: i64| json!(n)));
    page_size(asked.as_ref(), LARGEST_PAGE, LARGEST_PAGE)?;
    let invited = state.members.status(&call.region, account) == Some("Invited");
    let invitations: Vec<Value> = invited
        .then(|| {
            json!({
                "AccountId": state.settings.administrator,
                "InvitationId": invitation_id(account, &call.region),
                "InvitedAt": ADDED_AT,
                "MemberStatus": "Invited",
            })
        })
        .into_iter()
        .collect();
    Ok(HttpResponse::json(json!({ "Invitations": invitations }).to_string()))
}

pub(crate) fn accept_invitation(state: &mut State, call: &Call, account: &str) -> Result<HttpResponse, ApiError> {
    let text = |name: &str| call.parameter(name).and_then(Value::as_str).unwrap_or_default();
    let invited = state.members.status(&call.region, account) == Some("Invited");
    let is_right = text("AdministratorId") == state.settings.administrator
        && text("InvitationId") == invitation_id(account, &call.region);
    if !invited || !is_right {
        return Err(ApiError::not_found("The invitation was not found"));
    }
    state.members.put(&call.region, Member::enabled(account));
    Ok(HttpResponse::json("{}"))
}
