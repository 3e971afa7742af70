mod foreign;
mod shapes;

use std::fs::File;
use std::io::Write;

use asff_fixtures::Findings;

use super::*;
use crate::source::{AccountBatch, FindingsQuery, PageSize, collect};

async fn open(content: &[u8]) -> (tempfile::NamedTempFile, Result<AsffFileSource>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    let source = AsffFileSource::open(file.path()).await;
    (file, source)
}

fn record(id: u32) -> String {
    format!(r#"{{"AwsAccountId":"000000000001","Id":"{id}","Title":"a \"quote\" \\ and }} ] , {{"}}"#)
}

async fn ids(source: &AsffFileSource) -> Vec<String> {
    let query = FindingsQuery::new(AccountBatch::new(vec!["000000000001".parse().unwrap()]).unwrap());
    let all = collect(source, query.with_page_size(PageSize::new(2).unwrap())).await.unwrap();
    all.findings.to_vec().unwrap().iter().map(|f| f.id.to_string()).collect()
}

#[tokio::test]
async fn open_reads_every_form_that_tools_write() {
    let (a, b, c) = (record(1), record(2), record(3));
    for content in [
        format!("[{a},{b},{c}]"),
        format!("[\n {a} ,\n {b},\n{c}\n]\n"),
        format!("\u{feff}{{\"Findings\":[{a},{b},{c}]}}"),
        format!("{{\"findings\" : [ {a}, {b},{c} ], \"NextToken\": \"[x{{\", \"n\": [1,{{\"a\":2}}]}}"),
        format!("{{\"NextToken\":null,\"Other\":{{\"Findings\":[1]}},\"FINDINGS\":[{a},{b},{c}]}}"),
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}{b}\r\n\r\n{c}"),
        format!("[{a}]\n{{\"Findings\":[{b}]}}\n{c}"),
    ] {
        let source = open(content.as_bytes()).await.1.unwrap();
        assert_eq!(source.rejected(), [], "{content}");
        assert_eq!(ids(&source).await, ["1", "2", "3"], "{content}");
    }
}

#[tokio::test]
async fn open_named_says_the_name_in_place_of_the_path() {
    let (file, source) = open(format!("[{}]", record(1)).as_bytes()).await;
    assert_eq!(source.unwrap().inputs()[0].location, file.path().display().to_string());
    let named = AsffFileSource::open_named(file.path(), "answer").await.unwrap();
    assert_eq!((named.inputs()[0].location.as_str(), named.len()), ("answer", 1));
    let (file, _) = open(b"no findings").await;
    let error = AsffFileSource::open_named(file.path(), "answer").await.unwrap_err();
    assert!(error.to_string().starts_with("read the findings file answer: "), "{error}");
}

#[tokio::test]
async fn open_accepts_empty_list_and_refuses_other_files() {
    for content in ["[]", "{\"Findings\": []}", " [ ] \n"] {
        assert!(open(content.as_bytes()).await.1.unwrap().is_empty(), "{content}");
    }
    for (content, want) in [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        ("project,account", "not JSON"),
        ("\u{0}\u{1}", "not JSON"),
        ("[{\"class\":2004}]", "AwsAccountId is missing"),
        ("[{\"class_uid\":2004}]", "cloud.account.uid is missing"),
    ] {
        let error = open(content.as_bytes()).await.1.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(want) && error.to_string().contains("expected findings"), "{error}");
    }
    let error = AsffFileSource::open("/no/such/file").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.setting(), Some(Setting::Source), "{error}");
}

#[tokio::test]
async fn broken_record_is_reported_with_line_and_others_are_read() {
    let (a, b) = (record(1), record(2));
    for (content, line, want) in [
        (format!("{a}\n{{\"AwsAccountId\":\"000000000001\"}}\n{b}"), 2, "Id is missing"),
        (format!("{a}\n{{\"x\": \"unclosed\n{b}\n"), 2, "do not match"),
        (format!("{a}\n{{\"x\": {{\n{b}\n"), 2, "ends in the middle"),
        (format!("{a}\nhello\nworld\n{b}\n"), 2, "not JSON"),
        (format!("[{a},\n{b},\n{{\"x\":"), 3, "ends in the middle"),
        (format!("[{a},\n{b}\n"), 3, "ends before its list"),
        (format!("[{a},\n17,{b}]"), 2, "not a finding"),
        (format!("[{a},\nnull,\"x\",[[7]],{b}]"), 2, "not a finding"),
    ] {
        let source = open(content.as_bytes()).await.1.unwrap();
        let first = &source.rejected()[0];
        assert_eq!(first.line, Some(line), "{content}: {first}");
        assert!(first.message.contains(want), "{content}: {first}");
        assert_eq!(ids(&source).await, ["1", "2"], "{content}");
    }
}

