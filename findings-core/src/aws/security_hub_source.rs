//! Findings from GetFindings of Security Hub.

mod decoding_client;

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
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use self::decoding_client::{DecodingClient, Slot};
use super::error::sdk_error;
use crate::asff::TextPool;
use crate::source::{FindingsQuery, FindingsSource, Page, PageRequest};
use crate::{Error, ErrorKind, Result};

const OPERATION: &str = "get findings from Security Hub";

/// "Until now" that stays the same on every page of a query.
const END_OF_TIME: &str = "2999-12-31T23:59:59Z";

/// The findings that Security Hub (CSPM) has in the client's account and Region: called in the home Region of a finding aggregator, those of the
/// linked Regions too.
///
/// One call a page, `MaxResults` as asked, sorted by `UpdatedAt` ascending: a finding that is updated meanwhile moves to the end and may come twice,
/// but is not missed. Signing, credentials, endpoints and errors are the SDK's; its retries are switched off, because every attempt has to pay from the
/// quota; limits of time that the client leaves open are set, because the SDK has none for reading; and the body of an answer goes to [`decode_page`](crate::asff::decode_page), which needs a fifth of the time of the SDK's types.
///
/// Needs `securityhub:GetFindings`.
#[derive(Clone, Debug)]
pub struct SecurityHubSource {
    client: Client,
    http: SharedHttpClient,
    pool: Arc<TextPool>,
}

impl SecurityHubSource {
    /// Uses the client's credentials, Region, endpoint and HTTP client.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the client's configuration names no HTTP client: its answers could not be read.
    pub fn new(client: &Client) -> Result<Self> {
        let Some(http) = client.config().http_client() else {
            let message =
                "the client has no HTTP client of its own; set one with `http_client` on the SDK's configuration";
            return Err(Error::new(ErrorKind::InvalidInput, OPERATION).with_message(message));
        };
        let config = client.config();
        let timeouts = config.timeout_config().map(TimeoutConfig::to_builder).unwrap_or_default();
        let timeouts = timeouts.take_unset_from(limits());
        let config = config.to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build()).build();
        Ok(Self { client: Client::from_conf(config), http, pool: Arc::default() })
    }
}

#[async_trait]
impl FindingsSource for SecurityHubSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let slot = Slot::default();
        let http = DecodingClient::new(self.http.clone(), self.pool.clone(), slot.clone());
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
            .config_override(aws_sdk_securityhub::config::Builder::new().http_client(http))
            .send()
            .await
            .map_err(|error| classify(error, has_token))?;
        slot.take().unwrap_or_else(|| {
            let message =
                "the answer did not pass the decoder; is an interceptor of the client answering in its place?";
            Err(Error::new(ErrorKind::Malformed, OPERATION).with_message(message))
        })
    }
}

/// A connection is there in a second or not at all; an answer may take long to begin, and can be 24 MB.
fn limits() -> TimeoutConfigBuilder {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .operation_attempt_timeout(Duration::from_mins(1))
}

fn classify(error: SdkError<GetFindingsError, HttpResponse>, has_token: bool) -> Error {
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

/// The filter of a query. Values of one attribute are alternatives, attributes narrow each other.
fn filters(query: &FindingsQuery) -> Result<AwsSecurityFindingFilters> {
    let equals = |value: &str| StringFilter::builder().value(value).comparison(StringFilterComparison::Equals).build();
    let accounts = query.accounts.accounts().iter().map(|a| equals(&a.to_string())).collect();
    let states = query.selection.record_states.iter().map(|s| equals(s.as_str())).collect::<Vec<_>>();
    let workflow = query.selection.workflow.iter().map(|s| equals(s.as_str())).collect::<Vec<_>>();
    let compliance = query.selection.compliance.iter().map(|c| equals(c.as_str())).collect::<Vec<_>>();
    let products = query.selection.products.iter().map(|arn| equals(arn)).collect::<Vec<_>>();
    let updated = query.selection.updated_since.map(|since| {
        // observed: a start without an end is refused
        DateFilter::builder().start(since.to_string()).end(END_OF_TIME).build()
    });
    let ids: Vec<_> = query.selection.ids.iter().map(|id| equals(id)).collect();
    if states.is_empty() || workflow.is_empty() {
        // GetFindings takes an empty list for "any", which is the opposite of what a selection without values says
        return Err(Error::new(ErrorKind::InvalidInput, OPERATION).with_message("the selection selects nothing"));
    }
    Ok(AwsSecurityFindingFilters::builder()
        .set_aws_account_id(Some(accounts))
        .set_record_state(Some(states))
        .set_workflow_status(Some(workflow))
        .set_compliance_status((!compliance.is_empty()).then_some(compliance))
        .set_region(query.selection.region.as_deref().map(|region| vec![equals(region)]))
        .set_product_arn((!products.is_empty()).then_some(products))
        .set_updated_at(updated.map(|range| vec![range]))
        .set_id((!ids.is_empty()).then_some(ids))
        .build())
}

#[cfg(test)]
mod tests;
