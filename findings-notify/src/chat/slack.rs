//! A message of Slack: Block Kit, of plain text alone, in which Slack reads neither mrkdwn nor mentions.

use serde_json::{Value, json};

use super::Message;
use crate::words;

/// Characters of a header.
const MAX_HEADER: usize = 150;
/// Characters of a section; Slack says "less than 3001".
const MAX_SECTION: usize = 3_000;
/// Slack takes 50 blocks.
const MAX_SECTIONS: usize = 10;

pub(super) fn body(message: &Message) -> String {
    let mut blocks = vec![json!({"type": "header", "text": plain(&words::clip(&message.subject, MAX_HEADER))})];
    let sections = sections(&message.text);
    blocks.extend(sections.iter().take(MAX_SECTIONS).map(|text| json!({"type": "section", "text": plain(text)})));
    json!({
        // what notifications show; here control characters count, whatever "mrkdwn" is
        "text": escape(&message.subject),
        "mrkdwn": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
    .to_string()
}

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}

/// `&`, `<` and `>` are how Slack writes links and mentions.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The text in pieces that fit, cut between lines.
fn sections(text: &str) -> Vec<String> {
    let mut sections: Vec<String> = Vec::new();
    for line in text.lines().map(|line| words::clip(line, MAX_SECTION - 1)) {
        match sections.last_mut() {
            Some(last) if last.chars().count() + line.chars().count() < MAX_SECTION => {
                last.push('\n');
                last.push_str(&line);
            }
            _ => sections.push(line),
        }
    }
    sections.iter().map(|s| s.trim_matches('\n').to_owned()).filter(|s| !s.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_fits_into_the_limits() {
        let line = format!("{}\n", "長".repeat(299));
        let message = Message { subject: "<!channel> & 件".repeat(30), text: line.repeat(200) };
        let value: Value = serde_json::from_str(&body(&message)).unwrap();
        let blocks = value["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50);
        for block in blocks {
            let (text, max) =
                (block["text"]["text"].as_str().unwrap(), if block["type"] == "header" { 150 } else { 3_000 });
            assert!((1..=max).contains(&text.chars().count()), "{}", text.chars().count());
            assert_eq!((&block["text"]["type"], &block["text"]["emoji"]), (&json!("plain_text"), &json!(false)));
        }
        assert!(!value["text"].as_str().unwrap().contains('<'));
    }
}