#[tokio::test]
async fn pages_contain_exactly_the_selected_findings() {
    let mut content = Vec::new();
    Findings::sample().write_json(&mut content).unwrap();
    let (file, source) = open(&content).await;
    let source = source.unwrap();
    assert_eq!(source.len(), Findings::sample().len());
    let value: serde_json::Value = serde_json::from_reader(File::open(file.path()).unwrap()).unwrap();
    let open_ids = |account: &str| -> std::collections::BTreeSet<String> {
        let text = |f: &serde_json::Value, pointer: &str, default: &str| {
            f.pointer(pointer).and_then(|v| v.as_str()).unwrap_or(default).to_owned()
        };
        let findings = value["Findings"].as_array().unwrap().iter();
        findings
            .filter(|f| text(f, "/AwsAccountId", "") == account && text(f, "/RecordState", "ACTIVE") == "ACTIVE")
            .filter(|f| ["NEW", "NOTIFIED"].contains(&text(f, "/Workflow/Status", "NEW").as_str()))
            .map(|f| text(f, "/Id", ""))
            .collect()
    };
    for account in source.accounts() {
        let query = FindingsQuery::new(AccountBatch::new(vec![account]).unwrap());
        let got = collect(&source, query).await.unwrap().findings;
        let got: std::collections::BTreeSet<_> = got.to_vec().unwrap().iter().map(|f| f.id.to_string()).collect();
        assert_eq!(got, open_ids(&account.to_string()), "{account}");
    }
}

#[tokio::test]
async fn rejected_records_without_account_are_capped() {
    let content = format!("[{}{}]", "{},".repeat(5_000), record(1));
    let source = open(content.as_bytes()).await.1.unwrap();
    assert_eq!(source.rejected().len(), 101);
    assert!(source.rejected()[100].message.starts_with("4900 more"), "{}", source.rejected()[100]);
}

#[tokio::test]
async fn changed_file_is_inconsistent() {
    let content = format!("[{},{}]", record(1), record(2));
    let (file, source) = open(content.as_bytes()).await;
    std::fs::write(file.path(), content.replace("000000000001", "000000000002")).unwrap();
    let query = FindingsQuery::new(AccountBatch::new(vec!["000000000001".parse().unwrap()]).unwrap());
    assert_eq!(collect(&source.unwrap(), query).await.unwrap_err().kind(), ErrorKind::Inconsistent);
}

/// A finding of Security Hub with these other members.
fn finding(id: &str, members: &str) -> String {
    format!(
        r#"{{"AwsAccountId":"000000000001","Id":"{id}","ProductArn":"arn:aws:securityhub:us-east-1::product/aws/x",{members}}}"#
    )
}

fn query() -> FindingsQuery {
    FindingsQuery::new(AccountBatch::new(vec!["000000000001".parse().unwrap()]).unwrap())
}

