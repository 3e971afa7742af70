//! The whole job with topics of SNS as recipients, against an emulator, with a subscriber over HTTP.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use asff_fixtures::Organisation;
use aws_emulators::{CREDENTIALS, Emulator, EmulatorKind};
use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use serde_json::Value;

use crate::aws::World;
use crate::support::project;

fn endpoint() -> &'static str {
    Emulator::shared(EmulatorKind::Moto).unwrap().endpoint()
}

/// Creates a topic with a subscriber. Returns its ARN, and what the subscriber receives.
async fn topic(name: &str) -> (String, Receiver<Value>) {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .endpoint_url(endpoint())
        .credentials_provider(Credentials::new(CREDENTIALS.0, CREDENTIALS.1, None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    let client = aws_sdk_sns::Client::from_conf(config.build());
    let arn = client.create_topic().name(name).send().await.unwrap().topic_arn.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let subscriber = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, received) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
            let body = loop {
                let read = stream.read(&mut chunk).unwrap();
                request.extend_from_slice(&chunk[..read]);
                let text = String::from_utf8_lossy(&request);
                // whatever is not JSON yet is not there in full
                let body = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str::<Value>(body).ok());
                if body.is_some() || read == 0 {
                    break body;
                }
            };
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            if sender.send(body.expect("JSON")).is_err() {
                return;
            }
        }
    });
    client.subscribe().topic_arn(&arn).protocol("http").endpoint(subscriber).send().await.unwrap();
    (arn, received)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn a_topic_gets_the_report_once_and_no_link() {
    let world = World::new().await;
    let (arn, received) = topic("findings-job").await;
    let recipient = format!("sns:{arn}");
    let owner = &Organisation::sample().projects[0];
    let rows = format!(
        "project,account_ids,recipients\n{},{},{recipient}\nNobody home,{},sns:{arn}-gone\n",
        owner.name,
        owner.account_ids.join(";"),
        owner.account_ids[0]
    );
    let registry = world.folder().join("topics.csv");
    std::fs::write(&registry, rows).unwrap();
    let job = || {
        world
            .bare_job("run")
            .env("AWS_ENDPOINT_URL_SNS", endpoint())
            .env("FINDINGS_SOURCE", "securityhub:ap-northeast-1")
            .args(&["--run-id", "run-topic", "--s3-path-style", "--notify", "sns:ap-northeast-1"])
            .args(&["--projects", registry.to_str().unwrap()])
            .args(&["--reports", &format!("s3://{}/reports", world.bucket())])
            .args(&["--history", &format!("dynamodb:{}", world.table())])
    };
    let summary = job().run().expect(1).summary();
    let told = project(&summary, &owner.name);
    assert_eq!((&told["notified"], &told["status"]), (&serde_json::json!([recipient]), &"ok".into()), "{told}");
    let gone = project(&summary, "Nobody home");
    assert!(gone["errors"].to_string().contains("topic"), "the topic does not exist: {gone}");

    let published = received.recv_timeout(Duration::from_secs(30)).unwrap();
    let message: Value = serde_json::from_str(published["Message"].as_str().unwrap()).unwrap();
    assert_eq!((&message["project"], &message["run_id"]), (&told["project"], &"run-topic".into()), "{message}");
    assert!(!published.to_string().contains("X-Amz-"), "whoever subscribes would have the report: {published}");

    // a further start of the run publishes nothing to those who know
    job().run().expect(1);
    assert!(received.recv_timeout(Duration::from_secs(2)).is_err());
}
