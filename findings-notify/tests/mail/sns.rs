//! Tests of the SNS notifier over real connections against a small HTTP server, and against an emulator.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_emulators::{Emulator, EmulatorKind, percent_decoded};
use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sns::{Client, Config};
use findings_core::testing::conformance::notifier::{Inbox, Message, SECRET, sample_notification};
use findings_core::{Backend, ErrorKind, Locale, Notifier};
use findings_notify::SnsNotifier;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::http;

const TOPIC: &str = "sns:arn:aws:sns:ap-northeast-1:111122223333:findings";
const OTHER: &str = "sns:arn:aws:sns:ap-northeast-1:111122223333:audit.fifo";

/// The fields of a request.
type Fields = BTreeMap<String, String>;

#[derive(Clone)]
struct Server {
    /// Status and code of the answer to each request; 0 closes the connection.
    answer: Arc<Mutex<(u16, &'static str)>>,
    accepted: Arc<Mutex<Vec<Fields>>>,
    requests: Arc<Mutex<usize>>,
    port: u16,
}

impl Server {
    async fn start(status: u16, code: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(Mutex::new((status, code)));
        let server = Self { answer, accepted: Arc::default(), requests: Arc::default(), port };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (_, body) = http::read_request(&mut stream).await;
                *serving.requests.lock().unwrap() += 1;
                let (status, code) = *serving.answer.lock().unwrap();
                if status == 0 {
                    continue;
                }
                let body = if status < 400 {
                    serving.accepted.lock().unwrap().push(fields(&body));
                    "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>"
                        .to_owned()
                } else {
                    format!("<ErrorResponse><Error><Code>{code}</Code><Message>why</Message></Error></ErrorResponse>")
                };
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes()).await;
            }
        });
        server
    }

    fn notifier(&self) -> SnsNotifier {
        SnsNotifier::new([client(&format!("http://127.0.0.1:{}", self.port))]).unwrap()
    }
}

fn fields(body: &[u8]) -> Fields {
    let text = String::from_utf8_lossy(body).replace('+', " ");
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (percent_decoded(name), percent_decoded(value))).collect()
}

/// Returns the texts for each kind of subscriber.
fn texts(fields: &Fields) -> Value {
    assert_eq!(fields["MessageStructure"], "json");
    serde_json::from_str(&fields["Message"]).unwrap()
}

