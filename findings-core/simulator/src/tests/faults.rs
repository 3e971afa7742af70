use std::io;
use std::pin::pin;
use std::time::Duration;

use futures::poll;
use serde_json::{Value, json};

use super::client::{Client, equals, finding};
use crate::{Fault, FaultRule, Operation, Simulator, SimulatorBuilder, When};

fn with_findings(count: usize) -> SimulatorBuilder {
    let findings = (0..count).map(|n| finding(&format!("f{n}"), "1", &format!("2026-01-{:02}T00:00:00Z", n + 1)));
    Simulator::builder().quota(None).findings(findings)
}

fn page(token: Option<&str>) -> Value {
    let mut query = json!({ "MaxResults": 2, "SortCriteria": [{ "Field": "UpdatedAt", "SortOrder": "asc" }] });
    if let Some(token) = token {
        query["NextToken"] = json!(token);
    }
    query
}

/// Returns which of `calls` calls a fault affects.
async fn hits(when: When, calls: usize) -> Vec<usize> {
    let simulator = with_findings(1).fault(Fault::InternalError, when).start().await.unwrap();
    let client = Client::new(&simulator);
    let mut hits = Vec::new();
    for call in 0..calls {
        if client.find(json!({})).await.status == 500 {
            hits.push(call);
        }
    }
    assert_eq!(simulator.counters().faults, hits.len() as u64);
    hits
}

#[tokio::test]
async fn fault_affects_selected_calls() {
    assert_eq!(hits(When::Always, 3).await, [0, 1, 2]);
    assert_eq!(hits(When::call(2), 5).await, [2]);
    assert_eq!(hits(When::Calls(vec![1, 2]), 5).await, [1, 2]);
    assert_eq!(hits(When::Every(3), 10).await, [2, 5, 8]);
    assert_eq!(hits(When::Every(0), 3).await, [0; 0]);
    assert_eq!(hits(When::First(2), 5).await, [0, 1]);
}

#[tokio::test]
async fn random_faults_are_reproducible() {
    let when = |seed| When::Chance { probability: 0.3, seed };
    let first = hits(when(7), 60).await;
    assert!((5..40).contains(&first.len()), "{first:?}");
    assert_eq!(hits(when(7), 60).await, first);
    assert_ne!(hits(when(8), 60).await, first);
}

#[tokio::test]
async fn fault_affects_calls_of_account() {
    let builder = with_findings(1).fault(Fault::InternalError, When::asks("111111111111"));
    let simulator = builder.fault(Fault::Unavailable, When::asks_first("222222222222", 1)).start().await.unwrap();
    let client = Client::new(&simulator);
    let asked = [
        (vec!["333333333333"], 200),
        (vec!["333333333333", "111111111111"], 500),
        (vec!["222222222222"], 503),
        (vec!["222222222222"], 200),
        (vec!["111111111111"], 500),
        (vec![], 200),
    ];
    for (accounts, status) in asked {
        let answer = client.find(json!({ "Filters": { "AwsAccountId": equals(&accounts) } })).await;
        assert_eq!(answer.status, status, "{accounts:?}");
    }
}

#[tokio::test]
async fn first_matching_rule_decides() {
    let builder = with_findings(1).fault(Fault::InternalError, When::call(0));
    let simulator = builder.fault(Fault::Unavailable, When::Calls(vec![0, 1])).start().await.unwrap();
    let client = Client::new(&simulator);
    for status in [500, 503, 200] {
        assert_eq!(client.find(json!({})).await.status, status);
    }
}

