//! Conformance suite of [`Notifier`]: see [`notifier_conformance!`](crate::notifier_conformance).
//!
//! The suite has to check the messages that arrive, so a test supplies an [`Inbox`] with its notifier: the directory,
//! server or channel at the other end. The inbox has to decode the messages with code that is independent of the
//! notifier.

#![expect(clippy::expect_used, reason = "a suite fails by panicking")]
#![expect(clippy::missing_panics_doc, reason = "a clause reports a broken contract by panicking")]

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::notify::{Notification, Recipient, UrgentFinding, UrgentList, UrgentNotification};
use crate::report::{Change, Changes, FirstThing, FixedThing, Headline, LeadReason, Problem, ProblemKind, Report};
use crate::store::{ArtifactLink, LinkLimit};
use crate::{AccountId, ErrorKind, Notifier, RunId, Secret, Severity, SeverityCounts};

/// The receiving end of a notifier.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Returns all messages that have arrived so far.
    async fn messages(&self) -> Vec<Message>;

    /// Returns two recipients that the notifier serves.
    fn recipients(&self) -> [&'static str; 2] {
        ["anna@example.com", "bob@example.com"]
    }

    /// Rejects all messages from now on, as if the server were down or the directory read-only.
    async fn break_down(&self);
}

/// A message as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// All recipients to which it was addressed.
    pub recipients: Vec<String>,
    /// The readable part, decoded: subject and text.
    pub text: String,
    /// The HTML source, decoded, if the message has one.
    pub html: Option<String>,
    /// The raw bytes, if the notifier composes the whole document itself, such as a mail.
    pub raw: Vec<u8>,
}

impl Message {
    /// Creates a message with text only.
    pub fn new<R: Into<String>>(recipients: impl IntoIterator<Item = R>, text: impl Into<String>) -> Self {
        Self { recipients: recipients.into_iter().map(Into::into).collect(), text: text.into(), ..Self::default() }
    }
}

/// The secret part of the link in the sample notification. The suite searches for it in errors and `Debug` output.
pub const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e7";

/// Returns the notification of a complete report of 15 findings, in English, for `recipient` (an address or channel).
/// Its presigned link has 1,500 characters and contains [`SECRET`].
///
/// ```
/// use findings_core::testing::conformance::notifier::sample_notification;
/// let sample = sample_notification("anna@example.com");
/// assert!(sample.is_complete() && sample.link.is_some() && sample.counts.total() == 15);
/// ```
pub fn sample_notification(recipient: &str) -> Notification {
    let run: RunId = "2026-11-23T00:00:00Z".parse().expect("a run ID");
    let at: Timestamp = "2026-11-23T00:00:00Z".parse().expect("a time");
    let to: Recipient = recipient.parse().expect("a recipient");
    let mut report = Report::new("Payments", run, at);
    report.changes = Changes { new: 2, reopened: 1, open: 12, worse: 3, resolved: 4, ..Changes::default() };
    report.contact = Some("cloud-security@example.com".to_owned());
    let mut notification = Notification::of(&report, to).expect("findings in memory").with_link(sample_link(1500));
    notification.accounts = 3;
    notification.certainty.problems.clear();
    notification.counts = SeverityCounts { critical: 3, high: 12, ..SeverityCounts::default() };
    notification.headline = Some(Arc::new(sample_headline()));
    notification
}

/// Returns a headline that fits the changes of [`sample_notification`], with two things to do first.
pub fn sample_headline() -> Headline {
    let account: AccountId = "012345678901".parse().expect("an account ID");
    let at: Timestamp = "2026-11-14T00:00:00Z".parse().expect("a time");
    let thing = |severity, label: &str, title: &str, reason| FirstThing {
        severity,
        label: label.into(),
        title: title.into(),
        resource: Some("root".into()),
        account,
        account_name: Some("payments-prod".into()),
        regions: vec!["ap-northeast-1".into()],
        reason,
        since: at,
        due: None,
        places: 1,
        url: Some("https://docs.example.com/fix".into()),
        guidance: Some("Ask the cloud team for a key.".into()),
    };
    let counts = |critical, high| SeverityCounts { critical, high, ..SeverityCounts::default() };
    let mut headline = Headline::default();
    headline.news.new = counts(2, 0);
    headline.news.reopened = counts(0, 1);
    headline.news.worse = counts(0, 3);
    headline.news.fixed = counts(0, 4);
    headline.news.overdue = counts(1, 0);
    headline.first = vec![
        thing(Severity::Critical, "IAM.6", "Hardware MFA should be enabled for the root user", LeadReason::Overdue(12)),
        FirstThing {
            resource: Some("log-archive".into()),
            places: 3,
            url: None,
            guidance: None,
            ..thing(Severity::High, "S3.1", "S3 buckets should block public access", LeadReason::Reopened)
        },
    ];
    headline.fixed = vec![FixedThing {
        severity: Severity::High,
        control: Some("EC2.19".into()),
        title: "Security groups should not allow unrestricted access to ports with high risk".into(),
        issues: 4,
    }];
    headline
}

