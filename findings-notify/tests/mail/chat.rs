//! Tests of the chat notifiers against a loopback server that answers, breaks the connection or hangs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use findings_core::coverage::Verdict;
use findings_core::languages::Language;
use findings_core::testing::conformance::notifier::{Inbox, Message, SECRET, sample_notification};
use findings_core::{Backend, Error, ErrorKind, Locale, Notifier, Secret};
use findings_notify::{ChatNotifier, Webhooks};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::{full, http, incomplete};

/// Status, additional header and body of a response. Status 0 closes the connection without a response, 1 never
/// answers.
pub(crate) type Answer = (u16, &'static str, &'static str);

/// Headers, with names in lower case, and body.
type RawRequest = (BTreeMap<String, String>, String);

pub(crate) const SLACK_OK: Answer = (200, "", "ok");
const TEAMS_OK: Answer = (202, "", "");
const GOOGLE_OK: Answer = (200, "", r#"{"name":"spaces/A/messages/B"}"#);
/// The secret part of the webhook URL.
pub(crate) const HOOK: &str = "geheim0geheim";

#[derive(Clone)]
pub(crate) struct Server {
    /// The responses, used in order; the last one repeats.
    pub(crate) answers: Arc<Mutex<Vec<Answer>>>,
    /// Channel and body of each accepted message.
    pub(crate) accepted: Arc<Mutex<Vec<(String, Value)>>>,
    /// Headers and body of each request, as they came.
    pub(crate) raw: Arc<Mutex<Vec<RawRequest>>>,
    pub(crate) requests: Arc<Mutex<usize>>,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) async fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = Arc::new(Mutex::new(answers.to_vec()));
        let server = Self { answers, accepted: Arc::default(), raw: Arc::default(), requests: Arc::default(), port };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    async fn serve(self, mut stream: TcpStream) {
        let (first, headers, body) = http::read_with_headers(&mut stream).await;
        self.raw.lock().unwrap().push((headers, String::from_utf8(body.clone()).unwrap()));
        *self.requests.lock().unwrap() += 1;
        let (status, header, text) = self.next();
        match status {
            0 => return,
            1 => {
                // only timers are left from here on; a paused clock lets them expire at once
                tokio::time::pause();
                std::future::pending::<()>().await;
            }
            // the paused clock skips the client's wait; a clock can be paused only once
            429 if *self.requests.lock().unwrap() == 1 => tokio::time::pause(),
            200..=299 => {
                let channel = first.split('/').nth(1).unwrap().to_owned();
                let body = serde_json::from_slice(&body).expect("JSON");
                self.accepted.lock().unwrap().push((channel, body));
            }
            _ => {}
        }
        let length = text.len();
        let head =
            format!("HTTP/1.1 {status} x\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n{text}");
        let _ = stream.write_all(head.as_bytes()).await;
    }

    fn next(&self) -> Answer {
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 { answers.remove(0) } else { answers[0] }
    }

    pub(crate) fn webhooks(&self) -> Webhooks {
        let url = |channel: &str| format!("http://127.0.0.1:{}/{channel}/{HOOK}", self.port);
        let hooks = serde_json::json!({"payments": url("payments"), "ops": url("ops")});
        Webhooks::parse("HOOKS", &Secret::new(hooks.to_string())).unwrap()
    }
}

/// The channels of a server, as the conformance suite reads them.
pub(crate) struct Channels {
    server: Server,
    scheme: &'static str,
}

#[async_trait]
impl Inbox for Channels {
    async fn messages(&self) -> Vec<Message> {
        // the paused clock skips the pause of a second between messages
        let accepted = self.server.accepted.lock().unwrap();
        let read = |(channel, body): &(String, Value)| {
            let text = match self.scheme {
                "slack" => read_slack(body),
                "teams" => read_teams(body),
                "mattermost" => read_mattermost(body),
                _ => read_google_chat(body),
            };
            Message::new([format!("{}:{channel}", self.scheme)], text)
        };
        accepted.iter().map(read).collect()
    }

    fn recipients(&self) -> [&'static str; 2] {
        match self.scheme {
            "slack" => ["slack:payments", "slack:ops"],
            "teams" => ["teams:payments", "teams:ops"],
            "mattermost" => ["mattermost:payments", "mattermost:ops"],
            _ => ["googlechat:payments", "googlechat:ops"],
        }
    }

    async fn break_down(&self) {
        *self.server.answers.lock().unwrap() = vec![(410, "", "channel_is_archived")];
    }
}

