//! Tests of the encoded mail: lines that every relay accepts, the same bytes for the same input, and no secret in
//! `Debug` output.

use std::collections::HashSet;

use findings_core::Locale;
use findings_core::notify::Attachment;
use findings_core::testing::conformance::notifier::{SECRET, sample_link};

use crate::parsed::Parsed;
use crate::{full, incomplete, mail, read};

/// Asserts the limits of RFC 5321 (998 octets, CR LF) and RFC 5322 (no bare CR or LF), and ASCII, which every relay
/// supports.
fn assert_deliverable(raw: &[u8]) {
    assert!(raw.is_ascii());
    let text = std::str::from_utf8(raw).unwrap();
    for line in text.split("\r\n") {
        assert!(line.len() <= 998, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n', '\0']), "a bare line end: {line:?}");
    }
}

#[test]
fn lines_stay_below_length_limit() {
    for locale in Locale::ALL {
        for length in [0, 500, 990, 998, 1_000, 1_300, 1_800, 20_000] {
            let mut n = incomplete(locale);
            n.link = Some(sample_link(length));
            n.project = "長い名前".repeat(200);
            n.certainty.problems[1].detail = "x".repeat(5_000);
            n.contact = Some("担当".repeat(1_000));
            let mail = mail(&n);
            assert_deliverable(&mail.raw);
            let parsed = Parsed::of(&mail.raw);
            let url = n.link.as_ref().unwrap().url.expose();
            assert!(parsed.text.lines().any(|line| line == url), "the link is not on a separate line");
            assert_eq!(
                parsed.html.matches(&url.replace('&', "&amp;")).count(),
                2,
                "the link is missing as button or text"
            );
        }
    }
}

#[test]
fn same_notification_gives_same_bytes() {
    for n in [full(Locale::En), incomplete(Locale::Ja)] {
        assert_eq!(mail(&n), mail(&n));
    }
}

#[test]
fn message_ids_differ_by_run_edition_project_recipient_and_relinking() {
    let first = full(Locale::En);
    let mut others: [_; 6] = std::array::from_fn(|_| first.clone());
    others[1].run_id = "other".parse().unwrap();
    others[2].project = "Other".to_owned();
    others[3].recipient = "other@example.com".parse().unwrap();
    others[4].relinked_at = Some("2026-12-01T00:00:00Z".parse().unwrap());
    others[5].edition = 2;
    let ids: HashSet<_> = others.iter().map(|n| mail(n).message_id).collect();
    assert_eq!(ids.len(), 6);
    assert!(ids.iter().all(|id| id.ends_with("@example.co.jp") && id.is_ascii()));
}

#[test]
fn mail_has_expected_headers() {
    let parsed = read(&full(Locale::Ja));
    assert_eq!(parsed.header("From"), ["Cloud Security 運用 <security@example.co.jp>"]);
    assert_eq!(parsed.header("To"), ["sato@example.co.jp"]);
    assert_eq!(parsed.header("Reply-To"), ["cloud-security@example.com"]);
    assert_eq!(parsed.header("Date"), ["Mon, 23 Nov 2026 00:00:00 +0000"]);
    assert_eq!(parsed.header("Auto-Submitted"), ["auto-generated"]);
    assert_eq!(parsed.header("Content-Language"), ["ja"]);
    let id = parsed.header("Message-ID")[0];
    assert!(id.starts_with('<') && id.ends_with(".findings@example.co.jp>"), "{id}");
}

#[test]
fn contact_without_address_sets_no_reply_to() {
    let mut n = full(Locale::En);
    n.contact = Some("the cloud team, extension 1234".to_owned());
    let parsed = read(&n);
    assert!(parsed.header("Reply-To").is_empty());
    assert!(parsed.text.contains("Please ask: the cloud team, extension 1234"));
}

#[test]
fn attachment_keeps_its_name() {
    let mut n = full(Locale::Ja);
    let body: Vec<u8> = (0..200_000_u32).map(|i| u8::try_from(i * 7 % 251).unwrap()).collect();
    let name = "決済基盤（本番）\r\nX: y \"2026\".xlsx".to_owned();
    let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned();
    n.attachment = Some(Attachment::new(name, media_type.clone(), body.clone()));
    let mail = mail(&n);
    assert_deliverable(&mail.raw);
    let parsed = Parsed::of(&mail.raw);
    assert!(parsed.text.contains("決済基盤") && parsed.html.contains("決済基盤"));
    assert_eq!(parsed.attachments.len(), 1);
    let (name, kind, content) = &parsed.attachments[0];
    assert_eq!((name.as_str(), kind), ("決済基盤（本番） X: y \"2026\".xlsx", &media_type));
    assert!(*content == body);
}

#[test]
fn invalid_media_type_falls_back_to_octet_stream() {
    let mut n = full(Locale::En);
    let media_type = "text/html\r\nX-Evil: 1".to_owned();
    n.attachment = Some(Attachment::new("a.bin".to_owned(), media_type, vec![0, 13, 10]));
    let parsed = read(&n);
    assert_eq!(parsed.attachments[0].1, "application/octet-stream");
    assert_eq!(parsed.attachments[0].2, [0, 13, 10]);
}

#[test]
fn debug_output_contains_no_link() {
    let n = full(Locale::En);
    let shown = format!("{:?} {:#?} {n:?}", mail(&n), mail(&n));
    assert!(!shown.contains(SECRET) && !shown.contains("X-Amz-"), "{shown}");
}
