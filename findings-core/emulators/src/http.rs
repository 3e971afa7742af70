//! A minimal HTTP client for presigned links of an emulator: GET and PUT over a plain connection to loopback.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;

const TIMEOUT: Duration = Duration::from_secs(30);

/// The response of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpAnswer {
    /// Status code.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body, decoded.
    pub body: Bytes,
}

impl HttpAnswer {
    /// Returns the first value of a header. The name is case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Fetches a URL of a server on loopback. Errors do not contain the URL, because it may be a secret link.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) if it is not `http://127.0.0.1:PORT/…`, that of the connection if it
/// fails, and [`InvalidData`](ErrorKind::InvalidData) if the response is not HTTP or incomplete. A response with an
/// error status is not an error.
pub async fn http_get(url: &str) -> io::Result<HttpAnswer> {
    let url = url.to_owned();
    let fetched = tokio::task::spawn_blocking(move || get(&url)).await;
    fetched.unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
}

/// Stores a body at a URL of a server on loopback, with this media type.
///
/// # Errors
/// As [`http_get`].
pub async fn http_put(url: &str, media_type: &str, body: impl Into<Bytes>) -> io::Result<HttpAnswer> {
    let (url, media_type, body) = (url.to_owned(), media_type.to_owned(), body.into());
    let stored = tokio::task::spawn_blocking(move || {
        let headers = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
        fetch(&url, &Request { method: "PUT", headers, body: &body })
    });
    stored.await.unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
}

/// Decodes the characters of a URL that are written as `%41`. What is no such character stays.
pub fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => bytes.extend(std::iter::once(b'%').chain(part.bytes())),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is asked.
struct Request<'a> {
    method: &'static str,
    /// Header lines, each with its line break.
    headers: String,
    body: &'a [u8],
}

/// The blocking form of [`http_get`].
pub(super) fn get(url: &str) -> io::Result<HttpAnswer> {
    fetch(url, &Request { method: "GET", headers: String::new(), body: &[] })
}

fn fetch(url: &str, request: &Request<'_>) -> io::Result<HttpAnswer> {
    let (host, target) = split(url).ok_or_else(|| {
        io::Error::new(ErrorKind::InvalidInput, "the URL is not of the form http://127.0.0.1:PORT/path")
    })?;
    let received =
        exchange(host, target, request).map_err(|e| io::Error::new(e.kind(), format!("failed to ask {host}: {e}")))?;
    parse(&received).ok_or_else(|| {
        let message = format!("an answer of {} bytes from {host} is cut off or not HTTP", received.len());
        io::Error::new(ErrorKind::InvalidData, message)
    })
}

/// Returns the loopback address and the request target of a URL.
fn split(url: &str) -> Option<(SocketAddr, &str)> {
    let rest = url.strip_prefix("http://")?.split('#').next()?;
    let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host: SocketAddr = host.replace("localhost", "127.0.0.1").parse().ok()?;
    let clean = target.bytes().all(|byte| byte.is_ascii_graphic());
    (host.ip().is_loopback() && clean).then_some((host, if target.is_empty() { "/" } else { target }))
}

fn exchange(host: SocketAddr, target: &str, request: &Request<'_>) -> io::Result<Vec<u8>> {
    let Request { method, headers, body } = request;
    let mut stream = TcpStream::connect_timeout(&host, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(
        format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n").as_bytes(),
    )?;
    stream.write_all(body)?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    Ok(received)
}

/// Parses a complete response; `None` if it is incomplete.
fn parse(received: &[u8]) -> Option<HttpAnswer> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&received[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let header =
        |line: &str| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    let headers = lines.map(header).collect::<Option<Vec<_>>>()?;
    let body = Bytes::copy_from_slice(&received[end + 4..]);
    let mut answer = HttpAnswer { status, headers, body };
    let is_chunked = answer.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let length = answer.header("content-length").map(str::parse::<usize>).transpose().ok()?;
    match length {
        _ if is_chunked => answer.body = decode_chunks(&answer.body)?,
        Some(length) if length != answer.body.len() => return None,
        _ => {}
    }
    Some(answer)
}

fn decode_chunks(mut rest: &[u8]) -> Option<Bytes> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(body.into());
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_responses_are_rejected() {
        for (received, want) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", Some((200, "ab"))),
            ("HTTP/1.0 403 Forbidden\r\n\r\nno", Some((403, "no"))),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
                Some((200, "abc")),
            ),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", None),
            ("HTTP/1.1 200 OK\r\nContent-", None),
            ("220 smtp.example.com ESMTP\r\n\r\n", None),
            ("", None),
        ] {
            let answer = parse(received.as_bytes()).map(|a| (a.status, a.body));
            assert_eq!(answer, want.map(|(status, body)| (status, Bytes::from(body))), "{received:?}");
        }
    }

    #[test]
    fn percent_signs_are_decoded() {
        for (text, want) in [("a%2Fb%25", "a/b%"), ("%E6%B1%BA", "決"), ("5%", "5%"), ("%zz%4", "%zz%4"), ("", "")] {
            assert_eq!(percent_decoded(text), want);
        }
    }

    #[test]
    fn only_loopback_urls_are_accepted() {
        for url in ["https://127.0.0.1:1/", "http://example.com/", "http://10.0.0.1:80/", "http://127.0.0.1:1/a b", "x"]
        {
            let error = get(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!error.to_string().contains(url), "{error}");
        }
        assert_eq!(split("http://localhost:80?x"), None);
        assert_eq!(split("http://localhost:80"), Some((SocketAddr::from(([127, 0, 0, 1], 80)), "/")));
        assert_eq!(split("http://[::1]:80/a?b#c").map(|(_, target)| target), Some("/a?b"));
    }
}