#[tokio::test]
async fn newest_version_counts_before_the_selection() {
    let active = r#""UpdatedAt":"2026-11-01T00:00:00Z","Title":"t","RecordState":"ACTIVE""#;
    let archived = r#""UpdatedAt":"2026-11-20T00:00:00Z","Title":"t","RecordState":"ARCHIVED""#;
    let resolved =
        r#""UpdatedAt":"2026-11-20T00:00:00Z","Compliance":{"Status":"PASSED"},"Workflow":{"Status":"RESOLVED"}"#;
    let undated = r#""Title":"t""#;
    let suppressed = r#""UpdatedAt":"2026-11-01T00:00:00Z","Title":"t","Workflow":{"Status":"SUPPRESSED"}"#;
    let other = r#""UpdatedAt":"2026-11-01T00:00:00Z","Title":"u","Severity":{"Label":"CRITICAL"}"#;
    for (name, versions, count, superseded) in [
        ("older active, newer archived", &[active, archived][..], 0, 1),
        ("newer archived, older active", &[archived, active], 0, 1),
        ("older failed, newer resolved", &[active, resolved], 0, 1),
        ("reopened", &[archived, r#""UpdatedAt":"2026-11-21T00:00:00Z""#], 1, 1),
        ("with and without a time", &[undated, archived], 0, 1),
        ("without and with a time", &[archived, undated], 0, 1),
        ("copies", &[active, active, active], 1, 2),
        ("copies without a time", &[undated, undated], 1, 1),
        ("a change by a person, at an unknown time", &[suppressed, active], 1, 1),
        ("the same ID, but different findings", &[active, other], 2, 0),
        ("copies of different findings", &[active, other, other, active], 2, 2),
        ("different findings, then a newer version", &[active, other, archived], 0, 2),
    ] {
        let records: Vec<_> = versions.iter().map(|version| finding("f1", version)).collect();
        let source = open(records.join("\n").as_bytes()).await.1.unwrap();
        let got = collect(&source, query().with_page_size(PageSize::new(1).unwrap())).await.unwrap();
        assert_eq!((got.findings.len(), source.superseded()), (count, superseded), "{name}");
        assert_eq!(source.len() + source.superseded(), versions.len(), "{name}");
    }
}

#[tokio::test]
async fn ids_of_other_products_and_accounts_are_other_findings() {
    let content = format!("[{},{},{}]", record(1), finding("1", r#""Title":"t""#), record(1).replace("01\"", "02\""));
    assert_eq!(open(content.as_bytes()).await.1.unwrap().len(), 3);
}

#[tokio::test]
async fn next_token_after_the_last_page_means_that_the_list_is_cut() {
    let (a, b) = (record(1), record(2));
    for (content, cut) in [
        (format!(r#"{{"Findings":[{a},{b}],"NextToken":"t"}}"#), true),
        (format!(r#"{{"findings":[{a},{b}], "x": "y", "nexttoken" : "t" }}"#), true),
        (format!(r#"{{"NextToken":"t","Findings":[{a},{b}]}}"#), true),
        (format!(r#"{{"Findings":[{a}],"NextToken":"t"}}{{"Findings":[{b}],"NextToken":"u"}}"#), true),
        (format!(r#"{{"Findings":[{a}],"NextToken":"t"}}{{"Findings":[{b}]}}"#), false),
        (format!(r#"{{"NextToken":"t","Findings":[{a}]}} {{"NextToken":null,"Findings":[{b}]}}"#), false),
        (format!(r#"{{"Findings":[{a},{b}],"NextToken":""}}"#), false),
        (format!(r#"{{"Findings":[{a},{b}],"NextToken":null,"x":"y"}}"#), false),
        (format!(r#"{{"Findings":[{a},{b}],"NextToken":7,"x":"y"}}"#), false),
        (format!(r#"{{"Findings":[{a},{b}],"x":"NextToken","y":"t","z":["NextToken","t"]}}"#), false),
        (format!(r#"{{"Findings":[{a},{b}],"x":{{"NextToken":"t"}}}}"#), false),
    ] {
        let source = open(content.as_bytes()).await.1.unwrap();
        let all = collect(&source, query().with_page_size(PageSize::new(1).unwrap())).await.unwrap();
        assert_eq!((all.cut.is_some(), source.is_cut(), all.findings.len()), (cut, cut, 2), "{content}");
    }
    let source = open(format!(r#"{{"Findings":[{a}],"NextToken":"t"}}"#).as_bytes()).await.1.unwrap();
    let cut = collect(&source, query()).await.unwrap().cut.unwrap();
    assert_eq!(cut, "the file ends with a NextToken, so the list is cut; export all pages");
}

#[tokio::test]
async fn inventory_has_all_records_whatever_their_states() {
    let archived = finding("2", r#""RecordState":"ARCHIVED","Region":"eu-west-1""#);
    let content = format!("{}\n{archived}\n{archived}\n{{\"AwsAccountId\":\"000000000003\"}}", record(1));
    let source = open(content.as_bytes()).await.1.unwrap();
    let accounts = [1, 2, 3].map(|n| format!("{n:012}").parse::<AccountId>().unwrap());
    let query = FindingsQuery::new(AccountBatch::new(accounts.to_vec()).unwrap());
    let all = collect(&source, query).await.unwrap();
    assert_eq!(
        all.inventory.unwrap(),
        [(accounts[0], None), (accounts[0], Some("eu-west-1".into())), (accounts[2], None)]
    );
    let empty = open(br#"{"Findings": []}"#).await.1.unwrap();
    assert_eq!(collect(&empty, super::tests::query()).await.unwrap().inventory, Some(vec![]));
}

#[tokio::test]
async fn odd_values_cost_no_record() {
    let odd = [
        finding("sur", r#""Severity":{"Label":"CRITICAL"},"Description":"Trojan \ud83d\ude00\ud83d""#),
        finding("tag", r#""Severity":{"Label":"CRITICAL"},"Resources":[{"Id":"r","Tags":{"Owner":null}}]"#),
        finding("cas", r#""Severity":{"Label":"Critical"}"#),
        finding("int", r#""Severity":{"Label":"CRITICAL"}"#).replace("\"000000000001\"", "111122223333"),
        finding("typ", r#""Severity":{"Label":"CRITICAL"},"Types":"a/b/c""#),
        finding("enu", r#""Severity":{"Label":"CRITICAL"},"Compliance":{"Status":"INFOED"}"#),
    ];
    let (_file, source) = open(odd.join("\n").as_bytes()).await;
    let source = source.unwrap();
    assert_eq!((source.rejected(), source.len()), (&[][..], 6));
    let all = collect(&source, FindingsQuery::new(AccountBatch::new(source.accounts()).unwrap())).await.unwrap();
    assert!(
        all.findings
            .to_vec()
            .unwrap()
            .iter()
            .all(|f| f.severity == crate::Severity::Critical && f.odd_values.len() == 1)
    );
}

mod conformance {
    use std::sync::Arc;

    use async_trait::async_trait;
    use serde_json::Value;

    use super::AsffFileSource;
    use crate::FindingsSource;
    use crate::testing::conformance::source::AsffProbe;

    /// Owns the folder of the file, which must live as long as the source.
    #[derive(Debug)]
    struct Probe(tempfile::TempDir);

    #[async_trait]
    impl AsffProbe for Probe {
        async fn asff_source(&self, findings: Vec<Value>) -> Arc<dyn FindingsSource> {
            let path = self.0.path().join("findings.json");
            std::fs::write(&path, Value::from(findings).to_string()).unwrap();
            Arc::new(AsffFileSource::open(path).await.unwrap())
        }
    }

    crate::asff_source_conformance!(async { Probe(tempfile::tempdir().unwrap()) });
}
