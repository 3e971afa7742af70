//! Changes findings with BatchUpdateFindings, or those of the new Security Hub with BatchUpdateFindingsV2.

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::retry::RetryConfig;
use aws_sdk_securityhub::operation::batch_update_findings::builders::BatchUpdateFindingsFluentBuilder;
use aws_sdk_securityhub::types::{
    AwsSecurityFindingIdentifier, BatchUpdateFindingsUnprocessedFinding, BatchUpdateFindingsV2UnprocessedFinding,
    NoteUpdate, OcsfFindingIdentifier, VerificationState, WorkflowStatus as SdkStatus, WorkflowUpdate,
};
use tokio::time::Instant;

use super::error::sdk_error;
use crate::source::Budget;
use crate::workflow::{FindingChange, UnprocessedFinding, UpdateFindings, UpdateResult, Verification, WorkflowSink};
use crate::{Error, ErrorKind, Finding, Result, Setting, WorkflowStatus};

const OPERATION: &str = "change findings in Security Hub";
/// Who wrote a note, as Security Hub shows it.
const AUTHOR: &str = "findings report";

/// The most findings that one call of BatchUpdateFindings accepts.
const BATCH: usize = 100;
/// The quota of BatchUpdateFindings per account and Region, in calls per second. GetFindings has a separate quota.
const RATE: f64 = 10.0;
/// The burst quota of BatchUpdateFindings, in calls.
const BURST: u32 = 30;
/// The most attempts per batch.
const ATTEMPTS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The error codes of unprocessed findings that are worth a retry. According to AWS, all others are caused by the
/// finding itself.
const TRANSIENT: [&str; 4] =
    ["ConcurrentUpdateError", "InternalFailure", "ConflictException", "InternalServerException"];

/// Changes findings of the client's account and Region.
///
/// In the home Region of a finding aggregator it also changes the findings of the linked Regions. One call changes up to
/// 100 findings and is paid from a separate request budget. For every finding Security Hub emits an event, which can match
/// EventBridge rules.
///
/// Requires the permission `securityhub:BatchUpdateFindings`. A policy can restrict it to fields with
/// `securityhub:ASFFSyntaxPath`, such as `Workflow.Status`.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use findings_core::aws::SecurityHubWorkflow;
/// use findings_core::pipeline::Pipeline;
/// # async fn example(pipeline: Pipeline) -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let workflow = SecurityHubWorkflow::new(&aws_sdk_securityhub::Client::new(&config));
/// let pipeline = pipeline.with_workflow(Arc::new(workflow));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SecurityHubWorkflow {
    /// One hub for each Region that findings are read from. Never empty.
    hubs: Vec<Hub>,
}

/// Security Hub in one Region.
#[derive(Clone, Debug)]
struct Hub {
    client: Client,
    budget: Arc<Budget>,
    api: Api,
}

/// The operation that changes findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    BatchUpdateFindings,
    BatchUpdateFindingsV2,
}

/// A finding that a call did not change.
#[derive(Debug)]
struct Left {
    product_arn: String,
    id: String,
    code: Option<String>,
}

impl SecurityHubWorkflow {
    /// Uses the client's credentials, Region and endpoint. SDK retries are switched off, because every attempt has to
    /// be paid from the request budget.
    pub fn new(client: &Client) -> Self {
        Self { hubs: vec![Hub::new(client, Api::BatchUpdateFindings)] }
    }

    /// Changes findings of the new Security Hub, which are in OCSF. It has a status and a comment; what else a change asks
    /// for (the verification, and fields for the owner and the due date) has no place there and is left out.
    ///
    /// Requires the permission `securityhub:BatchUpdateFindings`: IAM knows no action of its own for BatchUpdateFindingsV2.
    pub fn v2(client: &Client) -> Self {
        Self { hubs: vec![Hub::new(client, Api::BatchUpdateFindingsV2)] }
    }

    /// Adds a client that changes the findings of its Region. The first client changes the findings of all other Regions.
    #[must_use]
    pub fn with_region(mut self, client: &Client) -> Self {
        let api = self.hubs.first().map_or(Api::BatchUpdateFindings, |hub| hub.api);
        self.hubs.push(Hub::new(client, api));
        self
    }

    fn hub_of(&self, finding: &Finding) -> usize {
        let matches = |hub: &Hub| hub.client.config().region().map(AsRef::as_ref) == finding.region.as_deref();
        self.hubs.iter().position(matches).unwrap_or_default()
    }
}

