//! Exports of the simulator into the S3 emulator.

use asff_fixtures::{Findings, in_ocsf};
use aws_sdk_securityhub::config::{BehaviorVersion, Credentials, Region};
use security_hub_simulator::{
    Aggregator, Fault, FaultRule, Operation, Simulator, SimulatorBuilder, SimulatorHandle, When,
};

use super::*;
use crate::aws::s3_store::tests::emulated_bucket;
use crate::source::{AccountBatch, FindingsQuery, collect};

const KEY: &str = "arn:aws:kms:us-east-1:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn hub(simulator: &SimulatorHandle) -> Client {
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(Simulator::REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(simulator.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

fn request(bucket: &str, name: &str) -> ExportRequest {
    let patience = (Duration::from_secs(20), Duration::from_millis(5));
    ExportRequest::new(Simulator::REGION, bucket, "exports/")
        .with_key(KEY)
        .with_name(name)
        .with_patience(patience.0, patience.1)
}

/// A simulator whose exports are written to the emulator.
fn exporting(s3: &S3Client, polls: u32) -> SimulatorBuilder {
    let s3 = s3.clone();
    Simulator::builder()
        .findings(Findings::sample().values())
        .aggregator(Aggregator::all_regions(Simulator::REGION))
        .exports(polls, move |bucket, key, body| write(&s3, bucket, key, body))
}

/// Writes an object, in a thread with a runtime of its own, because the simulator does not wait for futures.
fn write(s3: &S3Client, bucket: &str, key: &str, body: Vec<u8>) {
    let put = s3.put_object().bucket(bucket).key(key).body(body.into()).send();
    let in_runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(put).unwrap();
    std::thread::scope(|scope| scope.spawn(in_runtime).join().unwrap());
}

fn calls(simulator: &SimulatorHandle, operation: Operation) -> usize {
    simulator.calls().iter().filter(|call| call.operation == operation.name()).count()
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn findings_of_an_export_are_those_of_security_hub() {
    let (s3, bucket) = emulated_bucket().await;
    let simulator = exporting(&s3, 3).spawn_thread().unwrap();
    let source = export_findings(&hub(&simulator), &s3, &request(&bucket, "2026-11-29T00:00:00Z")).await.unwrap();
    assert_eq!((source.len(), source.rejected(), source.set_aside()), (Findings::sample().len(), &[][..], 0));
    let prefix = format!("s3://{bucket}/exports/2026-11-29T00:00:00Z/findings-");
    assert!(source.inputs().len() > 2 && source.inputs().iter().all(|input| input.location.starts_with(&prefix)));
    let sample = Findings::sample().get(0).unwrap();
    let account = sample["AwsAccountId"].as_str().unwrap().parse().unwrap();
    let query = FindingsQuery::new(AccountBatch::new(vec![account]).unwrap());
    let found = collect(&source, query.with_selection(crate::Selection::of_ids(Vec::new()))).await.unwrap();
    let want = Findings::sample().values().filter(|f| f["AwsAccountId"] == sample["AwsAccountId"]).count();
    assert_eq!(found.findings.len(), want);
    let ids: Vec<_> = found.findings.to_vec().unwrap().iter().map(|finding| finding.id.to_string()).collect();
    assert!(ids.contains(&in_ocsf(&sample)["finding_info"]["uid"].as_str().unwrap().to_owned()));
    // a further attempt at the run does not export again
    assert_eq!(calls(&simulator, Operation::GetExportJobV2), 4);
    let again = export_findings(&hub(&simulator), &s3, &request(&bucket, "2026-11-29T00:00:00Z")).await.unwrap();
    assert_eq!((again.len(), calls(&simulator, Operation::GetExportJobV2)), (source.len(), 5));
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn another_export_is_waited_for() {
    let (s3, bucket) = emulated_bucket().await;
    let simulator = exporting(&s3, 4).spawn_thread().unwrap();
    let hub = hub(&simulator);
    let (first, second) = (request(&bucket, "1"), request(&bucket, "2"));
    let (first, second) = tokio::join!(export_findings(&hub, &s3, &first), export_findings(&hub, &s3, &second));
    assert_eq!((first.unwrap().len(), second.unwrap().len()), (Findings::sample().len(), Findings::sample().len()));
    assert!(calls(&simulator, Operation::StartExportJobV2) > 2, "the second one was refused at first");
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn errors_that_pass_are_waited_out() {
    let (s3, bucket) = emulated_bucket().await;
    let fault = |fault: Fault, operation| FaultRule::new(fault, When::First(2)).on(operation);
    let simulator = exporting(&s3, 0)
        .fault_rule(fault(Fault::Throttle { retry_after: None }, Operation::StartExportJobV2))
        .fault_rule(fault(Fault::InternalError, Operation::GetExportJobV2))
        .spawn_thread()
        .unwrap();
    let source = export_findings(&hub(&simulator), &s3, &request(&bucket, "1")).await.unwrap();
    assert_eq!(source.len(), Findings::sample().len());
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn export_that_lacks_findings_is_refused() {
    let (s3, bucket) = emulated_bucket().await;
    let (copy, mut objects) = (s3.clone(), 0);
    let simulator = exporting(&s3, 0).exports(0, move |bucket, key, body| {
        objects += 1;
        if objects != 2 {
            write(&copy, bucket, key, body);
        }
    });
    let simulator = simulator.spawn_thread().unwrap();
    let error = export_findings(&hub(&simulator), &s3, &request(&bucket, "1")).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Inconsistent && error.report().contains("280 findings"), "{}", error.report());
    assert!(error.report().contains("Security Hub counts 380"), "{}", error.report());
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn export_that_fails_or_does_not_end_is_an_error_that_says_what_to_do() {
    let (s3, bucket) = emulated_bucket().await;
    let failing = |code: &str| exporting(&s3, 1).exports_fail(code, "no access to the bucket").spawn_thread().unwrap();
    for (simulator, key, kind, want) in [
        (
            failing("ACCESS_DENIED"),
            KEY,
            ErrorKind::PermissionDenied,
            "ACCESS_DENIED: no access to the bucket); check the policies",
        ),
        (failing("RESOURCE_NOT_FOUND"), KEY, ErrorKind::NotFound, "RESOURCE_NOT_FOUND"),
        (failing("INTERNAL_ERROR"), KEY, ErrorKind::Other, "INTERNAL_ERROR"),
        (exporting(&s3, 1_000_000).spawn_thread().unwrap(), KEY, ErrorKind::Timeout, "did not end within 0 minutes"),
        (exporting(&s3, 0).spawn_thread().unwrap(), "alias/key", ErrorKind::InvalidInput, "KmsKeyArn"),
        (Simulator::builder().spawn_thread().unwrap(), KEY, ErrorKind::NotFound, "no object"),
    ] {
        let mut request = request(&bucket, &format!("{kind:?}")).with_key(key);
        if kind == ErrorKind::Timeout {
            request.deadline = Duration::from_millis(300);
        }
        let error = export_findings(&hub(&simulator), &s3, &request).await.unwrap_err();
        assert!(error.kind() == kind && error.report().contains(want), "{}", error.report());
        assert_eq!(error.setting(), Some(Setting::Source));
    }
    let simulator = exporting(&s3, 1_000_000).spawn_thread().unwrap();
    let mut request = request(&bucket, "x");
    request.deadline = Duration::from_millis(100);
    assert!(export_findings(&hub(&simulator), &s3, &request).await.is_err());
    request.name = "y".into();
    let error = export_findings(&hub(&simulator), &s3, &request).await.unwrap_err();
    let want = "another export of the account did not end in time, and GetFindingsV2 is not asked in its place";
    assert!(error.report().contains(want), "{}", error.report());
    request.name = "n".repeat(512);
    assert!(export_findings(&hub(&simulator), &s3, &request).await.unwrap_err().report().contains("512"));
}
