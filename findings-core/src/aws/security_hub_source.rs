//! Reads findings with the Security Hub API operation GetFindings.

mod decoder;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::retry::RetryConfig;
use aws_sdk_securityhub::config::timeout::{TimeoutConfig, TimeoutConfigBuilder};
use aws_sdk_securityhub::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_securityhub::operation::get_findings::GetFindingsError;
use aws_sdk_securityhub::types::{
    AwsSecurityFindingFilters, DateFilter, SortCriterion, SortOrder, StringFilter, StringFilterComparison,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

pub(super) use self::decoder::{Decoder, PageSlot};
use super::error::sdk_error;
use crate::asff::{TextPool, decode_page};
use crate::source::{FindingsQuery, FindingsSource, Page, PageRequest};
use crate::{Error, ErrorKind, Result, Text};

const OPERATION: &str = "get findings from Security Hub";

/// The end of an open time range. It is constant, because every page of a query must be requested with the same filter.
const END_OF_TIME: &str = "2999-12-31T23:59:59Z";

/// A source that reads the Security Hub (CSPM) findings of the client's account and Region.
///
/// In the home Region of a finding aggregator it also reads the findings of the linked Regions.
///
/// Each page is one call, with the page size of the request as `MaxResults`. Findings are sorted by `UpdatedAt`,
/// ascending unless the query asks for the newest first. In ascending order a finding that is updated meanwhile moves
/// to the end: it may be returned twice, but it is not missed.
///
/// The SDK does signing, credentials, endpoints and errors. Three things differ from its defaults:
/// * SDK retries are off, because every attempt has to be paid from the request budget.
/// * Timeouts that the client leaves unset are set, because the SDK has no read timeout of its own.
/// * [`decode_page`](crate::asff::decode_page) decodes the response body in a fifth of the time of the SDK's types.
///
/// Requires the permission `securityhub:GetFindings`.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use findings_core::aws::SecurityHubSource;
/// use findings_core::source::{Budget, Lane, Sweep};
///
/// # async fn example() {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let source = SecurityHubSource::new(&aws_sdk_securityhub::Client::new(&config));
/// // three calls a second, six at once: the quota of GetFindings for an account and Region
/// let sweep = Sweep::new(vec![Lane::new("us-east-1", Arc::new(source), Budget::new(3.0, 6))]);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SecurityHubSource {
    client: Client,
    pool: Arc<TextPool>,
}

impl SecurityHubSource {
    /// Uses the client's credentials, Region, endpoint and HTTP client. Any client will do: one that
    /// `Client::new(&aws_config::load_defaults(…).await)` made, or one with an HTTP client of your own.
    pub fn new(client: &Client) -> Self {
        Self { client: prepared(client), pool: Arc::default() }
    }
}

/// Returns the client without retries and with all timeouts.
pub(super) fn prepared(client: &Client) -> Client {
    let config = client.config();
    let timeouts = config.timeout_config().map(TimeoutConfig::to_builder).unwrap_or_default();
    let timeouts = timeouts.take_unset_from(limits());
    let config = config.to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build()).build();
    Client::from_conf(config)
}

#[async_trait]
impl FindingsSource for SecurityHubSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let slot = PageSlot::default();
        let token = request.token.as_ref().map(|t| t.as_str().to_owned());
        let has_token = token.is_some();
        let order = if request.query.newest_first { SortOrder::Descending } else { SortOrder::Ascending };
        self.client
            .get_findings()
            .filters(filters(&request.query)?)
            .sort_criteria(SortCriterion::builder().field("UpdatedAt").sort_order(order).build())
            .max_results(i32::try_from(request.query.page_size.get()).unwrap_or(i32::MAX))
            .set_next_token(token)
            .customize()
            .interceptor(Decoder::new(OPERATION, decode_page, self.pool.clone(), slot.clone()))
            .send()
            .await
            .map_err(|error| classify(error, has_token))?;
        slot.take(OPERATION)
    }
}

/// The default timeouts. Connecting normally takes less than a second, but a response may start late and reach 24 MB.
fn limits() -> TimeoutConfigBuilder {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .operation_attempt_timeout(Duration::from_mins(1))
}

fn classify(error: SdkError<GetFindingsError, HttpResponse>, has_token: bool) -> Error {
    // the same code stands for a filter that is refused, which no restart cures
    let stale = has_token
        && error.code() == Some("InvalidInputException")
        && error.message().is_some_and(|m| m.starts_with("Invalid NextToken"));
    if stale {
        return Error::new(ErrorKind::StaleToken, OPERATION).with_message("the page token is no longer valid");
    }
    let error = sdk_error(error, OPERATION);
    match error.kind() {
        ErrorKind::NotEnabled => {
            let message =
                "Security Hub is off for this account in this Region; run in the administrator account's home Region";
            Error::new(ErrorKind::NotEnabled, OPERATION).with_message(message).with_source(error)
        }
        _ => error,
    }
}

/// Builds the filter of a query. Security Hub joins the values of one attribute with OR, those to leave out and attributes
/// with AND.
fn filters(query: &FindingsQuery) -> Result<AwsSecurityFindingFilters> {
    let equals = |value: &str| StringFilter::builder().value(value).comparison(StringFilterComparison::Equals).build();
    let accounts = query.accounts.accounts().iter().map(|a| equals(&a.to_string())).collect();
    let states = query.selection.record_states.iter().map(|s| equals(s.as_str())).collect::<Vec<_>>();
    let workflow = query.selection.workflow.iter().map(|s| equals(s.as_str())).collect::<Vec<_>>();
    let compliance = query.selection.compliance.iter().map(|c| equals(c.as_str())).collect::<Vec<_>>();
    let severities = query.selection.severities.iter().map(|s| equals(s.as_str())).collect::<Vec<_>>();
    let products = query.selection.products.iter().map(|arn| equals(arn)).collect::<Vec<_>>();
    let updated = query.selection.updated_since.map(|since| {
        // observed: Security Hub refuses a start without an end
        DateFilter::builder().start(since.to_string()).end(END_OF_TIME).build()
    });
    let ids: Vec<_> = query.selection.ids.iter().map(|id| equals(id)).collect();
    let other =
        |region: &Text| StringFilter::builder().value(&**region).comparison(StringFilterComparison::NotEquals).build();
    let regions = query.selection.region.as_deref().map(equals);
    let regions: Vec<_> = regions.into_iter().chain(query.selection.not_in_regions.iter().map(other)).collect();
    if states.is_empty() || workflow.is_empty() {
        // to GetFindings an empty list means "any", but an empty selection means "none"
        return Err(Error::new(ErrorKind::InvalidInput, OPERATION).with_message("the selection selects nothing"));
    }
    Ok(AwsSecurityFindingFilters::builder()
        .set_aws_account_id(Some(accounts))
        .set_record_state(Some(states))
        .set_workflow_status(Some(workflow))
        .set_compliance_status((!compliance.is_empty()).then_some(compliance))
        .set_severity_label((!severities.is_empty()).then_some(severities))
        .set_region((!regions.is_empty()).then_some(regions))
        .set_product_arn((!products.is_empty()).then_some(products))
        .set_updated_at(updated.map(|range| vec![range]))
        .set_id((!ids.is_empty()).then_some(ids))
        .build())
}

#[cfg(test)]
mod tests;
