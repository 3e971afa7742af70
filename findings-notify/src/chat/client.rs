//! One POST, and what became of it. Redirects are not followed: the URL is a secret that no other server should learn.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use findings_core::{Error, ErrorKind, Result};
use http_body_util::{BodyExt, Collected, Full, Limited};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::{Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

const CONNECT: Duration = Duration::from_secs(10);
/// From the first byte to the last one of the answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Answers are a few words.
const MAX_ANSWER: usize = 16 * 1024;

pub(super) struct Client {
    http: Legacy<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) text: String,
}

/// There is no answer.
pub(super) enum Lost {
    /// The request certainly did not go out.
    Before(String),
    /// Only the service knows.
    After(String),
}

impl Client {
    pub(super) fn new() -> Result<Self> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT));
        let builder = HttpsConnectorBuilder::new().with_native_roots().map_err(|e| {
            Error::new(ErrorKind::NotFound, "read the certificates that this machine trusts")
                .with_message("install ca-certificates, or set SSL_CERT_FILE")
                .with_source(e)
        })?;
        let connector = builder.https_or_http().enable_http1().wrap_connector(http);
        Ok(Self { http: Legacy::builder(TokioExecutor::new()).build(connector) })
    }

    pub(super) async fn post(&self, url: &Uri, json: String) -> Result<Answer, Lost> {
        let request = Request::builder().method(Method::POST).uri(url).header(CONTENT_TYPE, "application/json");
        let request =
            request.body(Full::from(json)).map_err(|_| Lost::Before("the request cannot be made".to_owned()))?;
        timeout(PATIENCE, self.exchange(request))
            .await
            .unwrap_or_else(|_| Err(Lost::After("no answer in time".to_owned())))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, Lost> {
        let answer = self.http.request(request).await.map_err(|error| {
            if error.is_connect() {
                Lost::Before(format!("the service cannot be reached ({})", innermost(&error)))
            } else {
                Lost::After("the connection broke before the service answered".to_owned())
            }
        })?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        // without its words the status says enough
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await.map(Collected::to_bytes);
        let text = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
        Ok(Answer { status, retry_after: retry_after.map(Duration::from_secs), text })
    }
}

/// What the operating system or TLS says; the words around it add nothing.
fn innermost(error: &dyn StdError) -> String {
    let causes = std::iter::successors(error.source(), |e| (*e).source());
    causes.last().map_or_else(|| "no reason given".to_owned(), |cause| crate::redact::answer(&cause.to_string()))
}
