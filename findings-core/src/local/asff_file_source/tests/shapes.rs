//! Every wrapping of findings.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::Finding;
use crate::asff::{TextPool, decode_finding};

pub(super) const ACCOUNT: &str = "111122223333";

pub(super) fn asff(id: &str) -> Value {
    json!({
        "AwsAccountId": ACCOUNT, "Id": id, "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/securityhub",
        "GeneratorId": "security-control/S3.8", "Region": "us-east-1", "Severity": { "Label": "HIGH" },
        "Title": format!("公開バケット {id}"), "UpdatedAt": "2026-11-20T00:00:00Z",
        "Compliance": { "Status": "FAILED", "SecurityControlId": "S3.8" }, "Workflow": { "Status": "NOTIFIED" },
    })
}

pub(super) fn event(ids: &[&str]) -> Value {
    let findings: Vec<Value> = ids.iter().map(|id| asff(id)).collect();
    json!({
        "version": "0", "id": "e", "detail-type": "Security Hub Findings - Imported", "source": "aws.securityhub",
        "account": ACCOUNT, "time": "2026-11-20T00:00:00Z", "region": "us-east-1", "resources": [ids[0]],
        "detail": { "findings": findings },
    })
}

/// An event of a custom action.
fn action(ids: &[&str]) -> Value {
    let mut event = event(ids);
    event["detail-type"] = "Security Hub Findings - Custom Action".into();
    event["detail"]["actionName"] = "Send".into();
    event
}

pub(super) fn sns(inner: &Value) -> Value {
    json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": inner.to_string(), "Signature": "s" })
}