fn client(endpoint: &str) -> Client {
    // the client's retries are enabled, as in a job, to test that publishing disables them
    let retries = aws_sdk_sns::config::retry::RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .retry_config(retries)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

struct Topics(Server);

#[async_trait]
impl Inbox for Topics {
    async fn messages(&self) -> Vec<Message> {
        let accepted = self.0.accepted.lock().unwrap();
        let read = |fields: &Fields| {
            let text = format!("{}\n{}", fields["Subject"], texts(fields)["email"].as_str().unwrap());
            Message::new([format!("sns:{}", fields["TopicArn"])], text)
        };
        accepted.iter().map(read).collect()
    }

    fn recipients(&self) -> [&'static str; 2] {
        [TOPIC, OTHER]
    }

    async fn break_down(&self) {
        *self.0.answer.lock().unwrap() = (403, "AuthorizationError");
    }
}

async fn fresh() -> (SnsNotifier, Topics) {
    let server = Server::start(200, "").await;
    (server.notifier(), Topics(server))
}

mod conformance {
    findings_core::notifier_conformance!(super::fresh());
}

#[tokio::test]
async fn people_read_text_and_programs_get_json_without_a_link() {
    let (sns, topics) = fresh().await;
    let mut sample = crate::incomplete(Locale::Ja);
    sample.recipient = TOPIC.parse().unwrap();
    let receipt = sns.notify(&sample).await.unwrap();
    assert_eq!(receipt.message_id, "m-1");
    let fields = topics.0.accepted.lock().unwrap()[0].clone();
    let texts = texts(&fields);
    let email = texts["email"].as_str().unwrap();
    assert!(fields["Subject"].is_ascii() && !email.lines().next().unwrap().is_ascii(), "{email}");
    let body: Value = serde_json::from_str(texts["default"].as_str().unwrap()).unwrap();
    assert_eq!((&body["type"], &body["complete"]), (&json!("security_hub.report"), &json!(false)));
    assert_eq!(texts["sms"], body["subject"]);
    assert!(!fields.contains_key("MessageGroupId"), "only a topic of the other kind has groups");
    let values: Vec<&String> =
        fields.iter().filter(|(name, _)| name.starts_with("MessageAttributes.")).map(|(_, value)| value).collect();
    assert!(values.contains(&&sample.project), "{values:?}");
    let all = format!("{fields:?}");
    assert!(!all.contains(SECRET) && !all.contains("X-Amz"), "{all}");
}

#[tokio::test]
async fn message_of_an_ordered_topic_keeps_its_id() {
    let (sns, topics) = fresh().await;
    let mut sample = sample_notification(OTHER);
    sns.notify(&sample).await.unwrap();
    sns.notify(&sample).await.unwrap();
    sample.edition = 2;
    sns.notify(&sample).await.unwrap();
    let accepted = topics.0.accepted.lock().unwrap();
    let ids: Vec<&str> = accepted.iter().map(|fields| fields["MessageDeduplicationId"].as_str()).collect();
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
}

#[tokio::test]
async fn answers_decide_whether_it_was_published() {
    for (status, code, kind) in [
        (403, "AuthorizationError", ErrorKind::PermissionDenied),
        (404, "NotFound", ErrorKind::NotFound),
        (400, "InvalidParameter", ErrorKind::InvalidInput),
        (500, "InternalError", ErrorKind::OutcomeUnknown),
        (0, "", ErrorKind::OutcomeUnknown),
    ] {
        let server = Server::start(status, code).await;
        let error = server.notifier().notify(&sample_notification(TOPIC)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}: {}", error.report());
        assert!(error.report().contains(&TOPIC[4..]), "{}", error.report());
        assert_eq!(*server.requests.lock().unwrap(), 1, "{status}: it is sent once");
    }
    let nobody = SnsNotifier::new([client("http://127.0.0.1:9")]).unwrap();
    let error = tokio::time::timeout(Duration::from_mins(5), nobody.notify(&sample_notification(TOPIC))).await;
    assert_eq!(error.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn topics_of_other_regions_are_not_served() {
    let (sns, _topics) = fresh().await;
    let other = "sns:arn:aws:sns:eu-west-1:111122223333:findings";
    assert!(sns.serves(&TOPIC.parse().unwrap()) && !sns.serves(&other.parse().unwrap()));
    assert!(!sns.serves(&"slack:ops".parse().unwrap()));
    assert_eq!(sns.notify(&sample_notification(other)).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(sns.check().await.unwrap().summary, "SNS topics in ap-northeast-1");
}

/// A subscriber gets what it is to get, with the emulator between.
#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn emulator_delivers_to_a_subscriber() {
    let client = client(Emulator::shared(EmulatorKind::Moto).unwrap().endpoint());
    let topic = client.create_topic().name("findings").send().await.unwrap().topic_arn.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    client.subscribe().topic_arn(&topic).protocol("http").endpoint(endpoint).send().await.unwrap();
    let subscriber = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (_, body) = http::read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
        serde_json::from_slice::<Value>(&body).unwrap()
    });
    let notifier = SnsNotifier::new([client]).unwrap();
    notifier.notify(&sample_notification(&format!("sns:{topic}"))).await.unwrap();
    let envelope = subscriber.await.unwrap();
    let body: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
    assert_eq!((&body["type"], &body["project"]), (&json!("security_hub.report"), &json!("Payments")));
    assert!(envelope["Subject"].as_str().unwrap().contains("Payments"), "{envelope}");
    let missing = format!("sns:{topic}-gone");
    assert_eq!(notifier.notify(&sample_notification(&missing)).await.unwrap_err().kind(), ErrorKind::NotFound);
}
