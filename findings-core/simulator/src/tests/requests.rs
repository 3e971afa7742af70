use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::client::{ARN, Client, equals, finding};
use crate::{Fault, FindingStore, Simulator, When};

const T: &str = "2026-01-01T00:00:00Z";

#[tokio::test]
async fn calls_must_be_signed_for_the_service() {
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    let unsigned = client.unsigned().find(json!({})).await.error();
    assert_eq!((unsigned.0, unsigned.1.as_str()), (403, "MissingAuthenticationTokenException"));
    let scope = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, Signature=0";
    let other_service = client.authorization(scope).find(json!({})).await.error();
    assert_eq!((other_service.0, other_service.1.as_str()), (403, "InvalidSignatureException"));
    let basic = client.authorization("Basic abc").find(json!({})).await.error();
    assert_eq!((basic.0, basic.1.as_str()), (403, "IncompleteSignatureException"));
}

#[tokio::test]
async fn unknown_operation_is_reported() {
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    for (method, path) in
        [("GET", "/findings"), ("PATCH", "/findingsv2/batchupdatev3"), ("POST", "/findings/import"), ("GET", "/")]
    {
        let (status, code, message) = client.send(method, path, &json!({})).await.unwrap().error();
        assert_eq!((status, code.as_str()), (404, "UnknownOperationException"));
        assert!(message.contains(path), "{message}");
    }
    assert_eq!(simulator.calls()[0].operation, "GET /findings");
}

#[tokio::test]
async fn body_must_be_json_object() {
    let simulator = Simulator::start().await.unwrap();
    for body in ["{", "[]", "17"] {
        let answer = Client::new(&simulator).send_text("POST", "/findings", body).await.unwrap();
        assert_eq!((answer.error().0, answer.error().1.as_str()), (400, "SerializationException"));
    }
}

#[tokio::test]
async fn calls_are_recorded_and_counted() {
    let findings = (0..3).map(|n| finding(&n.to_string(), "1", T));
    let simulator = Simulator::builder().findings(findings).quota(None).start().await.unwrap();
    let client = Client::new(&simulator).region("us-east-1");
    let query = json!({ "MaxResults": 2, "Filters": { "AwsAccountId": equals(&["1", "2"]) } });
    client.find_all(query.clone()).await;
    client.find(json!({ "MaxResults": 500 })).await;
    client.get("/accounts").await;
    let calls = simulator.calls();
    let answers: Vec<_> = calls.iter().map(|call| (call.operation.as_str(), call.status, call.findings)).collect();
    assert_eq!(
        answers,
        [
            ("GetFindings", Some(200), 2),
            ("GetFindings", Some(200), 1),
            ("GetFindings", Some(400), 0),
            ("DescribeHub", Some(200), 0),
        ]
    );
    assert_eq!(
        (calls[0].accounts.as_slice(), calls[0].max_results),
        (["1".to_owned(), "2".to_owned()].as_slice(), Some(2))
    );
    assert_eq!(calls[0].body, query);
    assert!(calls[0].token.is_none() && calls[1].token.is_some());
    assert_eq!(calls[2].error.as_deref(), Some("InvalidInputException"));
    let sums = simulator.counters();
    assert_eq!((sums.calls, sums.pages, sums.findings, sums.throttled), (4, 2, 3, 0));
    simulator.reset_calls();
    assert_eq!((simulator.calls().len(), simulator.counters().calls), (0, 0));
    client.find(json!({})).await;
    assert_eq!(simulator.calls()[0].findings, 3);
}

#[tokio::test(start_paused = true)]
async fn call_in_progress_at_reset_is_not_recorded() {
    let slow = Fault::Delay(Duration::from_mins(1));
    let builder = Simulator::builder().findings([finding("a", "1", T)]);
    let simulator = builder.fault(slow, When::call(0)).start().await.unwrap();
    let client = Client::new(&simulator);
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.find(json!({})).await.ids() }
    });
    while simulator.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    simulator.reset_calls();
    assert_eq!(client.get("/accounts").await.status, 200);
    assert_eq!(first.await.unwrap(), ["a"]);
    let calls = simulator.calls();
    assert_eq!((calls.len(), calls[0].operation.as_str(), calls[0].findings), (1, "DescribeHub", 0));
}

