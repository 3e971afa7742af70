//! Links to reports: what makes them, how long they work, and the credentials that sign them.

use std::time::Duration;

use aws_credential_types::Credentials;
use findings_core::pipeline::{LinkPolicy, ShortLinkPolicy};
use findings_core::redirect::check_redirect_url;
use serde::Deserialize;

use super::reader::Reader;
use super::values::{duration, is_variable, read_variable};

/// Longest lifetime of a presigned URL, a limit of AWS Signature Version 4.
const MAX_PRESIGNED: Duration = Duration::from_hours(7 * 24);
/// Longest lifetime of a link through the table, which forgets links after a while.
const MAX_REDIRECT: Duration = Duration::from_hours(400 * 24);
/// Lifetime of links through the table, if nothing else is asked for: a report is of use until the quarter ends.
const DEFAULT_REDIRECT: Duration = Duration::from_hours(90 * 24);
/// By default, links must work over a weekend.
const DEFAULT_MIN_TTL: Duration = Duration::from_hours(3 * 24);

/// What makes links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Links {
    /// Presigned URLs of S3, or paths.
    #[default]
    Presigned,
    /// Links that begin with this URL and lead through the table.
    Redirect(String),
}

impl Links {
    /// Returns the default lifetime, the longest one, and why it is.
    fn lifetimes(&self) -> (Duration, Duration, &'static str) {
        match self {
            Self::Presigned => (MAX_PRESIGNED, MAX_PRESIGNED, "7d, the longest life of a presigned URL"),
            Self::Redirect(_) => (DEFAULT_REDIRECT, MAX_REDIRECT, "400d, after which links are forgotten"),
        }
    }
}

/// Parses `presigned` or `redirect:URL`.
pub(super) fn links(text: &str) -> Result<Links, String> {
    match text.split_once(':') {
        None if text == "presigned" => Ok(Links::Presigned),
        Some(("redirect", url)) => {
            check_redirect_url(url).map_err(|error| format!("\"{url}\" is {error}"))?;
            Ok(Links::Redirect(url.to_owned()))
        }
        _ => Err(format!("\"{text}\" is not known here; expected presigned or redirect:https://HOST/PATH")),
    }
}

/// Credentials that sign links instead of those of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkCredentials {
    /// A key from an environment variable, where ECS puts a secret of Secrets Manager.
    Key(Credentials),
    /// A profile of the AWS configuration files.
    Profile(String),
}

/// Reads the lifetime of links, their shortest acceptable lifetime, and what to do if they would expire sooner.
pub(super) fn link_policy(reader: &mut Reader, links: &Links, ttl: Option<&str>, min_ttl: Option<&str>) -> LinkPolicy {
    let default = links.lifetimes().0;
    let ttl = reader.read("link-ttl", ttl, default, |text| link_ttl(text, links));
    // without --link-min-ttl the minimum is 3 days, but never longer than a deliberately short --link-ttl
    let default = (None, ShortLinkPolicy::Warn);
    let (min, short) = reader.read("link-min-ttl", min_ttl, default, link_min_ttl);
    if min.is_some_and(|min| min > ttl) {
        reader.fail("link-min-ttl", "it is longer than --link-ttl, so that every link would be too short");
    }
    LinkPolicy::new(ttl).with_min_ttl(min.unwrap_or(DEFAULT_MIN_TTL.min(ttl)), short)
}

fn link_ttl(text: &str, links: &Links) -> Result<Duration, String> {
    let (_, longest, reason) = links.lifetimes();
    match duration(text)? {
        ttl if ttl.is_zero() => Err("a link must work for at least 1s".to_owned()),
        ttl if ttl > longest => Err(format!("{text} is longer than {reason}")),
        ttl => Ok(ttl),
    }
}

/// Parses `3d`, `3d:attach` or `attach`.
fn link_min_ttl(text: &str) -> Result<(Option<Duration>, ShortLinkPolicy), String> {
    let action = |word: &str| match word {
        "warn" => Some(ShortLinkPolicy::Warn),
        "fail" => Some(ShortLinkPolicy::Fail),
        "attach" => Some(ShortLinkPolicy::Attach),
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

/// Parses `env:VARIABLE` or `profile:NAME`.
pub(super) fn link_credentials(text: &str) -> Result<LinkCredentials, String> {
    match text.split_once(':') {
        Some(("profile", name)) if !name.is_empty() => Ok(LinkCredentials::Profile(name.to_owned())),
        Some(("env", variable)) if is_variable(variable) => key(&read_variable(variable)?)
            .map(LinkCredentials::Key)
            .map_err(|what| format!("the variable {variable} holds no key: {what}")),
        // the text is not repeated: it may be the key itself
        _ => Err("not known; expected env:VARIABLE, the variable holding the key as JSON, or profile:NAME".to_owned()),
    }
}

/// How the ID of an IAM user's access key begins. Those of temporary credentials begin with `ASIA`.
const LASTING: &str = "AKIA";

/// Parses an access key as `aws iam create-access-key` prints it, its inner object, or an object with the key names of
/// AWS configuration files.
pub(super) fn key(json: &str) -> Result<Credentials, String> {
    #[derive(Deserialize)]
    struct Key {
        #[serde(rename = "aws_access_key_id", alias = "AccessKeyId")]
        id: String,
        #[serde(rename = "aws_secret_access_key", alias = "SecretAccessKey")]
        secret: String,
        #[serde(rename = "aws_session_token", alias = "SessionToken", default)]
        session_token: Option<String>,
    }
    impl Key {
        fn is_lasting(&self) -> bool {
            let token = self.session_token.as_deref().unwrap_or_default();
            self.id.trim().starts_with(LASTING) && token.trim().is_empty()
        }
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
        // links that it signs would end with the session, and its end is not known
        Ok(Form::Plain(key) | Form::Created { key }) if !key.is_lasting() => {
            Err("it is temporary; expected the key of an IAM user: an ID that begins with AKIA, and no session token"
                .to_owned())
        }
        Ok(Form::Plain(key) | Form::Created { key }) => {
            Ok(Credentials::new(key.id.trim(), key.secret.trim(), None, None, "link-credentials"))
        }
        // errors of serde may repeat the text, which holds the secret
        Err(_) => Err("expected JSON such as {\"AccessKeyId\":\"…\",\"SecretAccessKey\":\"…\"}".to_owned()),
    }
}