impl Hub {
    fn new(client: &Client, api: Api) -> Self {
        let config = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
        Self { client: Client::from_conf(config), budget: Arc::new(Budget::new(RATE, BURST)), api }
    }

    /// Sends findings batch by batch, and returns the refused ones. After an error, the rest is not sent and counts as
    /// refused.
    async fn send_all(
        &self,
        findings: &[&Finding],
        change: &FindingChange,
    ) -> (Vec<UnprocessedFinding>, Option<Error>) {
        let mut refused = Vec::new();
        for (n, batch) in findings.chunks(BATCH).enumerate() {
            match self.send(batch, change).await {
                Ok(more) => refused.extend(more),
                Err(error) => {
                    refused.extend(findings[n * BATCH..].iter().map(|finding| not_sent(finding)));
                    return (refused, Some(advise(error)));
                }
            }
        }
        (refused, None)
    }

    /// Sends a batch, retries findings with a transient error, and returns the refused findings.
    async fn send(&self, batch: &[&Finding], change: &FindingChange) -> Result<Vec<UnprocessedFinding>> {
        let mut pending: Vec<&Finding> = batch.to_vec();
        let mut refused = Vec::new();
        for attempt in 1..=ATTEMPTS {
            let left = match self.call(&pending, change).await {
                Ok(left) => left,
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => {
                    tokio::time::sleep(pause(attempt).max(error.retry_after().unwrap_or_default())).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            // after the last attempt, findings with a transient error count as refused too
            let (retryable, permanent): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|left| left.is_transient() && attempt < ATTEMPTS);
            refused.extend(permanent.iter().map(Left::refusal));
            pending.retain(|finding| retryable.iter().any(|left| left.is_of(finding)));
            if pending.is_empty() {
                break;
            }
            tokio::time::sleep(pause(attempt)).await;
        }
        Ok(refused)
    }

    /// Sends one call, and returns the findings that it did not change.
    async fn call(&self, findings: &[&Finding], change: &FindingChange) -> Result<Vec<Left>> {
        self.budget.pay().await;
        let sent_at = Instant::now();
        let answer = match self.api {
            Api::BatchUpdateFindings => self.call_v1(findings, change).await,
            Api::BatchUpdateFindingsV2 => self.call_v2(findings, change).await,
        };
        match &answer {
            Ok(_) => self.budget.succeeded(sent_at.elapsed()),
            Err(error) if error.kind() == ErrorKind::Throttled => self.budget.throttled(error.retry_after()),
            Err(_) => {}
        }
        answer
    }

    async fn call_v1(&self, findings: &[&Finding], change: &FindingChange) -> Result<Vec<Left>> {
        let identifier = |finding: &&Finding| {
            AwsSecurityFindingIdentifier::builder().id(&*finding.id).product_arn(&*finding.product_arn).build()
        };
        let call = with_change(self.client.batch_update_findings(), change);
        let answer = call.set_finding_identifiers(Some(findings.iter().map(identifier).collect())).send().await;
        let answer = answer.map_err(|error| sdk_error(error, OPERATION))?;
        Ok(answer.unprocessed_findings.unwrap_or_default().iter().map(Left::of).collect())
    }

    async fn call_v2(&self, findings: &[&Finding], change: &FindingChange) -> Result<Vec<Left>> {
        let status_id = change.workflow.map(status_id);
        let comment = change.note.as_ref().map(ToString::to_string);
        if status_id.is_none() && comment.is_none() {
            // the call requires one of them, and nothing else of the change has a place
            return Ok(Vec::new());
        }
        let identifier = |finding: &&Finding| {
            OcsfFindingIdentifier::builder()
                .cloud_account_uid(finding.account.to_string())
                .finding_info_uid(&*finding.id)
                .metadata_product_uid(v2_product(&finding.product_arn))
                .build()
        };
        let call = self.client.batch_update_findings_v2().set_status_id(status_id).set_comment(comment);
        let answer = call.set_finding_identifiers(Some(findings.iter().map(identifier).collect())).send().await;
        let answer = answer.map_err(|error| sdk_error(error, OPERATION))?;
        Ok(answer.unprocessed_findings().iter().map(Left::of_v2).collect())
    }
}

/// The status of OCSF: class Detection Finding and its siblings have the same numbers.
fn status_id(status: WorkflowStatus) -> i32 {
    match status {
        WorkflowStatus::New => 1,
        WorkflowStatus::Notified => 2,
        WorkflowStatus::Suppressed => 3,
        WorkflowStatus::Resolved => 4,
    }
}

/// The new Security Hub names its products with another word; findings are kept under the earlier one, so that their
/// history goes on.
fn v2_product(arn: &str) -> String {
    arn.replacen(":product/", ":productv2/", 1)
}

impl Left {
    fn of(unprocessed: &BatchUpdateFindingsUnprocessedFinding) -> Self {
        let identifier = unprocessed.finding_identifier();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            product_arn: text(identifier.and_then(|identifier| identifier.product_arn())),
            id: text(identifier.and_then(|identifier| identifier.id())),
            code: unprocessed.error_code().map(str::to_owned),
        }
    }

