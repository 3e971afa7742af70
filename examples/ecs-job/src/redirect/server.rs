//! Serves HTTP, for tests and behind a web server of your own.

use std::convert::Infallible;
use std::net::SocketAddr;

use findings_core::{Error, ErrorKind, Result};
use http::Request;
use http::header::ACCEPT_LANGUAGE;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::answer::{Answerer, Asked};
use crate::ending;

/// Serves until a signal to stop.
pub(super) async fn serve(answerer: Answerer, address: SocketAddr) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::InvalidInput, "listen").with_subject(address.to_string()).with_source(error)
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    // with port 0 the system chooses one
    let address = listener.local_addr().map_err(failed)?;
    ending::print_line(&format!("answering links at http://{address}/r/…"));
    let stopped = crate::run::wait_for_signal();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            _ = &mut stopped => return Ok(()),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => drop(tokio::spawn(connection(answerer.clone(), stream, peer))),
                // such as too many open files: it passes
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
        }
    }
}

async fn connection(answerer: Answerer, stream: TcpStream, peer: SocketAddr) {
    let answerer = &answerer;
    let service = service_fn(|request: Request<Incoming>| async move {
        let asked = Asked {
            method: request.method(),
            path: request.uri().path(),
            languages: request.headers().get(ACCEPT_LANGUAGE),
            from: Some(peer.ip().to_string()),
        };
        Ok::<_, Infallible>(answerer.answer(asked).await)
    });
    let mut http = http1::Builder::new();
    // hyper needs a timer to give up on those who send no whole request
    http.timer(TokioTimer::new());
    if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection broke");
    }
}
