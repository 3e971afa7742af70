//! The operations that the simulator implements, with their HTTP methods and paths.

use std::fmt;

use super::v2::JOB_PATH;

/// An operation that the simulator implements: those of Security Hub, and one each of STS and AWS Organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /findings`
    GetFindings,
    /// `POST /findingsv2`
    GetFindingsV2,
    /// `POST /findingsv2/statistics`
    GetFindingStatisticsV2,
    /// `POST /exportjobsv2`
    StartExportJobV2,
    /// `GET /exportjobsv2/{ExportJobId}`
    GetExportJobV2,
    /// `PATCH /findings/batchupdate`
    BatchUpdateFindings,
    /// `PATCH /findingsv2/batchupdatev2`
    BatchUpdateFindingsV2,
    /// `GET /members`
    ListMembers,
    /// `POST /members/get`
    GetMembers,
    /// `GET /accounts`
    DescribeHub,
    /// `GET /findingAggregator/list`
    ListFindingAggregators,
    /// `GET /findingAggregator/get/{FindingAggregatorArn}`
    GetFindingAggregator,
    /// `POST /accounts`
    EnableSecurityHub,
    /// `POST /members`
    CreateMembers,
    /// `POST /members/invite`
    InviteMembers,
    /// `GET /invitations`
    ListInvitations,
    /// `POST /administrator`
    AcceptAdministratorInvitation,
    /// `POST /findingAggregator/create`
    CreateFindingAggregator,
    /// `PATCH /findingAggregator/update`
    UpdateFindingAggregator,
    /// `GET /organization/configuration`
    DescribeOrganizationConfiguration,
    /// `GET /securityControls/definitions`
    ListSecurityControlDefinitions,
    /// `POST /securityControls/batchGet`
    BatchGetSecurityControls,
    /// `GET /associations`
    ListStandardsControlAssociations,
    /// `POST /` of STS
    AssumeRole,
    /// `POST /` of AWS Organizations
    ListAccounts,
}

/// The part before the ARN in the path of GetFindingAggregator.
pub(super) const AGGREGATOR_PATH: &str = "/findingAggregator/get/";

impl Operation {
    pub(super) const ALL: [Self; 25] = [
        Self::GetFindings,
        Self::GetFindingsV2,
        Self::GetFindingStatisticsV2,
        Self::StartExportJobV2,
        Self::GetExportJobV2,
        Self::BatchUpdateFindings,
        Self::BatchUpdateFindingsV2,
        Self::ListMembers,
        Self::GetMembers,
        Self::DescribeHub,
        Self::ListFindingAggregators,
        Self::GetFindingAggregator,
        Self::EnableSecurityHub,
        Self::CreateMembers,
        Self::InviteMembers,
        Self::ListInvitations,
        Self::AcceptAdministratorInvitation,
        Self::CreateFindingAggregator,
        Self::UpdateFindingAggregator,
        Self::DescribeOrganizationConfiguration,
        Self::ListSecurityControlDefinitions,
        Self::BatchGetSecurityControls,
        Self::ListStandardsControlAssociations,
        Self::AssumeRole,
        Self::ListAccounts,
    ];