#[tokio::test]
async fn raw_findings_are_returned_unchanged() {
    let raw = r#"{ "Id":"raw",  "ProductArn":"arn", "AwsAccountId":"1", "z":1.50 }"#;
    let simulator = Simulator::builder().raw_findings([raw.into()]).start().await.unwrap();
    let page = Client::new(&simulator).find(json!({ "Filters": { "AwsAccountId": equals(&["1"]) } })).await;
    assert_eq!(String::from_utf8_lossy(&page.body), format!(r#"{{"Findings":[{raw}]}}"#));
    let refused = Simulator::builder().raw_findings(["{".into()]).start().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidData);
}

#[tokio::test]
async fn padding_changes_size_only() {
    let findings = (0..100).map(|n| finding(&n.to_string(), "1", T));
    let simulator = Simulator::builder().findings(findings).pad_findings_to(3_500).start().await.unwrap();
    let page = Client::new(&simulator).find(json!({ "MaxResults": 100 })).await;
    assert!((330_000..360_000).contains(&page.body.len()), "{}", page.body.len());
    let mut first = page.json()["Findings"][0].clone();
    let id = first["Id"].as_str().unwrap().to_owned();
    assert!(first.as_object_mut().unwrap().remove("SimulatorPadding").is_some());
    assert_eq!(first, finding(&id, "1", T));
}

#[test]
fn simulator_on_separate_thread_serves_and_stops() {
    let simulator = Simulator::builder().findings([finding("a", "1", T)]).spawn_thread().unwrap();
    let address = simulator.url().strip_prefix("http://").unwrap().to_owned();
    let scope = "AKID/20260101/us-east-1/securityhub/aws4_request";
    let request = format!(
        "POST /findings HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={scope}, Signature=0\r\n\r\n{{}}"
    );
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""Id":"a""#), "{answer}");

    let mut idle = TcpStream::connect(&address).unwrap();
    drop(simulator);
    assert!(matches!(idle.read(&mut [0]), Ok(0) | Err(_)));
    assert!(TcpStream::connect(&address).is_err());
}

/// Reference model of the store: account by identity.
type Model = std::collections::BTreeMap<String, String>;

fn by_account(store: &FindingStore, account: &str) -> Vec<String> {
    let slots = store.candidates(Some(&[account.to_owned()]));
    let mut ids: Vec<_> =
        slots.iter().filter_map(|slot| store.get_slot(*slot)?.id.as_deref().map(str::to_owned)).collect();
    ids.sort();
    ids
}

proptest! {
    #[test]
    fn account_index_matches_every_change(steps in prop::collection::vec((0..3u8, 0..6u8, 0..3u8), 0..40)) {
        let mut store = FindingStore::new("us-east-1");
        let mut model = Model::new();
        for (step, id, account) in steps {
            let (id, account) = (id.to_string(), account.to_string());
            match step {
                0 => {
                    store.upsert(&finding(&id, &account, T));
                    model.insert(id, account);
                }
                1 => prop_assert_eq!(store.remove(ARN, &id), model.remove(&id).is_some()),
                _ => {
                    let found = store.update(ARN, &id, |finding| finding["AwsAccountId"] = json!(account));
                    prop_assert_eq!(found, model.contains_key(&id));
                    model.entry(id).and_modify(|known| *known = account);
                }
            }
        }
        prop_assert_eq!(store.len(), model.len());
        for account in ["0", "1", "2"] {
            let expected: Vec<_> = model.iter().filter(|(_, of)| *of == account).map(|(id, _)| id.clone()).collect();
            prop_assert_eq!(by_account(&store, account), expected);
        }
    }
}
