//! Tests of the SES notifier over real connections against a small HTTP server that answers, breaks the connection or
//! hangs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_emulators::{Emulator, EmulatorKind};
use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sesv2::{Client, Config};
use findings_core::testing::conformance::notifier::{Inbox, Message, SECRET, sample_notification};
use findings_core::{Backend, Error, ErrorKind, Notifier, notifier_conformance};
use findings_notify::SesNotifier;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::http;
use crate::parsed::Parsed;
use crate::sender;

/// Path, status, error code and body of a response. The code `close` closes the connection, `hang` never answers.
type Answer = (&'static str, u16, &'static str, Value);

#[derive(Clone)]
pub(crate) struct Server {
    /// The responses, used in order; the last one of a path repeats.
    answers: Arc<Mutex<Vec<Answer>>>,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
    /// Whether the clock is paused, which skips the client's pauses. It runs while a request is read and answered.
    is_paused: Arc<AtomicBool>,
    port: u16,
}

const SEND: &str = "POST /v2/email/outbound-emails";
const ACCOUNT: &str = "GET /v2/email/account";
const IDENTITY: &str = "GET /v2/email/identities/security%40example.co.jp";
const DOMAIN: &str = "GET /v2/email/identities/example.co.jp";
const CREATE: &str = "POST /v2/email/identities";

impl Server {
    async fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self {
            answers: Arc::new(Mutex::new(answers.to_vec())),
            requests: Arc::default(),
            is_paused: Arc::default(),
            port,
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    /// Serves a connection with one request.
    async fn serve(self, mut stream: TcpStream) {
        if self.is_paused.swap(false, Ordering::Relaxed) {
            tokio::time::resume();
        }
        let (first, body) = http::read_request(&mut stream).await;
        let path = first.rsplit_once(' ').unwrap().0.to_owned();
        self.requests.lock().unwrap().push((path.clone(), serde_json::from_slice(&body).unwrap_or_default()));
        let (status, code, body) = self.answer(&path);
        match code {
            "close" => return,
            "hang" => {
                // only timers are left from here on; a paused clock lets them expire at once
                tokio::time::pause();
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} x\r\nx-amzn-errortype: {code}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes()).await;
        if matches!(status, 429 | 503) && !self.is_paused.swap(true, Ordering::Relaxed) {
            tokio::time::pause();
        }
    }

    fn answer(&self, path: &str) -> (u16, &'static str, Value) {
        let mut answers = self.answers.lock().unwrap();
        let Some(at) = answers.iter().position(|(p, ..)| *p == path) else {
            return (404, "NotFoundException", json!({"message": "no such thing"}));
        };
        let last = answers.iter().filter(|(p, ..)| *p == path).count() == 1;
        let (_, status, code, body) = if last { answers[at].clone() } else { answers.remove(at) };
        (status, code, body)
    }

    fn sent(&self) -> Vec<Value> {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|(path, _)| path == SEND).map(|(_, body)| body.clone()).collect()
    }

    fn notifier(&self) -> SesNotifier {
        notifier(&format!("http://127.0.0.1:{}", self.port))
    }
}

fn notifier(endpoint: &str) -> SesNotifier {
    // the client's retries are enabled, as in a job, to test that sending disables them
    let retries = aws_sdk_sesv2::config::retry::RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .retry_config(retries)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    SesNotifier::new(Client::from_conf(config.build()), sender()).unwrap()
}

#[async_trait]
impl Inbox for Server {
    async fn messages(&self) -> Vec<Message> {
        let read = |body: &Value| {
            let raw = body["Content"]["Raw"]["Data"].as_str().unwrap();
            let mut message = Message::from(Parsed::of(&aws_smithy_types::base64::decode(raw).unwrap()));
            let to: Vec<String> = serde_json::from_value(body["Destination"]["ToAddresses"].clone()).unwrap();
            assert_eq!(message.recipients, to, "the header and the destination differ");
            message.recipients = to;
            message
        };
        self.sent().iter().map(read).collect()
    }

    async fn break_down(&self) {
        *self.answers.lock().unwrap() = vec![refusal(400, "AccountSuspendedException", "suspended")];
        self.requests.lock().unwrap().clear();
    }
}

fn accepted() -> Answer {
    (SEND, 200, "", json!({"MessageId": "0100-1"}))
}

fn refusal(status: u16, code: &'static str, message: &str) -> Answer {
    (SEND, status, code, json!({"message": message}))
}

pub(crate) async fn fresh() -> (SesNotifier, Refusing) {
    let server = Server::start(&[accepted()]).await;
    (server.notifier(), Refusing(server))
}

/// An inbox without the messages that SES refused, although they arrived at the server.
pub(crate) struct Refusing(Server);

#[async_trait]
impl Inbox for Refusing {
    async fn messages(&self) -> Vec<Message> {
        let refuses = self.0.answers.lock().unwrap().iter().any(|(_, status, ..)| *status >= 400);
        if refuses { Vec::new() } else { self.0.messages().await }
    }

    async fn break_down(&self) {
        self.0.break_down().await;
    }
}

notifier_conformance!(fresh());

