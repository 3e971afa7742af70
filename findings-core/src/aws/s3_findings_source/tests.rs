//! Tests against the S3 emulator.

use std::io::Write as _;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::aws::s3_store::tests::emulated_bucket;
use crate::source::{AccountBatch, FindingsQuery, collect};
use crate::testing::conformance::source::AsffProbe;

const ACCOUNT: &str = "111122223333";

fn finding(id: &str) -> Value {
    json!({ "AwsAccountId": ACCOUNT, "Id": id, "ProductArn": "p", "UpdatedAt": "2026-11-20T00:00:00Z" })
}

async fn put(client: &Client, bucket: &str, key: &str, body: impl Into<Vec<u8>>) {
    client.put_object().bucket(bucket).key(key).body(body.into().into()).send().await.unwrap();
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

async fn ids(source: &S3FindingsSource) -> Vec<String> {
    let query = FindingsQuery::new(AccountBatch::new(vec![ACCOUNT.parse().unwrap()]).unwrap());
    let mut ids: Vec<String> = collect(source, query)
        .await
        .unwrap()
        .findings
        .to_vec()
        .unwrap()
        .iter()
        .map(|finding| finding.id.to_string())
        .collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn one_object_or_all_under_a_prefix_are_read() {
    let (client, bucket) = emulated_bucket().await;
    let event = json!({ "detail-type": "Security Hub Findings - Imported", "detail": { "findings": [finding("b")] } });
    put(&client, &bucket, "in/a.json", finding("a").to_string()).await;
    put(&client, &bucket, "in/2026/11/29/delivery-1", gzip(&event.to_string().repeat(2))).await;
    put(&client, &bucket, "in/2026/", "").await;
    put(&client, &bucket, "in/_SUCCESS", "x").await;
    put(&client, &bucket, "in/a.json.old/c.json", finding("c").to_string()).await;
    put(&client, &bucket, "in-other/d.json", finding("d").to_string()).await;
    for (prefix, want, objects) in
        [("in", "abc", 3), ("in/", "abc", 3), ("in/a.json", "a", 1), ("", "abcd", 4), ("in/2026", "b", 1)]
    {
        let source = S3FindingsSource::open(&client, &bucket, prefix).await.unwrap();
        assert_eq!((ids(&source).await.concat().as_str(), source.inputs().len()), (want, objects), "{prefix}");
        assert_eq!(source.rejected(), [], "{prefix}");
    }
    let source = S3FindingsSource::open(&client, &bucket, "in").await.unwrap();
    let first = &source.inputs()[0];
    assert_eq!(first.location, format!("s3://{bucket}/in/2026/11/29/delivery-1"));
    assert!(first.etag.is_some() && first.modified_at.is_some() && first.bytes > 0, "{first:?}");
    assert_eq!(source.superseded(), 1, "the event came twice");
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn large_object_is_read_in_parts() {
    let (client, bucket) = emulated_bucket().await;
    // two parts and a bit, so that records cross the borders
    let filler = "x".repeat(100_000);
    let record = |n: u32| {
        let mut finding = finding(&format!("{n:04}"));
        finding["Description"] = filler.clone().into();
        finding.to_string()
    };
    let records: Vec<String> = (0..180).map(record).collect();
    put(&client, &bucket, "large.json", records.join("\n")).await;
    let source = S3FindingsSource::open(&client, &bucket, "large.json").await.unwrap();
    assert!(source.inputs()[0].bytes > 2 * download::PART);
    assert_eq!(ids(&source).await, (0..180).map(|n| format!("{n:04}")).collect::<Vec<_>>());
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn object_that_is_replaced_or_deleted_meanwhile_is_noticed() {
    let (client, bucket) = emulated_bucket().await;
    for key in ["in/a.json", "in/b.json", "in/c.json"] {
        put(&client, &bucket, key, finding(&key[3..4]).to_string()).await;
    }
    let objects = listing::objects(&client, &bucket, "in").await.unwrap();
    put(&client, &bucket, "in/b.json", finding("z").to_string()).await;
    client.delete_object().bucket(&bucket).key("in/c.json").send().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copies = download_all(&client, &bucket, objects, folder.path()).await.unwrap();
    let files = index("s3://b/in".to_owned(), copies).unwrap();
    assert_eq!(files.len(), 1);
    let rejected: Vec<String> = files.rejected().iter().map(ToString::to_string).collect();
    assert!(
        rejected[0].starts_with(&format!("s3://{bucket}/in/b.json: it was replaced while it was read")),
        "{rejected:?}"
    );
    assert!(rejected[1].starts_with(&format!("s3://{bucket}/in/c.json: it is no longer there")), "{rejected:?}");
    assert!(rejected.len() == 2 && files.rejected().iter().all(|record| record.account.is_none()));
}

#[tokio::test]
#[ignore = "needs the emulators: .ci/test"]
async fn errors_name_place_and_cure() {
    let (client, bucket) = emulated_bucket().await;
    put(&client, &bucket, "html/a", "<html>").await;
    put(&client, &bucket, "in/_SUCCESS", "x").await;
    for (bucket, prefix, kind, want) in [
        (bucket.as_str(), "missing", ErrorKind::NotFound, "there is no object of this name or under it"),
        (bucket.as_str(), "in", ErrorKind::NotFound, "there is no object of this name or under it"),
        ("no-such-bucket", "in", ErrorKind::NotFound, "there is no such bucket"),
        (bucket.as_str(), "html", ErrorKind::InvalidInput, "it is a web page"),
    ] {
        let error = S3FindingsSource::open(&client, bucket, prefix).await.unwrap_err();
        assert_eq!((error.kind(), error.setting()), (kind, Some(Setting::Source)), "{}", error.report());
        let text = error.report();
        assert!(text.contains(want) && text.contains(&format!("s3://{bucket}/{prefix}")), "{text}");
    }
    let object = Object { key: "k".to_owned(), bytes: 1, etag: None, modified_at: None, is_archived: true };
    let folder = tempfile::tempdir().unwrap();
    let archived = download_all(&client, &bucket, vec![object], folder.path()).await.unwrap();
    let error = index("s3://b".to_owned(), archived).unwrap_err().report();
    assert!(error.contains("restore-object"), "{error}");
}

/// A bucket whose prefixes are used one after the other.
#[derive(Debug)]
struct Probe {
    client: Client,
    bucket: String,
    sources: Mutex<usize>,
}

#[async_trait]
impl AsffProbe for Probe {
    async fn asff_source(&self, findings: Vec<Value>) -> Arc<dyn FindingsSource> {
        let number = {
            let mut sources = self.sources.lock().unwrap();
            *sources += 1;
            *sources
        };
        // in objects of three findings each, every other one packed
        for (n, findings) in findings.chunks(3).enumerate() {
            let lines: Vec<String> = findings.iter().map(Value::to_string).collect();
            let text = lines.join("\n");
            let body = if n % 2 == 0 { text.into_bytes() } else { gzip(&text) };
            put(&self.client, &self.bucket, &format!("{number}/{n:03}"), body).await;
        }
        Arc::new(S3FindingsSource::open(&self.client, &self.bucket, &number.to_string()).await.unwrap())
    }
}

mod conformance {
    use super::*;

    crate::asff_source_conformance!(ignore = "needs the emulators: .ci/test", async {
        let (client, bucket) = emulated_bucket().await;
        Probe { client, bucket, sources: Mutex::new(0) }
    });
}
