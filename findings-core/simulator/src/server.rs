//! HTTP server on loopback.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::http::response::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::reply::{HttpResponse, Reply};
use super::request::Call;
use super::state::State;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The state that connections and handle share.
#[derive(Debug)]
pub(super) struct SharedState {
    state: Mutex<State>,
    started: Instant,
}

impl SharedState {
    pub(super) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), started: Instant::now() }
    }

    /// Locks the state. A panic in a page hook fails the test, but the simulator continues.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error that ends a connection without a response.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulator resets the connection")
    }
}

impl std::error::Error for NoAnswer {}

/// Serves until `stop` is dropped, and then closes open connections.
pub(super) async fn serve(listener: TcpListener, shared: Arc<SharedState>, mut stop: oneshot::Receiver<Infallible>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, shared.clone()));
                }
                // probably out of file descriptors, which become free when clients disconnect
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<SharedState>) {
    // without Nagle's algorithm, small responses do not wait for the client's acknowledgement
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| {
        let answered = answer(shared.clone(), reset.clone(), request);
        Box::pin(answered) as Pin<Box<dyn Future<Output = _> + Send>>
    });
    let mut connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection of the simulator ended early");
    }
    let stream = connection.into_parts().io.into_inner();
    if reset.load(Ordering::Relaxed) {
        // a linger time of zero sends RST instead of FIN
        let _ = stream.set_zero_linger();
    }
}

async fn answer(
    shared: Arc<SharedState>,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
) -> Result<Response<Body>, NoAnswer> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| NoAnswer)?.to_bytes();
    let call = Call::parse(&parts, &body);
    let admission = shared.lock().admit(&call, shared.started.elapsed());
    if !admission.delay.is_zero() {
        tokio::time::sleep(admission.delay).await;
    }
    let reply = shared.lock().finish(&call, admission);
    match reply {
        Reply::Whole(answer) => {
            respond(head(&answer), Full::new(answer.body).map_err(|never| match never {}).boxed_unsync())
        }
        Reply::Truncated { answer, chunked } => truncated(&answer, chunked),
        Reply::Stalled(answer) => half(&answer, false, pending()),
        Reply::Hang => pending().await,
        Reply::Closed => Err(NoAnswer),
        Reply::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(NoAnswer)
        }
    }
}

fn head(answer: &HttpResponse) -> Builder {
    let mut head = Response::builder().status(answer.status).header("content-type", answer.content_type);
    if let Some(code) = &answer.error {
        head = head.header("x-amzn-errortype", code);
    }
    if let Some(wait) = answer.retry_after {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        head = head.header("retry-after", seconds);
    }
    head
}

fn respond(head: Builder, body: Body) -> Result<Response<Body>, NoAnswer> {
    head.body(body).map_err(|_| NoAnswer)
}

/// Returns a response with the first half of the body and an error that closes the connection.
fn truncated(answer: &HttpResponse, chunked: bool) -> Result<Response<Body>, NoAnswer> {
    let cut = async {
        // yield once, so that the connection sends the first half
        tokio::task::yield_now().await;
        Err(io::Error::other("the simulator cuts the body"))
    };
    half(answer, chunked, cut)
}

/// Returns the first half of the body, followed by `end`.
fn half(
    answer: &HttpResponse,
    chunked: bool,
    end: impl Future<Output = io::Result<Frame<Bytes>>> + Send + 'static,
) -> Result<Response<Body>, NoAnswer> {
    let mut head = head(answer);
    if !chunked {
        head = head.header("content-length", answer.body.len());
    }
    let half = answer.body.slice(..answer.body.len() / 2);
    let frames = stream::iter([Ok(Frame::data(half))]).chain(stream::once(end));
    respond(head, StreamBody::new(frames).boxed_unsync())
}
