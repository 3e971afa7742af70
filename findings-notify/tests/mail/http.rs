//! A minimal HTTP request reader for test servers.

use std::collections::BTreeMap;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;

/// Reads a request; returns its first line and its body.
pub(crate) async fn read_request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let (first, _, body) = read_with_headers(stream).await;
    (first, body)
}

/// Reads a request; returns its first line, its headers with names in lower case, and its body.
pub(crate) async fn read_with_headers(stream: &mut TcpStream) -> (String, BTreeMap<String, String>, Vec<u8>) {
    let mut lines = BufReader::new(stream);
    let (mut first, mut headers) = (String::new(), BTreeMap::new());
    lines.read_line(&mut first).await.unwrap();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).await.unwrap();
        match line.trim_end().split_once(':') {
            None => break,
            Some((name, value)) => {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    lines.read_exact(&mut body).await.unwrap();
    (first, headers, body)
}
