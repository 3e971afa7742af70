//! Teams messages: an Adaptive Card made of text runs, in which Teams does not interpret Markdown, and a table of numbers.

use serde_json::{Value, json};

use super::format::{ChatAnswer, ChatButton, ChatFormat, ChatMessage};

/// Size limit of a card in bytes. Above about 28 KB the workflow fails, and the sender gets no error.
const MAX_BYTES: usize = 20_000;

/// Microsoft Teams, through webhooks of Workflows.
#[derive(Debug)]
pub(super) struct Teams;

impl ChatFormat for Teams {
    fn scheme(&self) -> &'static str {
        "teams"
    }

    fn body(&self, message: &ChatMessage) -> String {
        body(message)
    }

    /// 202 is documented; a workflow with a Response action answers 200.
    fn is_accepted(&self, answer: &ChatAnswer) -> bool {
        matches!(answer.status, 200 | 202)
    }
}

fn body(message: &ChatMessage) -> String {
    let mut lines: Vec<&str> = message.body.lines().collect();
    loop {
        let body = card(message, &lines).to_string();
        if body.len() < MAX_BYTES || lines.pop().is_none() {
            return body;
        }
    }
}

fn card(message: &ChatMessage, lines: &[&str]) -> Value {
    let mut body = vec![json!({
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": literal(&message.subject), "weight": "Bolder", "size": "Medium"}],
    })];
    let mut spacing = "Default";
    for line in lines {
        if line.is_empty() {
            spacing = "Default";
            continue;
        }
        let run = json!({"type": "TextRun", "text": literal(line)});
        body.push(json!({"type": "RichTextBlock", "spacing": spacing, "inlines": [run]}));
        spacing = "None";
    }
    if !message.facts.is_empty() {
        let fact = |(title, value): &(String, String)| json!({"title": title, "value": value});
        let facts: Vec<Value> = message.facts.iter().map(fact).collect();
        body.push(json!({"type": "FactSet", "spacing": "Medium", "facts": facts}));
    }
    let button =
        |button: &ChatButton| json!({"type": "Action.OpenUrl", "title": button.label, "url": button.url.expose()});
    let actions: Vec<Value> = message.button.iter().map(button).collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "Full"},
                "body": body,
                "actions": actions,
            },
        }],
    })
}

/// Disables `{{DATE(…)}}` and `{{TIME(…)}}`, which cards replace in every text. An invisible character (U+2060) after
/// the braces prevents that.
fn literal(text: &str) -> String {
    text.replace("{{DATE(", "{{\u{2060}DATE(").replace("{{TIME(", "{{\u{2060}TIME(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_card_is_cut_at_its_end() {
        let text = format!("first\n{}", format!("{}\n", "長\"".repeat(150)).repeat(100));
        let body = body(&ChatMessage::new("決済".repeat(50), text));
        assert!(body.len() < 20_000 && body.len() > 15_000, "{}", body.len());
        let value: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value["attachments"][0]["content"]["body"][1]["inlines"][0]["text"], "first");
    }

    #[test]
    fn card_shows_markup_and_functions_as_text() {
        let text = "**a** [b](https://example.com) {{DATE(2026-11-23T00:00:00Z, LONG)}}".to_owned();
        let body = body(&ChatMessage::new("s", text));
        assert!(!body.contains("{{DATE(") && body.contains("**a**"));
        assert!(!body.contains("\"type\":\"TextBlock\""));
    }
}
