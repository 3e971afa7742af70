//! Tests of the SMTP notifier over real connections against a server that accepts, refuses, closes the connection or
//! hangs.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use findings_core::testing::conformance::notifier::{Inbox, Message, SECRET, sample_notification};
use findings_core::{Backend, ErrorKind, Notifier, Secret, notifier_conformance};
use findings_notify::SmtpNotifier;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::parsed::Parsed;
use crate::sender;

/// The server's behavior at a command. `.` stands for the end of a message, `*` for any command.
#[derive(Clone)]
enum Behavior {
    Responds(&'static str, String),
    Closes(&'static str),
    Hangs(&'static str),
}

#[derive(Default)]
struct State {
    behavior: Option<Behavior>,
    connections: usize,
    received: Vec<(Vec<String>, Vec<u8>)>,
}

#[derive(Clone)]
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    port: u16,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { state: Arc::default(), port: listener.local_addr().unwrap().port() };
        let state = server.state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                state.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, state.clone()));
            }
        });
        server
    }

    fn set_behavior(&self, what: Behavior) {
        self.state.lock().unwrap().behavior = Some(what);
    }

    fn notifier(&self) -> SmtpNotifier {
        let url = Secret::new(format!("smtp://job:p%40ss%2Bword@127.0.0.1:{}", self.port));
        SmtpNotifier::from_url(&url, Some(sender())).unwrap()
    }
}

#[async_trait]
impl Inbox for Server {
    async fn messages(&self) -> Vec<Message> {
        let received = self.state.lock().unwrap().received.clone();
        let read = |(recipients, raw): (Vec<String>, Vec<u8>)| {
            let mut message = Message::from(Parsed::of(&raw));
            assert_eq!(message.recipients, recipients, "the header and the envelope differ");
            message.recipients = recipients;
            message
        };
        received.into_iter().map(read).collect()
    }

    async fn break_down(&self) {
        self.set_behavior(Behavior::Closes("*"));
    }
}

/// Serves one SMTP session.
async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let mut recipients = Vec::new();
    let _ = write.write_all(b"220 sink.example.com ready\r\n").await;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let command = line.split([' ', '\r', ':']).next().unwrap().to_ascii_uppercase();
        let mut name = command.as_str();
        let mut reply = match name {
            "EHLO" => "250-sink.example.com\r\n250 AUTH PLAIN LOGIN".to_owned(),
            // user "job", password "p@ss+word"
            "AUTH" if line.trim_end() == "AUTH PLAIN AGpvYgBwQHNzK3dvcmQ=" => "235 welcome".to_owned(),
            "AUTH" => "535 5.7.8 wrong".to_owned(),
            "DATA" => "354 go on".to_owned(),
            "RCPT" => {
                recipients.push(line.split(['<', '>']).nth(1).unwrap().to_owned());
                "250 ok".to_owned()
            }
            _ => "250 ok".to_owned(),
        };
        let behavior = state.lock().unwrap().behavior.clone();
        let mut body = Vec::new();
        if name == "DATA" && !matches!(&behavior, Some(Behavior::Responds("DATA", _))) {
            let _ = write.write_all(b"354 go on\r\n").await;
            body = message(&mut lines).await;
            (name, reply) = (".", "250 queued".to_owned());
        }
        match behavior {
            Some(Behavior::Responds(at, answer)) if at == name => reply = answer,
            Some(Behavior::Closes(at)) if at == name || at == "*" => return,
            Some(Behavior::Hangs(at)) if at == name => {
                // only timers are left from here on; a paused clock lets them expire at once
                tokio::time::pause();
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        if name == "." && reply.starts_with("250") {
            state.lock().unwrap().received.push((std::mem::take(&mut recipients), body));
        }
        let _ = write.write_all(format!("{reply}\r\n").as_bytes()).await;
    }
}

/// Reads a message up to the line with a single dot, and undoes dot-stuffing.
async fn message(lines: &mut (impl AsyncBufReadExt + Unpin)) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        let read = lines.read_until(b'\n', &mut line).await.unwrap();
        if read == 0 || line == b".\r\n" {
            return body;
        }
        body.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

pub(crate) async fn fresh() -> (SmtpNotifier, Server) {
    let server = Server::start().await;
    (server.notifier(), server)
}

notifier_conformance!(fresh());

