//! Exports all findings of the new Security Hub to S3, and reads them there.

use std::time::Duration;

use aws_sdk_s3::Client as S3Client;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::types::{
    ExportDestination, ExportOutput, ExportStatus, FindingsExportFormat, FindingsOutput, S3ExportDestination,
};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep};

use super::S3FindingsSource;
use super::error::sdk_error;
use super::security_hub_v2_source::count;
use crate::{Error, ErrorKind, Result, Setting, partition};

const OPERATION: &str = "export findings from Security Hub";

/// The largest number of characters of an object prefix.
const MAX_PREFIX: usize = 512;

/// Where an export is written, and how long it is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportRequest {
    /// Region of the export, of the key and of the client.
    pub region: String,
    /// Name of the bucket.
    pub bucket: String,
    /// Prefix in the bucket, without a slash at its end; empty for none. The objects are written under it and
    /// [`name`](Self::name).
    pub prefix: String,
    /// ARN of the KMS key that encrypts the objects: symmetric, single-Region, of the same account and Region.
    pub key: String,
    /// Name of this export, such as the ID of a run. Who asks for the same name again gets the same export, also while it
    /// runs.
    pub name: String,
    /// The longest time to wait for the end of the export, and for the end of another one before it.
    pub deadline: Duration,
    /// The time between two questions whether the export has ended.
    pub poll: Duration,
}

impl ExportRequest {
    /// Creates a request that waits for an hour, and asks every 10 seconds.
    pub fn new(region: impl Into<String>, bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            bucket: bucket.into(),
            prefix: prefix.into(),
            key: String::new(),
            name: String::new(),
            deadline: Duration::from_hours(1),
            poll: Duration::from_secs(10),
        }
    }

    /// Sets the KMS key.
    pub fn with_key(mut self, arn: impl Into<String>) -> Self {
        self.key = arn.into();
        self
    }

    /// Sets the name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets how long the end is waited for, and how often it is asked for.
    pub fn with_patience(mut self, deadline: Duration, poll: Duration) -> Self {
        (self.deadline, self.poll) = (deadline, poll);
        self
    }

    /// The prefix of this export, without a slash at its end.
    fn own_prefix(&self) -> String {
        let name = self.name.trim_matches('/');
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix.trim_end_matches('/')) }
    }

    /// The same for the same place and name, so that a further attempt does not export everything again.
    fn token(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{}\n{}", self.region, self.bucket, self.own_prefix()));
        hex::encode(&digest[..16])
    }
}

/// Exports all findings that the client's account may see, and opens them as a source. The delegated administrator
/// exports the whole organisation.
///
/// An account can have one running export. While another one runs, which can be one of a person in the console, this one
/// waits, and says so in the log, once. It does not ask GetFindingsV2 in place of an export: that can take hours, and is
/// for the caller to choose.
///
/// Requires `securityhub:StartExportJobV2` and `securityhub:GetExportJobV2`, `kms:GenerateDataKey` and `kms:Decrypt` on
/// the key, and what [`S3FindingsSource`] requires. The policies of bucket and key must let Security Hub write. With
/// `securityhub:GetAdhocInsightResults`, the number of findings is compared with what Security Hub counts.
///
/// ```no_run
/// use findings_core::aws::{ExportRequest, export_findings};
/// # async fn example(hub: aws_sdk_securityhub::Client, s3: aws_sdk_s3::Client, key: &str) -> findings_core::Result<()> {
/// let request = ExportRequest::new("eu-west-1", "exports", "security-hub").with_key(key).with_name("2026-11-29");
/// let source = export_findings(&hub, &s3, &request).await?;
/// println!("{} findings", source.len());
/// # Ok(()) }
/// ```
///
/// # Errors
/// That of the service, [`Timeout`](ErrorKind::Timeout) at the deadline, and those of [`S3FindingsSource::open`]. The
/// message of an export that failed has the code and the message of Security Hub.
pub async fn export_findings(hub: &Client, s3: &S3Client, request: &ExportRequest) -> Result<S3FindingsSource> {
    let prefix = request.own_prefix();
    // one more for the slash
    if prefix.len() >= MAX_PREFIX {
        return Err(failure(
            ErrorKind::InvalidInput,
            request,
            "the prefix has more than 512 characters; give a shorter one",
        ));
    }
    let end = Instant::now() + request.deadline;
    let job = start(hub, request, end).await?;
    tracing::info!(job, bucket = request.bucket, prefix, "Security Hub exports its findings");
    wait(hub, request, &job, end).await?;
    let source = S3FindingsSource::open(s3, &request.bucket, &prefix).await?;
    check_number(hub, request, &source).await?;
    Ok(source)
}

