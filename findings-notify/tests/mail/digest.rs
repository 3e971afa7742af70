//! Tests of the digest mail for operators.

use std::path::Path;

use findings_core::notify::ReportLink;
use findings_core::pipeline::Summary;
use findings_core::store::{ArtifactLink, LinkLimit};
use findings_core::{Locale, Secret};
use findings_notify::{Digest, Mail, Templates, compose_digest};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::parsed::Parsed;
use crate::sender;

fn summary() -> Summary {
    let outcome = |name: &str, status: &str, told: &[&str], errors: &[&str]| {
        let errors: Vec<_> = errors.iter().map(|message| json!({"step": "notify", "message": message})).collect();
        json!({
            "project": name, "status": status, "accounts": 3, "findings": 1_234, "notified": told, "errors": errors,
            "link_expires_at": "2026-11-30T00:00:00Z", "changes": {"new": 1, "reopened": 0, "open": 2, "resolved": 0},
        })
    };
    let many = ["1", "2", "3", "4", "5", "6", "7"];
    let value = json!({
        "run_id": "2026-11-23T00:00:00Z", "status": "partial",
        "started_at": "2026-11-23T00:00:00Z", "finished_at": "2026-11-23T00:12:34Z",
        "api": {"get_findings": {"calls": 120, "pages": 110, "findings": 9_876, "throttled": 4, "retried": 6}},
        "projects": [
            outcome("Payments", "ok", &["a@example.com"], &[]),
            outcome("決済基盤", "incomplete", &["b@example.com"], &["account 012345678901: no answer in time"]),
            outcome("<b>x</b>{{ 7*191 }}\r\nBcc: eve@example.com", "failed", &[], &many),
        ],
        "errors": [{"line": 7, "message": "\"1.23E+11\" is a number that a spreadsheet has rounded"}],
        "organisation": {"reports": [], "notified": [], "guidance": {"without_guidance": 12, "first_seen": 1}},
        "unopened": [{"project": "決済基盤", "last_opened_at": "2026-10-05T00:00:00Z"}, {"project": "<i>y</i>", "last_opened_at": null}],
    });
    serde_json::from_value(value).unwrap()
}

fn mail(summary: &Summary, locale: Locale) -> Mail {
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let to = "ops@example.com".parse().unwrap();
    let url = Secret::new("https://reports.example.com/r/html?a=1&b=2".to_owned());
    let link = ArtifactLink::new(url, None, LinkLimit::None);
    let digest =
        Digest::new(&to, summary).with_locale(locale, zone).with_organisation(vec![ReportLink::new("html", link)]);
    compose_digest(&digest, &sender(), &Templates::builtin().unwrap()).unwrap()
}

#[test]
fn digest_matches_golden_text() {
    for (locale, name) in [(Locale::En, "digest.en.txt"), (Locale::Ja, "digest.ja.txt")] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        let mail = Parsed::of(&mail(&summary(), locale).raw);
        let text = format!("Subject: {}\n\n{}", mail.subject(), mail.text);
        if let Some(dir) = std::env::var_os("MAILS_TO") {
            std::fs::write(Path::new(&dir).join(name).with_extension("html"), &mail.html).unwrap();
        }
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(golden == text, "{name} differs:\n{text}");
        for fact in [
            "決済基盤",
            "Payments",
            "1,234",
            "012345678901",
            "1.23E+11",
            "&lt;b&gt;x&lt;/b&gt;{{ 7*191 }} Bcc:",
            "&lt;i&gt;y&lt;/i&gt;",
        ] {
            assert!(mail.html.contains(fact), "{fact} is missing in {}", mail.html);
        }
        assert!(!mail.html.contains("<b>x</b>") && !mail.html.contains("1337"));
    }
}

#[test]
fn digest_lists_failed_projects_first() {
    let mail = mail(&summary(), Locale::En);
    assert_eq!(mail.subject, "[Security Hub] Run 2026-11-23T00:00:00Z: 2 of 3 projects need attention");
    let place = |text: &str| mail.text.find(text).unwrap_or_else(|| panic!("{text} in {}", mail.text));
    assert!(place("FAILED: <b>x</b>") < place("INCOMPLETE: 決済基盤") && place("INCOMPLETE") < place("ok: Payments"));
    assert!(mail.text.contains("- and 2 more") && mail.text.contains("4 throttled"));
    assert!(mail.project.is_none() && mail.to.as_str() == "ops@example.com");
}

