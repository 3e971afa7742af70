//! A minimal client over raw TCP, which shows what SDKs hide, for example truncated bodies.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::SimulatorHandle;

pub(super) const ARN: &str = "arn:aws:securityhub:us-east-1::product/aws/securityhub";

/// Returns a finding with ID, account and time; tests add further fields.
pub(super) fn finding(id: &str, account: &str, updated_at: &str) -> Value {
    json!({
        "Id": id, "ProductArn": ARN, "AwsAccountId": account, "Region": "us-east-1",
        "UpdatedAt": updated_at, "RecordState": "ACTIVE", "Workflow": { "Status": "NEW" },
    })
}

/// Returns `base` with the fields of `more` added or replaced.
pub(super) fn with(mut base: Value, more: &Value) -> Value {
    let fields = base.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    base
}

/// Returns filter entries with the comparison EQUALS.
pub(super) fn equals(values: &[&str]) -> Value {
    values.iter().map(|value| json!({ "Value": value, "Comparison": "EQUALS" })).collect()
}

#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    head: String,
    pub(super) body: Vec<u8>,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Returns the IDs on the page.
    pub(super) fn ids(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        let body = self.json();
        let findings = body["Findings"].as_array().expect("findings");
        findings.iter().map(|finding| finding["Id"].as_str().unwrap_or("?").to_owned()).collect()
    }

    pub(super) fn token(&self) -> Option<String> {
        self.json()["NextToken"].as_str().map(str::to_owned)
    }

    /// Returns status, error code and message.
    pub(super) fn error(&self) -> (u16, String, String) {
        let body = self.json();
        let code = self.header("x-amzn-errortype").expect("an error").to_owned();
        assert_eq!(body["Code"], code.as_str());
        (self.status, code, body["Message"].as_str().expect("a message").to_owned())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Client {
    address: SocketAddr,
    authorization: Option<String>,
}

impl Client {
    pub(super) fn new(simulator: &SimulatorHandle) -> Self {
        let address = simulator.url().strip_prefix("http://").expect("http");
        Self { address: address.parse().expect("an address"), authorization: None }.region("us-east-1")
    }

    pub(super) fn region(&self, region: &str) -> Self {
        let scope = format!("20260101/{region}/securityhub/aws4_request");
        self.authorization(&format!("AWS4-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders=host, Signature=00"))
    }

    pub(super) fn authorization(&self, authorization: &str) -> Self {
        Self { authorization: Some(authorization.to_owned()), ..*self }
    }

    pub(super) fn unsigned(&self) -> Self {
        Self { authorization: None, ..*self }
    }

    /// Calls GetFindings with these parameters.
    pub(super) async fn find(&self, parameters: Value) -> Received {
        self.send("POST", "/findings", &parameters).await.expect("an answer")
    }

    /// Returns the IDs of all pages.
    pub(super) async fn find_all(&self, mut parameters: Value) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        loop {
            let page = self.find(parameters.clone()).await;
            pages.push(page.ids());
            match page.token() {
                Some(token) => parameters["NextToken"] = json!(token),
                None => return pages,
            }
            assert!(pages.len() < 1000, "endless paging");
        }
    }

    pub(super) async fn get(&self, path: &str) -> Received {
        self.send("GET", path, &Value::Null).await.expect("an answer")
    }

    pub(super) async fn send(&self, method: &str, path: &str, body: &Value) -> io::Result<Received> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send_text(method, path, &body).await
    }

    pub(super) async fn send_text(&self, method: &str, path: &str, body: &str) -> io::Result<Received> {
        let authorization = self.authorization.as_ref().map(|text| format!("authorization: {text}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{}content-length: {}\r\n\r\n{body}",
            authorization.unwrap_or_default(),
            body.len(),
        );
        let stream = TcpStream::connect(self.address).await?;
        write(&stream, request.as_bytes()).await?;
        let bytes = read_to_end(&stream).await?;
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok(Received {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            head: head.to_owned(),
            body: body.as_bytes().to_vec(),
        })
    }
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn read_to_end(stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
