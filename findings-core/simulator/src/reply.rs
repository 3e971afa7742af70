//! Replies to the client.

use std::time::Duration;

use bytes::Bytes;

use super::api_error::ApiError;

/// A complete HTTP response.
#[derive(Debug, Clone)]
pub(super) struct HttpResponse {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// Error code for the header `x-amzn-ErrorType`, from which SDKs read it.
    pub(super) error: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Bytes,
    /// Number of findings in the body; `None` if it is not a page of findings.
    pub(super) findings: Option<usize>,
}

/// A response, or a fault instead of it.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Whole(HttpResponse),
    Truncated { answer: HttpResponse, chunked: bool },
    Stalled(HttpResponse),
    Reset,
    Closed,
    Hang,
}

impl HttpResponse {
    pub(super) fn json(body: impl Into<Bytes>) -> Self {
        Self {
            status: 200,
            content_type: "application/json",
            error: None,
            retry_after: None,
            body: body.into(),
            findings: None,
        }
    }

    pub(super) fn page(body: Vec<u8>, findings: usize) -> Self {
        Self { findings: Some(findings), ..Self::json(body) }
    }

    pub(super) fn html(status: u16) -> Self {
        let body = "<!doctype html>\n<html><title>Not what you asked for</title><p>A page.</html>\n";
        Self { status, content_type: "text/html; charset=utf-8", ..Self::json(body) }
    }

    pub(super) fn error(error: ApiError) -> Self {
        let body = serde_json::json!({ "Code": error.code, "Message": error.message });
        Self {
            status: error.status,
            error: Some(error.code),
            retry_after: error.retry_after,
            ..Self::json(body.to_string())
        }
    }
}

impl From<Result<HttpResponse, ApiError>> for HttpResponse {
    fn from(result: Result<HttpResponse, ApiError>) -> Self {
        result.unwrap_or_else(Self::error)
    }
}

impl Reply {
    /// Returns the response, if there is one.
    pub(super) fn answer(&self) -> Option<&HttpResponse> {
        match self {
            Self::Whole(answer) | Self::Truncated { answer, .. } | Self::Stalled(answer) => Some(answer),
            Self::Reset | Self::Closed | Self::Hang => None,
        }
    }
}