/// Sends one message; returns the error and the number of requests.
fn failing(answers: &[Answer]) -> (Error, usize) {
    // a separate runtime, because a server that hangs pauses the clock
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::start(answers).await;
        let error = server.notifier().notify(&sample_notification("anna@example.com")).await.unwrap_err();
        (error, server.sent().len())
    })
}

#[tokio::test]
async fn request_has_recipient_tags_and_configuration_set() {
    let server = Server::start(&[accepted()]).await;
    let notifier = server.notifier().with_configuration_set("findings");
    let mut notification = sample_notification("anna@example.com");
    "決済/Pay ments".clone_into(&mut notification.project);
    let receipt = notifier.notify(&notification).await.unwrap();
    assert_eq!(receipt.message_id, "0100-1");
    let body = &server.sent()[0];
    assert_eq!(body["Destination"], json!({"ToAddresses": ["anna@example.com"]}));
    assert_eq!(body["ConfigurationSetName"], "findings");
    let from = body["FromEmailAddress"].as_str().unwrap();
    assert!(from.is_ascii() && from.ends_with("<security@example.co.jp>") && !from.contains('\r'), "{from}");
    let tags: Vec<(String, String)> = body["EmailTags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| (tag["Name"].as_str().unwrap().to_owned(), tag["Value"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(tags[0], ("run".to_owned(), "2026-11-23T00_00_00Z".to_owned()));
    assert!(tags[1].0 == "project" && tags[1].1.starts_with("pay-ments-"), "{tags:?}");
}

#[test]
fn service_that_quotes_link_is_redacted() {
    let link = sample_notification("anna@example.com").link.unwrap().url.expose().clone();
    let (_, query) = link.split_once('?').unwrap();
    let values: Vec<&str> = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value).collect();
    for text in [link.as_str(), &values.join(" "), &values.join(",")] {
        let (error, _) = failing(&[refusal(400, "MessageRejected", &format!("content {text}"))]);
        let shown = format!("{error:?} {}", error.report());
        assert!(shown.contains("MessageRejected (HTTP 400): content [") && !shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn failures_map_to_error_kinds_without_retry() {
    for (answer, kind) in [
        (refusal(400, "MessageRejected", "Email address is not verified."), ErrorKind::InvalidInput),
        (refusal(400, "ThrottlingException", "Daily message quota exceeded."), ErrorKind::QuotaExhausted),
        (refusal(400, "LimitExceededException", "quota"), ErrorKind::QuotaExhausted),
        (refusal(400, "SendingPausedException", "paused"), ErrorKind::PermissionDenied),
        (refusal(404, "NotFoundException", "Configuration set <x> does not exist"), ErrorKind::NotFound),
        (refusal(403, "AccessDeniedException", "not authorized"), ErrorKind::PermissionDenied),
        (refusal(500, "InternalFailure", "oops"), ErrorKind::OutcomeUnknown),
        (refusal(200, "close", ""), ErrorKind::OutcomeUnknown),
        (refusal(200, "hang", ""), ErrorKind::OutcomeUnknown),
        ((SEND, 200, "", json!("not an object")), ErrorKind::OutcomeUnknown),
    ] {
        let shown = format!("{answer:?}");
        let (error, attempts) = failing(&[answer]);
        assert_eq!(error.kind(), kind, "{shown}: {}", error.report());
        assert_eq!(attempts, 1, "{shown}");
        let unknown = error.to_string().contains("unknown whether the mail was sent");
        assert_eq!(unknown, kind == ErrorKind::OutcomeUnknown, "{shown}: {error}");
    }
}

#[test]
fn failures_before_sending_are_given_up_after_twelve_attempts() {
    for (answer, kind) in [
        (refusal(429, "TooManyRequestsException", "Maximum sending rate exceeded."), ErrorKind::Throttled),
        (refusal(503, "ServiceUnavailable", "busy"), ErrorKind::Unavailable),
    ] {
        let (error, attempts) = failing(&[answer]);
        assert_eq!((error.kind(), attempts), (kind, 12), "{}", error.report());
        assert!(error.to_string().contains("; tried 12 times; "), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn closed_port_reports_nothing_sent() {
    let error = notifier("http://127.0.0.1:1").notify(&sample_notification("anna@example.com")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.report());
    assert!(error.to_string().contains("nothing was sent; tried 12 times; "), "{error}");
}

#[tokio::test]
async fn mail_that_was_not_sent_is_repeated() {
    let fast = || refusal(429, "TooManyRequestsException", "Maximum sending rate exceeded.");
    let busy = || refusal(503, "ServiceUnavailable", "busy");
    let server = Server::start(&[fast(), fast(), busy(), fast(), fast(), busy(), fast(), accepted()]).await;
    server.notifier().notify(&sample_notification("anna@example.com")).await.unwrap();
    assert_eq!(server.sent().len(), 8);
}

#[tokio::test]
async fn error_redacts_quoted_link() {
    let notification = sample_notification("anna@example.com");
    let text = format!("forbidden content: {}", notification.link.as_ref().unwrap().url.expose());
    let server = Server::start(&[refusal(400, "MessageRejected", &text)]).await;
    let error = server.notifier().notify(&notification).await.unwrap_err();
    let shown = format!("{error:?} {}", error.report());
    assert!(shown.contains("forbidden content: [link]") && !shown.contains(SECRET), "{shown}");
}

fn account(quota: bool, enabled: bool, status: &str) -> Answer {
    let quota = quota.then(|| json!({"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 120.0}));
    let body = json!({
        "SendQuota": quota, "SendingEnabled": enabled, "EnforcementStatus": status, "ProductionAccessEnabled": false,
    });
    (ACCOUNT, 200, "", body)
}

fn verified(path: &'static str, verified: bool) -> Answer {
    (path, 200, "", json!({"VerifiedForSendingStatus": verified}))
}

#[tokio::test]
async fn check_verifies_account_and_identity() {
    let server = Server::start(&[account(true, true, "PROBATION"), verified(DOMAIN, true)]).await;
    let summary = server.notifier().check().await.unwrap().summary;
    for part in ["identity example.co.jp is verified", "120 of 50000", "14 a second", "sandbox", "PROBATION"] {
        assert!(summary.contains(part), "{summary}");
    }
    for (answers, kind, says) in [
        (vec![account(true, true, "SHUTDOWN")], ErrorKind::PermissionDenied, "switched off"),
        (vec![account(true, false, "HEALTHY")], ErrorKind::PermissionDenied, "switched off"),
        (vec![account(true, true, "HEALTHY")], ErrorKind::NotFound, "run setup"),
        (
            vec![account(true, true, "HEALTHY"), verified(IDENTITY, false)],
            ErrorKind::PermissionDenied,
            "not verified yet",
        ),
        (vec![(ACCOUNT, 403, "ExpiredTokenException", json!({}))], ErrorKind::Unauthenticated, "ExpiredToken"),
    ] {
        let error = Server::start(&answers).await.notifier().check().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn check_accepts_missing_quota_and_permissions() {
    let server = Server::start(&[verified(IDENTITY, true)]).await;
    assert!(server.notifier().check().await.unwrap().summary.contains("quota unknown"));
    let denied = |path| (path, 403, "AccessDeniedException", json!({"message": "not authorized"}));
    let server = Server::start(&[denied(ACCOUNT), denied(IDENTITY)]).await;
    let summary = server.notifier().check().await.unwrap().summary;
    assert!(summary.contains("needs ses:GetAccount") && summary.contains("needs ses:GetEmailIdentity"), "{summary}");
}

#[tokio::test]
async fn setup_creates_identity_once() {
    let server = Server::start(&[(CREATE, 200, "", json!({}))]).await;
    let summary = server.notifier().setup().await.unwrap().summary;
    assert!(summary.contains("a person has to open the link"), "{summary}");
    let created = |server: &Server| server.requests.lock().unwrap().iter().filter(|(path, _)| path == CREATE).count();
    assert_eq!(created(&server), 1);
    let server = Server::start(&[verified(DOMAIN, true)]).await;
    server.notifier().setup().await.unwrap();
    assert_eq!(created(&server), 0);
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn emulator_accepts_mail() {
    let notifier = notifier(Emulator::shared(EmulatorKind::Moto).unwrap().endpoint());
    assert_eq!(notifier.check().await.unwrap_err().kind(), ErrorKind::NotFound);
    for _ in 0..2 {
        notifier.setup().await.unwrap();
    }
    assert!(notifier.check().await.unwrap().summary.contains("verified"));
    let receipt = notifier.notify(&sample_notification("anna@example.com")).await.unwrap();
    assert!(!receipt.message_id.contains('@'), "the ID is the emulator's: {receipt:?}");
}

const SUPPRESSED: &str = "GET /v2/email/suppression/addresses?PageSize=1000";

#[tokio::test]
async fn suppressed_address_is_refused() {
    let list = json!({"SuppressedDestinationSummaries": [
        {"EmailAddress": "Bob@example.com", "Reason": "COMPLAINT", "LastUpdateTime": 1_700_000_000.0},
    ]});
    let server = Server::start(&[accepted(), (SUPPRESSED, 200, "", list.clone())]).await;
    let notifier = server.notifier();
    let error = notifier.notify(&sample_notification("bob@example.com")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("(complaint)") && error.to_string().contains("delete-suppressed"), "{error}");
    notifier.notify(&sample_notification("anna@example.com")).await.unwrap();
    assert_eq!(server.sent().len(), 1);

    // the account has a list but does not apply it
    let off = (ACCOUNT, 200, "", json!({"SuppressionAttributes": {"SuppressedReasons": []}}));
    let server = Server::start(&[accepted(), off, (SUPPRESSED, 200, "", list)]).await;
    server.notifier().notify(&sample_notification("bob@example.com")).await.unwrap();

    // a role that may not read the list can still send
    let denied = (SUPPRESSED, 403, "AccessDeniedException", json!({"message": "no"}));
    let server = Server::start(&[accepted(), denied]).await;
    server.notifier().notify(&sample_notification("bob@example.com")).await.unwrap();
}
