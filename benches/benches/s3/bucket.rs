//! A bucket on loopback, whose objects are made when they are asked for.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::ops::Range;
use std::sync::Arc;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW, States};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_RANGE, ETAG, RANGE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// The name of the bucket.
pub(crate) const BUCKET: &str = "bench";
/// The prefix of all objects.
pub(crate) const FOLDER: &str = "findings/";

const IN_AN_OBJECT: usize = 10_000;
/// As in an organisation of 500 projects with 200,000 findings. A project has three accounts.
const OF_A_PROJECT: usize = 400;
/// Stands in the template for the digits of a finding's number.
const NUMBER: &str = "0000000000000000";
/// The fields of a finding: those that ASFF requires, and those that the job selects by. All findings shall fit into
/// the temporary folder of a usual machine.
const FIELDS: [&str; 15] = [
    "AwsAccountId",
    "CreatedAt",
    "Description",
    "GeneratorId",
    "Id",
    "ProductArn",
    "RecordState",
    "Region",
    "Resources",
    "SchemaVersion",
    "Severity",
    "Title",
    "Types",
    "UpdatedAt",
    "Workflow",
];

/// The organisation whose findings a bucket has.
pub(crate) fn organisation(findings: usize) -> Organisation {
    Organisation::of_size(findings / OF_A_PROJECT, 3)
}

/// Findings as JSON Lines, 10,000 in an object. One after the other is of the next account, so an object has findings of
/// many projects, as the deliveries of a stream do. All have the same length, so that any part of an object can be made
/// without the part before it.
#[derive(Debug)]
pub(crate) struct Bucket {
    findings: usize,
    accounts: Vec<String>,
    /// One finding and the end of its line.
    template: Vec<u8>,
    /// Where the template has the ID of the account.
    accounts_at: Vec<usize>,
    /// Where the template has the number of the finding.
    number_at: usize,
}

impl Bucket {
    /// A bucket with a number of findings.
    pub(crate) fn new(findings: usize) -> Self {
        let accounts = organisation(findings).accounts;
        let first = accounts.first().expect("an account");
        // all findings are open, because the default filter fetches only open ones
        let states = States { new: 100, notified: 0, suppressed: 0, resolved: 0, archived: 0 };
        let mix = Mix { passed: 0, states, ..Mix::default() };
        let made = Findings::new(7, SAMPLE_NOW).with_account(first, 1, mix);
        let mut finding = made.get(0).expect("a finding");
        finding.as_object_mut().expect("an object").retain(|name, _| FIELDS.contains(&name.as_str()));
        finding["Id"] = format!("finding-{NUMBER}").into();
        for resource in finding["Resources"].as_array_mut().expect("resources") {
            let resource = resource.as_object_mut().expect("an object");
            resource.retain(|name, value| name != "Details" && !matches!(value, Value::Object(_)));
        }
        let text = format!("{finding}\n");
        let accounts_at = text.match_indices(&first.id).map(|(at, _)| at).collect();
        let number_at = text.find(NUMBER).expect("the number");
        let accounts = accounts.into_iter().map(|account| account.id).collect();
        Self { findings, accounts, template: text.into_bytes(), accounts_at, number_at }
    }

    /// The number of objects.
    pub(crate) fn objects(&self) -> usize {
        self.findings.div_ceil(IN_AN_OBJECT)
    }

    /// The size of all objects in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.findings * self.template.len()
    }

    /// Serves the bucket until the process ends. Returns its URL.
    pub(crate) fn serve(self) -> String {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        listener.set_nonblocking(true).expect("a socket");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        std::thread::spawn(move || runtime.block_on(accept(listener, Arc::new(self))));
        url
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let key = request.uri().path().strip_prefix(&format!("/{BUCKET}/")).unwrap_or_default();
        match key.strip_prefix(FOLDER) {
            Some(object) => self.part(object.parse().expect("the number of an object"), request),
            None => Response::new(self.list(request.uri().query().unwrap_or_default()).into()),
        }
    }

    /// Answers GetObject with a range.
    fn part<B>(&self, object: usize, request: &Request<B>) -> Response<Full<Bytes>> {
        let range = request.headers().get(RANGE).and_then(|range| range.to_str().ok()).expect("a range");
        let ends = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).expect("two ends");
        let (start, last): (usize, usize) = (ends.0.parse().expect("a start"), ends.1.parse().expect("an end"));
        let response = Response::builder().status(StatusCode::PARTIAL_CONTENT).header(ETAG, etag(object));
        let whole = self.of_object(object).len() * self.template.len();
        let response = response.header(CONTENT_RANGE, format!("bytes {start}-{last}/{whole}"));
        response.body(self.bytes_of(object, start..last + 1).into()).expect("an answer")
    }

    /// The numbers of the findings of an object.
    fn of_object(&self, object: usize) -> Range<usize> {
        object * IN_AN_OBJECT..self.findings.min((object + 1) * IN_AN_OBJECT)
    }

    fn bytes_of(&self, object: usize, range: Range<usize>) -> Bytes {
        let (len, first) = (self.template.len(), self.of_object(object).start);
        let lines = range.start / len..range.end.div_ceil(len);
        let mut text = Vec::with_capacity(lines.len() * len);
        for n in lines.clone().map(|line| first + line) {
            let at = text.len();
            text.extend_from_slice(&self.template);
            let account = self.accounts[n % self.accounts.len()].as_bytes();
            for place in &self.accounts_at {
                text[at + place..][..account.len()].copy_from_slice(account);
            }
            let number = format!("{n:0width$}", width = NUMBER.len());
            text[at + self.number_at..][..number.len()].copy_from_slice(number.as_bytes());
        }
        let skipped = range.start - lines.start * len;
        Bytes::from(text).slice(skipped..skipped + range.len())
    }

    /// Answers ListObjectsV2. A token is the number of the next object.
    fn list(&self, query: &str) -> String {
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(found, _)| *found == name)?.1.parse::<usize>().ok()
        };
        let start = value("continuation-token").unwrap_or(0);
        let end = self.objects().min(start + value("max-keys").unwrap_or(1_000));
        let mut xml = String::from("<ListBucketResult>");
        for object in start..end {
            let size = self.of_object(object).len() * self.template.len();
            let (tag, key) = (etag(object), format!("{FOLDER}{object:08}"));
            write!(
                xml,
                "<Contents><Key>{key}</Key><LastModified>2026-11-20T00:00:00.000Z</LastModified><ETag>{tag}</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            )
            .expect("memory");
        }
        if end < self.objects() {
            write!(xml, "<IsTruncated>true</IsTruncated><NextContinuationToken>{end}</NextContinuationToken>")
                .expect("memory");
        }
        xml + "</ListBucketResult>"
    }
}

fn etag(object: usize) -> String {
    format!("\"{object}\"")
}

async fn accept(listener: StdListener, bucket: Arc<Bucket>) {
    let listener = TcpListener::from_std(listener).expect("a socket");
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let bucket = bucket.clone();
        let service = service_fn(move |request| {
            let answer = bucket.answer(&request);
            async move { Ok::<_, Infallible>(answer) }
        });
        // a connection ends with an error when the reading process ends
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
