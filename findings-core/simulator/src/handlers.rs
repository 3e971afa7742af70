//! Dispatch of calls to their handlers; each group of operations has a module.

mod aggregators;
mod controls;
mod enrollment;
mod get_findings;
mod hubs;
mod members;
mod organization;
mod roles;
mod updates;

use super::api_error::ApiError;
use super::faults::Fault;
use super::operation::Operation;
use super::reply::HttpResponse;
use super::request::Call;
use super::state::State;
use super::v2;

pub(super) use roles::in_words_of_sts;

/// Answers a call; `fault` may change the response.
pub(super) fn serve(state: &mut State, call: &Call, fault: Option<&Fault>) -> HttpResponse {
    match (call.operation, &call.member) {
        (Operation::AssumeRole, _) => return roles::assume_role(state, call).into(),
        (Operation::ListAccounts, _) => return organization::list_accounts(state, call).into(),
        (Operation::EnableSecurityHub, _) => return hubs::enable_security_hub(state, call).into(),
        (_, Some(member)) => return serve_member(state, call, member).into(),
        (_, None) if !state.hub_is_on(&call.region) => {
            return HttpResponse::error(ApiError::hub_off(&state.settings.administrator));
        }
        (_, None) => {}
    }
    match call.operation {
        Operation::GetFindings => get_findings::get_findings(state, call, fault).into(),
        Operation::GetFindingsV2 => v2::get_findings_v2(state, call, fault).into(),
        Operation::GetFindingStatisticsV2 => v2::get_finding_statistics_v2(state, call).into(),
        Operation::StartExportJobV2 => v2::start_export_job_v2(state, call).into(),
        Operation::GetExportJobV2 => v2::get_export_job_v2(state, call).into(),
        Operation::BatchUpdateFindings => updates::batch_update_findings(state, call).into(),
        Operation::BatchUpdateFindingsV2 => v2::batch_update_findings_v2(state, call).into(),
        Operation::ListMembers => members::list_members(state, call).into(),
        Operation::GetMembers => members::get_members(state, call).into(),
        Operation::DescribeHub => hubs::describe_hub(state, call).into(),
        Operation::ListFindingAggregators => aggregators::list_finding_aggregators(state),
        Operation::GetFindingAggregator => aggregators::get_finding_aggregator(state, call).into(),
        Operation::CreateFindingAggregator => aggregators::create_finding_aggregator(state, call).into(),
        Operation::UpdateFindingAggregator => aggregators::update_finding_aggregator(state, call).into(),
        Operation::DescribeOrganizationConfiguration => organization::describe_configuration(state).into(),
        Operation::CreateMembers => enrollment::create_members(state, call).into(),
        Operation::InviteMembers => enrollment::invite_members(state, call).into(),
        Operation::ListSecurityControlDefinitions => controls::list_definitions(call).into(),
        Operation::BatchGetSecurityControls => controls::batch_get(call).into(),
        Operation::ListStandardsControlAssociations => controls::list_associations(call).into(),
        other => HttpResponse::error(ApiError::only_members(other.name())),
    }
}

/// Answers a call of a member account; only the operations for becoming a member are available.
fn serve_member(state: &mut State, call: &Call, member: &str) -> Result<HttpResponse, ApiError> {
    if !state.hubs.is_on_in(member, &call.region) {
        return Err(ApiError::hub_off(member));
    }
    match call.operation {
        Operation::DescribeHub => hubs::describe_hub(state, call),
        Operation::ListInvitations => enrollment::list_invitations(state, call, member),
        Operation::AcceptAdministratorInvitation => enrollment::accept_invitation(state, call, member),
        other => Err(ApiError::not_administrator(member, other.name())),
    }
}
