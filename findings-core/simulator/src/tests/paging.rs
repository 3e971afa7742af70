use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{ARN, Client, equals, finding, with};
use crate::{Simulator, SimulatorBuilder};

fn day(n: usize) -> String {
    format!("2026-01-{:02}T00:00:00Z", n + 1)
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("f{n}")).collect()
}

fn with_findings(count: usize) -> SimulatorBuilder {
    let findings = (0..count).map(|n| finding(&format!("f{n}"), "1", &day(n)));
    Simulator::builder().quota(None).findings(findings)
}

fn by_update(order: &str) -> Value {
    json!([{ "Field": "UpdatedAt", "SortOrder": order }])
}

#[tokio::test]
async fn pages_return_every_finding_once() {
    for count in 0..=6 {
        let simulator = with_findings(count).start().await.unwrap();
        let client = Client::new(&simulator);
        for size in 1..=4 {
            let pages = client.find_all(json!({ "MaxResults": size })).await;
            assert_eq!(pages.len(), count.div_ceil(size).max(1), "{count} findings by {size}");
            assert!(pages.iter().rev().skip(1).all(|page| page.len() == size));
            let mut all = pages.concat();
            all.sort();
            assert_eq!(all, ids(0..count));
        }
    }
}

#[tokio::test]
async fn page_size_defaults_to_ten() {
    let simulator = with_findings(25).start().await.unwrap();
    let client = Client::new(&simulator);
    assert_eq!(client.find(json!({})).await.ids().len(), 10);
    assert_eq!(client.find(json!({ "MaxResults": 100 })).await.ids().len(), 25);
    for size in [json!(0), json!(101), json!(-1), json!("10")] {
        let (status, code, message) = client.find(json!({ "MaxResults": size })).await.error();
        assert_eq!((status, code.as_str()), (400, "InvalidInputException"));
        assert!(message.contains("MaxResults"), "{message}");
    }
}

#[tokio::test]
async fn token_is_bound_to_query() {
    let simulator = with_findings(5).start().await.unwrap();
    let client = Client::new(&simulator);
    let query =
        json!({ "MaxResults": 2, "SortCriteria": by_update("asc"), "Filters": { "AwsAccountId": equals(&["1"]) } });
    let token = json!({ "NextToken": client.find(query.clone()).await.token().unwrap() });
    let changes = [
        json!({ "MaxResults": 3 }),
        json!({ "SortCriteria": by_update("desc") }),
        json!({ "Filters": { "AwsAccountId": equals(&["1", "2"]) } }),
    ];
    for change in changes {
        let other = with(with(query.clone(), &token), &change);
        let (status, code, message) = client.find(other).await.error();
        assert_eq!((status, code.as_str()), (400, "InvalidInputException"));
        assert_eq!(message, "Invalid NextToken: Input Query has changed");
    }
    let elsewhere = client.region("eu-west-1").find(with(query.clone(), &token)).await.error();
    assert_eq!(elsewhere.2, "Invalid NextToken: Input Query has changed");
    assert_eq!(client.find(with(query, &token)).await.ids(), ["f2", "f3"]);
}

#[tokio::test]
async fn reused_token_returns_same_page() {
    let simulator = with_findings(5).start().await.unwrap();
    let client = Client::new(&simulator);
    let token = client.find(json!({ "MaxResults": 2 })).await.token();
    let query = json!({ "MaxResults": 2, "NextToken": token });
    assert_eq!(client.find(query.clone()).await.ids(), client.find(query).await.ids());
}

#[tokio::test(start_paused = true)]
async fn tokens_expire() {
    let builder = with_findings(5).token_lifetime(Duration::from_mins(1));
    let simulator = builder.start().await.unwrap();
    let client = Client::new(&simulator);
    let token = client.find(json!({ "MaxResults": 2 })).await.token();
    let query = json!({ "MaxResults": 2, "NextToken": token });
    tokio::time::advance(Duration::from_secs(59)).await;
    assert_eq!(client.find(query.clone()).await.status, 200);
    tokio::time::advance(Duration::from_secs(2)).await;
    let (status, code, message) = client.find(query).await.error();
    assert_eq!((status, code.as_str()), (400, "InvalidInputException"));
    assert!(message.starts_with("Invalid NextToken"), "{message}");
}

#[tokio::test]
async fn unknown_and_revoked_tokens_are_refused() {
    let simulator = with_findings(5).start().await.unwrap();
    let client = Client::new(&simulator);
    let token = client.find(json!({ "MaxResults": 2 })).await.token().unwrap();
    simulator.expire_tokens();
    for token in [token.as_str(), "made up"] {
        let (_, code, message) = client.find(json!({ "MaxResults": 2, "NextToken": token })).await.error();
        assert_eq!(code, "InvalidInputException");
        assert!(message.starts_with("Invalid NextToken"), "{message}");
    }
}

