//! Tests of the webhook for programs against a loopback server.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use findings_core::testing::conformance::notifier::{Inbox, Message, SECRET, sample_notification};
use findings_core::{Backend, ErrorKind, Notifier, Secret};
use findings_notify::{WebhookEndpoints, WebhookNotifier};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::chat::{HOOK, Server};

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

fn notifier(server: &Server) -> WebhookNotifier {
    let key = format!("whsec_{}", STANDARD.encode(KEY));
    let entry = |name: &str| json!({ "url": format!("http://127.0.0.1:{}/{name}/{HOOK}", server.port), "key": key });
    let endpoints = json!({ "tickets": entry("tickets"), "audit": entry("audit") }).to_string();
    WebhookNotifier::new(WebhookEndpoints::parse("HOOKS", &Secret::new(endpoints)).unwrap()).unwrap()
}

struct Endpoints(Server);

#[async_trait]
impl Inbox for Endpoints {
    async fn messages(&self) -> Vec<Message> {
        let accepted = self.0.accepted.lock().unwrap();
        let text = |body: &Value| format!("{}\n{}", body["subject"].as_str().unwrap(), body["text"].as_str().unwrap());
        accepted.iter().map(|(name, body)| Message::new([format!("webhook:{name}")], text(body))).collect()
    }

    fn recipients(&self) -> [&'static str; 2] {
        ["webhook:tickets", "webhook:audit"]
    }

    async fn break_down(&self) {
        *self.0.answers.lock().unwrap() = vec![(410, "", "gone")];
    }
}

async fn fresh() -> (WebhookNotifier, Endpoints) {
    let server = Server::start(&[(204, "", "")]).await;
    (notifier(&server), Endpoints(server))
}

mod conformance {
    findings_core::notifier_conformance!(super::fresh());
}

#[tokio::test]
async fn message_is_signed_and_keeps_its_id() {
    let server = Server::start(&[(503, "", ""), (200, "", "taken")]).await;
    let webhook = notifier(&server);
    let mut sample = sample_notification("webhook:tickets");
    assert_eq!(webhook.notify(&sample).await.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    let receipt = webhook.notify(&sample).await.unwrap();
    sample.edition = 2;
    assert_ne!(webhook.notify(&sample).await.unwrap(), receipt, "another edition is another message");
    let raw = server.raw.lock().unwrap();
    for (headers, body) in raw.iter() {
        let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
        mac.update(format!("{}.{}.{body}", headers["webhook-id"], headers["webhook-timestamp"]).as_bytes());
        assert_eq!(headers["webhook-signature"], format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
    }
    let ids: Vec<&str> = raw.iter().map(|(headers, _)| headers["webhook-id"].as_str()).collect();
    assert!(ids[0] == ids[1] && ids[1] == receipt.message_id && ids[2] != ids[1], "{ids:?}");
}

#[tokio::test]
async fn body_says_what_programs_need_and_no_link() {
    let (webhook, inbox) = fresh().await;
    let mut sample = crate::incomplete(findings_core::Locale::En);
    sample.recipient = "webhook:audit".parse().unwrap();
    webhook.notify(&sample).await.unwrap();
    let body = inbox.0.accepted.lock().unwrap()[0].1.clone();
    assert_eq!(
        (&body["type"], &body["version"], &body["project"]),
        (&json!("security_hub.report"), &json!(1), &json!("Payments"))
    );
    assert_eq!((&body["complete"], &body["conclusion"]), (&json!(false), &json!("findings")));
    assert_eq!((&body["counts"]["critical"], &body["total"]), (&json!(3), &json!(1_256)));
    let first = &body["problems"][0];
    assert_eq!(first, &json!({ "kind": "account_not_fetched", "account": "012345678901", "region": "ap-northeast-1" }));
    let text = body.to_string();
    assert!(!text.contains(SECRET) && !text.contains("X-Amz") && !text.contains("no answer in time\""), "{text}");
}

#[tokio::test]
async fn answers_decide_whether_it_was_sent() {
    for (status, kind) in [
        (302, ErrorKind::InvalidInput),
        (401, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (422, ErrorKind::InvalidInput),
        (500, ErrorKind::OutcomeUnknown),
        (0, ErrorKind::OutcomeUnknown),
    ] {
        let server = Server::start(&[(status, "", "hook geheim0geheim")]).await;
        let error = notifier(&server).notify(&sample_notification("webhook:tickets")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}: {error}");
        assert!(!format!("{error:?} {}", error.report()).contains(HOOK), "{error:?}");
    }
    let (webhook, _inbox) = fresh().await;
    assert_eq!(webhook.check().await.unwrap().summary, "webhooks: audit, tickets");
    let error = webhook.notify(&sample_notification("webhook:other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn urgent_body_says_what_programs_need() {
    use findings_core::history::Change;
    use findings_core::notify::{UrgentFinding, UrgentList, UrgentNotification};
    let (webhook, inbox) = fresh().await;
    let at = "2026-11-23T00:00:00Z".parse().unwrap();
    let account = "012345678901".parse().unwrap();
    let finding = UrgentFinding::new("1", findings_core::Severity::Critical, Change::Worse, account, at);
    let to = "webhook:audit".parse().unwrap();
    let n = UrgentNotification::new("Payments", "urgent-1".parse().unwrap(), at, to, UrgentList::new(vec![finding]));
    webhook.notify_urgent(&n).await.unwrap();
    let body = inbox.0.accepted.lock().unwrap()[0].1.clone();
    assert_eq!((&body["type"], &body["total"]), (&json!("security_hub.urgent"), &json!(1)));
    let first = &body["findings"][0];
    assert_eq!(
        (&first["severity"], &first["change"], &first["account"]),
        (&json!("CRITICAL"), &json!("worse"), &json!("012345678901"))
    );
}