/// Returns the text that Slack shows, and asserts that every text object is `plain_text`.
fn read_slack(body: &Value) -> String {
    let plain = |text: &Value| {
        assert_eq!(text["type"], "plain_text");
        text["text"].as_str().unwrap().to_owned()
    };
    let texts = body["blocks"].as_array().unwrap().iter().flat_map(|block| match block["type"].as_str() {
        Some("actions") => vec![plain(&block["elements"][0]["text"])],
        _ if block["fields"].is_array() => block["fields"].as_array().unwrap().iter().map(plain).collect(),
        _ => vec![plain(&block["text"])],
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Returns the text that Teams shows, and asserts that the card consists of text runs and a table of numbers.
fn read_teams(body: &Value) -> String {
    let card = &body["attachments"][0];
    assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
    let texts = card["content"]["body"].as_array().unwrap().iter().map(|block| {
        if block["type"] == "FactSet" {
            let fact =
                |fact: &Value| format!("{}: {}", fact["title"].as_str().unwrap(), fact["value"].as_str().unwrap());
            return block["facts"].as_array().unwrap().iter().map(fact).collect::<Vec<_>>().join("\n");
        }
        assert_eq!((&block["type"], &block["inlines"][0]["type"]), (&"RichTextBlock".into(), &"TextRun".into()));
        block["inlines"][0]["text"].as_str().unwrap().to_owned()
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Returns the text that Mattermost shows, and asserts that all of it is in one block of code.
fn read_mattermost(body: &Value) -> String {
    let text = body["text"].as_str().unwrap();
    let fence: String = text.chars().take_while(|c| *c == '`').collect();
    let (text, button) = text.rsplit_once(&fence).unwrap();
    assert!(button.is_empty() || button.starts_with("\n["), "{button}");
    let inner = text.strip_prefix(&format!("{fence}text\n")).unwrap();
    assert!(fence.len() >= 3 && !inner.contains(&fence), "{text}");
    inner.to_owned()
}

/// Returns the text that Google Chat shows: of paragraphs, whose only tags are line breaks.
fn read_google_chat(body: &Value) -> String {
    let card = &body["cardsV2"][0]["card"];
    let widgets = card["sections"][0]["widgets"].as_array().unwrap().iter();
    let paragraphs = widgets.filter(|widget| widget["buttonList"].is_null()).map(|widget| {
        let (text, fact) = (&widget["textParagraph"]["text"], &widget["decoratedText"]);
        let fact = || format!("{}: {}", fact["topLabel"].as_str().unwrap(), fact["text"].as_str().unwrap());
        text.as_str().map_or_else(fact, |text| text.replace("<br>", "\n"))
    });
    let text = paragraphs.collect::<Vec<_>>().join("\n");
    assert!(!text.contains(['<', '>']), "{text}");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    format!("{}\n{text}", card["header"]["title"].as_str().unwrap())
}

async fn fresh(scheme: &'static str) -> (ChatNotifier, Channels) {
    let (make, answer): (fn(Webhooks) -> findings_core::Result<ChatNotifier>, Answer) = match scheme {
        "slack" => (ChatNotifier::slack, SLACK_OK),
        "teams" => (ChatNotifier::teams, TEAMS_OK),
        "mattermost" => (ChatNotifier::mattermost, SLACK_OK),
        _ => (ChatNotifier::google_chat, GOOGLE_OK),
    };
    let server = Server::start(&[answer]).await;
    (make(server.webhooks()).unwrap(), Channels { server, scheme })
}

pub(crate) async fn fresh_slack() -> (ChatNotifier, Channels) {
    fresh("slack").await
}

pub(crate) async fn fresh_teams() -> (ChatNotifier, Channels) {
    fresh("teams").await
}

mod slack {
    findings_core::notifier_conformance!(super::fresh("slack"));
}

mod teams {
    findings_core::notifier_conformance!(super::fresh("teams"));
}

mod mattermost {
    findings_core::notifier_conformance!(super::fresh("mattermost"));
}

mod google_chat {
    findings_core::notifier_conformance!(super::fresh("googlechat"));
}

#[tokio::test]
async fn page_of_a_proxy_is_no_answer_of_a_service() {
    for (make, to) in [
        (ChatNotifier::mattermost as fn(Webhooks) -> findings_core::Result<ChatNotifier>, "mattermost:ops"),
        (ChatNotifier::google_chat, "googlechat:ops"),
    ] {
        let server = Server::start(&[(200, "", "<html>please log in")]).await;
        let error = make(server.webhooks()).unwrap().notify(&sample_notification(to)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    }
}

/// Sends one message; returns the error and the number of requests.
fn failing(slack: bool, answers: &[Answer]) -> (Error, usize) {
    // a separate runtime, because a server that hangs pauses the clock
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::start(answers).await;
        let (notifier, to) = if slack {
            (ChatNotifier::slack(server.webhooks()), "slack:payments")
        } else {
            (ChatNotifier::teams(server.webhooks()), "teams:payments")
        };
        let error = notifier.unwrap().notify(&sample_notification(to)).await.unwrap_err();
        let requests = *server.requests.lock().unwrap();
        (error, requests)
    })
}

#[test]
fn webhook_that_quotes_its_url_is_redacted() {
    for status in [200, 302, 400, 403, 410, 429, 500] {
        for text in [
            "no hook at /payments/geheim0geheim",
            "NO HOOK AT /PAYMENTS/GEHEIM0GEHEIM",
            r#"{"path":"/payments/geheim0geheim"}"#,
            "hook Z2VoZWltMGdlaGVpbQ==",
        ] {
            let (error, _) = failing(true, &[(status, "", text)]);
            let printed = format!("{error:?} {}", error.report());
            assert!(printed.contains("[secret]"), "{status} {text}: {printed}");
            let lower = printed.to_ascii_lowercase();
            assert!(!lower.contains(HOOK) && !printed.contains("Z2VoZWlt"), "{status} {text}: {printed}");
        }
    }
}

#[test]
fn responses_map_to_error_kinds() {
    for slack in [true, false] {
        for (answer, kind, requests) in [
            ((400, "", "invalid_blocks"), ErrorKind::InvalidInput, 1),
            ((403, "", "action_prohibited"), ErrorKind::PermissionDenied, 1),
            ((404, "", "no_service"), ErrorKind::NotFound, 1),
            ((410, "", "channel_is_archived"), ErrorKind::NotFound, 1),
            ((413, "", "request entity too large"), ErrorKind::InvalidInput, 1),
            ((302, "location: http://127.0.0.1:1/\r\n", ""), ErrorKind::InvalidInput, 1),
            ((429, "retry-after: 2\r\n", ""), ErrorKind::Throttled, 3),
            ((429, "retry-after: 3600\r\n", ""), ErrorKind::Throttled, 1),
            ((429, "", "slow down"), ErrorKind::Throttled, 3),
            ((500, "", "oops"), ErrorKind::OutcomeUnknown, 1),
            ((503, "", ""), ErrorKind::OutcomeUnknown, 1),
            ((0, "", ""), ErrorKind::OutcomeUnknown, 1),
            ((1, "", ""), ErrorKind::OutcomeUnknown, 1),
        ] {
            let shown = format!("{answer:?}");
            let (error, attempts) = failing(slack, &[answer]);
            assert_eq!((error.kind(), attempts), (kind, requests), "{shown}: {}", error.report());
            assert_eq!(
                error.to_string().contains("unknown whether"),
                kind == ErrorKind::OutcomeUnknown,
                "{shown}: {error}"
            );
            let printed = format!("{error:?} {}", error.report());
            assert!(!printed.contains(HOOK) && !printed.contains(SECRET), "{printed}");
        }
    }
}

#[test]
fn slack_requires_ok_body() {
    for answer in [(200, "", "<html>please log in"), (202, "", "")] {
        let (error, _) = failing(true, &[answer]);
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    }
    // a workflow with a Response action answers 200
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::start(&[(200, "", "{}")]).await;
        let teams = ChatNotifier::teams(server.webhooks()).unwrap();
        teams.notify(&sample_notification("teams:ops")).await.unwrap();
    });
}

#[test]
fn throttled_message_is_posted_again_after_pause() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::start(&[(429, "retry-after: 7\r\n", ""), SLACK_OK]).await;
        let start = tokio::time::Instant::now();
        let slack = ChatNotifier::slack(server.webhooks()).unwrap();
        slack.notify(&sample_notification("slack:ops")).await.unwrap();
        assert_eq!(server.accepted.lock().unwrap().len(), 1);
        // the paused clock advances only by the waits of the notifier
        assert!(start.elapsed() >= Duration::from_secs(7));
    });
}

