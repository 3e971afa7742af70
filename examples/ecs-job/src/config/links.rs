//! What decides how reports reach people: links, encryption, notifiers, operators.

use std::time::Duration;

use aws_credential_types::Credentials;
use findings_core::Secret;
use findings_core::aws::S3Encryption;
use findings_core::notify::{ChatKind, Recipient};
use findings_core::pipeline::{LinkPolicy, ShortLink};
use findings_notify::{Sender, SmtpNotifier, Webhooks};
use serde::Deserialize;

use super::{Notify, Reader, duration};

/// Longest life of a presigned URL.
const MAX_LINK_TTL: Duration = Duration::from_hours(7 * 24);
/// Unless told otherwise, links must work over a weekend.
const DEFAULT_MIN_TTL: Duration = Duration::from_hours(3 * 24);

/// Who signs links, if not the job itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkCredentials {
    /// A key from an environment variable, where ECS puts a secret of Secrets Manager.
    Key(Credentials),
    /// A profile of the AWS configuration files.
    Profile(String),
}

/// How long links should work, how long they must, and what is done if they would not.
pub(super) fn link_policy(reader: &mut Reader, ttl: Option<String>, min_ttl: Option<String>) -> LinkPolicy {
    let ttl = reader.read("link-ttl", ttl, MAX_LINK_TTL, link_ttl);
    // who asks for links of a day knows that they are short
    let default = (None, ShortLink::Warn);
    let (min, short) = reader.read("link-min-ttl", min_ttl, default, link_min_ttl);
    if min.is_some_and(|min| min > ttl) {
        reader.fail("link-min-ttl", "it is longer than --link-ttl, so that every link would be too short");
    }
    LinkPolicy::new(ttl).with_min_ttl(min.unwrap_or(DEFAULT_MIN_TTL.min(ttl)), short)
}

fn link_ttl(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        ttl if ttl.is_zero() => Err("a link must work for at least 1s".to_owned()),
        ttl if ttl > MAX_LINK_TTL => Err(format!("{text} is longer than 7d, the longest life of a presigned URL")),
        ttl => Ok(ttl),
    }
}

/// `3d`, `3d:attach` or `attach`.
fn link_min_ttl(text: &str) -> Result<(Option<Duration>, ShortLink), String> {
    let action = |word: &str| match word {
        "warn" => Some(ShortLink::Warn),
        "fail" => Some(ShortLink::Fail),
        "attach" => Some(ShortLink::Attach),
        _ => None,
    };
    if let Some(short) = action(text) {
        return Ok((None, short));
    }
    let (span, word) = text.split_once(':').unwrap_or((text, "warn"));
    let short = action(word).ok_or_else(|| {
        format!("\"{word}\" is not known here; expected warn, fail or attach after the duration, such as 3d:attach")
    })?;
    Ok((Some(duration(span)?), short))
}

/// `env:VARIABLE` or `profile:NAME`.
pub(super) fn link_credentials(text: &str) -> Result<LinkCredentials, String> {
    match text.split_once(':') {
        Some(("profile", name)) if !name.is_empty() => Ok(LinkCredentials::Profile(name.to_owned())),
        Some(("env", variable)) if is_variable(variable) => key(&read_variable(variable)?)
            .map(LinkCredentials::Key)
            .map_err(|what| format!("the variable {variable} holds no key: {what}")),
        // the text is not repeated: somebody may have put the key itself here
        _ => Err("not known; expected env:VARIABLE, the variable holding the key as JSON, or profile:NAME".to_owned()),
    }
}

/// The key as `aws iam create-access-key` prints it, as its inner object, or with the names of the AWS configuration files.
pub(super) fn key(json: &str) -> Result<Credentials, String> {
    #[derive(Deserialize)]
    struct Key {
        #[serde(alias = "AccessKeyId")]
        aws_access_key_id: String,
        #[serde(alias = "SecretAccessKey")]
        aws_secret_access_key: String,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Plain(Key),
        Created {
            #[serde(rename = "AccessKey")]
            key: Key,
        },
    }
    match serde_json::from_str(json) {
        Ok(Form::Plain(key) | Form::Created { key }) => Ok(Credentials::new(
            key.aws_access_key_id.trim(),
            key.aws_secret_access_key.trim(),
            None,
            None,
            "link-credentials",
        )),
        // what serde says may repeat the text
        Err(_) => Err("expected JSON such as {\"AccessKeyId\":\"…\",\"SecretAccessKey\":\"…\"}".to_owned()),
    }
}

pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// What an environment variable holds that an option names.
pub(super) fn read_variable(name: &str) -> Result<String, String> {
    match std::env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        Ok(_) => Err(format!("the variable {name} is empty")),
        Err(_) => Err(format!("the variable {name} is not set; in ECS let the task definition's \"secrets\" set it")),
    }
}

/// The words of the header `x-amz-server-side-encryption`, and the key after a colon.
pub(super) fn s3_sse(text: &str) -> Result<S3Encryption, String> {
    if text.eq_ignore_ascii_case("AES256") {
        return Ok(S3Encryption::Aes256);
    }
    match text.strip_prefix("aws:kms") {
        Some("") => Ok(S3Encryption::Kms { key_id: None }),
        Some(key) if key.len() > 1 && key.starts_with(':') => {
            Ok(S3Encryption::Kms { key_id: Some(key[1..].to_owned()) })
        }
        _ => Err(format!("\"{text}\" is not an encryption of S3; expected AES256, aws:kms or aws:kms:KEY")),
    }
}

/// Mail addresses, separated by `;`, commas or blanks.
pub(super) fn operators(text: &str) -> Result<Vec<Recipient>, String> {
    let mut all: Vec<Recipient> = Vec::new();
    for entry in text.split([';', ',', ' ', '\n']).filter(|entry| !entry.is_empty()) {
        let address: Recipient = entry.parse().map_err(|e| format!("{e}"))?;
        if address.chat().is_some() {
            return Err(format!("\"{address}\" is a chat channel; operators are told by mail"));
        }
        if !all.contains(&address) {
            all.push(address);
        }
    }
    Ok(all)
}

pub(super) fn notifiers(given: Vec<String>, reader: &mut Reader) -> Vec<Notify> {
    if given.is_empty() {
        return vec![Notify::Outbox("out/outbox".into())];
    }
    let mut all = Vec::new();
    for text in given {
        match notify(&text) {
            Ok(notify) if all.contains(&notify) => {
                reader.fail("notify", "the same notifier is given twice, so that everybody would be told twice");
            }
            Ok(notify) => all.push(notify),
            Err(message) => reader.fail("notify", message),
        }
    }
    all
}

fn notify(text: &str) -> Result<Notify, String> {
    match text.split_once(':') {
        Some(("outbox", dir)) if !dir.is_empty() => Ok(Notify::Outbox(dir.into())),
        Some(("ses", rest)) => ses(rest),
        Some(("smtp" | "smtps", rest)) if rest.starts_with("//") => {
            let url = Secret::new(text.to_owned());
            SmtpNotifier::from_url(&url, None).map_err(|e| e.report())?;
            Ok(Notify::Smtp { url })
        }
        Some(("teams", variable)) => chat(ChatKind::Teams, variable),
        Some(("slack", variable)) => chat(ChatKind::Slack, variable),
        // the text is not repeated: it may hold a password
        _ => Err("not a notifier; expected outbox:DIR, ses:FROM[?configuration-set=NAME], smtp://USER:PASSWORD@HOST:PORT?from=FROM, \
                  teams:VARIABLE or slack:VARIABLE"
            .to_owned()),
    }
}

/// The variable holds the webhooks, which are secrets.
fn chat(kind: ChatKind, variable: &str) -> Result<Notify, String> {
    if !is_variable(variable) {
        // the text is not repeated: somebody may have put the webhook itself here
        return Err(format!(
            "expected {0}:VARIABLE, the variable holding the webhook of the channel {0}:VARIABLE, or several as JSON, such as \
             {{\"payments\":\"https://…\"}} for {0}:payments",
            kind.as_str()
        ));
    }
    let webhooks = Webhooks::parse(variable, &Secret::new(read_variable(variable)?)).map_err(|e| e.report())?;
    Ok(Notify::Chat { kind, webhooks })
}

/// `FROM` or `FROM?configuration-set=NAME`.
fn ses(text: &str) -> Result<Notify, String> {
    let (from, query) = text.split_once('?').unwrap_or((text, ""));
    let from: Sender = from.parse().map_err(|e| format!("{e}; expected ses:FROM, such as ses:security@example.com"))?;
    let is_name = |name: &str| {
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    let configuration_set = match query.split_once('=') {
        None if query.is_empty() => None,
        Some(("configuration-set", name)) if is_name(name) => Some(name.to_owned()),
        _ => return Err(format!("\"?{query}\" is not known here; expected ?configuration-set=NAME")),
    };
    Ok(Notify::Ses { from, configuration_set })
}
