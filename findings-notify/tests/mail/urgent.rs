//! Tests of the mails about findings that do not wait for the next report.

use std::path::Path;

use findings_core::history::Change;
use findings_core::notify::{UrgentFinding, UrgentList, UrgentNotification};
use findings_core::testing::conformance::renderer::hostile_texts;
use findings_core::{Locale, Severity};
use findings_notify::{Mail, Templates, compose_urgent};

use crate::parsed::Parsed;
use crate::sender;

/// A finding about which everything is known.
fn finding(key: &str, change: Change, text: &str) -> UrgentFinding {
    let since = "2026-11-22T00:00:00Z".parse().unwrap();
    let account = "012345678901".parse().unwrap();
    let mut finding = UrgentFinding::new(key, Severity::Critical, change, account, since);
    (finding.label, finding.title) = ("S3.8".into(), format!("Buckets should not be public {text}").into());
    finding.resource = Some(format!("log-archive {text}").into());
    finding.account_name = Some("payments-prod".into());
    finding.region = Some("ap-northeast-1".into());
    finding.guidance = Some(format!("Use our module s3-private {text}").into());
    finding.url = Some("https://wiki.example.com/S3.8".into());
    finding.console_url =
        Some("https://ap-northeast-1.console.aws.amazon.com/securityhub/home?region=ap-northeast-1&a=b".into());
    finding
}

fn notification(findings: Vec<UrgentFinding>, locale: Locale) -> UrgentNotification {
    let (run, at) = ("urgent-2026-11-23".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
    let to = "sato@example.co.jp".parse().unwrap();
    let mut notification = UrgentNotification::new("Payments", run, at, to, UrgentList::new(findings))
        .with_locale(locale, locale.time_zone());
    notification.contact = Some("security@example.com".to_owned());
    notification.question_url = Some("mailto:security@example.com?subject=Question&body=Payments".to_owned());
    notification
}

fn story(locale: Locale) -> UrgentNotification {
    let mut bare = finding("3", Change::Worse, "");
    (bare.label, bare.title, bare.severity) =
        ("GuardDuty".into(), "Credentials were used from outside".into(), Severity::High);
    (bare.account_name, bare.region, bare.guidance, bare.url, bare.console_url) = (None, None, None, None, None);
    notification(vec![finding("1", Change::New, ""), finding("2", Change::Reopened, "<b>&</b>"), bare], locale)
}

fn compose(notification: &UrgentNotification) -> Mail {
    compose_urgent(notification, &sender(), &Templates::builtin().unwrap()).unwrap()
}

#[test]
fn mails_match_golden_texts_and_both_parts_say_the_same() {
    for locale in Locale::ALL {
        let two = notification(vec![finding("1", Change::New, ""), finding("2", Change::New, "")], locale);
        let mut alone = notification(vec![finding("1", Change::New, "")], locale);
        (alone.contact, alone.question_url) = (None, None);
        for (name, notification) in [("story", story(locale)), ("new", two), ("alone", alone)] {
            golden(&format!("urgent-{name}.{locale}.txt"), &compose(&notification));
        }
    }
}

fn golden(name: &str, mail: &Mail) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let parsed = Parsed::of(&mail.raw);
    let text = format!("Subject: {}\n\n{}", parsed.subject(), parsed.text);
    if let Some(dir) = std::env::var_os("MAILS_TO") {
        std::fs::write(Path::new(&dir).join(name).with_extension("html"), &parsed.html).unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} differs:\n{text}");
    // every fact and every sentence of the text part stands in the HTML part, between its tags or as the target of a link
    let flat = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let unescape = |text: &str| {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        flat(&text.replace("&amp;", "&"))
    };
    let between: String =
        parsed.html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    let (shown, source) = (unescape(&between), unescape(&parsed.html));
    let plain: String = parsed.text.lines().take_while(|line| *line != "--").collect::<Vec<_>>().join("\n");
    for fact in plain.split(['\n', '|', '｜', '(', ')', '（', '）', '【', '】', '[', ']']) {
        for fact in fact.split([',', '。', '：']).flat_map(|fact| fact.split(": ")) {
            let is_number = |c: char| c == ' ' || c.is_ascii_digit() && c != '0';
            let fact = flat(fact.trim_start_matches(is_number).trim_start_matches(". "));
            assert!(shown.contains(&fact) || source.contains(&fact), "{fact:?} of {name}");
        }
    }
}

#[test]
fn no_text_changes_the_structure() {
    for text in hostile_texts() {
        let mut hostile = notification(vec![finding("1", Change::New, &text)], Locale::En);
        (hostile.project, hostile.contact) = (text.clone(), Some(text.clone()));
        let found = &mut hostile.list.findings[0];
        (found.label, found.region, found.account_name) =
            (text.as_str().into(), Some(text.as_str().into()), Some(text.as_str().into()));
        let mail = compose(&hostile);
        let parsed = Parsed::of(&mail.raw);
        assert!(!parsed.html.contains("<script") && !parsed.html.contains("<b>\"'"), "{text:?}");
        assert_eq!(parsed.text.lines().filter(|line| line.starts_with("  1. [Critical]")).count(), 1, "{text:?}");
        assert!(mail.raw.is_ascii() && mail.raw.len() < 100_000, "{}", mail.raw.len());
    }
}

#[test]
fn same_issues_are_the_same_message_whichever_run_sends_it() {
    let first = notification(vec![finding("1", Change::New, "")], Locale::En);
    let mut later = first.clone();
    (later.run_id, later.at) = ("urgent-2026-11-24".parse().unwrap(), "2026-11-24T00:00:00Z".parse().unwrap());
    assert_eq!(compose(&first).message_id, compose(&later).message_id);
    let other = notification(vec![finding("2", Change::New, "")], Locale::En);
    assert_ne!(compose(&first).message_id, compose(&other).message_id);
    assert_eq!(compose(&first).raw, compose(&first.clone()).raw);
}

#[test]
fn long_lists_are_cut_and_counted() {
    let many = (0..25).map(|n| finding(&n.to_string(), Change::New, "")).collect();
    let mail = compose(&notification(many, Locale::En));
    assert_eq!(mail.subject, "[Security Hub] Payments: 25 new critical findings");
    assert!(mail.text.contains("and 15 more") && mail.html.contains("and 15 more"), "{}", mail.text);
}