    /// Returns the name of its service in signatures.
    pub(super) fn service(self) -> &'static str {
        match self {
            Self::AssumeRole => "sts",
            Self::ListAccounts => "organizations",
            _ => "securityhub",
        }
    }

    /// Returns whether it changes data.
    pub fn is_mutating(self) -> bool {
        matches!(
            self,
            Self::BatchUpdateFindings
                | Self::BatchUpdateFindingsV2
                | Self::EnableSecurityHub
                | Self::CreateMembers
                | Self::InviteMembers
                | Self::AcceptAdministratorInvitation
                | Self::CreateFindingAggregator
                | Self::UpdateFindingAggregator
        )
    }

    /// Returns the name that AWS uses, for example in IAM policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetFindings => "GetFindings",
            Self::GetFindingsV2 => "GetFindingsV2",
            Self::GetFindingStatisticsV2 => "GetFindingStatisticsV2",
            Self::StartExportJobV2 => "StartExportJobV2",
            Self::GetExportJobV2 => "GetExportJobV2",
            Self::BatchUpdateFindings => "BatchUpdateFindings",
            Self::BatchUpdateFindingsV2 => "BatchUpdateFindingsV2",
            Self::ListMembers => "ListMembers",
            Self::GetMembers => "GetMembers",
            Self::DescribeHub => "DescribeHub",
            Self::ListFindingAggregators => "ListFindingAggregators",
            Self::GetFindingAggregator => "GetFindingAggregator",
            Self::EnableSecurityHub => "EnableSecurityHub",
            Self::CreateMembers => "CreateMembers",
            Self::InviteMembers => "InviteMembers",
            Self::ListInvitations => "ListInvitations",
            Self::AcceptAdministratorInvitation => "AcceptAdministratorInvitation",
            Self::CreateFindingAggregator => "CreateFindingAggregator",
            Self::UpdateFindingAggregator => "UpdateFindingAggregator",
            Self::DescribeOrganizationConfiguration => "DescribeOrganizationConfiguration",
            Self::ListSecurityControlDefinitions => "ListSecurityControlDefinitions",
            Self::BatchGetSecurityControls => "BatchGetSecurityControls",
            Self::ListStandardsControlAssociations => "ListStandardsControlAssociations",
            Self::AssumeRole => "AssumeRole",
            Self::ListAccounts => "ListAccounts",
        }
    }

    /// Returns the operation of a request. `target` is the header `x-amz-target`, which selects the operation in AWS
    /// Organizations.
    pub(super) fn at(method: &str, path: &str, target: &str) -> Option<Self> {
        match (method, path) {
            ("POST", "/findings") => Some(Self::GetFindings),
            ("POST", "/findingsv2") => Some(Self::GetFindingsV2),
            ("POST", "/exportjobsv2") => Some(Self::StartExportJobV2),
            ("GET", _) if path.starts_with(JOB_PATH) => Some(Self::GetExportJobV2),
            ("POST", "/findingsv2/statistics") => Some(Self::GetFindingStatisticsV2),
            ("PATCH", "/findings/batchupdate") => Some(Self::BatchUpdateFindings),
            ("PATCH", "/findingsv2/batchupdatev2") => Some(Self::BatchUpdateFindingsV2),
            ("GET", "/members") => Some(Self::ListMembers),
            ("POST", "/members/get") => Some(Self::GetMembers),
            ("GET", "/accounts") => Some(Self::DescribeHub),
            ("GET", "/findingAggregator/list") => Some(Self::ListFindingAggregators),
            ("GET", "/securityControls/definitions") => Some(Self::ListSecurityControlDefinitions),
            ("POST", "/securityControls/batchGet") => Some(Self::BatchGetSecurityControls),
            ("GET", "/associations") => Some(Self::ListStandardsControlAssociations),
            ("POST", "/") if target == "AWSOrganizationsV20161128.ListAccounts" => Some(Self::ListAccounts),
            ("POST", "/") => Some(Self::AssumeRole),
            ("GET", "/organization/configuration") => Some(Self::DescribeOrganizationConfiguration),
            ("POST", "/accounts") => Some(Self::EnableSecurityHub),
            ("POST", "/members") => Some(Self::CreateMembers),
            ("POST", "/members/invite") => Some(Self::InviteMembers),
            ("GET", "/invitations") => Some(Self::ListInvitations),
            ("POST", "/administrator") => Some(Self::AcceptAdministratorInvitation),
            ("POST", "/findingAggregator/create") => Some(Self::CreateFindingAggregator),
            ("PATCH", "/findingAggregator/update") => Some(Self::UpdateFindingAggregator),
            ("GET", _) if path.starts_with(AGGREGATOR_PATH) => Some(Self::GetFindingAggregator),
            _ => None,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
