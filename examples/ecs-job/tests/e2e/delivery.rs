//! Delivery: links that expire early, `relink`, chat channels, operators, and secrets that must not be printed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_emulators::http_get;
use aws_emulators::{Emulator, EmulatorKind};
use serde_json::{Value, json};

use crate::aws::{World, mails};
use crate::smtp_sink::SmtpSink;
use crate::support::{Job, files, project};

/// Starts a server that gives every request the same answer, and returns its URL.
pub(crate) fn answering(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            read_request(&mut stream);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    url
}

/// Reads the headers and as many bytes of the body as they announce.
pub(crate) fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut part = [0; 4096];
        match stream.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(n) => request.extend_from_slice(&part[..n]),
        }
    }
    request
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    request.len() >= head.len() + 4 + length.unwrap_or(0)
}

/// Returns container credentials that expire in an hour, issued by the emulator's token service.
async fn container_credentials() -> String {
    let emulator = Emulator::shared(EmulatorKind::Ministack).unwrap().endpoint();
    let url = format!("{emulator}/?Action=GetSessionToken&Version=2011-06-15&DurationSeconds=3600");
    let xml = String::from_utf8(http_get(&url).await.unwrap().body.to_vec()).unwrap();
    let field = |name: &str| field(&xml, name);
    let credentials = json!({
        "AccessKeyId": field("AccessKeyId"), "SecretAccessKey": field("SecretAccessKey"),
        "Token": field("SessionToken"), "Expiration": field("Expiration"),
    });
    answering("200 OK", credentials.to_string())
}

/// Returns the access key of a user, issued by the emulator, as `aws iam create-access-key` prints it.
async fn user_key() -> String {
    let emulator = Emulator::shared(EmulatorKind::Ministack).unwrap();
    let ask = |action: &str, user: &str| {
        format!("{}/?Action={action}&Version=2010-05-08&UserName={user}", emulator.endpoint())
    };
    let user = emulator.unique("links");
    http_get(&ask("CreateUser", &user)).await.unwrap();
    let xml = String::from_utf8(http_get(&ask("CreateAccessKey", &user)).await.unwrap().body.to_vec()).unwrap();
    json!({"AccessKey": {"AccessKeyId": field(&xml, "AccessKeyId"), "SecretAccessKey": field(&xml, "SecretAccessKey")}})
        .to_string()
}