#[tokio::test]
async fn message_arrives_unchanged_over_reused_connection() {
    let (notifier, server) = fresh().await;
    let mut notification = sample_notification("anna@example.com");
    notification.project = ".hidden\n.".to_owned();
    for _ in 0..3 {
        let receipt = notifier.notify(&notification).await.unwrap();
        let state = server.state.lock().unwrap();
        let raw = &state.received.last().unwrap().1;
        let sent = findings_notify::compose(&notification, &sender(), &findings_notify::Templates::builtin().unwrap());
        let sent = sent.unwrap();
        assert_eq!(sent.message_id, receipt.message_id);
        assert_eq!(String::from_utf8_lossy(raw).trim_end(), String::from_utf8_lossy(&sent.raw).trim_end());
    }
    assert_eq!(server.state.lock().unwrap().connections, 1);
}

#[tokio::test]
async fn refusals_map_to_error_kinds() {
    for (at, answer, kind) in [
        ("RCPT", "550 5.1.1 no such user", ErrorKind::InvalidInput),
        ("RCPT", "450 4.2.0 greylisted", ErrorKind::Unavailable),
        ("MAIL", "452 4.3.1 disk full", ErrorKind::Unavailable),
        ("MAIL", "530 5.7.0 log in first", ErrorKind::Unauthenticated),
        ("DATA", "554 5.5.1 no valid recipients", ErrorKind::InvalidInput),
        (".", "554 5.7.1 blocked", ErrorKind::InvalidInput),
        (".", "451 4.3.0 try again", ErrorKind::Unavailable),
        ("AUTH", "535 5.7.8 wrong password", ErrorKind::Unauthenticated),
    ] {
        let (notifier, server) = fresh().await;
        server.set_behavior(Behavior::Responds(at, answer.to_owned()));
        let error = notifier.notify(&sample_notification("anna@example.com")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{at} {answer}: {error}");
        assert!(error.to_string().contains(answer), "{error}");
        assert!(server.messages().await.is_empty());
    }
}

/// Returns the error of a message. It uses a separate runtime, because a server that hangs pauses the clock.
fn error_when_server(behavior: Behavior) -> findings_core::Error {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (notifier, server) = fresh().await;
        server.set_behavior(behavior);
        notifier.notify(&sample_notification("anna@example.com")).await.unwrap_err()
    })
}

#[test]
fn missing_answer_leaves_outcome_unknown() {
    for behavior in [Behavior::Closes("."), Behavior::Hangs("."), Behavior::Responds(".", "what?".to_owned())] {
        let error = error_when_server(behavior);
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
        assert!(error.to_string().contains("unknown whether the mail was sent"), "{error}");
    }
}

#[test]
fn failure_before_message_is_retryable() {
    for behavior in
        [Behavior::Closes("EHLO"), Behavior::Closes("MAIL"), Behavior::Hangs("EHLO"), Behavior::Hangs("RCPT")]
    {
        let error = error_when_server(behavior);
        assert!(error.is_retryable(), "{error}");
    }
}

#[tokio::test]
async fn error_redacts_quoted_link() {
    let (notifier, server) = fresh().await;
    let notification = sample_notification("anna@example.com");
    let url = notification.link.as_ref().unwrap().url.expose();
    server.set_behavior(Behavior::Responds(".", format!("554 5.7.1 blocked because of <{}>", &url[..400])));
    let error = notifier.notify(&notification).await.unwrap_err();
    let shown = format!("{error:?} {}", error.report());
    assert!(shown.contains("blocked because of [link]") && !shown.contains(SECRET), "{shown}");
}

#[tokio::test]
async fn agreement_that_belongs_to_another_command_is_an_error() {
    for (at, answer, kind) in [
        ("EHLO", "220 hello", ErrorKind::Malformed),
        ("AUTH", "250 ok", ErrorKind::Malformed),
        ("MAIL", "354 go on", ErrorKind::Malformed),
        ("RCPT", "220 ready", ErrorKind::Malformed),
        ("DATA", "250 ok", ErrorKind::Malformed),
        (".", "354 go on", ErrorKind::OutcomeUnknown),
    ] {
        let (notifier, server) = fresh().await;
        server.set_behavior(Behavior::Responds(at, answer.to_owned()));
        let error = notifier.notify(&sample_notification("anna@example.com")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{at} {answer}: {error}");
        assert!(server.messages().await.is_empty());
    }
}

/// Starts a peer that says each of these texts, the first at once and each of the others after one more line came, and
/// then takes everything in silence. Returns its address.
async fn peer(says: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        for (n, text) in says.iter().enumerate() {
            if n > 0 && lines.next_line().await.unwrap_or(None).is_none() {
                return;
            }
            let _ = write.write_all(text.as_bytes()).await;
        }
        while let Ok(Some(_)) = lines.next_line().await {}
    });
    address
}

