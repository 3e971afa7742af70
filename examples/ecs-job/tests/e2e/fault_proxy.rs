//! A proxy in front of one HTTP service, which fails at a planned call, as AWS does.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// A service that a run depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Ses,
    S3,
    DynamoDb,
    Credentials,
    SecurityHub,
}

impl Service {
    pub(crate) const ALL: [Self; 5] = [Self::Ses, Self::S3, Self::DynamoDb, Self::Credentials, Self::SecurityHub];

    /// Returns status, error code and body of a failure.
    fn failure(self, failure: Failure) -> (u16, &'static str, String) {
        let (status, code) = match (self, failure) {
            (Self::S3, Failure::Internal) => (500, "InternalError"),
            (Self::DynamoDb, Failure::Internal) => (500, "InternalServerError"),
            (_, Failure::Internal) => (500, "InternalException"),
            (Self::S3, Failure::Throttled) => (503, "SlowDown"),
            (Self::DynamoDb, Failure::Throttled) => (400, "ThrottlingException"),
            (_, Failure::Throttled) => (429, "TooManyRequestsException"),
            (Self::S3, Failure::Denied) => (403, "AccessDenied"),
            (Self::DynamoDb, Failure::Denied) => (400, "ExpiredTokenException"),
            (Self::SecurityHub, Failure::Denied) => (403, "AccessDeniedException"),
            (_, Failure::Denied) => (403, "ExpiredTokenException"),
        };
        let body = match self {
            Self::S3 => format!("<Error><Code>{code}</Code><Message>planned by a test</Message></Error>"),
            _ => format!("{{\"__type\":\"{code}\",\"message\":\"planned by a test\"}}"),
        };
        (status, code, body)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Internal,
    Throttled,
    Denied,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// HTTP 500 once.
    Internal,
    /// Every call is throttled for this time.
    ThrottledFor(Duration),
    /// No response, and the connection stays open.
    Hang,
    /// The service does what it is asked, and the response is lost.
    Cut,
    /// Refused once.
    DeniedOnce,
    /// Refused from then on.
    Denied,
}

/// The fault and the call at which it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultPlan {
    pub(crate) fault: Fault,
    /// Number of the call, from 0.
    pub(crate) at: u32,
}

#[derive(Debug, Default)]
struct State {
    calls: u32,
    plan: Option<FaultPlan>,
    struck: Option<Instant>,
    /// Requests that the service accepted.
    accepted: Vec<Vec<u8>>,
}

/// What happens to one call.
enum Treatment {
    Pass,
    /// Pass the request on and lose the response.
    Lose,
    Fail(Failure),
    Hang,
}

/// A proxy in front of a service. It answers as AWS does when it fails.
#[derive(Clone, Debug)]
pub(crate) struct FaultProxy {
    service: Service,
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

impl FaultProxy {
    /// Opens a proxy in front of `upstream`, which is `host:port`.
    pub(crate) fn open(service: Service, upstream: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let proxy = Self { service, address, state: Arc::default() };
        let serving = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (proxy, upstream) = (serving.clone(), upstream.clone());
                std::thread::spawn(move || proxy.serve(client, &upstream));
            }
        });
        proxy
    }

    /// Forgets the calls so far and plans a fault.
    pub(crate) fn plan(&self, plan: Option<FaultPlan>) {
        let mut state = self.state();
        (state.calls, state.plan, state.struck) = (0, plan, None);
    }

    pub(crate) fn calls(&self) -> u32 {
        self.state().calls
    }

    /// Whether the planned fault has begun.
    pub(crate) fn has_struck(&self) -> bool {
        self.state().struck.is_some()
    }

    /// Returns the bodies of all requests that the service accepted.
    pub(crate) fn accepted(&self) -> Vec<Vec<u8>> {
        self.state().accepted.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn treat(&self) -> Treatment {
        let mut state = self.state();
        let call = state.calls;
        state.calls += 1;
        let Some(FaultPlan { fault, .. }) = state.plan.filter(|plan| call >= plan.at) else { return Treatment::Pass };
        let is_first = state.struck.is_none();
        let since = state.struck.get_or_insert_with(Instant::now).elapsed();
        match fault {
            Fault::Internal if is_first => Treatment::Fail(Failure::Internal),
            Fault::ThrottledFor(time) if since < time => Treatment::Fail(Failure::Throttled),
            Fault::Hang if is_first => Treatment::Hang,
            Fault::Cut if is_first => Treatment::Lose,
            Fault::DeniedOnce if is_first => Treatment::Fail(Failure::Denied),
            Fault::Denied => Treatment::Fail(Failure::Denied),
            Fault::Internal | Fault::ThrottledFor(_) | Fault::Hang | Fault::Cut | Fault::DeniedOnce => Treatment::Pass,
        }
    }

    fn serve(&self, mut client: TcpStream, upstream: &str) {
        // one request per connection: the response says so
        let Some(request) = Request::read(&mut client) else { return };
        match self.treat() {
            Treatment::Pass => {
                if let Some(response) = self.forward(&request, upstream) {
                    let _ = client.write_all(&response);
                }
            }
            Treatment::Lose => drop(self.forward(&request, upstream)),
            Treatment::Fail(failure) => {
                let (status, code, body) = self.service.failure(failure);
                let head = format!(
                    "HTTP/1.1 {status} planned\r\nx-amzn-errortype: {code}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = client.write_all((head + &body).as_bytes());
            }
            Treatment::Hang => while let Ok(1..) = client.read(&mut [0; 64]) {},
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    /// Returns the response of the service.
    fn forward(&self, request: &Request, upstream: &str) -> Option<Vec<u8>> {
        let mut server = TcpStream::connect(upstream).ok()?;
        server.write_all(&request.head_for_one_connection()).ok()?;
        server.write_all(&request.body).ok()?;
        let mut response = Vec::new();
        server.read_to_end(&mut response).ok()?;
        if response.starts_with(b"HTTP/1.1 2") || response.starts_with(b"HTTP/1.0 2") {
            self.state().accepted.push(request.body.clone());
        }
        Some(response)
    }
}

/// A request of HTTP/1.1 with its whole body.
pub(crate) struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn read(client: &mut TcpStream) -> Option<Self> {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            match client.read(&mut buffer) {
                Ok(n @ 1..) => bytes.extend_from_slice(&buffer[..n]),
                _ => return None,
            }
        };
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
        let length: usize = head.lines().find_map(length).unwrap_or(0);
        let mut body = bytes.split_off(end);
        while body.len() < length {
            match client.read(&mut buffer) {
                Ok(n @ 1..) => body.extend_from_slice(&buffer[..n]),
                _ => return None,
            }
        }
        Some(Self { head, body })
    }

    fn head_for_one_connection(&self) -> Vec<u8> {
        let is_kept = |line: &&str| !line.is_empty() && !line.to_ascii_lowercase().starts_with("connection:");
        let lines: Vec<&str> = self.head.split("\r\n").filter(is_kept).collect();
        format!("{}\r\nconnection: close\r\n\r\n", lines.join("\r\n")).into_bytes()
    }
}
