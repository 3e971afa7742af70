//! Reads findings with the Security Hub API operation GetFindingsV2.

mod filters;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_securityhub::operation::get_findings_v2::GetFindingsV2Error;
use aws_sdk_securityhub::types::{
    GroupByField, GroupByResult, GroupByRule, OcsfFindingFilters, SortCriterion, SortOrder,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::error::sdk_error;
use super::security_hub_source::{Decoder, PageSlot, prepared};
use crate::asff::TextPool;
use crate::ocsf::decode_page;
use crate::source::{FindingsQuery, FindingsSource, Page, PageRequest};
use crate::{Error, ErrorKind, Result};

const OPERATION: &str = "get findings from the new Security Hub";

/// The attribute that findings are sorted by.
const MODIFIED: &str = "finding_info.modified_time_dt";

/// A source that reads the findings of the new Security Hub (V2), in OCSF, of the client's account and Region. The
/// delegated administrator sees those of the whole organisation.
///
/// Each page is one call. What the filters of the service cannot say exactly, such as a status that is not known, is
/// selected here, by the same rule that the decoder follows. Sorting, retries, timeouts and decoding are as in
/// [`SecurityHubSource`](super::SecurityHubSource).
///
/// With the last page of a query, GetFindingStatisticsV2 is asked once how many findings the query must have
/// ([`Page::expected`]). [`collect`](crate::source::collect) compares. If the answer fails, nothing is compared: it is a
/// second look, and the pages count without it.
///
/// The calls have a quota of their own: 10 a second, 30 at once, as all operations of Security Hub without another number.
/// Requires the permission `securityhub:GetFindings`, and `securityhub:GetAdhocInsightResults` for the numbers.
#[derive(Clone, Debug)]
pub struct SecurityHubV2Source {
    client: Client,
    pool: Arc<TextPool>,
    /// Whether the identity may not ask for the numbers.
    is_denied: Arc<AtomicBool>,
}

impl SecurityHubV2Source {
    /// Calls per second, and calls at once, that the service allows in an account and Region.
    pub const QUOTA: (f64, u32) = (10.0, 30);

    /// Uses the client's credentials, Region, endpoint and HTTP client. Any client will do, as for
    /// [`SecurityHubSource`](super::SecurityHubSource).
    pub fn new(client: &Client) -> Self {
        Self { client: prepared(client), pool: Arc::default(), is_denied: Arc::default() }
    }

    async fn fetch(&self, request: &PageRequest, filters: OcsfFindingFilters) -> Result<Page> {
        let slot = PageSlot::default();
        let token = request.token.as_ref().map(|t| t.as_str().to_owned());
        let has_token = token.is_some();
        let order = if request.query.newest_first { SortOrder::Descending } else { SortOrder::Ascending };
        self.client
            .get_findings_v2()
            .filters(filters)
            .sort_criteria(SortCriterion::builder().field(MODIFIED).sort_order(order).build())
            .max_results(i32::try_from(request.query.page_size.get()).unwrap_or(i32::MAX))
            .set_next_token(token)
            .customize()
            .interceptor(Decoder::new(OPERATION, decode_page, self.pool.clone(), slot.clone()))
            .send()
            .await
            .map_err(|error| classify(error, has_token))?;
        slot.take(OPERATION)
    }

    /// Returns how many findings the service counts for a query; `None` if it does not say.
    async fn count(&self, filters: OcsfFindingFilters) -> Option<u64> {
        if self.is_denied.load(Ordering::Relaxed) {
            return None;
        }
        match count(&self.client, Some(filters)).await {
            Ok(number) => Some(number),
            Err(error) => {
                if error.kind() == ErrorKind::PermissionDenied && !self.is_denied.swap(true, Ordering::Relaxed) {
                    tracing::warn!(error = %error.report(), "the numbers of findings are not compared; allow securityhub:GetAdhocInsightResults");
                } else {
                    tracing::debug!(error = %error.report(), "the number of findings of a query is not compared");
                }
                None
            }
        }
    }
}

/// Returns how many findings the service counts, of at most 400 accounts: those with the most. One call.
pub(super) async fn count(client: &Client, filters: Option<OcsfFindingFilters>) -> Result<u64> {
    let rule = GroupByRule::builder().set_filters(filters).group_by_field(GroupByField::CloudAccountUid).build();
    let answer = client.get_finding_statistics_v2().group_by_rules(rule).send().await;
    let answer = answer.map_err(|error| sdk_error(error, "count findings in the new Security Hub"))?;
    let values = answer.group_by_results().iter().flat_map(GroupByResult::group_by_values);
    Ok(values.filter_map(|value| u64::try_from(value.count()?).ok()).sum())
}

#[async_trait]
impl FindingsSource for SecurityHubV2Source {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let query = &*request.query;
        let filters = filters::of(query)?;
        let mut page = self.fetch(request, filters.clone()).await?;
        page.received = Some(page.findings.len() as u64 + page.rejected.len() as u64 + page.set_aside);
        page.findings.retain(|finding| query.selection.matches(finding));
        if page.next.is_none() && is_whole(query) {
            page.expected = self.count(filters).await;
        }
        Ok(page)
    }
}

/// Whether the query is read to its end, and its number is worth a call.
fn is_whole(query: &FindingsQuery) -> bool {
    !query.newest_first && query.selection.ids.is_empty()
}

fn classify(error: SdkError<GetFindingsV2Error, HttpResponse>, has_token: bool) -> Error {
    let stale = has_token
        && error.code() == Some("ValidationException")
        && error.message().is_some_and(|message| message.to_ascii_lowercase().contains("token"));
    if stale {
        return Error::new(ErrorKind::StaleToken, OPERATION).with_message("the page token is no longer valid");
    }
    let error = sdk_error(error, OPERATION);
    if error.kind() != ErrorKind::NotEnabled {
        return error;
    }
    let message = "the new Security Hub is off for this account in this Region; turn it on, or read the earlier one";
    Error::new(ErrorKind::NotEnabled, OPERATION).with_message(message).with_source(error)
}

#[cfg(test)]
mod tests;