fn row(id: &str) -> Value {
    json!({
        "source_account_id": ACCOUNT, "account_id": "999999999999", "id": id, "arn": id, "region": "us-east-1",
        "product_arn": "arn:aws:securityhub:us-east-1::product/aws/securityhub", "title": format!("公開バケット {id}"),
        "generator_id": "security-control/S3.8", "severity": { "Label": "HIGH", "Normalized": 70, "Product": null },
        "compliance": { "Status": "FAILED", "SecurityControlId": "S3.8", "StatusReasons": null },
        "compliance_status": "FAILED", "workflow_status": "NOTIFIED", "updated_at": "2026-11-20T00:00:00Z",
        "note": null, "_ctx": { "connection": "aws" },
    })
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

pub(super) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.add_directory("folder/", SimpleFileOptions::default()).unwrap();
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn utf16(text: &[u8], is_little: bool, mark: bool) -> Vec<u8> {
    let text = std::str::from_utf8(text).unwrap();
    let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// Returns all findings of the account, sorted by ID.
pub(super) async fn findings(source: &AsffFileSource) -> Vec<Finding> {
    let batch = AccountBatch::new(vec![ACCOUNT.parse().unwrap()]).unwrap();
    let query = FindingsQuery::new(batch).with_page_size(PageSize::new(2).unwrap());
    let mut findings = collect(source, query).await.unwrap().findings.to_vec().unwrap();
    findings.sort_by(|a, b| a.id.cmp(&b.id));
    findings
}

type Shapes = Vec<(&'static str, Vec<u8>)>;

/// Shapes of JSON that hold the findings a, b and c, and nothing else.
fn json_shapes() -> Shapes {
    let (a, b, c) = (asff("a"), asff("b"), asff("c"));
    let (one, two) = (event(&["a"]), event(&["b", "c"]));
    let pages = [json!({ "Findings": [a], "NextToken": "t" }), json!({ "Findings": [b, c] })];
    let body = |inner: &Value| json!({ "MessageId": "m", "ReceiptHandle": "r", "Body": inner.to_string() });
    let lambda = |inner: &Value| json!({ "messageId": "m", "body": inner.to_string(), "eventSource": "aws:sqs" });
    let logged = |inner: &Value| json!({ "timestamp": 1, "message": inner.to_string(), "ingestionTime": 2 });
    let in_sns = json!({ "EventSource": "aws:sns", "Sns": sns(&event(&["a", "b", "c"])) });
    let rows = json!([row("a"), row("b"), row("c")]);
    vec![
        ("a page, as get-findings prints it", pretty(&json!({ "Findings": [a, b, c] }))),
        ("pages in a list, as jq -s writes them", pretty(&json!(pages))),
        ("pages that follow one another", format!("{}\n{}", pages[0], pages[1]).into_bytes()),
        ("lists in a list", pretty(&json!([[a, b], [c]]))),
        ("an event", pretty(&event(&["a", "b", "c"]))),
        ("an event of a custom action", pretty(&action(&["a", "b", "c"]))),
        ("events in lines", format!("{one}\n{two}\n").into_bytes()),
        ("events that run on", format!("{one}{}{}", event(&["b"]), action(&["c"])).into_bytes()),
        ("events in a list", pretty(&json!([one, two]))),
        ("messages of SNS", format!("{}\n{}", sns(&one), sns(&two)).into_bytes()),
        ("messages of SQS", pretty(&json!({ "Messages": [body(&one), body(&two)] }))),
        ("SNS in SQS", pretty(&json!({ "Messages": [body(&sns(&one)), body(&sns(&two))] }))),
        ("SQS in an event of Lambda", pretty(&json!({ "Records": [lambda(&one), lambda(&json!([b, c]))] }))),
        ("SNS in an event of Lambda", pretty(&json!({ "Records": [in_sns] }))),
        ("events of a log", pretty(&json!({ "events": [logged(&one), logged(&two)], "searchedLogStreams": [] }))),
        (
            "a subscription to a log",
            pretty(&json!({ "messageType": "DATA_MESSAGE", "logEvents": [logged(&one), logged(&two)] })),
        ),
        ("rows of Steampipe", pretty(&json!({ "columns": [{ "name": "id" }], "rows": rows, "metadata": {} }))),
        ("rows of an older Steampipe", pretty(&rows)),
    ]
}

/// Shapes of files that hold the findings a, b and c, and nothing else.
fn file_shapes() -> Shapes {
    let (a, b, c) = (asff("a"), asff("b"), asff("c"));
    let page = pretty(&json!({ "Findings": [a, b, c] }));
    let lines = [&a, &b, &c].map(|f| format!("{f}\n")).concat().into_bytes();
    let members = [gzip(format!("{a}\n").as_bytes()), gzip(format!("{b}\n{c}").as_bytes())];
    let event = pretty(&event(&["b", "c"]));
    let files: [(&str, &[u8]); 4] =
        [("folder/1.json", &pretty(&json!([a]))), ("2.json", &event), (".note", b"x"), ("__MACOSX/._1.json", b"x")];
    vec![
        ("UTF-8 with a mark", [&b"\xEF\xBB\xBF"[..], &lines].concat()),
        ("UTF-16, little end first", utf16(&page, true, true)),
        ("UTF-16, big end first", utf16(&lines, false, true)),
        ("UTF-16 without a mark", utf16(&lines, true, false)),
        ("UTF-16 without a mark, big end first", utf16(&page, false, false)),
        ("gzip", gzip(&page)),
        ("several members of gzip", members.concat()),
        ("zstd", zstd(&lines)),
        ("ZIP", zipped(&files)),
        ("gzip in ZIP", zipped(&[("1.json.gz", &gzip(&lines))])),
        ("ZIP in ZIP", zipped(&[("1.zip", &zipped(&[("1.json.zst", &zstd(&lines))]))])),
        ("ZIP in gzip", gzip(&zipped(&[("1.json", &lines)]))),
        ("UTF-16 in gzip", gzip(&utf16(&lines, true, true))),
    ]
}

#[tokio::test]
async fn findings_are_read_from_every_shape() {
    let want = ["a", "b", "c"].map(|id| decode_finding(asff(id).to_string().as_bytes(), &TextPool::default()).unwrap());
    for (shape, content) in json_shapes().into_iter().chain(file_shapes()) {
        let (_file, source) = open(&content).await;
        let source = source.unwrap_or_else(|error| panic!("{shape}: {}", error.report()));
        assert_eq!((source.rejected(), source.is_cut(), source.set_aside()), (&[][..], false, 0), "{shape}");
        let got = findings(&source).await;
        assert_eq!(got, want, "{shape}");
    }
}

/// A finding in OCSF, as the new Security Hub has it.
fn ocsf(id: &str) -> Value {
    asff_fixtures::in_ocsf(&asff(id))
}

#[tokio::test]
async fn findings_in_ocsf_are_read_from_the_shapes_of_their_producers() {
    let want: Vec<Finding> = ["a", "b", "c"]
        .map(|id| match crate::ocsf::decode_finding(ocsf(id).to_string().as_bytes(), &TextPool::default()) {
            Ok(crate::ocsf::Decoded::Finding(finding)) => *finding,
            other => panic!("{other:?}"),
        })
        .into();
    assert_eq!(want[0].control_id.as_deref(), Some("S3.8"));
    let [a, b, c] = ["a", "b", "c"].map(ocsf);
    let event = |finding: &Value| json!({ "detail-type": "Findings Imported V2", "source": "aws.securityhub", "detail": { "findings": [finding] } });
    let lines = [&a, &b, &c].map(|f| format!("{f}\n")).concat();
    for (shape, content) in [
        ("a page, as get-findings-v2 prints it", pretty(&json!({ "Findings": [a, b, c] }))),
        ("an export, and Security Lake as JSON Lines", lines.clone().into_bytes()),
        ("a packed export", gzip(lines.as_bytes())),
        ("a list, as Prowler writes it", pretty(&json!([a, b, c]))),
        ("events that run on", [&a, &b, &c].map(|f| event(f).to_string()).concat().into_bytes()),
        ("SNS in SQS", pretty(&json!([a, { "Messages": [{ "Body": sns(&event(&b)).to_string() }] }, event(&c)]))),
    ] {
        let (_file, source) = open(&content).await;
        let source = source.unwrap_or_else(|error| panic!("{shape}: {}", error.report()));
        assert_eq!((source.rejected(), source.is_cut(), source.set_aside()), (&[][..], false, 0), "{shape}");
        let got = findings(&source).await;
        assert_eq!(got, want, "{shape}");
    }
}

#[tokio::test]
async fn folders_and_patterns_are_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("2026/11/29")).unwrap();
    std::fs::create_dir_all(at("_temporary")).unwrap();
    let older = event(&["c"]).to_string().replace("2026-11-20", "2026-11-19").replace("NOTIFIED", "NEW");
    std::fs::write(at("1.json"), pretty(&json!({ "Findings": [asff("a")] }))).unwrap();
    std::fs::write(at("2026/11/29/delivery-1"), gzip(event(&["b"]).to_string().as_bytes())).unwrap();
    std::fs::write(at("2026/11/29/delivery-2.zip"), zipped(&[("x.json", older.as_bytes())])).unwrap();
    std::fs::write(at("3.json"), pretty(&json!([asff("c")]))).unwrap();
    std::fs::write(at(".DS_Store"), "x").unwrap();
    std::fs::write(at("_temporary/4.json"), "x").unwrap();
    let source = AsffFileSource::open(folder.path()).await.unwrap();
    let found = findings(&source).await;
    let read: Vec<_> = found.iter().map(|f| (&*f.id, f.workflow.as_str())).collect();
    assert_eq!(read, [("a", "NOTIFIED"), ("b", "NOTIFIED"), ("c", "NOTIFIED")], "the newest version, wherever it is");
    assert_eq!((source.superseded(), source.rejected()), (1, &[][..]));
    for (pattern, ids) in
        [("*.json", "ac"), ("[13].json", "ac"), ("2026/**/delivery-?", "b"), ("2026", "bc"), ("20*", "bc")]
    {
        let source = AsffFileSource::open(at(pattern)).await.unwrap();
        assert_eq!(findings(&source).await.iter().map(|f| &*f.id).collect::<String>(), ids, "{pattern}");
    }
    std::fs::create_dir(at("2027")).unwrap();
    for (path, want) in
        [("*.jsonl", "no file matches the pattern"), ("2027", "no file in the folder"), ("8.json", "no such file")]
    {
        let error = AsffFileSource::open(at(path)).await.unwrap_err();
        assert!(error.report().contains(want) && error.kind() == ErrorKind::NotFound, "{}", error.report());
    }
}

#[tokio::test]
async fn one_bad_file_costs_itself_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let many: Vec<String> = (0..2_000).map(|n| asff(&format!("z{n}")).to_string()).collect();
    let whole = gzip(many.join("\n").as_bytes());
    std::fs::write(at("a.json"), asff("a").to_string()).unwrap();
    std::fs::write(at("cut.json.gz"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(at("empty.json"), "").unwrap();
    std::fs::write(at("readme.html"), "<!DOCTYPE html><p>x").unwrap();
    std::fs::write(at("token.json"), json!({ "Findings": [asff("b")], "NextToken": "t" }).to_string()).unwrap();
    std::fs::write(at("two.json"), format!("{}\n{{\"Id\":\"x\"}}", asff("c"))).unwrap();
    std::fs::write(at("x.zip"), &zipped(&[("1.json", b"{}")])[..40]).unwrap();
    let source = AsffFileSource::open(folder.path()).await.unwrap();
    let found = findings(&source).await;
    assert!(found.iter().take(3).map(|f| &*f.id).eq(["a", "b", "c"]));
    assert!((500..1_900).contains(&found.len()), "what was read of the cut file counts: {}", found.len());
    let prefix = format!("{}/", folder.path().display());
    let rejected: Vec<_> = source.rejected().iter().map(|r| r.to_string().replace(&prefix, "")).collect();
    let want = [
        "cut.json.gz, line ", // the last record
        "cut.json.gz: it is damaged or incomplete",
        "empty.json: it is empty",
        "readme.html, line 1: it is a web page",
        "two.json, line 2: finding x: AwsAccountId is missing",
        "x.zip: it is damaged or incomplete",
    ];
    assert_eq!(rejected.len(), want.len(), "{rejected:#?}");
    assert!(rejected.iter().zip(want).all(|(got, want)| got.starts_with(want)), "{rejected:#?}");
    let batch = AccountBatch::new(vec![ACCOUNT.parse().unwrap()]).unwrap();
    let cut = collect(&source, FindingsQuery::new(batch)).await.unwrap().cut.unwrap();
    assert!(cut.contains("token.json ends with a NextToken") && cut.contains("jq -s"), "{cut}");
}
