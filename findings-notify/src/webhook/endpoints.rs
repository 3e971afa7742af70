//! Endpoints by name, each with the key that signs what it gets. Errors contain no part of a URL or key.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use findings_core::{Error, ErrorKind, Result, Secret};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::Uri;
use serde::Deserialize;
use sha2::Sha256;

use crate::http_client::parse_url;
use crate::pace::Pace;
use crate::redact::Secrets;

/// What keys begin with, by Standard Webhooks.
const PREFIX: &str = "whsec_";
/// Bytes of a key, by Standard Webhooks.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Messages per second to one endpoint.
const PER_SECOND: f64 = 10.0;

/// Endpoints by name, for the recipients `webhook:NAME`. Names are case-insensitive.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookEndpoints(BTreeMap<String, Endpoint>);

/// An endpoint with its key and rate limit.
pub(super) struct Endpoint {
    url: Secret<Uri>,
    key: Secret<Vec<u8>>,
    secrets: Secrets,
    pace: Pace,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    url: String,
    key: String,
}

impl WebhookEndpoints {
    /// Reads the value of an environment variable or secret: a JSON object that maps names to objects of `url`
    /// (`https://…`, or `http://` on this machine) and `key` (`whsec_` and 24 to 64 random bytes in base64).
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the value is not that.
    pub fn parse(variable: &str, text: &Secret<String>) -> Result<Self> {
        // the error of serde is dropped, because it may quote a key
        let entries: BTreeMap<String, Entry> = serde_json::from_str(text.expose()).map_err(|_| {
            invalid(
                variable,
                "expected a JSON object such as {\"tickets\":{\"url\":\"https://…\",\"key\":\"whsec_…\"}}".to_owned(),
            )
        })?;
        let mut endpoints = BTreeMap::new();
        for (name, entry) in entries {
            let legal = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            if !(1..=64).contains(&name.len()) || !name.bytes().all(legal) {
                return Err(invalid(
                    variable,
                    "the name of an endpoint is not 1 to 64 of A-Z a-z 0-9 . _ -".to_owned(),
                ));
            }
            let url = parse_url(&entry.url)
                .ok_or_else(|| invalid(variable, format!("the URL of \"{name}\" is not https://…")))?;
            let key = parse_key(&entry.key).ok_or_else(|| {
                let what = format!("the key of \"{name}\" is not whsec_ and 24 to 64 bytes in base64; make one with openssl rand -base64 32");
                invalid(variable, what)
            })?;
            if endpoints.insert(name.to_ascii_lowercase(), Endpoint::new(url, key)).is_some() {
                return Err(invalid(variable, format!("the endpoint \"{name}\" stands there twice")));
            }
        }
        if endpoints.is_empty() {
            return Err(invalid(variable, "there is no endpoint in it".to_owned()));
        }
        Ok(Self(endpoints))
    }

    /// Returns the names in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Endpoint> {
        self.0.values()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Endpoint> {
        self.0.get(&name.to_ascii_lowercase())
    }
}

impl Endpoint {
    fn new(url: Uri, key: Vec<u8>) -> Self {
        let pace = Pace::default();
        pace.set_rate(PER_SECOND);
        Self { secrets: Secrets::of_url(&url.to_string()), url: Secret::new(url), key: Secret::new(key), pace }
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

    /// Returns the signature of a message, as Standard Webhooks defines it.
    pub(super) fn sign(&self, id: &str, sent_at: &str, body: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.expose()) else {
            // HMAC takes keys of any length
            return String::new();
        };
        mac.update(format!("{id}.{sent_at}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl Clone for Endpoint {
    fn clone(&self) -> Self {
        Self::new(self.url.expose().clone(), self.key.expose().clone())
    }
}

impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url && self.key == other.key
    }
}

impl Eq for Endpoint {}

impl fmt::Debug for WebhookEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn parse_key(text: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
    KEY_BYTES.contains(&key.len()).then_some(key)
}

fn invalid(variable: &str, message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, "read the webhooks in").with_subject(variable).with_message(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification of Standard Webhooks, as its libraries test it.
    #[test]
    fn signature_is_that_of_standard_webhooks() {
        let key = parse_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let endpoint = Endpoint::new("https://example.com".parse().unwrap(), key);
        let signature = endpoint.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn errors_contain_neither_url_nor_key() {
        let key = "whsec_Z2VoZWltZ2VoZWltZ2VoZWltZ2VoZWlt";
        let entry = |url: &str, key: &str| format!(r#"{{"a":{{"url":"{url}","key":"{key}"}}}}"#);
        for text in [
            "geheim".to_owned(),
            "{}".to_owned(),
            r#"{"a":"https://x/geheim"}"#.to_owned(),
            entry("http://example.com/geheim", key),
            entry("https://example.com/geheim", "whsec_geheim"),
            entry("https://example.com/geheim", "Z2VoZWltZ2VoZWltZ2VoZWltZ2VoZWlt"),
        ] {
            let error = WebhookEndpoints::parse("HOOKS", &Secret::new(text.clone())).expect_err(&text);
            let printed = format!("{error:?} {}", error.report());
            assert!(!printed.contains("geheim") && !printed.contains("Z2Vo"), "{printed}");
        }
        let good = WebhookEndpoints::parse("HOOKS", &Secret::new(entry("https://example.com/geheim", key))).unwrap();
        let shown = format!("{good:?}");
        assert!(!shown.contains("geheim") && !shown.contains("Z2Vo"), "{shown}");
    }
}