#[tokio::test]
async fn service_error_has_status_code_and_text() {
    let custom = Fault::Error { status: 400, code: "Odd".to_owned(), message: "odd".to_owned() };
    let cases = [
        (Fault::InternalError, 500, "InternalException", "Internal"),
        (Fault::Unavailable, 503, "ServiceUnavailableException", "Unavailable"),
        (Fault::Throttle { retry_after: None }, 429, "TooManyRequestsException", "Too Many"),
        (Fault::AccessDenied, 403, "AccessDeniedException", "securityhub:GetFindings"),
        (Fault::HubOff, 401, "InvalidAccessException", "Account 999999999999 is not subscribed to AWS Security Hub"),
        (custom, 400, "Odd", "odd"),
    ];
    let simulator = with_findings(1).start().await.unwrap();
    let client = Client::new(&simulator);
    for (fault, status, code, text) in cases {
        simulator.clear_faults();
        simulator.add_fault(fault, When::Always);
        let error = client.find(json!({})).await.error();
        assert_eq!((error.0, error.1.as_str()), (status, code));
        assert!(error.2.contains(text), "{}", error.2);
    }
    assert_eq!(simulator.counters().throttled, 0);
}

#[tokio::test]
async fn html_fault_sends_html_page() {
    for status in [200, 404] {
        let simulator = with_findings(1).fault(Fault::Html { status }, When::Always).start().await.unwrap();
        let answer = Client::new(&simulator).find(json!({})).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(answer.body.starts_with(b"<!doctype html>"));
    }
}

#[tokio::test]
async fn reset_sends_no_response() {
    let simulator = with_findings(1).fault(Fault::Reset, When::call(0)).start().await.unwrap();
    let client = Client::new(&simulator);
    let error = client.send("POST", "/findings", &json!({})).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(simulator.calls()[0].status, None);
    assert_eq!(client.find(json!({})).await.ids(), ["f0"]);
}