/// Returns the text of an element.
fn field(xml: &str, name: &str) -> String {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {xml}"));
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn short_links_are_reported_attached_or_refused() {
    let world = World::new().await;
    let container = container_credentials().await;
    let job = |command: &str, run_id: &str, min_ttl: &str| {
        let job = world.job(command, run_id).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
        job.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container).args(&["--link-min-ttl", min_ttl]).run()
    };
    let plan = job("plan", "run-hour", "3d").expect(0);
    assert!(plan.stdout.contains("instead of at least 3d"), "{}", plan.stdout);
    let refused = job("run", "run-hour", "3d:fail").expect(2);
    assert!(refused.stderr.contains("FINDINGS_LINK_CREDENTIALS"), "{}", refused.stderr);
    assert!(mails("run-hour").await.is_empty());
    let done = job("run", "run-hour", "3d:attach").expect(0);
    assert!(done.stderr.contains("instead of at least 3d"), "{}", done.stderr);
    let summary = done.summary();
    let sent = mails("run-hour").await;
    assert!(!sent.is_empty());
    for mail in &sent {
        let says_so = mail.text.contains("works for a short time only") || mail.text.contains("有効期限が通常より短く");
        assert!(says_so, "{}", mail.text);
        assert!(mail.attached.as_ref().is_some_and(|name| name.contains("run-hour")), "{:?}", mail.attached);
        assert_eq!(http_get(mail.link()).await.unwrap().status, 200);
    }
    let ends: Vec<&Value> = summary["projects"].as_array().unwrap().iter().map(|p| &p["link_expires_at"]).collect();
    assert!(ends.iter().all(|end| end.is_string()), "{ends:?}");
    for secret in ["X-Amz-Signature", "X-Amz-Security-Token", "AWS4-HMAC"] {
        assert!(!format!("{}{}", done.stdout, done.stderr).contains(secret), "{secret} is in the output");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn relink_mails_links_signed_with_link_key() {
    let world = World::new().await;
    let summary = world.job("run", "run-again").run().expect(0).summary();
    let before = mails("run-again").await;
    let (name, people) = summary["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["project"].as_str().unwrap(), p["notified"].as_array().unwrap().len()))
        .next()
        .unwrap();
    let key = user_key().await;
    let again = world
        .job("relink", "run-again")
        .args(&["--project", name, "--link-credentials", "env:LINK_KEY", "--link-ttl", "2d"])
        .env("LINK_KEY", key)
        .run()
        .expect(0);
    assert_eq!(project(&again.summary(), name)["notified"].as_array().unwrap().len(), people);
    let all = mails("run-again").await;
    assert_eq!(all.len(), before.len() + people);
    let fresh: Vec<_> = all.iter().filter(|m| m.subject.contains("New link") || m.subject.contains("再発行")).collect();
    assert_eq!(fresh.len(), people);
    for mail in fresh {
        assert!(mail.link().contains("X-Amz-Expires=172800&"));
        assert_eq!(http_get(mail.link()).await.unwrap().status, 200);
    }
    assert!(!again.stderr.contains("X-Amz-"), "{}", again.stderr);
    let unknown = world.job("relink", "run-that-never-was").run().expect(2);
    assert!(unknown.stderr.contains("no project of this run was delivered"), "{}", unknown.stderr);
}

/// Returns a job on the sample organisation with one more project, whose recipients include a chat channel.
fn with_channels(dir: &std::path::Path) -> Job {
    let registry =
        "project,account_ids,recipients\nPayments,111100000001,anna@example.com;slack:Payments;teams:nobody\n";
    std::fs::write(dir.join("projects.csv"), registry).unwrap();
    std::fs::write(dir.join("findings.json"), "[]").unwrap();
    Job::in_dir(dir).args(&["--projects", "projects.csv", "--source", "findings.json", "--log-level", "trace"])
}

#[test]
fn channels_and_operators_are_notified_without_printing_secrets() {
    const HOOK: &str = "geheim0geheim";
    let dir = tempfile::tempdir().unwrap();
    let slack = answering("200 OK", "ok".to_owned());
    let done = with_channels(dir.path())
        .args(&["run", "--run-id", "r", "--notify", "outbox:mails", "--notify", "slack:SLACK_HOOKS"])
        .args(&["--operators", "ops@example.com"])
        .env("SLACK_HOOKS", format!(r#"{{"payments":"{slack}/{HOOK}"}}"#))
        .run();
    let summary = done.summary();
    let outcome = project(&summary, "Payments");
    assert_eq!(outcome["notified"], json!(["anna@example.com", "slack:Payments"]), "{outcome}");
    let errors = outcome["errors"].to_string();
    assert!(errors.contains("teams:nobody was not told"), "{errors}");
    let eml = files(&dir.path().join("mails"), "eml");
    let mails: Vec<String> = eml.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert!(mails.len() == 2 && mails.iter().any(|m| m.contains("To: ops@example.com")), "{eml:?}");
    assert!(!format!("{}{}", done.stdout, done.stderr).contains(HOOK));
    let plan = with_channels(dir.path()).args(&["plan", "--notify", "outbox:mails"]).run().expect(1);
    assert!(plan.stdout.contains("slack:Payments: no notifier serves it"), "{}", plan.stdout);
}

#[test]
fn archived_channel_affects_no_other_recipient() {
    let dir = tempfile::tempdir().unwrap();
    let gone = answering("410 Gone", "channel_is_archived https://hooks.example/geheim".to_owned());
    let done = with_channels(dir.path())
        .args(&["run", "--run-id", "r", "--notify", "outbox:mails", "--notify", "slack:HOOKS"])
        .env("HOOKS", format!(r#"{{"payments":"{gone}/geheim"}}"#))
        .run()
        .expect(1);
    let summary = done.summary();
    let outcome = project(&summary, "Payments");
    assert_eq!(outcome["notified"], json!(["anna@example.com"]));
    assert!(outcome["errors"].to_string().contains("HTTP 410: channel_is_archived [link]"), "{outcome}");
    assert!(!format!("{}{}", done.stdout, done.stderr).contains("geheim"));
}

#[test]
fn peers_that_quote_secrets_leave_none_in_log_summary_or_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let hook = answering("403 Forbidden", "no hook geheim0hook, Z2VoZWltMGhvb2s=".to_owned());
    let relay = SmtpSink::refusing("535 5.7.8 jobs:geheim0relay AGpvYnMAZ2VoZWltMHJlbGF5 is wrong");
    let done = with_channels(dir.path())
        .args(&["run", "--run-id", "r", "--notify", "slack:HOOKS"])
        .args(&["--notify", &format!("smtp://jobs:geheim0relay@{}?from=a@example.com", relay.address)])
        .env("HOOKS", format!(r#"{{"payments":"{hook}/services/geheim0hook"}}"#))
        .run();
    // the check at the start already meets the relay
    let done = done.expect(2);
    let hooked = with_channels(dir.path())
        .args(&["run", "--run-id", "r", "--notify", "slack:HOOKS", "--notify", "outbox:mails"])
        .env("HOOKS", format!(r#"{{"payments":"{hook}/services/geheim0hook"}}"#))
        .run()
        .expect(1);
    assert!(done.stdout.contains("535 5.7.8 [secret]") || done.stdout.contains("535 5.7.8 jobs:[secret]"), "{done:?}");
    assert!(hooked.stdout.contains("no hook [secret]"), "{hooked:?}");
    let stored = files(&dir.path().join("out/reports"), "json");
    assert_eq!(stored.len(), 2, "manifest and summary: {stored:?}");
    let stored: String = stored.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for secret in ["geheim0", "Z2VoZWltMG", "ZWltMHJlbGF5"] {
        for (what, text) in [
            ("relay", &done.stdout),
            ("log", &done.stderr),
            ("summary", &hooked.stdout),
            ("log", &hooked.stderr),
            ("manifest and stored summary", &stored),
        ] {
            assert!(!text.contains(secret), "{secret} in the {what}: {text}");
        }
    }
}

/// Starts a proxy that refuses every tunnel, and returns its URL and the first lines of the requests.
fn refusing_proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:pass@{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let asked = seen.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let request = read_request(&mut stream);
            asked.lock().unwrap().push(String::from_utf8_lossy(&request).to_ascii_lowercase());
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (url, seen)
}

#[test]
fn proxy_of_environment_is_used_by_webhooks_and_aws() {
    let dir = tempfile::tempdir().unwrap();
    let (proxy, seen) = refusing_proxy();
    let job = || {
        with_channels(dir.path())
            .args(&["plan", "--notify", "slack:HOOKS", "--notify", "ses:a@example.com"])
            .env("HOOKS", r#"{"payments":"https://hooks.example/services/geheim0hook"}"#)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "geheim0key")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_REGION", "ap-northeast-1")
    };
    job().env("HTTPS_PROXY", &proxy).run().expect(1);
    let asked = seen.lock().unwrap().join("\n");
    assert!(asked.contains("connect email.ap-northeast-1.amazonaws.com:443"), "{asked}");
    assert!(asked.contains("proxy-authorization: basic"), "{asked}");
    seen.lock().unwrap().clear();
    let run = with_channels(dir.path())
        .args(&["run", "--run-id", "r", "--notify", "slack:HOOKS", "--notify", "outbox:mails"])
        .env("HOOKS", r#"{"payments":"https://hooks.example/services/geheim0hook"}"#)
        .env("HTTPS_PROXY", &proxy)
        .run()
        .expect(1);
    let asked = seen.lock().unwrap().join("\n");
    assert!(asked.contains("connect hooks.example:443"), "{asked}");
    assert!(run.stdout.contains("nothing was sent") && !run.stdout.contains("geheim0hook"), "{}", run.stdout);
    seen.lock().unwrap().clear();
    let socks = job().env("HTTPS_PROXY", "socks5://127.0.0.1:1").run().expect(2);
    assert!(socks.stderr.contains("webhooks go through proxies of http://"), "{}", socks.stderr);
}

#[test]
fn proxy_for_everything_is_refused_with_remote_relay() {
    let dir = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start();
    let plan = |host: &str| {
        let url = format!("smtp://{host}?from=a@example.com");
        with_channels(dir.path()).args(&["plan", "--notify", &url]).env("ALL_PROXY", "http://127.0.0.1:1").run()
    };
    let refused = plan("mail.example.com").expect(2);
    assert!(refused.stderr.contains("ALL_PROXY is set, and mail by SMTP goes through no proxy"), "{}", refused.stderr);
    assert!(plan(&sink.address).stdout.contains("SMTP relay 127.0.0.1"));
}

#[test]
fn operators_are_notified_of_failed_start() {
    let dir = tempfile::tempdir().unwrap();
    with_channels(dir.path());
    let job = || Job::in_dir(dir.path()).args(&["run", "--source", "findings.json", "--notify", "outbox:mails"]);
    job().args(&["--projects", "none.csv", "--operators", "ops@example.com"]).run().expect(2);
    let eml = files(&dir.path().join("mails"), "eml");
    assert!(eml.len() == 1 && std::fs::read_to_string(eml.first().unwrap()).unwrap().contains("FAILED"), "{eml:?}");
    std::fs::create_dir(dir.path().join("texts")).unwrap();
    std::fs::write(dir.path().join("texts/mail.en.txt"), "{{ projcet }}").unwrap();
    let broken = job().args(&["--projects", "projects.csv", "--templates", "texts"]).run().expect(2);
    assert!(broken.stderr.contains("mail.en.txt, line 1"), "{}", broken.stderr);
    let no_run = Job::in_dir(dir.path()).args(&["relink"]).run().expect(2);
    assert!(no_run.stderr.contains("--run-id"), "{}", no_run.stderr);
}
