use std::time::Duration;

use serde_json::json;
use tokio::time::advance;

use super::client::Client;
use crate::{Quota, Simulator};

/// Returns how many of `calls` concurrent calls are admitted.
async fn passing(client: &Client, calls: usize) -> usize {
    let mut passed = 0;
    for _ in 0..calls {
        passed += usize::from(client.find(json!({})).await.status == 200);
    }
    passed
}

#[tokio::test(start_paused = true)]
async fn quota_admits_burst_of_six_then_three_per_second() {
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    assert_eq!(passing(&client, 8).await, 6);
    advance(Duration::from_secs(1)).await;
    assert_eq!(passing(&client, 5).await, 3);
    for _ in 0..30 {
        advance(Duration::from_secs(1) / 3 + Duration::from_nanos(1)).await;
        assert_eq!(passing(&client, 1).await, 1);
    }
    advance(Duration::from_mins(1)).await;
    assert_eq!(passing(&client, 10).await, 6);
    assert_eq!(simulator.counters().throttled, 2 + 2 + 4);
}

#[tokio::test(start_paused = true)]
async fn each_region_and_operation_has_its_own_bucket() {
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    assert_eq!(passing(&client, 7).await, 6);
    assert_eq!(passing(&client.region("eu-west-1"), 7).await, 6);
    for n in 0..31 {
        let expected = if n < 30 { 200 } else { 429 };
        assert_eq!(client.get("/members").await.status, expected, "call {n}");
    }
    assert_eq!(client.get("/accounts").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn other_client_shares_bucket() {
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    simulator.take_tokens("us-east-1", 4);
    assert_eq!(passing(&client, 6).await, 2);
    simulator.set_other_client("us-east-1", 1.5);
    advance(Duration::from_secs(2)).await;
    assert_eq!(passing(&client, 6).await, 3);
    simulator.set_other_client("us-east-1", 0.0);
    advance(Duration::from_secs(2)).await;
    assert_eq!(passing(&client, 7).await, 6);
}

#[tokio::test(start_paused = true)]
async fn throttled_call_has_configured_code_and_header() {
    let plain = Simulator::builder().quota(Quota::new(1.0, 0)).start().await.unwrap();
    let refused = Client::new(&plain).find(json!({})).await;
    assert_eq!(refused.error().0, 429);
    assert_eq!(refused.error().1, "TooManyRequestsException");
    assert_eq!(refused.header("retry-after"), None);

    let builder = Simulator::builder().quota(Quota::new(1.0, 0)).throttle_code("LimitExceededException");
    let other = builder.retry_after(Duration::from_millis(1500)).start().await.unwrap();
    let refused = Client::new(&other).find(json!({})).await;
    assert_eq!(refused.error().1, "LimitExceededException");
    assert_eq!(refused.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn simulator_without_quota_refuses_no_call() {
    let simulator = Simulator::builder().quota(None).other_quota(None).start().await.unwrap();
    let client = Client::new(&simulator);
    assert_eq!(passing(&client, 40).await, 40);
    simulator.set_quota(Quota::new(0.0, 1));
    assert_eq!(passing(&client, 3).await, 1);
}