/// Returns a presigned link of `length` characters. Real presigned links are often longer than 1,000 characters.
pub fn sample_link(length: usize) -> ArtifactLink {
    let mut url = format!(
        "https://reports.s3.ap-northeast-1.amazonaws.com/runs/2026-11-23T000000Z/payments-0a1b2c3d4e5f.xlsx\
         ?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604800&X-Amz-Signature={SECRET}&X-Amz-Security-Token="
    );
    url.extend("IQoJb3JpZ2luX2VjE%2FaDmFw%2BbXJ0".chars().cycle().take(length.saturating_sub(url.len())));
    let expires_at: Timestamp = "2026-11-30T00:00:00Z".parse().expect("a time");
    ArtifactLink::new(Secret::new(url), Some(expires_at), LinkLimit::Requested)
}

async fn send<N: Notifier>(notifier: &N, notification: &Notification) {
    let receipt = notifier.notify(notification).await.expect("the sample notification can be sent");
    assert!(!receipt.message_id.is_empty(), "a receipt names the message");
}

fn assert_no_secret(what: &str, shown: &dyn Debug) {
    assert!(!format!("{shown:?} {shown:#?}").contains(SECRET), "{what} shows the link");
}

/// MUST send at most one message per call.
pub async fn a_call_sends_one_message<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    send(&notifier, &sample_notification(inbox.recipients()[0])).await;
    let messages = inbox.messages().await;
    assert_eq!(messages.len(), 1, "one call sends one message");
    assert_eq!(messages[0].recipients, [inbox.recipients()[0]], "the message has exactly one recipient");
    assert!(messages[0].text.contains("Payments"), "the message names the project");
}

/// MUST send at most one message per call: two recipients of one report get two messages, and neither replaces the
/// other.
pub async fn recipients_and_projects_are_kept_apart<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    let mut other = sample_notification(inbox.recipients()[0]);
    "Settlements".clone_into(&mut other.project);
    for notification in [sample_notification(inbox.recipients()[0]), sample_notification(inbox.recipients()[1]), other]
    {
        send(&notifier, &notification).await;
    }
    let messages = inbox.messages().await;
    let mut seen: Vec<_> = messages.iter().map(|m| (m.recipients.clone(), m.text.contains("Settlements"))).collect();
    seen.sort();
    let [anna, bob] = inbox.recipients().map(|to| vec![to.to_owned()]);
    let mut expected = vec![(anna.clone(), false), (anna, true), (bob, false)];
    expected.sort();
    assert_eq!(seen, expected);
}

/// MUST return `Ok` only after the message was accepted.
pub async fn what_is_not_accepted_is_an_error<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    inbox.break_down().await;
    let outcome = notifier.notify(&sample_notification(inbox.recipients()[0])).await;
    assert!(outcome.is_err(), "the message was not accepted, but the call returned {outcome:?}");
}

/// MUST say in the message if the report is incomplete. The English text contains the word "incomplete".
pub async fn an_incomplete_report_is_said_to_be<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    send(&notifier, &sample_notification(inbox.recipients()[0])).await;
    let mut incomplete = sample_notification(inbox.recipients()[1]);
    incomplete.certainty.problems.push(Problem::new(ProblemKind::AccountNotFetched, "throttled for an hour"));
    send(&notifier, &incomplete).await;
    for message in inbox.messages().await {
        let says_so = message.text.to_lowercase().contains("incomplete");
        assert_eq!(says_so, message.recipients == [inbox.recipients()[1]], "{}", message.text);
    }
}

