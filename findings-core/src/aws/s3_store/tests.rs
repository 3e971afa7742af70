use std::time::Duration;

use aws_emulators::{CREDENTIALS, Emulator, EmulatorKind, http_get, http_put, percent_decoded};
use aws_sdk_s3::Config;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::Backend;
use crate::store::LinkLimit;
use crate::testing::conformance::store::StoreProbe;

const WEEK: Duration = Duration::from_hours(7 * 24);

fn permanent() -> Credentials {
    Credentials::from_keys(CREDENTIALS.0, CREDENTIALS.1, None)
}

/// Credentials as a task role provides them, with a session token and an expiry time.
fn temporary(end: Timestamp) -> Credentials {
    Credentials::new("ASIATEST", "secret", Some("session-token".to_owned()), Some(end.try_into().unwrap()), "test")
}

fn client(endpoint: &str, credentials: Credentials) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

/// A store without a server, for links only.
fn offline(credentials: Credentials) -> S3Store {
    let client = client("http://127.0.0.1:9", permanent());
    S3Store::new(client, SharedCredentialsProvider::new(credentials), "bucket", "/reports/")
}

fn link_request(now: Timestamp, ttl: Duration) -> LinkRequest {
    LinkRequest::new("runs/1/a.xlsx".parse().unwrap(), ttl, now)
}

/// Returns a client of the emulator and the name of a new, empty bucket.
pub(in crate::aws) async fn emulated_bucket() -> (Client, String) {
    let emulator = Emulator::shared(EmulatorKind::Ministack).unwrap();
    let client = client(emulator.endpoint(), permanent());
    let bucket = emulator.unique("bucket");
    emulated_store(&client, &bucket).setup().await.unwrap();
    (client, bucket)
}

fn emulated_store(client: &Client, bucket: &str) -> S3Store {
    S3Store::new(client.clone(), SharedCredentialsProvider::new(permanent()), bucket, "some/prefix")
}

struct Probe {
    client: Client,
    store: S3Store,
}

#[async_trait]
impl StoreProbe for Probe {
    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    fn root(&self) -> String {
        format!("s3://{}/some/prefix/", self.store.bucket)
    }

    async fn fetch(&self, link: &ArtifactLink) -> Result<Bytes> {
        let answer = http_get(link.url.expose()).await;
        let answer = answer.map_err(|e| Error::new(ErrorKind::Unavailable, "open a link").with_source(e))?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(Error::new(ErrorKind::Other, "open a link").with_message(format!("status {status}"))),
        }
    }

    async fn without_place(&self) -> Option<Box<dyn ArtifactStore>> {
        Some(Box::new(emulated_store(&self.client, "no-such-bucket")))
    }
}

mod conformance {
    use super::*;

    crate::store_conformance!(ignore = "needs the emulators: .ci/test", async {
        let (client, bucket) = emulated_bucket().await;
        Probe { store: emulated_store(&client, &bucket), client }
    });
}

#[tokio::test]
async fn link_expires_with_its_credentials() {
    let now: Timestamp = "2026-11-23T00:00:00.7Z".parse().unwrap();
    let end: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
    let link = offline(temporary(end)).link(&link_request(now, WEEK)).await.unwrap();
    assert_eq!((link.expires_at, link.limited_by), (Some(end), LinkLimit::Credentials));
    let url = link.url.expose();
    for part in [
        "http://127.0.0.1:9/bucket/reports/runs/1/a.xlsx?",
        "X-Amz-Date=20261123T000000Z",
        "X-Amz-Expires=3600",
        "X-Amz-Credential=ASIATEST%2F20261123%2Fap-northeast-1%2Fs3%2Faws4_request",
        "X-Amz-Security-Token=session-token",
        "X-Amz-SignedHeaders=host&",
    ] {
        assert!(url.contains(part), "{part} is not in {url}");
    }
    assert!(!url.contains("checksum") && !url.contains("response-content"), "{url}");
}

#[tokio::test]
async fn session_of_unknown_end_is_promised_for_twelve_hours() {
    let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    let session = || Credentials::from_keys("ASIATEST", "secret", Some("session-token".to_owned()));
    let end = now + SignedDuration::from_hours(12);
    let link = offline(session()).link(&link_request(now, WEEK)).await.unwrap();
    assert_eq!((link.expires_at, link.limited_by), (Some(end), LinkLimit::Credentials));
    assert!(link.url.expose().contains("X-Amz-Expires=43200&"), "{}", link.url.expose());
    let short = offline(session()).link(&link_request(now, Duration::from_hours(1))).await.unwrap();
    assert_eq!(short.limited_by, LinkLimit::Requested);
}

#[tokio::test]
async fn permanent_credentials_allow_requested_lifetime() {
    let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    let link = offline(permanent()).link(&link_request(now, WEEK)).await.unwrap();
    assert_eq!((link.expires_at, link.limited_by), (Some(now + SignedDuration::from_hours(168)), LinkLimit::Requested));
    assert!(link.url.expose().contains("X-Amz-Expires=604800&"));
}

