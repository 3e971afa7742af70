//! The new Security Hub: GetFindingsV2, GetFindingStatisticsV2, BatchUpdateFindingsV2 and exports, on the same findings in OCSF.

mod exports;
mod filters;
mod pages;
mod statistics;
mod updates;
mod view;

use super::api_error::ApiError;

pub(super) use exports::{Exports, JOB_PATH, get_export_job_v2, start_export_job_v2};
pub(super) use filters::named_accounts;
pub(super) use pages::get_findings_v2;
pub(super) use statistics::get_finding_statistics_v2;
pub(super) use updates::batch_update_findings_v2;
pub(super) use view::{After, View};

/// Returns the error of a request that is not as the model says.
fn invalid(text: impl Into<String>) -> ApiError {
    ApiError::new(400, "ValidationException", text)
}
