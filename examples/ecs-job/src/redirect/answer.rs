//! The answer to a request, whoever brings it.

use std::time::Duration;

use findings_core::redirect::{LinkAnswer, OpenLink, Redirector};
use findings_core::{Error, ErrorKind, Result};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER};
use http::header::{HeaderName, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Response, StatusCode};
use jiff::Timestamp;

use super::page::{self, Page};
use crate::settings;

/// How long the table may take. API Gateway gives up after 29 seconds, and readers before that.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a reader asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    /// The header Accept-Language.
    pub(super) languages: Option<&'a HeaderValue>,
    /// The network address of the reader.
    pub(super) from: Option<String>,
}

/// Answers requests.
#[derive(Clone, Debug)]
pub(super) struct Answerer {
    redirector: Redirector,
    contact: Option<String>,
}

impl Answerer {
    pub(super) fn new(redirector: Redirector, contact: Option<String>) -> Self {
        Self { redirector, contact }
    }

    pub(super) async fn answer(&self, asked: Asked<'_>) -> Response<String> {
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            let mut refused = self.page(&asked, StatusCode::METHOD_NOT_ALLOWED, Page::Unknown);
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        match self.open(&asked).await {
            Ok(LinkAnswer::Found { onward }) => {
                onward_to(onward.url.expose()).unwrap_or_else(|| self.unavailable(&asked))
            }
            Ok(LinkAnswer::Expired { at }) => self.page(&asked, StatusCode::GONE, Page::Expired(at)),
            Ok(LinkAnswer::Revoked { at }) => self.page(&asked, StatusCode::GONE, Page::Revoked(at)),
            Ok(_) => self.page(&asked, StatusCode::NOT_FOUND, Page::Unknown),
            Err(error) => {
                tracing::error!(error = %settings::report(&error), "a link could not be looked up");
                self.unavailable(&asked)
            }
        }
    }

    async fn open(&self, asked: &Asked<'_>) -> Result<LinkAnswer> {
        let Some(token) = token(asked.path) else { return Ok(LinkAnswer::Unknown) };
        let mut link = OpenLink::new(token, Timestamp::now());
        link.from.clone_from(&asked.from);
        // programs that check links do not read reports
        link.counts = *asked.method == Method::GET;
        let late = |_| Error::new(ErrorKind::Timeout, "look the link up");
        tokio::time::timeout(PATIENCE, self.redirector.open(&link)).await.map_err(late)?
    }

    fn unavailable(&self, asked: &Asked<'_>) -> Response<String> {
        let mut answer = self.page(asked, StatusCode::SERVICE_UNAVAILABLE, Page::Unavailable);
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        answer
    }

    fn page(&self, asked: &Asked<'_>, status: StatusCode, page: Page) -> Response<String> {
        let languages = asked.languages.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body = page::html(page, languages, self.contact.as_deref());
        let mut answer = response(status, body);
        set(&mut answer, [(CONTENT_TYPE, "text/html; charset=utf-8")]);
        answer
    }
}

/// Returns what follows `/r/` at the end of a path. API Gateway puts the name of its stage before it.
fn token(path: &str) -> Option<&str> {
    let (before, token) = path.rsplit_once('/')?;
    before.ends_with("/r").then_some(token)
}

/// Returns the redirection, or `None` if the URL cannot stand in a header.
fn onward_to(url: &str) -> Option<Response<String>> {
    let location = HeaderValue::from_str(url).ok()?;
    let mut answer = response(StatusCode::FOUND, String::new());
    answer.headers_mut().insert(LOCATION, location);
    Some(answer)
}

fn response(status: StatusCode, body: String) -> Response<String> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = [
        // the next time the answer may be another one
        (CACHE_CONTROL, "no-store"),
        // neither S3 nor anybody else learns the link
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    set(&mut answer, headers);
    answer
}

fn set<const N: usize>(answer: &mut Response<String>, headers: [(HeaderName, &'static str); N]) {
    for (name, value) in headers {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests;