/// MUST say in the message if the report is incomplete: it must not say "no open findings" if accounts could not be
/// fetched.
pub async fn nothing_found_is_not_clean_if_incomplete<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    let mut empty = sample_notification(inbox.recipients()[0]);
    empty.counts = SeverityCounts::default();
    empty.changes = Changes::default();
    empty.certainty.problems.push(Problem::new(ProblemKind::AccountNotFetched, "throttled for an hour"));
    send(&notifier, &empty).await;
    let text = inbox.messages().await.remove(0).text.to_lowercase();
    assert!(text.contains("incomplete"), "{text}");
    assert!(!text.contains("no open findings"), "{text}");
}

/// MUST say in the message how many issues are stale, because they are neither among the findings nor fixed.
pub async fn stale_issues_are_in_the_message<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    let mut notification = sample_notification(inbox.recipients()[0]);
    (notification.certainty.stale.critical, notification.changes.stale) = (357, 357);
    send(&notifier, &notification).await;
    let text = inbox.messages().await.remove(0).text;
    assert!(text.contains("357"), "{text}");
}

/// MUST treat every text of the notification as plain text: a line break does not start a header, line or recipient.
pub async fn line_breaks_have_no_effect<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    let mut hostile = sample_notification(inbox.recipients()[0]);
    "Pay\r\nBcc: eve@example.com\r\n\r\nments\u{2028}\n.\r\nMAIL FROM:<eve@example.com>"
        .clone_into(&mut hostile.project);
    hostile.contact = Some("x\r\nReply-To: eve@example.com".to_owned());
    hostile.certainty.problems.push(Problem::new(ProblemKind::RegistryLine, "line 7:\r\nCc: eve@example.com"));
    send(&notifier, &hostile).await;
    let messages = inbox.messages().await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].recipients, [inbox.recipients()[0]]);
    let raw = String::from_utf8_lossy(&messages[0].raw);
    for line in raw.lines() {
        let line = line.to_ascii_lowercase();
        let forged = ["bcc:", "cc:", "reply-to: eve", "mail from:"].iter().any(|start| line.starts_with(start));
        assert!(!forged, "a text of the notification started a new line: {line}");
    }
}

/// MUST treat every text of the notification as plain text: HTML and template syntax in it have no effect.
pub async fn markup_has_no_effect<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    let mut hostile = sample_notification(inbox.recipients()[0]);
    "{{ 7 * 191 }}{% raw %} <script>alert(1)</script> \"'><img src=x> ${7*191}".clone_into(&mut hostile.project);
    hostile.contact = Some("<b>{{ 7 * 191 }}</b>".to_owned());
    hostile.certainty.problems.push(Problem::new(ProblemKind::RegistryLine, "<img src=x>{{ 7 * 191 }}"));
    send(&notifier, &hostile).await;
    let message = inbox.messages().await.remove(0);
    let html = message.html.unwrap_or_default();
    assert!(!html.contains("<script>") && !html.contains("<img src=x>") && !html.contains("<b>{{"), "{html}");
    assert!(!message.text.contains("1337") && !html.contains("1337"), "template syntax was evaluated");
    assert!(message.text.contains("{{ 7 * 191 }}"), "the name arrives unchanged: {}", message.text);
}

/// MUST accept any text: long names and names in other scripts arrive.
pub async fn any_name_can_be_sent<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    let long = "長".repeat(400);
    for name in ["決済基盤（本番）", "", "\u{0}\u{1b}[31m", "../../x", "a\u{202e}b", &long] {
        let mut notification = sample_notification(inbox.recipients()[0]);
        name.clone_into(&mut notification.project);
        send(&notifier, &notification).await;
    }
    let messages = inbox.messages().await;
    assert_eq!(messages.len(), 6);
    assert!(messages.iter().any(|m| m.text.contains("決済基盤（本番）")));
}

/// MUST NOT print a link in an error or log.
pub async fn no_link_is_printed<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    let notification = sample_notification(inbox.recipients()[0]);
    let receipt = notifier.notify(&notification).await;
    assert_no_secret("the receipt", &receipt);
    assert_no_secret("the notifier", &notifier);
    inbox.break_down().await;
    if let Err(error) = notifier.notify(&notification).await {
        assert_no_secret("the error", &error);
        let shown = format!("{error} {}", error.report());
        assert!(!shown.contains(SECRET) && !shown.contains("X-Amz-"), "the error shows the link: {shown}");
    }
}