#[tokio::test]
async fn answers_that_were_not_asked_for_are_no_delivery() {
    const LATER: &str = "250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n";
    let cases: [(&str, &'static [&'static str]); 4] = [
        ("", &["220 hi\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n"]),
        ("", &["220 hi\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n250 queued\r\n"]),
        (
            "?tls=required",
            &["220 hi\r\n", "250 STARTTLS\r\n", "220 go on\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 x\r\n250 x\r\n"],
        ),
        ("?tls=required", &["220 hi\r\n", "250 STARTTLS\r\n", "250 ok\r\n", LATER]),
    ];
    for (query, says) in cases {
        let url = Secret::new(format!("smtp://{}{query}", peer(says).await));
        let notifier = SmtpNotifier::from_url(&url, Some(sender())).unwrap();
        let error = notifier.notify(&sample_notification("anna@example.com")).await.expect_err("no relay got the mail");
        let shown = error.to_string();
        let is_told =
            shown.contains("answered before it was asked") || shown.contains("does not belong to the command");
        assert!(is_told || error.kind() == ErrorKind::OutcomeUnknown, "{says:?}: {error:?}");
    }
}

#[tokio::test]
async fn answers_sent_during_the_handshake_are_no_delivery() {
    // behind the answer to STARTTLS, in a packet of their own
    let says = &["220 hi\r\n", "250 STARTTLS\r\n", "220 go on\r\n"];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Secret::new(format!("smtp://{}?tls=required", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for (n, text) in says.iter().enumerate() {
            let mut line = [0; 512];
            if n > 0 {
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut line).await;
            }
            let _ = stream.write_all(text.as_bytes()).await;
        }
        // the client's first message of the handshake
        let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
        let _ = stream.write_all(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n").await;
        std::future::pending::<()>().await;
    });
    let notifier = SmtpNotifier::from_url(&url, Some(sender())).unwrap();
    let error = notifier.notify(&sample_notification("anna@example.com")).await.unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("connect to the SMTP relay"), "{error:?}");
}

#[tokio::test]
async fn relay_without_tls_is_refused_with_advice() {
    let url = Secret::new(format!("smtp://{}?tls=required", peer(&["220 hi\r\n", "250 ok\r\n"]).await));
    let notifier = SmtpNotifier::from_url(&url, Some(sender())).unwrap();
    let error = notifier.notify(&sample_notification("anna@example.com")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("ask for a relay with TLS, or add tls=none to the URL"), "{error}");
}

#[tokio::test]
async fn relay_that_quotes_secrets_is_redacted() {
    // the password as it is, as it stands in the URL, and as AUTH PLAIN and AUTH LOGIN send it
    let password = ["p@ss+word", "p%40ss%2Bword", "AGpvYgBwQHNzK3dvcmQ=", "cEBzcyt3b3Jk"];
    for at in ["AUTH", "MAIL", "RCPT", "DATA", "."] {
        let (notifier, server) = fresh().await;
        let notification = sample_notification("anna@example.com");
        let link = notification.link.as_ref().unwrap().url.expose().clone();
        let (_, query) = link.split_once('?').unwrap();
        // the values of the link stand alone, so that they do not look like one
        let values =
            query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value).filter(|v| v.len() < 100);
        let quoted: Vec<&str> =
            if at == "AUTH" { password.to_vec() } else { password.into_iter().chain(values).collect() };
        server.set_behavior(Behavior::Responds(at, format!("554 5.7.1 you said {}", quoted.join(" "))));
        let error = notifier.notify(&notification).await.unwrap_err();
        let shown = format!("{error:?} {}", error.report());
        assert!(shown.contains("5.7.1 you said") && shown.contains("[secret]"), "{at}: {shown}");
        for part in ["p@ss", "p%40ss", "QHNzK3", "cEBzcyt3", SECRET] {
            assert!(!shown.contains(part), "{at}: {part} in {shown}");
        }
    }
}

#[tokio::test]
async fn check_verifies_relay_and_credentials() {
    let (notifier, server) = fresh().await;
    let summary = notifier.check().await.unwrap().summary;
    assert!(summary.contains("127.0.0.1") && summary.contains("security@example.co.jp"), "{summary}");
    assert!(server.messages().await.is_empty());

    server.set_behavior(Behavior::Responds("AUTH", "535 5.7.8 wrong".to_owned()));
    let error = notifier.check().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.to_string().contains("check the user and the password"), "{error}");

    let nowhere = Secret::new("smtp://u:geheim@127.0.0.1:1".to_owned());
    let nowhere = SmtpNotifier::from_url(&nowhere, Some(sender())).unwrap();
    let error = nowhere.check().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(!format!("{error:?} {error} {nowhere:?}").contains("geheim"));
}

#[test]
fn url_without_sender_is_refused() {
    let url = Secret::new("smtp://mail.example.com".to_owned());
    assert!(SmtpNotifier::from_url(&url, None).unwrap_err().to_string().contains("add ?from="));
}
