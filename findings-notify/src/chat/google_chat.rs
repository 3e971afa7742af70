//! Google Chat messages: a card. Its header is plain text, and its paragraphs are HTML, in which texts are escaped.

use serde_json::{Value, json};

use super::format::{ChatAnswer, ChatButton, ChatFormat, ChatMessage};
use crate::words;

/// Size of a message in bytes; Google's limit is 32,000.
const MAX_BYTES: usize = 30_000;
/// Characters of the title, which is shown on one line.
const MAX_TITLE: usize = 200;

/// Google Chat, through webhooks of a space.
#[derive(Debug)]
pub(super) struct GoogleChat;

impl ChatFormat for GoogleChat {
    fn scheme(&self) -> &'static str {
        "googlechat"
    }

    fn body(&self, message: &ChatMessage) -> String {
        let mut lines: Vec<&str> = message.body.lines().collect();
        loop {
            let body = card(message, &lines).to_string();
            if body.len() < MAX_BYTES || lines.pop().is_none() {
                return body;
            }
        }
    }

    /// The answer is the message that was made. A proxy's page has status 200, too.
    fn is_accepted(&self, answer: &ChatAnswer) -> bool {
        let made = serde_json::from_str::<Value>(&answer.text).unwrap_or_default();
        answer.status == 200 && made["name"].as_str().is_some_and(|name| name.starts_with("spaces/"))
    }
}

fn card(message: &ChatMessage, lines: &[&str]) -> Value {
    let paragraphs = lines.split(|line| line.is_empty()).filter(|paragraph| !paragraph.is_empty());
    let mut widgets: Vec<Value> = paragraphs
        .map(|lines| lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>"))
        .map(|text| json!({ "textParagraph": { "text": text } }))
        .collect();
    let fact =
        |(label, value): &(String, String)| json!({ "decoratedText": { "topLabel": label, "text": escape(value) } });
    widgets.extend(message.facts.iter().map(fact));
    let open = |button: &ChatButton| json!({ "text": button.label, "onClick": { "openLink": { "url": button.url.expose() } } });
    widgets.extend(message.button.iter().map(|button| json!({ "buttonList": { "buttons": [open(button)] } })));
    let subject = words::clip(&message.subject, MAX_TITLE);
    json!({
        "fallbackText": subject,
        "cardsV2": [{ "cardId": "report", "card": { "header": { "title": subject }, "sections": [{ "widgets": widgets }] } }],
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_shown_as_text() {
        let body =
            GoogleChat.body(&ChatMessage::new("a <b>", "<users/all> & <a href=\"https://x.example\">y</a>\n\nz"));
        let value: Value = serde_json::from_str(&body).unwrap();
        let card = &value["cardsV2"][0]["card"];
        assert_eq!(card["header"]["title"], "a <b>", "a title is plain text");
        let widgets = card["sections"][0]["widgets"].as_array().unwrap();
        let text = |n: usize| widgets[n]["textParagraph"]["text"].as_str().unwrap();
        assert!(!text(0).contains('<') && text(0).starts_with("&lt;users/all&gt; &amp; "), "{}", text(0));
        assert_eq!((widgets.len(), text(1)), (2, "z"));
    }

    #[test]
    fn long_card_is_cut_at_its_end() {
        let body = GoogleChat
            .body(&ChatMessage::new("s", format!("first\n{}", format!("{}\n", "長<".repeat(150)).repeat(100))));
        assert!(body.len() < 30_000 && body.len() > 25_000 && body.contains("first"), "{}", body.len());
    }

    #[test]
    fn only_a_made_message_is_an_answer() {
        for (status, text, accepted) in [
            (200, r#"{"name":"spaces/AAA/messages/BBB"}"#, true),
            (200, "<html>please log in", false),
            (200, "{}", false),
            (202, r#"{"name":"spaces/AAA/messages/BBB"}"#, false),
        ] {
            assert_eq!(GoogleChat.is_accepted(&ChatAnswer::new(status, text)), accepted, "{status} {text}");
        }
    }
}
