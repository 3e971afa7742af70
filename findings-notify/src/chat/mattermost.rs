//! Mattermost messages: one block of code, in which Mattermost interprets neither Markdown nor mentions.

use serde_json::json;

use super::format::{ChatAnswer, ChatButton, ChatFormat, ChatMessage};
use crate::words;

/// Characters of a post; Mattermost's limit is 16,383.
const MAX_TEXT: usize = 16_000;

/// Mattermost, through incoming webhooks.
#[derive(Debug)]
pub(super) struct Mattermost;

impl ChatFormat for Mattermost {
    fn scheme(&self) -> &'static str {
        "mattermost"
    }

    fn body(&self, message: &ChatMessage) -> String {
        let text = words::clip(&format!("{}\n\n{}", message.subject, message.text.trim_end()), MAX_TEXT);
        let fence = fence(&text);
        let button = message.button.iter().map(|button| format!("\n[{}]({})", button.label, link_target(button)));
        let button: String = button.collect();
        json!({ "text": format!("{fence}text\n{text}\n{fence}{button}") }).to_string()
    }

    /// Status 200 alone is not enough: the login page of a proxy has it, too.
    fn is_accepted(&self, answer: &ChatAnswer) -> bool {
        answer.status == 200 && answer.text.trim() == "ok"
    }
}

/// Returns the URL of a button with the characters escaped that would end the link.
fn link_target(button: &ChatButton) -> String {
    button.url.expose().replace('(', "%28").replace(')', "%29").replace(char::is_whitespace, "%20")
}

/// Returns a fence that is longer than any in the text, so that the text cannot end the block.
fn fence(text: &str) -> String {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_block() {
        for (text, want) in [("@all *b*", "```"), ("a\n```\n@all", "````"), ("`````", "``````")] {
            let body: serde_json::Value =
                serde_json::from_str(&Mattermost.body(&ChatMessage::new("subject", text))).unwrap();
            let shown = body["text"].as_str().unwrap();
            let inner = shown.strip_prefix(&format!("{want}text\n")).and_then(|rest| rest.strip_suffix(want)).unwrap();
            assert_eq!(inner, format!("subject\n\n{text}\n"));
        }
    }

    #[test]
    fn long_text_is_cut() {
        let message = ChatMessage::new("s", "長".repeat(50_000));
        let body: serde_json::Value = serde_json::from_str(&Mattermost.body(&message)).unwrap();
        assert!(body["text"].as_str().unwrap().chars().count() < 16_383);
    }
}
