//! Tests against emulators (the conformance suites and the table itself) and against a scripted connection (responses
//! that emulators never give).

#[cfg(feature = "testing")]
mod emulated;
mod scripted;

use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use jiff::Timestamp;

use super::DynamoDbTable;
use crate::RunId;
use crate::history::{IssueId, IssueRecord, ProjectRun};

fn config() -> Builder {
    aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn run() -> ProjectRun {
    ProjectRun::new(run_id(), moment("2026-11-23T00:00:00Z"))
}

fn run_id() -> RunId {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn issue(n: u32) -> IssueRecord {
    let template = r#"{"id":"","account":"123456789012","region":null,"control_id":null,"title":"x","resource":null,
        "severity":"HIGH","workflow":"NEW","first_seen":"2026-11-23T00:00:00Z","opened_at":"2026-11-23T00:00:00Z","opened_in":"r","reopened":0,"earlier":[],"signature":null,
        "severity_change":null,"finding_id":null,"last_seen":"2026-11-23T00:00:00Z","decided_at":null,"resolved":null}"#;
    let mut issue: IssueRecord = serde_json::from_str(template).unwrap();
    issue.id = IssueId::from_stored(format!("{n:032x}"));
    issue
}