/// MUST return a retryable error only if nothing was sent.
pub async fn retrying_a_retryable_error_sends_no_copy<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    inbox.break_down().await;
    if let Err(error) = notifier.notify(&sample_notification(inbox.recipients()[0])).await {
        let arrived = inbox.messages().await.len();
        assert!(
            !error.is_retryable() || arrived == 0,
            "the error is retryable, but {arrived} messages arrived: {error}"
        );
    }
}

/// MUST name in `schemes` the scheme of each recipient that it serves.
pub async fn schemes_are_those_of_served_recipients<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    for recipient in inbox.recipients() {
        send(&notifier, &sample_notification(recipient)).await;
        let recipient: Recipient = recipient.parse().expect("a recipient");
        assert!(notifier.serves(&recipient), "{recipient} is not served");
        let schemes = notifier.schemes();
        assert!(schemes.iter().any(|scheme| scheme == recipient.scheme()), "{recipient}: {schemes:?}");
    }
}

/// MUST follow the same rules with urgent messages: one message with plain text alone. A notifier that sends no such messages
/// refuses them with `InvalidInput`.
pub async fn an_urgent_message_arrives_once_or_is_refused<N: Notifier, I: Inbox>((notifier, inbox): (N, I)) {
    let to: Recipient = inbox.recipients()[0].parse().expect("a recipient");
    let (account, at) = ("012345678901".parse().expect("an account ID"), Timestamp::UNIX_EPOCH);
    let mut finding = UrgentFinding::new("1", Severity::Critical, Change::New, account, at);
    finding.title = "<script>alert(1)</script>{{ 7 * 191 }}\r\nBcc: eve@example.com".into();
    let run_id = "urgent-1".parse().expect("a run ID");
    let message = UrgentNotification::new("Payments", run_id, at, to, UrgentList::new(vec![finding]));
    let outcome = notifier.notify_urgent(&message).await;
    let messages = inbox.messages().await;
    let Ok(_) = outcome else {
        assert!(messages.is_empty() && outcome.is_err_and(|error| error.kind() == ErrorKind::InvalidInput));
        return;
    };
    assert_eq!(messages.len(), 1, "one call sends one message");
    assert_eq!(messages[0].recipients, [inbox.recipients()[0]], "the message has exactly one recipient");
    let (text, html) = (&messages[0].text, messages[0].html.as_deref().unwrap_or_default());
    assert!(text.contains("Payments") && text.contains("{{ 7 * 191 }}"), "the texts arrive unchanged: {text}");
    assert!(!html.contains("<script>") && !text.contains("1337") && !html.contains("1337"), "{html}");
    let raw = String::from_utf8_lossy(&messages[0].raw);
    assert!(!raw.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{raw}");
    inbox.break_down().await;
    assert!(notifier.notify_urgent(&message).await.is_err(), "the message was not accepted");
}

/// Generates a test for each clause. `$make` is an async expression that yields a new notifier and its [`Inbox`].
///
/// ```ignore
/// mod memory {
///     findings_core::notifier_conformance!(async { (MemoryNotifier::new(), inbox) });
/// }
/// ```
#[macro_export]
macro_rules! notifier_conformance {
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* notifier, $make, [
            a_call_sends_one_message,
            recipients_and_projects_are_kept_apart,
            what_is_not_accepted_is_an_error,
            an_incomplete_report_is_said_to_be,
            nothing_found_is_not_clean_if_incomplete,
            stale_issues_are_in_the_message,
            line_breaks_have_no_effect,
            markup_has_no_effect,
            any_name_can_be_sent,
            no_link_is_printed,
            retrying_a_retryable_error_sends_no_copy,
            schemes_are_those_of_served_recipients,
            an_urgent_message_arrives_once_or_is_refused,
        ]);
    };
    (ignore = $reason:literal, $make:expr) => {
        $crate::notifier_conformance!(@ [ignore = $reason,] $make);
    };
    ($make:expr) => {
        $crate::notifier_conformance!(@ [] $make);
    };
}
