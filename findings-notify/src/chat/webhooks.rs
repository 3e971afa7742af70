//! The URLs of webhooks, by the names of their channels. No error holds any part of a URL: whoever has it can post.

use std::collections::BTreeMap;
use std::fmt;

use findings_core::{Error, ErrorKind, Result, Secret};
use hyper::Uri;

use crate::pace::Pace;

/// Both services take one message a second for each webhook.
const PER_SECOND: f64 = 1.0;

/// Webhook URLs by channel, upper and lower case being the same: what stands behind `teams:NAME` and `slack:NAME`.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhooks {
    urls: BTreeMap<String, Webhook>,
}

/// A webhook and its turns.
pub(super) struct Webhook {
    url: Secret<Uri>,
    pace: Pace,
}

impl Webhooks {
    /// Webhooks as an environment variable or secret holds them: a JSON object of names and URLs, or one URL, whose channel has the name of the variable.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if it is neither, a name is none that a recipient can have, or a URL is not `https://…` (`http://` is for
    /// servers of the own machine).
    pub fn parse(variable: &str, text: &Secret<String>) -> Result<Self> {
        let text = text.expose().trim();
        let named: BTreeMap<String, String> = if text.starts_with('{') {
            // what serde says may repeat a URL
            serde_json::from_str(text).map_err(|_| {
                invalid(
                    variable,
                    "expected a JSON object of channels and URLs, such as {\"payments\":\"https://…\"}".to_owned(),
                )
            })?
        } else {
            BTreeMap::from([(variable.to_owned(), text.to_owned())])
        };
        let mut urls = BTreeMap::new();
        for (name, url) in named {
            let legal = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            if !(1..=64).contains(&name.len()) || !name.bytes().all(legal) {
                return Err(invalid(variable, "the name of a channel is not 1 to 64 of A-Z a-z 0-9 . _ -".to_owned()));
            }
            let url = read(&url).ok_or_else(|| invalid(variable, format!("the URL of \"{name}\" is not https://…")))?;
            if urls.insert(name.to_ascii_lowercase(), Webhook::new(url)).is_some() {
                return Err(invalid(variable, format!("the channel \"{name}\" stands there twice")));
            }
        }
        if urls.is_empty() {
            return Err(invalid(variable, "there is no channel in it".to_owned()));
        }
        Ok(Self { urls })
    }

    /// The names of the channels, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.urls.keys().map(String::as_str)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Webhook> {
        self.urls.get(&name.to_ascii_lowercase())
    }
}

impl Webhook {
    fn new(url: Uri) -> Self {
        let pace = Pace::default();
        pace.set_rate(PER_SECOND);
        Self { url: Secret::new(url), pace }
    }

    pub(super) fn url(&self) -> &Uri {
        self.url.expose()
    }

    pub(super) async fn turn(&self) {
        self.pace.turn().await;
    }
}

impl Clone for Webhook {
    fn clone(&self) -> Self {
        Self::new(self.url.expose().clone())
    }
}

impl PartialEq for Webhook {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for Webhook {}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.urls.keys()).finish()
    }
}

fn read(text: &str) -> Option<Uri> {
    let url: Uri = text.trim().parse().ok()?;
    let host = url.host()?;
    let own = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match url.scheme_str()? {
        "https" => Some(url),
        "http" if own => Some(url),
        _ => None,
    }
}

fn invalid(variable: &str, message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, "read the webhooks in").with_subject(variable).with_message(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<String>> {
        let hooks = Webhooks::parse("TEAMS_OPS", &Secret::new(text.to_owned()))?;
        Ok(hooks.names().map(str::to_owned).collect())
    }

    #[test]
    fn a_variable_holds_one_webhook_or_many() {
        assert_eq!(parse(" https://hooks.slack.com/services/geheim\n").unwrap(), ["teams_ops"]);
        assert_eq!(
            parse(r#"{"Payments":"https://a.example/1","b.c-d":"http://127.0.0.1:9/x"}"#).unwrap(),
            ["b.c-d", "payments"]
        );
    }

    #[test]
    fn no_error_tells_a_url() {
        for text in [
            "",
            "geheim",
            "http://example.com/geheim",
            "https:///geheim",
            r#"{"a":"geheim"}"#,
            r#"{"a":"https://x/geheim",}"#,
            r#"{"a":["https://x/geheim"]}"#,
            r#"{"a b":"https://x/geheim"}"#,
            r#"{"a":"https://x/geheim","A":"https://x/geheim"}"#,
            "{}",
        ] {
            let error = parse(text).expect_err(text);
            assert!(!format!("{error:?} {}", error.report()).contains("geheim"), "{error:?}");
        }
        let hooks = Webhooks::parse("X", &Secret::new("https://x/geheim".to_owned())).unwrap();
        assert!(!format!("{hooks:?}").contains("geheim"));
    }
}
