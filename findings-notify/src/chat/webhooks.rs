//! Webhook URLs by channel name. Errors contain no part of a URL, because anyone who has the URL can post.

use std::collections::BTreeMap;
use std::fmt;

use findings_core::{Error, ErrorKind, Result, Secret};
use hyper::Uri;

use crate::http_client::parse_url;
use crate::pace::Pace;
use crate::redact::Secrets;

/// Messages per second that all services accept for each webhook.
const PER_SECOND: f64 = 1.0;

/// Webhook URLs by channel name, for the recipients `SCHEME:NAME` of one chat service. Names are case-insensitive.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhooks {
    urls: BTreeMap<String, Webhook>,
}

/// A webhook URL with its rate limit.
pub(super) struct Webhook {
    url: Secret<Uri>,
    secrets: Secrets,
    pace: Pace,
}

impl Webhooks {
    /// Reads the value of an environment variable or secret: a JSON object that maps channel names to URLs, or one URL,
    /// whose channel gets the name of the variable.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the value is neither, a name is not valid in a recipient, or a URL
    /// is not `https://…`. `http://` is accepted for loopback addresses only.
    pub fn parse(variable: &str, text: &Secret<String>) -> Result<Self> {
        let text = text.expose().trim();
        let named: BTreeMap<String, String> = if text.starts_with('{') {
            // the error of serde is dropped, because it may quote a URL
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
            let url =
                parse_url(&url).ok_or_else(|| invalid(variable, format!("the URL of \"{name}\" is not https://…")))?;
            if urls.insert(name.to_ascii_lowercase(), Webhook::new(url)).is_some() {
                return Err(invalid(variable, format!("the channel \"{name}\" stands there twice")));
            }
        }
        if urls.is_empty() {
            return Err(invalid(variable, "there is no channel in it".to_owned()));
        }
        Ok(Self { urls })
    }

    /// Returns the channel names in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.urls.keys().map(String::as_str)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Webhook> {
        self.urls.values()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Webhook> {
        self.urls.get(&name.to_ascii_lowercase())
    }
}

impl Webhook {
    fn new(url: Uri) -> Self {
        let pace = Pace::default();
        pace.set_rate(PER_SECOND);
        Self { secrets: Secrets::of_url(&url.to_string()), url: Secret::new(url), pace }
    }

    pub(super) fn url(&self) -> &Uri {
        self.url.expose()
    }

    /// The parts of the URL that the service could quote.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(super) fn pace(&self) -> &Pace {
        &self.pace
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
    fn variable_holds_one_or_several_webhooks() {
        assert_eq!(parse(" https://hooks.slack.com/services/geheim\n").unwrap(), ["teams_ops"]);
        assert_eq!(
            parse(r#"{"Payments":"https://a.example/1","b.c-d":"http://127.0.0.1:9/x"}"#).unwrap(),
            ["b.c-d", "payments"]
        );
    }

    #[test]
    fn errors_contain_no_url() {
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