#[test]
fn digest_states_success_and_failed_start() {
    let at = "2026-11-23T00:00:00Z".parse().unwrap();
    let failed = Summary::not_started("r".parse().unwrap(), at, ["the table is missing".to_owned()]);
    assert_eq!(mail(&failed, Locale::En).subject, "[Security Hub] Run r: FAILED, nothing was delivered");
    assert!(mail(&failed, Locale::Ja).html.contains("the table is missing"));
    let mut good = summary();
    good.projects.truncate(1);
    good.errors.clear();
    assert_eq!(mail(&good, Locale::En).subject, "[Security Hub] Run 2026-11-23T00:00:00Z: all 1 project delivered");
}

#[test]
fn digest_warns_of_a_registry_that_may_be_wrong() {
    let mut value = serde_json::to_value(summary()).unwrap();
    assert!(!mail(&summary(), Locale::En).text.contains("not in the registry"));
    value["registry_warning"] = json!({"known": 40, "missing": 1_200, "message": "m"});
    let summary: Summary = serde_json::from_value(value).unwrap();
    for (locale, want) in [
        (Locale::En, "1,200 of 40 projects in the history are not in the registry."),
        (Locale::Ja, "履歴にある 40プロジェクトのうち 1,200件がプロジェクト台帳にありません。"),
    ] {
        let mail = mail(&summary, locale);
        assert!(mail.text.contains(want) && mail.html.contains(want), "{}\n{}", mail.text, mail.html);
    }
}

#[test]
fn digest_lists_names_that_look_alike() {
    let mut value = serde_json::to_value(summary()).unwrap();
    value["look_alikes"] = json!(["line 3: the project \"B\" looks like \"b\""]);
    let with: Summary = serde_json::from_value(value).unwrap();
    for (locale, head) in
        [(Locale::En, "Names in the registry that look alike"), (Locale::Ja, "プロジェクト台帳にある紛らわしい名前")]
    {
        let (with, without) = (mail(&with, locale), mail(&summary(), locale));
        assert!(with.text.contains(head) && with.html.contains(head), "{}\n{}", with.text, with.html);
        assert!(
            with.text.contains("line 3: the project \"B\" looks like") && with.html.contains("line 3: the project")
        );
        assert!(!without.text.contains(head) && !without.html.contains(head));
    }
}

#[test]
fn digest_names_why_reports_were_held_back() {
    for (locale, subject, cause) in [
        (
            Locale::En,
            "FAILED, 12 reports held back",
            "30 of 40 accounts could not be read. Security Hub refused the request",
        ),
        (
            Locale::Ja,
            "12件のレポートの送信を見合わせました",
            "40 アカウント中 30 アカウントの検出結果を取得できませんでした。Security Hub へのアクセスが拒否",
        ),
    ] {
        let mut value = serde_json::to_value(summary()).unwrap();
        value["status"] = json!("failed");
        value["held_back"] = json!({"projects": 12, "unread": 30, "accounts": 40, "reason": "not_allowed"});
        let parsed = Parsed::of(&mail(&serde_json::from_value(value).unwrap(), locale).raw);
        assert!(parsed.subject().contains(subject), "{}", parsed.subject());
        for said in [&parsed.text, &parsed.html] {
            assert!(said.contains(cause), "{said}");
        }
    }
}

#[test]
fn digest_shows_who_chose_silence() {
    let mut silent = summary();
    silent.projects.truncate(1);
    silent.errors.clear();
    silent.projects[0].silent = (1..=31).map(|n| format!("u{n}@example.com")).collect();
    let en = mail(&silent, Locale::En);
    assert!(en.subject.ends_with("all 1 project delivered"), "silence is no fault: {}", en.subject);
    for text in [&en.text, &en.html] {
        assert!(text.contains("31 chose not to hear of it: u1@example.com, u2@example.com"), "{text}");
        assert!(text.contains("u30@example.com and 1 more") && !text.contains("u31@"), "{text}");
    }
    let ja = mail(&silent, Locale::Ja);
    for text in [&ja.text, &ja.html] {
        assert!(text.contains("設定により通知していない宛先 31件：u1@example.com、u2@example.com"), "{text}");
    }
    assert!(!mail(&summary(), Locale::En).text.contains("chose"));
}