    fn of_v2(unprocessed: &BatchUpdateFindingsV2UnprocessedFinding) -> Self {
        let identifier = unprocessed.finding_identifier();
        let product = identifier.and_then(|identifier| identifier.metadata_product_uid()).unwrap_or_default();
        Self {
            product_arn: product.replacen(":productv2/", ":product/", 1),
            id: identifier.and_then(|identifier| identifier.finding_info_uid()).unwrap_or_default().to_owned(),
            code: unprocessed.error_code().map(|code| code.as_str().to_owned()),
        }
    }

    fn is_transient(&self) -> bool {
        self.code.as_deref().is_some_and(|code| TRANSIENT.contains(&code))
    }

    fn is_of(&self, finding: &Finding) -> bool {
        // by both: products can give the same ID to a finding of their own
        self.product_arn == *finding.product_arn && self.id == *finding.id
    }

    fn refusal(&self) -> UnprocessedFinding {
        let reason = self.code.as_deref().unwrap_or("no error code");
        UnprocessedFinding::new(self.id.as_str(), reason).with_product_arn(self.product_arn.as_str())
    }
}

/// Adds the new values to a call.
fn with_change(call: BatchUpdateFindingsFluentBuilder, change: &FindingChange) -> BatchUpdateFindingsFluentBuilder {
    let status = |status| match status {
        WorkflowStatus::New => SdkStatus::New,
        WorkflowStatus::Notified => SdkStatus::Notified,
        WorkflowStatus::Suppressed => SdkStatus::Suppressed,
        WorkflowStatus::Resolved => SdkStatus::Resolved,
    };
    let verification = |state| match state {
        Verification::Unknown => VerificationState::UnknownValue,
        Verification::FalsePositive => VerificationState::FalsePositive,
    };
    let note = change.note.as_ref().map(|text| NoteUpdate::builder().text(&**text).updated_by(AUTHOR).build());
    let fields = change.user_defined_fields.as_ref().map(|fields| {
        fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect::<HashMap<String, String>>()
    });
    call.set_workflow(change.workflow.map(|to| WorkflowUpdate::builder().status(status(to)).build()))
        .set_verification_state(change.verification.map(verification))
        .set_note(note)
        .set_user_defined_fields(fields)
}

fn not_sent(finding: &Finding) -> UnprocessedFinding {
    UnprocessedFinding::new(finding.id.clone(), "the call failed").with_product_arn(finding.product_arn.clone())
}

/// Returns the pause after an attempt. It doubles with each attempt and is shortened at random by up to half.
fn pause(attempt: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << attempt.min(6)).mul_f64(1.0 - fastrand::f64() / 2.0)
}

#[async_trait]
impl WorkflowSink for SecurityHubWorkflow {
    async fn update(&self, request: &UpdateFindings) -> Result<UpdateResult> {
        let (mut refused, mut failure) = (Vec::new(), None);
        for (n, hub) in self.hubs.iter().enumerate() {
            let of_hub = request.findings.iter().map(|f| &**f).filter(|finding| self.hub_of(finding) == n);
            let (more, error) = hub.send_all(&of_hub.collect::<Vec<_>>(), &request.change).await;
            refused.extend(more);
            failure = failure.or(error);
        }
        let accepted = request.findings.len().saturating_sub(refused.len()) as u64;
        match failure {
            Some(error) if accepted == 0 => Err(error),
            failure => Ok(UpdateResult::new(accepted, refused).with_failure(failure.map(|error| error.report()))),
        }
    }
}

fn advise(error: Error) -> Error {
    if error.kind() == ErrorKind::PermissionDenied {
        let message = "allow securityhub:BatchUpdateFindings, or do not have findings changed";
        return Error::new(ErrorKind::PermissionDenied, OPERATION)
            .with_message(message)
            .with_setting(Setting::Marking)
            .with_source(error);
    }
    error
}