#[tokio::test]
async fn sort_criteria_order_the_result() {
    let rows = [("a", 1, 3), ("b", 70, 1), ("c", 70, 2), ("d", 40, 0)];
    let findings = rows.map(|(id, severity, created)| {
        let more = json!({ "Severity": { "Normalized": severity }, "CreatedAt": day(created) });
        with(finding(id, "1", &day(0)), &more)
    });
    let simulator = Simulator::builder().quota(None).findings(findings).start().await.unwrap();
    let client = Client::new(&simulator);
    let cases = [
        (json!([{ "Field": "Id", "SortOrder": "desc" }]), "dcba"),
        (json!([{ "Field": "CreatedAt", "SortOrder": "asc" }]), "dbca"),
        (json!([{ "Field": "SeverityNormalized", "SortOrder": "desc" }, { "Field": "Id" }]), "bcda"),
        (
            json!([{ "Field": "SeverityNormalized", "SortOrder": "asc" }, { "Field": "CreatedAt", "SortOrder": "desc" }]),
            "adcb",
        ),
    ];
    for (criteria, expected) in cases {
        let pages = client.find_all(json!({ "SortCriteria": criteria, "MaxResults": 3 })).await;
        assert_eq!(pages.concat().concat(), expected, "{criteria}");
    }
    let unknown = client.find(json!({ "SortCriteria": [{ "Field": "Nothing" }] })).await.error();
    assert_eq!(unknown.1, "InvalidInputException");
}

#[tokio::test]
async fn default_order_is_stable_but_not_chronological() {
    let simulator = with_findings(30).start().await.unwrap();
    let client = Client::new(&simulator);
    let first = client.find(json!({ "MaxResults": 100 })).await.ids();
    assert_eq!(client.find(json!({ "MaxResults": 100 })).await.ids(), first);
    assert_ne!(first, ids(0..30));
    assert_ne!(first, ids(0..30).into_iter().rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn update_between_ascending_pages_repeats_finding() {
    let simulator = with_findings(6)
        .after_page(|page, findings| {
            if page == 0 {
                assert!(findings.update(ARN, "f0", |finding| finding["UpdatedAt"] = json!(day(20))));
            }
        })
        .start()
        .await
        .unwrap();
    let client = Client::new(&simulator);
    let pages = client.find_all(json!({ "MaxResults": 2, "SortCriteria": by_update("asc") })).await;
    assert_eq!(pages.concat(), ["f0", "f1", "f2", "f3", "f4", "f5", "f0"]);
}

#[tokio::test]
async fn update_between_descending_pages_loses_finding() {
    let simulator = with_findings(6)
        .after_page(|page, findings| {
            if page == 0 {
                findings.update(ARN, "f1", |finding| finding["UpdatedAt"] = json!(day(20)));
            }
        })
        .start()
        .await
        .unwrap();
    let client = Client::new(&simulator);
    let pages = client.find_all(json!({ "MaxResults": 2, "SortCriteria": by_update("desc") })).await;
    assert_eq!(pages.concat(), ["f5", "f4", "f3", "f2", "f0"]);
}

#[tokio::test]
async fn added_and_removed_findings_shift_no_other() {
    let simulator = with_findings(6).start().await.unwrap();
    let client = Client::new(&simulator);
    let query = json!({ "MaxResults": 2 });
    let first = client.find(query.clone()).await;
    assert!(simulator.remove(ARN, &first.ids()[0]));
    simulator.upsert(&finding("new", "1", &day(9)));
    let rest = client.find_all(with(query, &json!({ "NextToken": first.token() }))).await.concat();
    let seen: BTreeSet<String> = first.ids().into_iter().chain(rest).collect();
    assert!(ids(0..6).iter().all(|id| seen.contains(id)), "{seen:?}");
}

#[tokio::test]
async fn page_after_removal_of_all_findings_is_empty() {
    let simulator = with_findings(4).start().await.unwrap();
    let client = Client::new(&simulator);
    let query = json!({ "MaxResults": 2, "SortCriteria": by_update("asc") });
    let token = client.find(query.clone()).await.token();
    for id in ["f2", "f3"] {
        simulator.remove(ARN, id);
    }
    let page = client.find(with(query, &json!({ "NextToken": token }))).await;
    assert_eq!((page.ids(), page.token()), (vec![], None));
}
