//! The message that is published: one text for each kind of subscriber.

use findings_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::failure::PUBLISH;

/// The largest message, in bytes; all texts in it count.
const LARGEST: usize = 256 << 10;

/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 99;

/// The subject if the real one has characters that a subject may not have.
const SUBJECT: &str = "[Security Hub]";

/// How much of a message that is too large is kept: bytes of its text, and problems.
const KEPT: (usize, usize) = (32 << 10, 100);

pub(super) struct Payload {
    pub(super) subject: String,
    /// A JSON object with a text for each kind of subscriber.
    pub(super) message: String,
}

impl Payload {
    pub(super) fn new(subject: &str, text: &str, json: &str) -> Result<Self> {
        let short = short_subject(subject);
        // what the subject cannot say stands in the first line
        let for_people = |text: &str| if short == subject { text.to_owned() } else { format!("{subject}\n\n{text}") };
        let mut message = structure(subject, &for_people(text), json);
        if message.len() > LARGEST {
            message = structure(subject, &for_people(cut(text)), &shortened(json)?);
        }
        Ok(Self { subject: short, message })
    }
}

/// What each kind of subscriber gets; programs of every kind get the default.
fn structure(subject: &str, text: &str, json: &str) -> String {
    json!({ "default": json, "email": text, "sms": subject }).to_string()
}

/// The subject, as far as SNS takes it: ASCII without control characters that begins with a letter, a digit or a punctuation mark.
fn short_subject(subject: &str) -> String {
    let is_legal = |c: char| c.is_ascii_graphic() || c == ' ';
    if subject.is_empty() || subject.starts_with(' ') || !subject.chars().all(is_legal) {
        return SUBJECT.to_owned();
    }
    if subject.len() <= LONGEST_SUBJECT {
        return subject.to_owned();
    }
    format!("{}...", subject[..LONGEST_SUBJECT - 3].trim_end())
}

/// The beginning of a text.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(KEPT.0)]
}

/// The JSON with the beginning of its text and the first problems.
fn shortened(json: &str) -> Result<String> {
    let read = serde_json::from_str::<Value>(json);
    let mut body = read.map_err(|error| Error::new(ErrorKind::Other, PUBLISH).with_source(error))?;
    if let Some(text) = body["text"].as_str() {
        body["text"] = json!(cut(text));
    }
    if let Some(problems) = body["problems"].as_array_mut() {
        problems.truncate(KEPT.1);
    }
    body["is_cut"] = json!(true);
    Ok(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_what_sns_takes() {
        let long = "x".repeat(120);
        for (subject, want) in [
            ("[Security Hub] Payments: 3 new", "[Security Hub] Payments: 3 new"),
            ("[Security Hub] 決済基盤: 新規 3 件", SUBJECT),
            ("a\tb", SUBJECT),
            (" a", SUBJECT),
            ("", SUBJECT),
            (&long[..99], &long[..99]),
            (&long, &format!("{}...", &long[..96])),
        ] {
            assert_eq!(short_subject(subject), want);
        }
    }

    #[test]
    fn every_kind_of_subscriber_has_its_text() {
        let of = |subject: &str| {
            let payload = Payload::new(subject, "text", "{\"total\":1}").unwrap();
            serde_json::from_str::<Value>(&payload.message).unwrap()
        };
        assert_eq!(of("s"), json!({ "default": "{\"total\":1}", "email": "text", "sms": "s" }));
        assert_eq!(of("件名")["email"], "件名\n\ntext");
    }

    #[test]
    fn large_messages_are_cut_and_say_so() {
        let text = "あ".repeat(100_000);
        let problem = json!({ "kind": "account_not_fetched", "account": "111122223333", "region": "ap-northeast-1" });
        for (text, problems) in [(&*text, 1), ("short", 10_000)] {
            let body = json!({ "text": text, "problems": vec![problem.clone(); problems] }).to_string();
            let payload = Payload::new("件名", text, &body).unwrap();
            assert!(payload.message.len() <= LARGEST, "{}", payload.message.len());
            let message: Value = serde_json::from_str(&payload.message).unwrap();
            let body: Value = serde_json::from_str(message["default"].as_str().unwrap()).unwrap();
            assert_eq!(
                (&body["is_cut"], body["problems"].as_array().unwrap().len()),
                (&json!(true), problems.min(100))
            );
        }
    }
}
