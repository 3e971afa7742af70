//! Slack messages in Block Kit. All blocks hold `plain_text`, in which Slack interprets neither mrkdwn nor mentions.

use serde_json::{Value, json};

use super::format::{ChatAnswer, ChatFormat, ChatMessage};
use crate::words;

/// Characters in a header block.
const MAX_HEADER: usize = 150;
/// Characters in a section block; Slack's error message says "less than 3001".
const MAX_SECTION: usize = 3_000;
/// Characters of a field of a section, and fields of a section, as Slack limits them.
const MAX_FIELD: usize = 2_000;
const MAX_FIELDS: usize = 10;
/// Characters of the URL of a button.
const MAX_URL: usize = 3_000;
/// Section blocks in a message; Slack's limit is 50 blocks of all types.
const MAX_SECTIONS: usize = 10;

/// Slack, through incoming webhooks.
#[derive(Debug)]
pub(super) struct Slack;

impl ChatFormat for Slack {
    fn scheme(&self) -> &'static str {
        "slack"
    }

    fn body(&self, message: &ChatMessage) -> String {
        body(message)
    }

    /// Status 200 alone is not enough: the login page of a proxy has it, too.
    fn is_accepted(&self, answer: &ChatAnswer) -> bool {
        answer.status == 200 && answer.text.trim() == "ok"
    }
}

fn body(message: &ChatMessage) -> String {
    let mut blocks = vec![json!({"type": "header", "text": plain(&words::clip(&message.subject, MAX_HEADER))})];
    let sections = sections(&message.body);
    blocks.extend(sections.iter().take(MAX_SECTIONS).map(|text| json!({"type": "section", "text": plain(text)})));
    // a field has its label above its value
    let field = |(label, value): &(String, String)| plain(&words::clip(&format!("{label}\n{value}"), MAX_FIELD));
    let fields: Vec<Value> = message.facts.iter().map(field).collect();
    blocks.extend(fields.chunks(MAX_FIELDS).map(|fields| json!({"type": "section", "fields": fields})));
    // a longer URL would make Slack refuse the whole message
    let button = message.button.as_ref().filter(|button| button.url.expose().len() <= MAX_URL);
    blocks.extend(button.map(|button| {
        let element =
            json!({"type": "button", "style": "primary", "text": plain(&button.label), "url": button.url.expose()});
        json!({"type": "actions", "elements": [element]})
    }));
    json!({
        // fallback for push notifications; Slack interprets control characters here even if "mrkdwn" is false
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

/// Escapes `&`, `<` and `>`, which Slack uses for links and mentions.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Splits the text between lines into sections that fit the limit.
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
    fn message_respects_slack_limits() {
        let line = format!("{}\n", "長".repeat(299));
        let message = ChatMessage::new("<!channel> & 件".repeat(30), line.repeat(200));
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
