//! A proxy between the job and a service that records requests as IAM actions and resources. One request can need
//! several actions on several resources.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::policy::Request;

const METHODS: [&str; 6] = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];
const END_OF_LINE: &str = " HTTP/1.1\r\n";

/// The bytes that were sent over each connection.
type Streams = Arc<Mutex<Vec<Vec<u8>>>>;

/// A recording proxy in front of one service.
pub(crate) struct Recorder {
    pub(crate) endpoint: String,
    streams: Streams,
}

impl Recorder {
    pub(crate) fn before(service: &str) -> Self {
        let service = service.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let streams = Streams::default();
        let seen = streams.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (service, seen) = (service.clone(), seen.clone());
                std::thread::spawn(move || pass(client, &service, &seen));
            }
        });
        Self { endpoint, streams }
    }

    /// Returns the recorded requests as IAM actions and resources.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let streams = self.streams.lock().unwrap();
        streams.iter().flat_map(|stream| requests(&String::from_utf8_lossy(stream))).collect()
    }
}

fn pass(mut client: TcpStream, service: &str, seen: &Streams) {
    let Ok(mut server) = TcpStream::connect(service) else { return };
    let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let index = {
        let mut streams = seen.lock().unwrap();
        streams.push(Vec::new());
        streams.len() - 1
    };
    let mut buffer = [0; 16 << 10];
    while let Ok(read) = client.read(&mut buffer)
        && read > 0
    {
        // recorded before it is forwarded, so it is complete when the answer arrives
        seen.lock().unwrap()[index].extend_from_slice(&buffer[..read]);
        if server.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

/// Splits a stream into requests. A body is directly followed by the method of the next request.
fn requests(stream: &str) -> Vec<Request> {
    let mut parts = stream.split(END_OF_LINE);
    let mut line = parts.next().unwrap_or_default();
    let mut found = Vec::new();
    for rest in parts {
        let (before, path) = line.rsplit_once(' ').unwrap();
        let method = METHODS.iter().find(|method| before.ends_with(*method)).unwrap();
        found.extend(request(method, path, rest));
        line = rest;
    }
    found
}

/// Parses one request; `rest` holds the headers and the body.
fn request(method: &str, path: &str, rest: &str) -> Vec<Request> {
    if (method, path) == ("POST", "/v2/email/outbound-emails") {
        return mail(rest);
    }
    vec![call(method, path, rest)]
}

const SES: &str = "arn:aws:ses:ap-northeast-1:111122223333";

/// Returns the text between `start` and the next `end`.
fn between<'a>(rest: &'a str, start: &str, end: char) -> Option<&'a str> {
    rest.split_once(start)?.1.split(end).next()
}

/// A raw mail needs both actions, on the sender's identity, on the recipient if it is an identity, as in the sandbox, and
/// on the configuration set.
fn mail(rest: &str) -> Vec<Request> {
    let from = between(rest, "\"FromEmailAddress\":\"", '"').unwrap();
    let from = from.split_once('<').map_or(from, |(_, address)| address.trim_end_matches('>'));
    let to = between(rest, "\"ToAddresses\":[\"", '"').unwrap();
    let domain = from.split_once('@').unwrap().1;
    let mut resources = vec![format!("{SES}:identity/{domain}"), format!("{SES}:identity/{to}")];
    let set = between(rest, "\"ConfigurationSetName\":\"", '"');
    resources.extend(set.map(|name| format!("{SES}:configuration-set/{name}")));
    let request = |action: &'static str| resources.iter().map(move |on| Request::new(action, on)).collect::<Vec<_>>();
    let all = ["ses:SendEmail", "ses:SendRawEmail"].into_iter().flat_map(request);
    all.map(|request| request.with("ses:FromAddress", from)).collect()
}

fn call(method: &str, path: &str, rest: &str) -> Request {
    const TARGET: &str = "x-amz-target: DynamoDB_20120810.";
    let between = |start, end| between(rest, start, end);
    if let Some(operation) = between(TARGET, '\r') {
        let table = between("\"TableName\":\"", '"').or_else(|| between("\"RequestItems\":{\"", '"')).unwrap();
        let table = format!("arn:aws:dynamodb:ap-northeast-1:111122223333:table/{table}");
        return Request::new(&format!("dynamodb:{operation}"), &table);
    }
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    let anything = |action: &str| Request::new(action, "*");
    match (method, place) {
        ("POST", "/findings") => anything("securityhub:GetFindings"),
        ("GET", "/accounts") => anything("securityhub:DescribeHub"),
        ("GET", "/members") => anything("securityhub:ListMembers"),
        ("POST", "/members/get") => anything("securityhub:GetMembers"),
        ("GET", "/findingAggregator/list") => anything("securityhub:ListFindingAggregators"),
        ("GET", p) if p.starts_with("/findingAggregator/get/") => anything("securityhub:GetFindingAggregator"),
        ("PATCH", "/findings/batchupdate") => anything("securityhub:BatchUpdateFindings"),
        ("GET", "/v2/email/account") => anything("ses:GetAccount"),
        ("GET", "/v2/email/suppression/addresses") => anything("ses:ListSuppressedDestinations"),
        ("GET", p) if p.starts_with("/v2/email/identities/") => {
            let name = p.trim_start_matches("/v2/email/identities/").replace("%40", "@");
            Request::new("ses:GetEmailIdentity", &format!("{SES}:identity/{name}"))
        }
        (method, p) => {
            let resource = format!("arn:aws:s3:::{}", p.trim_matches('/'));
            let is_object = p.trim_matches('/').contains('/');
            let action = match method {
                "GET" if query.contains("list-type=2") => "s3:ListBucket",
                "GET" | "HEAD" if is_object => "s3:GetObject",
                "HEAD" => "s3:ListBucket",
                "PUT" if is_object => "s3:PutObject",
                _ => panic!("unknown request: {method} {path}"),
            };
            Request::new(action, &resource)
        }
    }
}
