//! Changes findings with BatchUpdateFindings.

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
    AwsSecurityFindingIdentifier, BatchUpdateFindingsUnprocessedFinding, NoteUpdate, VerificationState,
    WorkflowStatus as SdkStatus, WorkflowUpdate,
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
const TRANSIENT: [&str; 2] = ["ConcurrentUpdateError", "InternalFailure"];

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
/// # async fn example() -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// # let pipeline: Pipeline = unimplemented!();
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
}

impl SecurityHubWorkflow {
    /// Uses the client's credentials, Region and endpoint. SDK retries are switched off, because every attempt has to
    /// be paid from the request budget.
    pub fn new(client: &Client) -> Self {
        Self { hubs: vec![Hub::new(client)] }
    }

    /// Adds a client that changes the findings of its Region. The first client changes the findings of all other Regions.
    #[must_use]
    pub fn with_region(mut self, client: &Client) -> Self {
        self.hubs.push(Hub::new(client));
        self
    }

    fn hub_of(&self, finding: &Finding) -> usize {
        let matches = |hub: &Hub| hub.client.config().region().map(AsRef::as_ref) == finding.region.as_deref();
        self.hubs.iter().position(matches).unwrap_or_default()
    }
}

impl Hub {
    fn new(client: &Client) -> Self {
        let config = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
        Self { client: Client::from_conf(config), budget: Arc::new(Budget::new(RATE, BURST)) }
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
                left.into_iter().partition(|u| is_transient(u) && attempt < ATTEMPTS);
            refused.extend(permanent.iter().map(unmarked));
            // by both: products can give the same ID to a finding of their own
            let again: Vec<(&str, &str)> = retryable.iter().filter_map(identity).collect();
            pending.retain(|finding| again.contains(&(&*finding.product_arn, &*finding.id)));
            if pending.is_empty() {
                break;
            }
            tokio::time::sleep(pause(attempt)).await;
        }
        Ok(refused)
    }

    async fn call(
        &self,
        findings: &[&Finding],
        change: &FindingChange,
    ) -> Result<Vec<BatchUpdateFindingsUnprocessedFinding>> {
        let identifier = |finding: &&Finding| {
            AwsSecurityFindingIdentifier::builder().id(&*finding.id).product_arn(&*finding.product_arn).build()
        };
        self.budget.pay().await;
        let sent_at = Instant::now();
        let call = with_change(self.client.batch_update_findings(), change);
        let answer = call.set_finding_identifiers(Some(findings.iter().map(identifier).collect())).send().await;
        match answer.map_err(|error| sdk_error(error, OPERATION)) {
            Ok(answer) => {
                self.budget.succeeded(sent_at.elapsed());
                Ok(answer.unprocessed_findings.unwrap_or_default())
            }
            Err(error) => {
                if error.kind() == ErrorKind::Throttled {
                    self.budget.throttled(error.retry_after());
                }
                Err(error)
            }
        }
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

fn is_transient(unprocessed: &BatchUpdateFindingsUnprocessedFinding) -> bool {
    unprocessed.error_code().is_some_and(|code| TRANSIENT.contains(&code))
}

fn identity(unprocessed: &BatchUpdateFindingsUnprocessedFinding) -> Option<(&str, &str)> {
    let identifier = unprocessed.finding_identifier()?;
    Some((identifier.product_arn()?, identifier.id()?))
}

fn unmarked(unprocessed: &BatchUpdateFindingsUnprocessedFinding) -> UnprocessedFinding {
    let (product_arn, id) = identity(unprocessed).unwrap_or_default();
    UnprocessedFinding::new(id, unprocessed.error_code().unwrap_or("no error code")).with_product_arn(product_arn)
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
