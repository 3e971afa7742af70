//! Tests of the mails about decisions.

use std::path::Path;

use findings_core::notify::{DecisionNotification, DecisionSubject, DueList, ReportLink};
use findings_core::store::{ArtifactLink, LinkLimit};
use findings_core::testing::conformance::renderer::hostile_texts;
use findings_core::testing::decisions::{decision_reply, due_list};
use findings_core::{Locale, Secret};
use findings_notify::{Mail, Templates, compose_decisions};

use crate::parsed::Parsed;
use crate::sender;

const URL: &str = "https://reports.example.com/r/token?a=1&b=2";

fn subjects(text: &str) -> [DecisionSubject; 3] {
    let late = due_list(text);
    let escalation = DecisionSubject::Escalation { after_days: 14, due: late.clone() };
    [DecisionSubject::Reply(decision_reply(text)), DecisionSubject::Reminder(late), escalation]
}

fn notification(subject: DecisionSubject, locale: Locale) -> DecisionNotification {
    let (run, at) = ("2026-11-23".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
    let to = "sato@example.co.jp".parse().unwrap();
    let expires_at = "2026-11-30T00:00:00Z".parse().ok();
    let link = ArtifactLink::new(Secret::new(URL.to_owned()), expires_at, LinkLimit::Requested);
    let mut notification = DecisionNotification::new("Payments", run, at, to, subject)
        .with_locale(locale, locale.time_zone())
        .with_link(ReportLink::new("xlsx", link));
    notification.contact = Some("security@example.com".to_owned());
    notification
}

fn compose(notification: &DecisionNotification) -> Mail {
    compose_decisions(notification, &sender(), &Templates::builtin().unwrap()).unwrap()
}

#[test]
fn mails_match_golden_texts_and_both_parts_say_the_same() {
    for locale in Locale::ALL {
        for subject in subjects("S3 バケット <b>public</b>") {
            let name = format!("decisions-{}.{locale}.txt", subject.kind());
            golden(&name, &compose(&notification(subject, locale)));
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
    // places, resources, dates and states of the text part stand in the HTML part
    let unescaped = parsed.html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    for line in parsed.text.lines().filter(|line| line.starts_with("    ") || line.starts_with("  - ")) {
        for fact in line.trim_start_matches([' ', '-', '!']).split([',', '、', ':', '：', ';', '(', '（']) {
            let labels = ["account ", "アカウント ", "계정 ", "期限 ", "기한 "];
            let fact = labels.iter().fold(fact.trim(), |fact, label| fact.trim_start_matches(label));
            let fact = fact.trim_end_matches([')', '）']);
            let is_owner = ["owner", "担当者", "담당자"].iter().any(|label| fact.starts_with(label));
            assert!(unescaped.contains(fact) || is_owner, "{fact:?} of {name}");
        }
    }
    assert!(unescaped.replace("&amp;", "&").contains(URL) && unescaped.contains("security@example.com"), "{name}");
}

#[test]
fn no_text_changes_the_structure() {
    for text in hostile_texts() {
        for subject in subjects(&text) {
            let mut hostile = notification(subject, Locale::En);
            (hostile.project, hostile.contact) = (text.clone(), Some(text.clone()));
            let mail = compose(&hostile);
            let parsed = Parsed::of(&mail.raw);
            assert!(!parsed.html.contains("<script") && !parsed.html.contains("<b>\"'"), "{text:?}");
            assert!(parsed.text.lines().filter(|line| line.starts_with("  - ")).count() <= 4, "{text:?}");
            assert!(mail.raw.is_ascii() && mail.raw.len() < 100_000, "{}", mail.raw.len());
        }
    }
}

#[test]
fn each_message_has_an_identity_of_its_own_and_the_same_bytes() {
    let all = subjects("a").map(|subject| notification(subject, Locale::En));
    let mut ids: Vec<String> = all.iter().map(|n| compose(n).message_id).collect();
    let mut other_edition = all[1].clone();
    other_edition.edition = 2;
    ids.push(compose(&other_edition).message_id);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    assert_eq!(compose(&all[0]).raw, compose(&all[0].clone()).raw);
}

#[test]
fn long_lists_are_cut_and_counted() {
    let few = due_list("a");
    let many: Vec<_> = few.items.iter().cycle().take(100).cloned().collect();
    let subject = DecisionSubject::Reminder(DueList::new(many, few.today));
    let mail = compose(&notification(subject, Locale::En));
    assert!(mail.subject.contains("100 findings of yours are due, 25 overdue"), "{}", mail.subject);
    assert!(mail.text.contains("and 70 more, all listed in the report"), "{}", mail.text);
}
