//! Says what a JSON object is that is no finding in ASFF or OCSF: a message with findings in it, a row, an error.

use serde_json::{Map, Value};

use super::steampipe;
use crate::AccountId;

type Object = Map<String, Value>;

/// What an object is.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    /// A finding in another spelling; here it is in ASFF.
    Finding(Value),
    /// A message, with these texts in it, which are JSON.
    Message(Vec<String>),
    /// No finding, and nothing that could be one.
    NoFinding,
    /// Something that is known and cannot be read: a sentence with what to do, and its account.
    Named(String, Option<AccountId>),
    Unknown,
}

/// Returns what an object is that cannot be decoded as a finding.
pub(super) fn content(json: &[u8]) -> Content {
    let Ok(object) = serde_json::from_slice::<Object>(json) else { return Content::Unknown };
    if object.contains_key("AwsAccountId") || object.contains_key("class_uid") {
        return Content::Unknown;
    }
    if let Some(finding) = steampipe::finding(&object) {
        return Content::Finding(finding);
    }
    if let Some(texts) = messages(&object) {
        return Content::Message(texts);
    }
    if is_no_finding(&object) {
        return Content::NoFinding;
    }
    match named(&object) {
        Some(sentence) => Content::Named(sentence, account(&object)),
        None => Content::Unknown,
    }
}

fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// Returns the texts in a message of SNS, SQS, Lambda or CloudWatch Logs, if they are JSON.
fn messages(object: &Object) -> Option<Vec<String>> {
    let sns = object.get("Sns").and_then(Value::as_object);
    let bodies = ["Message", "Body", "body", "message"].into_iter().filter_map(|key| text(object, key));
    let texts = bodies.chain(sns.and_then(|sns| text(sns, "Message")));
    let texts: Vec<String> =
        texts.filter(|text| text.trim_start().starts_with(['{', '['])).map(str::to_owned).collect();
    (!texts.is_empty()).then_some(texts)
}

/// Returns whether it is known to be no finding: other events, and what AWS sends to try out a connection.
fn is_no_finding(object: &Object) -> bool {
    let kind = text(object, "detail-type");
    let is_other_event = kind.is_some_and(|kind| !holds_findings(kind));
    let is_confirmation = text(object, "Type").is_some_and(|kind| kind.ends_with("Confirmation"));
    // with this message, CloudWatch Logs tries out a subscription
    let is_trial = text(object, "message").is_some_and(|message| message.starts_with("CWL CONTROL MESSAGE"));
    is_other_event || is_confirmation || is_trial || text(object, "Event") == Some("s3:TestEvent")
}

/// Returns whether an event of this type holds findings. The names of those in OCSF end with "V2".
fn holds_findings(kind: &str) -> bool {
    kind.starts_with("Security Hub Findings") || (kind.starts_with("Findings ") && kind.ends_with(" V2"))
}

/// Returns the sentence for an object that is known.
fn named(object: &Object) -> Option<String> {
    const EXPORT: &str = "findings in ASFF are exported by: aws securityhub get-findings > findings.json";
    let has = |keys: &[&str]| keys.iter().all(|key| object.contains_key(*key));
    if let Some(error) = aws_error(object) {
        return Some(format!("it is an error of AWS and no finding: {error}; remove its cause and export again"));
    }
    let what = if has(&["detail-type"]) {
        "an event of Security Hub without findings"
    } else if has(&["product_arn", "generator_id"]) {
        return Some("it is a row of Steampipe without source_account_id; select all columns: select * from aws_securityhub_finding".to_owned());
    } else if has(&["FailedCount", "SuccessCount"]) || has(&["ProcessedFindings", "UnprocessedFindings"]) {
        "the answer to an import or update, which holds no findings"
    } else if has(&["AccountId", "Service", "DetectorId"]) || has(&["Arn", "AccountId", "Type", "Severity", "Service"])
    {
        "a finding as GuardDuty itself lists it"
    } else if has(&["findingArn", "awsAccountId"]) {
        "a finding as Inspector itself lists it"
    } else if has(&["eventVersion", "eventSource"]) {
        "an entry of CloudTrail"
    } else {
        return None;
    };
    Some(format!("it is {what}; {EXPORT}"))
}

/// Returns code and message of an error of AWS, as services, SDKs and API Gateway write them.
fn aws_error(object: &Object) -> Option<String> {
    let inner = ["Error", "error"].iter().find_map(|key| object.get(*key)?.as_object()).unwrap_or(object);
    let code = ["__type", "Code", "code"].iter().find_map(|key| text(inner, key));
    let message = ["message", "Message"].iter().find_map(|key| text(inner, key));
    let error = match (code, message) {
        (Some(code), Some(message)) => format!("{}: {message}", code.rsplit('#').next().unwrap_or(code)),
        (Some(code), None) if inner.len() == 1 => code.to_owned(),
        (None, Some(message)) if inner.len() == 1 => message.to_owned(),
        _ => return None,
    };
    Some(error.chars().take(200).collect())
}

/// Returns the account that an object of another format is about.
fn account(object: &Object) -> Option<AccountId> {
    let object = object.get("detail").and_then(|detail| detail.get("findings")?.get(0)?.as_object()).unwrap_or(object);
    let account = ["AccountId", "awsAccountId"].iter().find_map(|key| object.get(*key))?;
    account.as_str()?.parse().ok()
}
