//! Posting a message to a webhook: repeated while the service is busy, and what an answer means otherwise.

use std::time::Duration;

use findings_core::{Error, ErrorKind, Result};
use hyper::Uri;

use crate::http_client::{Client, NoResponse, WebhookResponse};
use crate::pace::Pace;
use crate::redact::Secrets;

/// The operation that error messages name.
pub(crate) const POST: &str = "post the message in";
/// Attempts to post one message while the service answers 429 (too many requests).
const ATTEMPTS: u32 = 3;
/// Longest `Retry-After` pause that the notifier waits for. A longer one fails the attempt; the next attempt of the run
/// tries again.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// A message on its way to a webhook.
pub(crate) struct Posting<'a> {
    pub(crate) client: &'a Client,
    pub(crate) url: &'a Uri,
    pub(crate) secrets: &'a Secrets,
    pub(crate) pace: &'a Pace,
    /// The recipient, which errors name.
    pub(crate) to: &'a str,
    pub(crate) body: String,
}

impl Posting<'_> {
    /// Posts the message until it is accepted or refused. `headers` are made anew for each attempt.
    pub(crate) async fn post(
        self,
        headers: impl Fn(&str) -> Vec<(&'static str, String)>,
        is_accepted: impl Fn(u16, &str) -> bool,
    ) -> Result<()> {
        let mut attempt = 1;
        loop {
            match self.post_once(&headers(&self.body), &is_accepted).await {
                Err(e) if e.kind() == ErrorKind::Throttled && attempt < ATTEMPTS => {
                    let pause = e.retry_after().unwrap_or(Duration::from_secs(1 << attempt));
                    if pause > MAX_PAUSE {
                        return Err(e);
                    }
                    tracing::debug!(to = self.to, ?pause, "the channel takes no more messages just now");
                    tokio::time::sleep(pause).await;
                    attempt += 1;
                }
                Err(e) => return Err(e),
                Ok(()) => break,
            }
        }
        tracing::debug!(to = self.to, "message accepted by the webhook");
        Ok(())
    }

    async fn post_once(&self, headers: &[(&str, String)], is_accepted: impl Fn(u16, &str) -> bool) -> Result<()> {
        let Self { client, url, secrets, pace, to, body } = self;
        pace.wait_for_turn().await;
        match client.post(url, secrets, headers, body.clone()).await {
            Ok(answer) if (200..=299).contains(&answer.status) && is_accepted(answer.status, &answer.text) => Ok(()),
            Ok(answer) => Err(refusal(&answer, to, secrets)),
            Err(NoResponse::NotSent(what)) => {
                Err(failure(ErrorKind::Unavailable, to, format!("{what}; nothing was sent")))
            }
            Err(NoResponse::MaybeSent(what)) => Err(outcome_unknown(to, &what)),
        }
    }
}

/// The error for a recipient that the notifier does not know.
pub(crate) fn unknown_recipient(to: &str) -> Error {
    failure(ErrorKind::InvalidInput, to, "no webhook is known for it; add it to the variable".to_owned())
}

fn refusal(answer: &WebhookResponse, to: &str, secrets: &Secrets) -> Error {
    let said = secrets.answer(&answer.text);
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    let (kind, advice) = match answer.status {
        200..=299 => {
            return outcome_unknown(to, &format!("HTTP {}, which is not the answer of a webhook{said}", answer.status));
        }
        300..=399 => (ErrorKind::InvalidInput, "; the webhook answers with a redirect: check its URL"),
        401 | 403 => (ErrorKind::PermissionDenied, "; the webhook may not post there: check it, and who owns it"),
        404 | 410 => (ErrorKind::NotFound, "; the webhook or its channel is gone: make a new one, and replace its URL"),
        429 => (ErrorKind::Throttled, "; too many messages came"),
        400..=499 => (ErrorKind::InvalidInput, "; the message was not accepted"),
        status => return outcome_unknown(to, &format!("HTTP {status}{said}")),
    };
    let error = failure(kind, to, format!("HTTP {}{said}{advice}", answer.status));
    match answer.retry_after {
        Some(pause) => error.with_retry_after(pause),
        None => error,
    }
}

fn outcome_unknown(to: &str, what: &str) -> Error {
    failure(ErrorKind::OutcomeUnknown, to, format!("{what}; it is unknown whether the message was posted"))
}

fn failure(kind: ErrorKind, to: &str, message: String) -> Error {
    Error::new(kind, POST).with_subject(to).with_message(message)
}