#[tokio::test]
async fn impossible_links_are_refused() {
    let now = Timestamp::now();
    let expired =
        offline(temporary(now - SignedDuration::from_secs(1))).link(&link_request(now, WEEK)).await.unwrap_err();
    assert_eq!(expired.kind(), ErrorKind::Unauthenticated);
    assert_eq!(expired.subject(), Some("s3://bucket/reports/runs/1/a.xlsx"));
    let long = offline(permanent()).link(&link_request(now, WEEK + Duration::from_secs(1))).await.unwrap_err();
    assert_eq!(long.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn missing_credentials_are_reported() {
    let missing = aws_credential_types::credential_fn::provide_credentials_fn(|| async {
        Err(CredentialsError::not_loaded("no profile"))
    });
    let client = client("http://127.0.0.1:9", permanent());
    let store = S3Store::new(client, SharedCredentialsProvider::new(missing), "bucket", "");
    let error = store.link(&link_request(Timestamp::now(), WEEK)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.to_string().contains("there are no credentials to sign with"), "{error}");
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn download_has_original_name() {
    let (client, bucket) = emulated_bucket().await;
    let store = emulated_store(&client, &bucket);
    let put = PutArtifact::new("a.xlsx".parse().unwrap(), "x".into(), "application/vnd.ms-excel");
    store.put(&put.with_download_name("決済 2026.xlsx")).await.unwrap();
    let encoded = "filename*=UTF-8''%E6%B1%BA%E6%B8%88%202026.xlsx";
    let unnamed = LinkRequest::new("a.xlsx".parse().unwrap(), WEEK, Timestamp::now());
    for (request, want) in [
        (unnamed.clone(), format!("attachment; filename=\"__ 2026.xlsx\"; {encoded}")),
        (unnamed.clone().with_download_name("決済 2026.xlsx"), format!("attachment; {encoded}")),
        (unnamed.with_download_name("Other.xlsx"), "attachment; filename=\"Other.xlsx\"".to_owned()),
    ] {
        let answer = http_get(store.link(&request).await.unwrap().url.expose()).await.unwrap();
        assert_eq!(answer.header("content-disposition"), Some(want.as_str()));
        assert_eq!(answer.header("content-type"), Some("application/vnd.ms-excel"));
    }
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn expired_and_forged_links_are_refused() {
    let (client, bucket) = emulated_bucket().await;
    let store = emulated_store(&client, &bucket);
    for name in ["a.txt", "b.txt"] {
        store.put(&PutArtifact::new(name.parse().unwrap(), "x".into(), "text/plain")).await.unwrap();
    }
    let status = async |url: &str| http_get(url).await.unwrap().status;
    let now = Timestamp::now();
    let request = LinkRequest::new("a.txt".parse().unwrap(), Duration::from_hours(1), now).with_download_name("n.txt");
    let url = store.link(&request).await.unwrap().url.expose().clone();
    assert_eq!(status(&url).await, 200);
    for (part, forged) in
        [("a.txt", "b.txt"), ("n.txt", "m.exe"), ("Expires=3600", "Expires=9999"), ("Signature=", "Signature=0")]
    {
        assert!(url.contains(part), "{part} is not in {url}");
        assert_eq!(status(&url.replacen(part, forged, 1)).await, 403, "{forged}");
    }
    let past = LinkRequest { now: now - SignedDuration::from_hours(2), ..request };
    assert_eq!(status(store.link(&past).await.unwrap().url.expose()).await, 403);
}

/// The URL behind the `#` of a link, by which a file is stored.
fn upload_url(link: &ArtifactLink) -> String {
    let (_, fragment) = link.url.expose().split_once('#').expect("a link with an upload");
    let put = fragment.strip_prefix("put=").and_then(|rest| rest.split('&').next()).expect("the upload comes first");
    percent_decoded(put)
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn a_link_stores_one_file_of_one_type_until_it_expires() {
    let (client, bucket) = emulated_bucket().await;
    let store = emulated_store(&client, &bucket);
    let page = PutArtifact::new("a.html".parse().unwrap(), "x".into(), "text/html").shown();
    store.put(&page).await.unwrap();
    let now = Timestamp::now();
    let key: ArtifactKey = "inbox/a/1/answer-0".parse().unwrap();
    let upload = Upload::new(key.clone(), Duration::from_hours(2));
    let request = LinkRequest::new("a.html".parse().unwrap(), Duration::from_hours(1), now).with_upload(upload);
    let link = store.link(&request).await.unwrap();
    let shown = http_get(link.url.expose()).await.unwrap();
    assert_eq!((shown.status, shown.header("content-disposition")), (200, Some("inline; filename=\"a.html\"")));
    assert_eq!(link.expires_at.map(|end| end.duration_since(now).as_hours()), Some(0), "the page itself ends sooner");

    let url = upload_url(&link);
    assert!(url.contains("Expires=7200") && url.contains("SignedHeaders=content-type%3Bhost"), "{url}");
    for body in ["first", "second"] {
        assert_eq!(http_put(&url, UPLOAD_TYPE, body).await.unwrap().status, 200);
        assert_eq!(store.size_of(&key).await.unwrap(), Some(body.len() as u64), "the second one replaces the first");
    }
    assert_eq!(http_put(&url, "text/html", "x").await.unwrap().status, 403, "the type is signed");
    for (part, forged) in [("answer-0", "answer-1"), ("inbox/a", "inbox/b"), ("Expires=7200", "Expires=9999")] {
        assert!(url.contains(part), "{part} is not in {url}");
        assert_eq!(http_put(&url.replacen(part, forged, 1), UPLOAD_TYPE, "x").await.unwrap().status, 403, "{forged}");
    }
    assert_eq!(http_get(&url).await.unwrap().status, 403, "who may store may not read");
    let past = LinkRequest { now: now - SignedDuration::from_hours(3), ..request };
    let late = upload_url(&store.link(&past).await.unwrap());
    assert_eq!(http_put(&late, UPLOAD_TYPE, "late").await.unwrap().status, 403);
    assert_eq!(store.size_of(&key).await.unwrap(), Some("second".len() as u64));
}

#[tokio::test]
async fn an_upload_ends_with_the_credentials_too() {
    let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    let upload = Upload::new("k".parse().unwrap(), Duration::from_hours(2));
    let request = LinkRequest::new("a".parse().unwrap(), Duration::from_mins(1), now).with_upload(upload);
    let url = offline(temporary(now + SignedDuration::from_hours(1))).link(&request).await.unwrap().url;
    assert!(url.expose().ends_with("&until=2026-11-23T01:00:00Z"), "{url:?}");
    let too_long = Upload::new("k".parse().unwrap(), 2 * WEEK);
    let error = offline(permanent()).link(&request.with_upload(too_long)).await.unwrap_err();
    assert!(error.to_string().contains("7 days at most"), "{error}");
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn put_requests_encryption() {
    let (client, bucket) = emulated_bucket().await;
    let put = PutArtifact::new("a.txt".parse().unwrap(), "x".into(), "text/plain");
    for (encryption, want) in [
        (S3Encryption::Aes256, (ServerSideEncryption::Aes256, None)),
        (S3Encryption::Kms { key_id: Some("key".to_owned()) }, (ServerSideEncryption::AwsKms, Some("key"))),
    ] {
        emulated_store(&client, &bucket).with_sse(encryption).put(&put).await.unwrap();
        let head = client.head_object().bucket(&bucket).key("some/prefix/a.txt").send().await.unwrap();
        assert_eq!((head.server_side_encryption().cloned(), head.ssekms_key_id()), (Some(want.0), want.1));
    }
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn setup_creates_private_bucket_once() {
    let emulator = Emulator::shared(EmulatorKind::Ministack).unwrap();
    let client = client(emulator.endpoint(), permanent());
    let bucket = emulator.unique("fresh");
    let store = emulated_store(&client, &bucket);
    let missing = store.check().await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("does not exist; set it up"), "{missing}");
    assert!(store.setup().await.unwrap().summary.ends_with("made, closed to the public"));
    store.put(&PutArtifact::new("a.txt".parse().unwrap(), "x".into(), "text/plain")).await.unwrap();
    assert!(store.setup().await.unwrap().summary.ends_with("in ap-northeast-1"), "an existing bucket is kept");
    let block = client.get_public_access_block().bucket(&bucket).send().await.unwrap();
    let block = block.public_access_block_configuration().unwrap();
    assert_eq!((block.block_public_policy(), block.restrict_public_buckets()), (Some(true), Some(true)));
    assert!(client.head_object().bucket(&bucket).key("some/prefix/a.txt").send().await.is_ok());
}

#[tokio::test]
async fn unreachable_service_is_unavailable() {
    let error = offline(permanent()).check().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.report());
    assert_eq!(error.subject(), Some("s3://bucket"));
}

/// Starts a server that gives every request the same response.
fn answering(answer: &'static str) -> String {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // requests of these tests fit into one read
            let _ = stream.read(&mut [0; 8192]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    endpoint
}

#[tokio::test]
async fn refusals_give_advice() {
    const DENIED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const ELSEWHERE: &str = "HTTP/1.1 301 Moved Permanently\r\nx-amz-bucket-region: eu-west-1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for (answer, kind, check, put) in [
        (DENIED, ErrorKind::PermissionDenied, "s3:ListBucket", "s3:PutObject"),
        (
            ELSEWHERE,
            ErrorKind::InvalidInput,
            "in Region eu-west-1; set AWS_REGION",
            "in Region eu-west-1; set AWS_REGION",
        ),
    ] {
        let store = emulated_store(&client(&answering(answer), permanent()), "bucket");
        let artifact = PutArtifact::new("a".parse().unwrap(), "x".into(), "text/plain");
        for (error, want) in [(store.check().await.unwrap_err(), check), (store.put(&artifact).await.unwrap_err(), put)]
        {
            assert_eq!(error.kind(), kind, "{}", error.report());
            assert!(error.to_string().contains(want), "{}", error.report());
            assert!(error.report().contains("HTTP "), "{}", error.report());
        }
    }
}