#[tokio::test]
async fn closed_port_reports_nothing_sent() {
    let hooks = Webhooks::parse("OPS", &Secret::new(format!("http://127.0.0.1:1/{HOOK}"))).unwrap();
    let slack = ChatNotifier::slack(hooks).unwrap();
    let error = slack.notify(&sample_notification("slack:ops")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.report());
    assert!(error.to_string().contains("nothing was sent") && !format!("{error:?}").contains(HOOK), "{error}");
}

#[tokio::test]
async fn channel_names_ignore_case() {
    let (slack, _inbox) = fresh_slack().await;
    for (to, served) in [
        ("slack:payments", true),
        ("slack:Payments", true),
        ("slack:other", false),
        ("teams:payments", false),
        ("payments@example.com", false),
    ] {
        assert_eq!(slack.serves(&to.parse().unwrap()), served, "{to}");
    }
    assert_eq!(slack.check().await.unwrap().summary, "slack channels: ops, payments");
    let error = slack.notify(&sample_notification("slack:other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn channel_message_has_counts_but_no_link() {
    for locale in Locale::ALL {
        for notification in [full(locale), incomplete(locale)] {
            let (teams, teams_inbox) = fresh_teams().await;
            let (slack, slack_inbox) = fresh_slack().await;
            let to = |recipient: &str| {
                let mut n = notification.clone();
                n.recipient = recipient.parse().unwrap();
                (n.answer_link, n.link) = (n.link, None);
                n
            };
            teams.notify(&to("teams:ops")).await.unwrap();
            slack.notify(&to("slack:ops")).await.unwrap();
            for inbox in [&teams_inbox, &slack_inbox] {
                let raw = inbox.server.accepted.lock().unwrap()[0].1.to_string();
                assert!(!raw.contains("X-Amz") && !raw.contains(SECRET) && !raw.contains("reports.s3"), "{raw}");
                let text = inbox.messages().await.remove(0).text;
                for fact in ["1,234", "1,240", "1,256", "cloud-security@example.com", &notification.project] {
                    assert!(text.contains(fact), "{fact} is missing in {text}");
                }
                let says_incomplete = text.to_lowercase().contains(Language::of(locale).mail.project_incomplete);
                assert_eq!(says_incomplete, !notification.is_complete(), "{text}");
            }
        }
    }
}

/// What a channel may open stands in the button, and nowhere else.
#[tokio::test]
async fn link_for_a_channel_is_a_button() {
    for scheme in ["slack", "teams", "mattermost", "googlechat"] {
        let (notifier, channels) = fresh(scheme).await;
        let mut n = full(Locale::En);
        n.recipient = channels.recipients()[0].parse().unwrap();
        let link = n.link.as_mut().unwrap();
        link.url = Secret::new(format!("https://links.example.com/r/{SECRET}"));
        notifier.notify(&n).await.unwrap();
        let body = channels.server.accepted.lock().unwrap()[0].1.clone();
        let found = match scheme {
            "slack" => body["blocks"].as_array().unwrap().last().unwrap()["elements"][0]["url"].clone(),
            "teams" => body["attachments"][0]["content"]["actions"][0]["url"].clone(),
            "mattermost" => {
                let button = body["text"].as_str().unwrap().rsplit_once("[Open the report](").unwrap().1;
                button.trim_end_matches(')').into()
            }
            _ => {
                let widgets = body["cardsV2"][0]["card"]["sections"][0]["widgets"].as_array().unwrap();
                widgets.last().unwrap()["buttonList"]["buttons"][0]["onClick"]["openLink"]["url"].clone()
            }
        };
        assert_eq!(found, format!("https://links.example.com/r/{SECRET}"), "{scheme}");
        assert_eq!(body.to_string().matches(SECRET).count(), 1, "{scheme}");
        let text = channels.messages().await.remove(0).text;
        assert!(!text.contains("not posted"), "{scheme}: {text}");
    }
}

/// The card points to a mail only if there is one.
#[tokio::test]
async fn channel_message_promises_no_mail_that_was_not_sent() {
    for (is_mailed, said) in [(true, "is in the mail to the project"), (false, "not posted in this channel")] {
        let (slack, inbox) = fresh_slack().await;
        let mut n = full(Locale::En);
        (n.recipient, n.is_mailed, n.link) = ("slack:ops".parse().unwrap(), is_mailed, None);
        slack.notify(&n).await.unwrap();
        let text = inbox.messages().await.remove(0).text;
        assert!(text.contains(said) && text.contains("in the mail") == is_mailed, "{text}");
    }
}

#[tokio::test]
async fn channel_message_says_what_to_do_first() {
    for scheme in ["slack", "teams", "mattermost", "googlechat"] {
        let (notifier, channels) = fresh(scheme).await;
        let mut n = full(Locale::Ja);
        n.recipient = channels.recipients()[0].parse().unwrap();
        notifier.notify(&n).await.unwrap();
        let text = channels.messages().await.remove(0).text;
        for said in
            ["まず対応すること", "【重大】IAM.6", "期限超過 12日", "012345678901", "ありがとうございます", "EC2.19"]
        {
            assert!(text.contains(said), "{scheme}: {said} is missing in {text}");
        }
    }
}

#[tokio::test]
async fn channel_message_states_coverage() {
    let message_text = async |verdict, other_regions| {
        let mut n = crate::empty(Locale::En);
        n.recipient = "slack:ops".parse().unwrap();
        (n.certainty.verdict, n.certainty.other_regions) = (verdict, other_regions);
        let (slack, inbox) = fresh_slack().await;
        slack.notify(&n).await.unwrap();
        inbox.messages().await.remove(0).text
    };
    assert!(message_text(Verdict::Covered, false).await.contains("made checks in every account"));
    assert!(message_text(Verdict::NotChecked, false).await.contains("was not verified"));
    assert!(message_text(Verdict::NotChecked, true).await.contains("was not verified for every Region"));
}

#[tokio::test]
async fn channel_message_states_doubts_about_the_data() {
    let mut n = full(Locale::En);
    n.recipient = "slack:ops".parse().unwrap();
    (n.certainty.odd_values, n.certainty.ambiguous) = (3, 2);
    let (slack, inbox) = fresh_slack().await;
    slack.notify(&n).await.unwrap();
    let text = inbox.messages().await.remove(0).text;
    assert!(text.contains("3 values of findings") && text.contains("2 findings have the same ID"), "{text}");
}

#[tokio::test]
async fn slack_message_shows_markup_as_text() {
    let (slack, inbox) = fresh_slack().await;
    let mut n = full(Locale::En);
    n.recipient = "slack:ops".parse().unwrap();
    "<!channel> <https://evil.example|click> *bold* & :tada:".clone_into(&mut n.project);
    slack.notify(&n).await.unwrap();
    let body = inbox.server.accepted.lock().unwrap()[0].1.clone();
    let fallback = body["text"].as_str().unwrap();
    assert!(fallback.contains("&lt;!channel&gt;") && !fallback.contains('<'), "{fallback}");
    assert!(read_slack(&body).contains("<!channel> <https://evil.example|click> *bold* & :tada:"));
}

#[tokio::test]
async fn channel_hears_of_what_is_overdue_without_a_link() {
    use findings_core::notify::{DecisionNotification, DecisionSubject, ReportLink};
    let (teams, channels) = fresh_teams().await;
    let subject = DecisionSubject::Escalation { after_days: 14, due: findings_core::testing::decisions::due_list("a") };
    let (run, at) = ("2026-11-23".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
    let mut n = DecisionNotification::new("Payments", run, at, channels.recipients()[0].parse().unwrap(), subject);
    n.link = sample_notification(channels.recipients()[0]).link.map(|link| ReportLink::new("xlsx", link));
    assert!(n.link.is_some());
    teams.notify_decisions(&n).await.unwrap();
    let text = channels.messages().await.remove(0).text;
    assert!(text.contains("Payments") && text.contains("S3.1") && text.contains("3 days overdue"), "{text}");
    assert!(!text.contains("http") && text.contains("links to it are not posted in channels"), "{text}");
}

#[tokio::test]
async fn channel_hears_of_what_is_urgent() {
    use findings_core::history::Change;
    use findings_core::notify::{UrgentFinding, UrgentList, UrgentNotification};
    let (teams, channels) = fresh_teams().await;
    let at = "2026-11-23T00:00:00Z".parse().unwrap();
    let account = "012345678901".parse().unwrap();
    let mut finding = UrgentFinding::new("1", findings_core::Severity::Critical, Change::New, account, at);
    (finding.label, finding.url) = ("S3.8".into(), Some("https://wiki.example.com/S3.8".into()));
    let to = channels.recipients()[0].parse().unwrap();
    let n = UrgentNotification::new("Payments", "urgent-1".parse().unwrap(), at, to, UrgentList::new(vec![finding]));
    let receipt = teams.notify_urgent(&n).await.unwrap();
    let text = channels.messages().await.remove(0).text;
    assert!(text.contains("Payments: 1 new critical finding") && text.contains("S3.8"), "{text}");
    assert!(text.contains("https://wiki.example.com/S3.8") && text.contains("The next report lists it"), "{text}");
    assert_eq!(teams.notify_urgent(&n).await.unwrap(), receipt, "the same issues are the same message");
}
