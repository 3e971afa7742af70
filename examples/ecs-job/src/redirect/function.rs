//! Serves the events of a function on AWS Lambda, which come from API Gateway.

use std::convert::Infallible;

use findings_core::{Error, ErrorKind, Result};
use http::header::ACCEPT_LANGUAGE;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt, service_fn};

use super::answer::{Answerer, Asked};

/// The variable in which AWS Lambda names its runtime interface.
const RUNTIME: &str = "AWS_LAMBDA_RUNTIME_API";

/// Whether this program runs as a function.
pub(super) fn is_here() -> bool {
    std::env::var_os(RUNTIME).is_some()
}

/// Answers events until the platform ends the function.
pub(super) async fn serve(answerer: Answerer) -> Result<()> {
    let answerer = &answerer;
    let handler = service_fn(|request: Request| async move {
        let asked = Asked {
            method: request.method(),
            path: request.uri().path(),
            languages: request.headers().get(ACCEPT_LANGUAGE),
            from: reader(&request),
        };
        Ok::<_, Infallible>(answerer.answer(asked).await)
    });
    lambda_http::run(handler).await.map_err(|error| {
        Error::new(ErrorKind::Unavailable, "serve the function's events").with_message(error.to_string())
    })
}

/// Returns the network address of the reader, as API Gateway saw it. A header could be made up.
fn reader(request: &Request) -> Option<String> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.clone(),
        _ => None,
    }
}