/// Compares the number of records with what Security Hub counts, because an export has no list of its objects.
///
/// # Errors
/// [`Inconsistent`](ErrorKind::Inconsistent) if more than one in a hundred is missing. Some may be gone since the export.
async fn check_number(hub: &Client, request: &ExportRequest, source: &S3FindingsSource) -> Result<()> {
    let counted = match count(hub, None).await {
        Ok(counted) => counted,
        Err(error) => {
            tracing::warn!(error = %error.report(), "the numbers of findings are not compared; allow securityhub:GetAdhocInsightResults");
            return Ok(());
        }
    };
    let read = source.len() + source.superseded() + source.rejected().len();
    let read = read as u64 + source.set_aside() + source.outside_aws();
    if read >= counted - counted / 100 {
        return Ok(());
    }
    let message =
        format!("it has {read} findings, and Security Hub counts {counted}; start the run again with another run ID");
    Err(failure(ErrorKind::Inconsistent, request, message))
}

fn failure(kind: ErrorKind, request: &ExportRequest, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    let place = format!("to s3://{}/{}", request.bucket, request.own_prefix());
    Error::new(kind, OPERATION).with_subject(place).with_message(message).with_setting(Setting::Source)
}

/// Starts the export, as soon as no other one runs. Returns its ID.
async fn start(hub: &Client, request: &ExportRequest, end: Instant) -> Result<String> {
    let bucket = format!("arn:{}:s3:::{}", partition::of_region(&request.region), request.bucket);
    let place = S3ExportDestination::builder()
        .bucket_arn(bucket)
        .kms_key_arn(&request.key)
        .object_prefix(format!("{}/", request.own_prefix()))
        .build();
    let findings = FindingsOutput::builder().format(FindingsExportFormat::OcsfJson).build();
    let mut is_told = false;
    loop {
        let answer = hub
            .start_export_job_v2()
            .destination(ExportDestination::S3(place.clone()))
            .output_configuration(ExportOutput::Findings(findings.clone()))
            .client_token(request.token())
            .send()
            .await;
        let error = match answer {
            Ok(answer) => return Ok(answer.export_job_id.unwrap_or_default()),
            Err(error) => sdk_error(error, OPERATION).with_setting(Setting::Source),
        };
        let is_taken = error.kind() == ErrorKind::Conflict;
        if !is_taken && !error.kind().is_retryable() {
            return Err(error);
        }
        if Instant::now() + request.poll > end {
            let message = if is_taken {
                "another export of the account did not end in time, and GetFindingsV2 is not asked in its place; start the run again when it has, or choose GetFindingsV2 as the source"
            } else {
                "the export could not be started in time; start the run again"
            };
            return Err(failure(ErrorKind::Timeout, request, message).with_source(error));
        }
        if is_taken && !is_told {
            let minutes = end.duration_since(Instant::now()).as_secs() / 60;
            tracing::warn!(
                minutes,
                "another export of the account is running, and only one can; it is waited for, at most for these minutes"
            );
            is_told = true;
        }
        sleep(request.poll).await;
    }
}

/// Waits until the export has ended.
async fn wait(hub: &Client, request: &ExportRequest, job: &str, end: Instant) -> Result<()> {
    let began = Instant::now();
    loop {
        match hub.get_export_job_v2().export_job_id(job).send().await {
            Ok(answer) => match answer.status() {
                Some(ExportStatus::Succeeded) => return Ok(()),
                Some(ExportStatus::Failed) => {
                    let code = answer.failure_code().map_or("no code", |code| code.as_str());
                    return Err(failed(request, code, answer.failure_message().unwrap_or("no message")));
                }
                Some(ExportStatus::Cancelled) => {
                    return Err(failure(
                        ErrorKind::Other,
                        request,
                        "somebody cancelled the export; start the run again",
                    ));
                }
                _ => tracing::info!(job, seconds = began.elapsed().as_secs(), "the export is running"),
            },
            Err(error) => {
                let error = sdk_error(error, OPERATION);
                if !error.kind().is_retryable() {
                    return Err(error.with_setting(Setting::Source));
                }
                tracing::debug!(job, error = %error.report(), "whether the export has ended could not be read");
            }
        }
        if Instant::now() + request.poll > end {
            let message =
                format!("it did not end within {} minutes; start the run again", request.deadline.as_secs() / 60);
            return Err(failure(ErrorKind::Timeout, request, message));
        }
        sleep(request.poll).await;
    }
}

fn failed(request: &ExportRequest, code: &str, message: &str) -> Error {
    let kind = match code {
        "ACCESS_DENIED" => ErrorKind::PermissionDenied,
        "RESOURCE_NOT_FOUND" => ErrorKind::NotFound,
        _ => ErrorKind::Other,
    };
    let message: String = message.chars().filter(|c| !c.is_control()).take(500).collect();
    let text = format!("the export failed ({code}: {message}); check the policies of the bucket and of the key");
    failure(kind, request, text)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
