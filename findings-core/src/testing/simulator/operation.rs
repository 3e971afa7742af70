//! The operations that the simulator answers, and where they live.

use std::fmt;

/// An operation of Security Hub that the simulator implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /findings`
    GetFindings,
    /// `PATCH /findings/batchupdate`
    BatchUpdateFindings,
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
}

/// What stands before the ARN in the path of GetFindingAggregator.
pub(super) const AGGREGATOR_PATH: &str = "/findingAggregator/get/";

impl Operation {
    pub(super) const ALL: [Self; 7] = [
        Self::GetFindings,
        Self::BatchUpdateFindings,
        Self::ListMembers,
        Self::GetMembers,
        Self::DescribeHub,
        Self::ListFindingAggregators,
        Self::GetFindingAggregator,
    ];

    /// The name as AWS writes it, for instance in IAM policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetFindings => "GetFindings",
            Self::BatchUpdateFindings => "BatchUpdateFindings",
            Self::ListMembers => "ListMembers",
            Self::GetMembers => "GetMembers",
            Self::DescribeHub => "DescribeHub",
            Self::ListFindingAggregators => "ListFindingAggregators",
            Self::GetFindingAggregator => "GetFindingAggregator",
        }
    }

    pub(super) fn at(method: &str, path: &str) -> Option<Self> {
        match (method, path) {
            ("POST", "/findings") => Some(Self::GetFindings),
            ("PATCH", "/findings/batchupdate") => Some(Self::BatchUpdateFindings),
            ("GET", "/members") => Some(Self::ListMembers),
            ("POST", "/members/get") => Some(Self::GetMembers),
            ("GET", "/accounts") => Some(Self::DescribeHub),
            ("GET", "/findingAggregator/list") => Some(Self::ListFindingAggregators),
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
