//! HTTP client that sends one POST and classifies the result. It does not follow redirects, because the URL is a secret
//! that no other server may learn.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use findings_core::{Error, ErrorKind, Result};
use http_body_util::{BodyExt, Collected, Full, Limited};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::{Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioExecutor;
use rustls::crypto::{CryptoProvider, ring};
use tokio::time::timeout;

use crate::redact::Secrets;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for the whole exchange, from sending the request to the last byte of the response.
const RESPONSE_TIMEOUT: Duration = Duration::from_mins(1);
/// Bytes of a response body that are read; the services answer with a few words.
const MAX_BODY: usize = 16 * 1024;

type Http<C> = HyperClient<HttpsConnector<C>, Full<Bytes>>;

pub(crate) struct Client {
    direct: Http<HttpConnector>,
    /// The way through the proxy that the environment names for some of the webhooks.
    proxied: Option<Http<Tunnel<HttpConnector>>>,
    proxies: Matcher,
}

pub(crate) struct WebhookResponse {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) text: String,
}

/// A request that got no response.
pub(crate) enum NoResponse {
    /// The request was certainly not sent.
    NotSent(String),
    /// The request may have reached the service.
    MaybeSent(String),
}

impl Client {
    /// Creates a client for these URLs. `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` apply to those with `https`; the others
    /// are on this machine.
    pub(crate) fn new<'a>(mut urls: impl Iterator<Item = &'a Uri>) -> Result<Self> {
        let mut http = HttpConnector::new();
        // otherwise it refuses the https URLs that the connector around it passes on
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let proxies = Matcher::from_env();
        let proxy = urls.find_map(|url| proxy_of(&proxies, url));
        let proxied = proxy.map(|proxy| https(tunnel(&proxy, http.clone())?)).transpose()?;
        Ok(Self { direct: https(http)?, proxied, proxies })
    }

    /// Posts JSON, with further headers. The service knows `secrets`, and its text is shown without them.
    pub(crate) async fn post(
        &self,
        url: &Uri,
        secrets: &Secrets,
        headers: &[(&str, String)],
        json: String,
    ) -> Result<WebhookResponse, NoResponse> {
        let request = Request::builder().method(Method::POST).uri(url).header(CONTENT_TYPE, "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let request =
            request.body(Full::from(json)).map_err(|_| NoResponse::NotSent("the request cannot be made".to_owned()))?;
        timeout(RESPONSE_TIMEOUT, self.exchange(request, secrets))
            .await
            .unwrap_or_else(|_| Err(NoResponse::MaybeSent("no answer in time".to_owned())))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>, secrets: &Secrets) -> Result<WebhookResponse, NoResponse> {
        let answer = match &self.proxied {
            Some(proxied) if proxy_of(&self.proxies, request.uri()).is_some() => proxied.request(request).await,
            _ => self.direct.request(request).await,
        };
        let answer = answer.map_err(|error| {
            if error.is_connect() {
                NoResponse::NotSent(format!("the service cannot be reached ({})", innermost_cause(&error, secrets)))
            } else {
                NoResponse::MaybeSent("the connection broke before the service answered".to_owned())
            }
        })?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        // a body that cannot be read is ignored: the status alone decides
        let body = Limited::new(answer.into_body(), MAX_BODY).collect().await.map(Collected::to_bytes);
        let text = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
        Ok(WebhookResponse { status, retry_after: retry_after.map(Duration::from_secs), text })
    }
}

fn https<C>(connector: C) -> Result<Http<C>>
where
    HttpsConnector<C>: hyper_util::client::legacy::connect::Connect + Clone + Send + Sync + 'static,
{
    // of several providers that a program compiles, as clients of AWS bring one, rustls itself would choose none and panic
    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()));
    let builder = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider).map_err(|e| {
        Error::new(ErrorKind::NotFound, "read the certificates that this machine trusts")
            .with_message("install ca-certificates, or set SSL_CERT_FILE")
            .with_source(e)
    })?;
    let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
    Ok(HyperClient::builder(TokioExecutor::new()).build(connector))
}

fn proxy_of(proxies: &Matcher, url: &Uri) -> Option<Intercept> {
    proxies.intercept(url).filter(|_| url.scheme_str() == Some("https"))
}

fn tunnel(proxy: &Intercept, http: HttpConnector) -> Result<Tunnel<HttpConnector>> {
    if proxy.uri().scheme_str() != Some("http") {
        return Err(Error::new(ErrorKind::InvalidInput, "use the proxy of the environment").with_message(
            "webhooks go through proxies of http://… only; change HTTPS_PROXY, or name the services in NO_PROXY",
        ));
    }
    let tunnel = Tunnel::new(proxy.uri().clone(), http);
    Ok(match proxy.basic_auth() {
        Some(login) => tunnel.with_auth(login.clone()),
        None => tunnel,
    })
}

/// Returns the text of the innermost cause, which comes from the operating system or TLS. The outer errors add no
/// information.
fn innermost_cause(error: &dyn StdError, secrets: &Secrets) -> String {
    let causes = std::iter::successors(error.source(), |e| (*e).source());
    causes.last().map_or_else(|| "no reason given".to_owned(), |cause| secrets.answer(&cause.to_string()))
}

/// Parses the URL of a webhook: `https://…`, or `http://…` on this machine.
pub(crate) fn parse_url(text: &str) -> Option<Uri> {
    let url: Uri = text.trim().parse().ok()?;
    let host = url.host()?;
    let is_loopback = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match url.scheme_str()? {
        "https" => Some(url),
        "http" if is_loopback => Some(url),
        _ => None,
    }
}
