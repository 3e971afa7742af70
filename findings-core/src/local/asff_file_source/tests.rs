use std::io::Write;

use asff_fixtures::Findings;

use super::*;
use crate::source::{AccountBatch, PageSize, collect};

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
    all.findings.iter().map(|f| f.id.to_string()).collect()
}

#[tokio::test]
async fn every_form_that_tools_write() {
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
async fn no_findings_is_an_answer_and_no_file_is_not() {
    for content in ["[]", "{\"Findings\": []}", " [ ] \n"] {
        assert!(open(content.as_bytes()).await.1.unwrap().is_empty(), "{content}");
    }
    for (content, want) in [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        ("project,account", "not JSON"),
        ("\u{0}\u{1}", "not JSON"),
        ("[{\"class_uid\":2004}]", "AwsAccountId is missing"),
        ("[{\"class_uid\":2004}]", "AwsAccountId is missing"),
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
async fn what_is_broken_is_reported_with_its_line_and_the_rest_is_used() {
    let (a, b) = (record(1), record(2));
    for (content, line, want) in [
        (format!("{a}\n{{\"AwsAccountId\":\"000000000001\"}}\n{b}"), 2, "Id is missing"),
        (format!("{a}\n{{\"x\": \"unclosed\n{b}\n"), 2, "do not match"),
        (format!("{a}\n{{\"x\": {{\n{b}\n"), 2, "ends in the middle"),
        (format!("{a}\nhello\nworld\n{b}\n"), 2, "not JSON"),
        (format!("[{a},\n{b},\n{{\"x\":"), 3, "ends in the middle"),
        (format!("[{a},\n{b}\n"), 3, "ends before its list"),
        (format!("[{a},\n17,{b}]"), 2, "not a finding"),
        (format!("[{a},\nnull,\"x\",[],{b}]"), 2, "not a finding"),
    ] {
        let source = open(content.as_bytes()).await.1.unwrap();
        let first = &source.rejected()[0];
        assert_eq!(first.line, Some(line), "{content}: {first}");
        assert!(first.message.contains(want), "{content}: {first}");
        assert_eq!(ids(&source).await, ["1", "2"], "{content}");
    }
}

#[tokio::test]
async fn the_sample_gives_what_is_selected_and_nothing_else() {
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
        let got: std::collections::BTreeSet<_> = got.iter().map(|f| f.id.to_string()).collect();
        assert_eq!(got, open_ids(&account.to_string()), "{account}");
    }
}

#[tokio::test]
async fn thousands_of_records_of_nobody_are_told_of_by_their_number() {
    let content = format!("[{}{}]", "{},".repeat(5_000), record(1));
    let source = open(content.as_bytes()).await.1.unwrap();
    assert_eq!(source.rejected().len(), 101);
    assert!(source.rejected()[100].message.starts_with("4900 more"), "{}", source.rejected()[100]);
}

#[tokio::test]
async fn a_file_that_changes_is_noticed() {
    let content = format!("[{},{}]", record(1), record(2));
    let (file, source) = open(content.as_bytes()).await;
    std::fs::write(file.path(), content.replace("000000000001", "000000000002")).unwrap();
    let query = FindingsQuery::new(AccountBatch::new(vec!["000000000001".parse().unwrap()]).unwrap());
    assert_eq!(collect(&source.unwrap(), query).await.unwrap_err().kind(), ErrorKind::Inconsistent);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]
    #[test]
    fn no_bytes_panic_and_the_scan_ends(bytes in "[\\[\\]{}\":,\\\\ \\nfFindings0-9a]{0,60}") {
        let mut records = JsonRecords::new(std::io::Cursor::new(bytes.as_bytes()));
        let mut n = 0;
        while records.next_record().unwrap().is_some() {
            n += 1;
            proptest::prop_assert!(n <= 2 * bytes.len() + 2);
        }
    }
}

mod conformance {
    use std::sync::Arc;

    use async_trait::async_trait;
    use serde_json::Value;

    use super::AsffFileSource;
    use crate::FindingsSource;
    use crate::testing::conformance::source::SourceProbe;

    /// Keeps the file as long as the source that reads it.
    #[derive(Debug)]
    struct Probe(tempfile::TempDir);

    #[async_trait]
    impl SourceProbe for Probe {
        async fn source(&self, findings: Vec<Value>) -> Arc<dyn FindingsSource> {
            let path = self.0.path().join("findings.json");
            std::fs::write(&path, Value::from(findings).to_string()).unwrap();
            Arc::new(AsffFileSource::open(path).await.unwrap())
        }
    }

    crate::source_conformance!(async { Probe(tempfile::tempdir().unwrap()) });
}
