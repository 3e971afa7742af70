//! StartExportJobV2 and GetExportJobV2: an export of all findings, written by a closure of the test.

use std::fmt;

use serde_json::{Value, json};

use super::invalid;
use super::view::is_visible;
use crate::api_error::ApiError;
use crate::reply::HttpResponse;
use crate::request::Call;
use crate::state::State;

/// The part before the ID in the path of GetExportJobV2.
pub(crate) const JOB_PATH: &str = "/exportjobsv2/";

/// The number of findings in an object.
const PART: usize = 100;

/// Writes an object: bucket, key, content.
type Writer = Box<dyn FnMut(&str, &str, Vec<u8>) + Send>;

#[derive(Debug)]
struct Job {
    token: String,
    bucket: String,
    prefix: String,
    region: String,
    /// How often it is still answered that the job runs.
    polls_left: u32,
    /// The answer at the end.
    end: Option<Value>,
}

/// The exports of the account.
#[derive(Default)]
pub(crate) struct Exports {
    jobs: Vec<Job>,
    /// How often it is answered that a job runs.
    pub(crate) polls: u32,
    /// Code and message with which jobs fail.
    pub(crate) failure: Option<(String, String)>,
    pub(crate) writer: Option<Writer>,
}

impl fmt::Debug for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exports").field("jobs", &self.jobs).finish_non_exhaustive()
    }
}

/// AWS: one job of an account runs at a time, and the same client token names the same job.
pub(crate) fn start_export_job_v2(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let (bucket, prefix) = destination(&call.body)?;
    let token = call.parameter("ClientToken").and_then(Value::as_str).unwrap_or_default().to_owned();
    let jobs = &mut state.exports.jobs;
    let known = jobs.iter().position(|job| !token.is_empty() && job.token == token);
    if known.is_none() && jobs.iter().any(|job| job.end.is_none()) {
        let message = "The maximum number of running export jobs is 1";
        return Err(ApiError::new(402, "ServiceQuotaExceededException", message));
    }
    let number = known.unwrap_or_else(|| {
        let polls_left = state.exports.polls;
        jobs.push(Job { token, bucket, prefix, region: call.region.clone(), polls_left, end: None });
        jobs.len() - 1
    });
    let mut answer = HttpResponse::json(json!({ "ExportJobId": format!("job-{number}") }).to_string());
    answer.status = 202;
    Ok(answer)
}

/// Returns bucket and prefix of a request that is as the model says.
fn destination(body: &Value) -> Result<(String, String), ApiError> {
    let place = &body["Destination"]["S3"];
    let text = |name: &str| place[name].as_str().unwrap_or_default();
    let Some((_, bucket)) = text("BucketArn").split_once(":s3:::") else {
        return Err(invalid("BucketArn is not the ARN of a bucket"));
    };
    let key = text("KmsKeyArn");
    if !key.starts_with("arn:") || !key.contains(":key/") || key.contains(":key/mrk-") {
        return Err(invalid("KmsKeyArn is not the full ARN of a single-Region key"));
    }
    if text("ObjectPrefix").len() > 512 {
        return Err(invalid("ObjectPrefix is longer than 512 characters"));
    }
    let findings = &body["OutputConfiguration"]["Findings"];
    if findings["Format"] != "OCSF_JSON" || !findings["SelectedFields"].is_null() {
        return Err(invalid("the simulator exports OCSF_JSON, without SelectedFields"));
    }
    Ok((bucket.to_owned(), text("ObjectPrefix").to_owned()))
}

pub(crate) fn get_export_job_v2(state: &mut State, call: &Call) -> Result<HttpResponse, ApiError> {
    let id = call.path.strip_prefix(JOB_PATH).unwrap_or_default();
    let number = id.strip_prefix("job-").and_then(|number| number.parse::<usize>().ok());
    let unknown = || ApiError::not_found(format!("There is no export job {id}"));
    let job = number.and_then(|number| state.exports.jobs.get_mut(number)).ok_or_else(unknown)?;
    if job.end.is_none() && job.polls_left == 0 {
        job.end = Some(match &state.exports.failure {
            Some((code, message)) => json!({ "Status": "FAILED", "FailureCode": code, "FailureMessage": message }),
            None => json!({ "Status": "SUCCEEDED" }),
        });
        let (bucket, prefix, region) = (job.bucket.clone(), job.prefix.clone(), job.region.clone());
        if state.exports.failure.is_none() {
            write(state, &bucket, &prefix, &region);
        }
    }
    let job = number.and_then(|number| state.exports.jobs.get_mut(number)).ok_or_else(unknown)?;
    job.polls_left = job.polls_left.saturating_sub(1);
    let mut answer = job.end.clone().unwrap_or_else(|| json!({ "Status": "RUNNING" }));
    answer["ExportJobId"] = id.into();
    Ok(HttpResponse::json(answer.to_string()))
}

/// Writes all findings that the Region shows, as lines of JSON.
fn write(state: &mut State, bucket: &str, prefix: &str, region: &str) {
    let records = state.view.records(&state.findings);
    let visible = records.iter().filter(|record| is_visible(&state.hubs, region, record));
    let lines: Vec<String> = visible.map(|record| format!("{}\n", record.value)).collect();
    let Some(writer) = &mut state.exports.writer else { return };
    for (number, part) in lines.chunks(PART).enumerate() {
        writer(bucket, &format!("{prefix}findings-{number:04}.json"), part.concat().into_bytes());
    }
}