#[tokio::test]
async fn truncated_response_ends_before_its_length() {
    let fault = Fault::Truncated { chunked: false };
    let simulator = with_findings(9).fault(fault, When::Always).start().await.unwrap();
    let answer = Client::new(&simulator).find(json!({})).await;
    assert_eq!(answer.status, 200);
    let length: usize = answer.header("content-length").unwrap().parse().unwrap();
    assert_eq!(answer.body.len(), length / 2);
    assert!(answer.body.starts_with(br#"{"Findings":[{"#));
}

#[tokio::test]
async fn truncated_chunked_response_has_no_end() {
    let fault = Fault::Truncated { chunked: true };
    let simulator = with_findings(9).fault(fault, When::Always).start().await.unwrap();
    let answer = Client::new(&simulator).find(json!({})).await;
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert!(String::from_utf8_lossy(&answer.body).contains(r#"{"Findings":[{"#));
    assert!(!answer.body.ends_with(b"0\r\n\r\n"));
}

#[tokio::test]
async fn hanging_call_blocks_no_other_call() {
    let simulator = with_findings(1).fault(Fault::Hang, When::call(0)).start().await.unwrap();
    let client = Client::new(&simulator);
    let mut hanging = pin!(client.find(json!({})));
    while simulator.calls().is_empty() {
        assert!(poll!(&mut hanging).is_pending());
        tokio::task::yield_now().await;
    }
    assert_eq!(client.find(json!({})).await.ids(), ["f0"]);
    assert!(poll!(&mut hanging).is_pending());
    assert_eq!(simulator.calls()[0].fault, Some(Fault::Hang));
    assert_eq!(simulator.calls()[0].status, None);
}

#[tokio::test]
async fn stalled_response_does_not_end() {
    let simulator = with_findings(9).fault(Fault::Stall, When::call(0)).start().await.unwrap();
    let client = Client::new(&simulator);
    let mut stalled = pin!(client.find(json!({})));
    while simulator.calls().first().is_none_or(|call| call.status.is_none()) {
        assert!(poll!(&mut stalled).is_pending());
        tokio::task::yield_now().await;
    }
    assert_eq!(client.find(json!({})).await.ids().len(), 9);
    assert!(poll!(&mut stalled).is_pending());
}

#[tokio::test(start_paused = true)]
async fn delay_adds_to_latency() {
    let builder = with_findings(1).latency(Duration::from_millis(200));
    let builder = builder.fault(Fault::Delay(Duration::from_secs(5)), When::call(1));
    let simulator = builder.start().await.unwrap();
    let client = Client::new(&simulator);
    for _ in 0..3 {
        client.find(json!({})).await;
    }
    let at: Vec<u128> = simulator.calls().iter().map(|call| call.at.as_millis()).collect();
    // tokio timers have a resolution of a millisecond
    assert!((200..210).contains(&(at[1] - at[0])), "{at:?}");
    assert!((5200..5210).contains(&(at[2] - at[1])), "{at:?}");
}

#[tokio::test]
async fn damaged_finding_is_first_on_page() {
    let builder = with_findings(3).fault(Fault::UndecodableFinding, When::call(0));
    let builder = builder.fault(Fault::ReplaceFinding(r#"{"Id":"other"}"#.into()), When::call(1));
    let simulator = builder.start().await.unwrap();
    let client = Client::new(&simulator);
    let damaged = client.find(page(None)).await;
    assert_eq!(damaged.ids(), ["?", "f1"]);
    assert!(damaged.json()["Findings"][0]["Severity"].is_string());
    assert_eq!(client.find(page(damaged.token().as_deref())).await.ids(), ["other"]);
    assert_eq!(client.find(page(None)).await.ids(), ["f0", "f1"]);
}

#[tokio::test]
async fn empty_page_keeps_position() {
    for empty in [vec![0], vec![1], vec![0, 1], vec![2, 3, 4]] {
        let builder = with_findings(6).fault(Fault::EmptyPage, When::Calls(empty.clone()));
        let simulator = builder.start().await.unwrap();
        let pages = Client::new(&simulator).find_all(page(None)).await;
        assert_eq!(pages.len(), 3 + empty.len());
        assert_eq!(pages.concat(), ["f0", "f1", "f2", "f3", "f4", "f5"]);
    }
}

#[tokio::test]
async fn repeated_token_equals_sent_token() {
    let simulator = with_findings(6).fault(Fault::RepeatedToken, When::call(1)).start().await.unwrap();
    let client = Client::new(&simulator);
    let first = client.find(page(None)).await.token();
    let second = client.find(page(first.as_deref())).await;
    assert_eq!(second.ids(), ["f2", "f3"]);
    assert_eq!(second.token(), first);
}

#[tokio::test]
async fn repeated_token_on_first_page_repeats_later() {
    let simulator = with_findings(4).fault(Fault::RepeatedToken, When::call(0)).start().await.unwrap();
    let client = Client::new(&simulator);
    let token = client.find(page(None)).await.token();
    for _ in 0..3 {
        let next = client.find(page(token.as_deref())).await;
        assert_eq!((next.ids(), next.token()), (vec!["f2".to_owned(), "f3".to_owned()], token.clone()));
    }
}

#[tokio::test]
async fn stale_token_fault_spares_first_page() {
    let simulator = with_findings(4).fault(Fault::StaleToken, When::First(2)).start().await.unwrap();
    let client = Client::new(&simulator);
    let token = client.find(page(None)).await.token();
    let (status, code, message) = client.find(page(token.as_deref())).await.error();
    assert_eq!((status, code.as_str()), (400, "InvalidInputException"));
    assert!(message.starts_with("Invalid NextToken"), "{message}");
    assert_eq!(client.find_all(page(None)).await.concat().len(), 4);
}

#[tokio::test]
async fn rule_applies_to_operation_and_region() {
    let rule = FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::ListMembers).in_region("eu-west-1");
    let simulator = with_findings(1).fault_rule(rule).start().await.unwrap();
    let client = Client::new(&simulator);
    let abroad = client.region("eu-west-1");
    assert_eq!(client.get("/members").await.status, 200);
    assert_eq!(abroad.get("/accounts").await.status, 200);
    let (status, code, message) = abroad.get("/members").await.error();
    assert_eq!((status, code.as_str()), (403, "AccessDeniedException"));
    assert!(message.contains("securityhub:ListMembers"), "{message}");

    simulator.clear_faults();
    simulator.add_fault_rule(FaultRule::new(Fault::HubOff, When::First(2)).on_every_operation());
    assert_eq!(client.get("/accounts").await.status, 401);
    assert_eq!(client.find(json!({})).await.status, 401);
    assert_eq!(client.find(json!({})).await.status, 200);
}
