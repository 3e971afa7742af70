use serde_json::{Value, json};

use super::client::{ARN, Client, equals, finding, with};
use crate::{Simulator, SimulatorHandle};

const T: &str = "2026-01-01T00:00:00Z";

async fn simulator(findings: Vec<Value>) -> (SimulatorHandle, Client) {
    let simulator = Simulator::builder()
        .findings(findings)
        .quota(None)
        .now("2026-02-01T00:00:00Z".parse().unwrap())
        .start()
        .await
        .unwrap();
    let client = Client::new(&simulator);
    (simulator, client)
}

async fn ids(client: &Client, filters: Value) -> Vec<String> {
    let mut ids = client.find(json!({ "Filters": filters, "MaxResults": 100 })).await.ids();
    ids.sort();
    ids
}

async fn refusal(filters: Value) -> String {
    let (_simulator, client) = simulator(vec![]).await;
    let (status, code, message) = client.find(json!({ "Filters": filters })).await.error();
    assert_eq!((status, code.as_str()), (400, "InvalidInputException"));
    message
}

fn text(value: &str, comparison: &str) -> Value {
    json!({ "Value": value, "Comparison": comparison })
}

#[tokio::test]
async fn values_are_alternatives_and_attributes_combine() {
    let (_simulator, client) = simulator(vec![
        with(finding("a", "111111111111", T), &json!({ "Severity": { "Label": "HIGH" } })),
        with(finding("b", "222222222222", T), &json!({ "Severity": { "Label": "LOW" } })),
        with(finding("c", "333333333333", T), &json!({ "Severity": { "Label": "HIGH" } })),
    ])
    .await;
    let accounts = equals(&["111111111111", "222222222222"]);
    assert_eq!(ids(&client, json!({ "AwsAccountId": accounts })).await, ["a", "b"]);
    let both = json!({ "AwsAccountId": accounts, "SeverityLabel": equals(&["HIGH"]) });
    assert_eq!(ids(&client, both).await, ["a"]);
    assert_eq!(ids(&client, json!({ "AwsAccountId": equals(&["444444444444"]) })).await, [""; 0]);
    assert_eq!(ids(&client, json!({})).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn text_comparisons_match_as_documented() {
    let titled = |id: &str, title: &str| with(finding(id, "1", T), &json!({ "Title": title }));
    let (_simulator, client) = simulator(vec![
        titled("1", "S3 bucket public"),
        titled("2", "S3 bucket logging"),
        titled("3", "EC2 port open"),
        finding("4", "1", T),
    ])
    .await;
    let cases = [
        (json!([text("S3", "PREFIX")]), vec!["1", "2"]),
        (json!([text("S3", "PREFIX"), text("EC2", "PREFIX")]), vec!["1", "2", "3"]),
        (json!([text("S3", "PREFIX"), text("EC2 port open", "EQUALS")]), vec!["1", "2", "3"]),
        (json!([text("S3 bucket public", "NOT_EQUALS"), text("EC2 port open", "NOT_EQUALS")]), vec!["2", "4"]),
        (json!([text("S3", "PREFIX_NOT_EQUALS")]), vec!["3", "4"]),
        (json!([text("S3", "PREFIX"), text("S3 bucket l", "PREFIX_NOT_EQUALS")]), vec!["1"]),
        (json!([text("s3", "PREFIX")]), vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(ids(&client, json!({ "Title": filter })).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn every_text_attribute_of_the_report_is_filtered() {
    let full = with(
        finding("full", "1", T),
        &json!({
            "Compliance": { "Status": "FAILED", "SecurityControlId": "S3.1" },
            "GeneratorId": "generator", "ProductName": "Security Hub", "Title": "t", "Types": ["x", "y"],
            "Severity": { "Label": "HIGH" }, "Resources": [{ "Id": "r1" }, { "Id": "r2" }],
        }),
    );
    let (_simulator, client) = simulator(vec![full, finding("bare", "2", T)]).await;
    let attributes = [
        ("AwsAccountId", "1"),
        ("ComplianceSecurityControlId", "S3.1"),
        ("ComplianceStatus", "FAILED"),
        ("GeneratorId", "generator"),
        ("Id", "full"),
        ("ProductName", "Security Hub"),
        ("ResourceId", "r2"),
        ("SeverityLabel", "HIGH"),
        ("Title", "t"),
        ("Type", "y"),
    ];
    for (name, value) in attributes {
        assert_eq!(ids(&client, json!({ name: equals(&[value]) })).await, ["full"], "{name}");
    }
    assert_eq!(ids(&client, json!({ "ProductArn": equals(&[ARN]) })).await, ["bare", "full"]);
    assert_eq!(ids(&client, json!({ "Region": equals(&["us-east-1"]) })).await, ["bare", "full"]);
}

#[tokio::test]
async fn missing_states_count_as_active_and_new() {
    let bare = json!({ "Id": "bare", "ProductArn": ARN, "AwsAccountId": "1" });
    let archived = with(finding("archived", "1", T), &json!({ "RecordState": "ARCHIVED" }));
    let done = with(finding("done", "1", T), &json!({ "Workflow": { "Status": "SUPPRESSED" } }));
    let (_simulator, client) = simulator(vec![bare, archived, done]).await;
    let open = json!({ "RecordState": equals(&["ACTIVE"]), "WorkflowStatus": equals(&["NEW", "NOTIFIED"]) });
    assert_eq!(ids(&client, open).await, ["bare"]);
}

#[tokio::test]
async fn twenty_first_value_is_refused() {
    let accounts: Vec<String> = (0..21).map(|n| format!("{n:012}")).collect();
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    let (_simulator, client) = simulator(vec![finding("a", accounts[19], T)]).await;
    assert_eq!(ids(&client, json!({ "AwsAccountId": equals(&accounts[..20]) })).await, ["a"]);
    assert_eq!(
        refusal(json!({ "AwsAccountId": equals(&accounts) })).await,
        "Invalid parameter 'Filters'. data.AwsAccountId should NOT have more than 20 items"
    );
    let titles = refusal(json!({ "Title": equals(&accounts) })).await;
    assert!(titles.contains("data.Title should NOT have more than 20 items"), "{titles}");
}

#[tokio::test]
async fn eleventh_attribute_is_refused() {
    let names = [
        "AwsAccountId",
        "Id",
        "Title",
        "Type",
        "Region",
        "ProductArn",
        "GeneratorId",
        "RecordState",
        "ProductName",
        "CompanyName",
        "ResourceId",
    ];
    let filters =
        |count: usize| names[..count].iter().map(|name| ((*name).to_owned(), equals(&["x"]))).collect::<Value>();
    let (_simulator, client) = simulator(vec![]).await;
    assert_eq!(ids(&client, filters(10)).await, [""; 0]);
    assert!(refusal(filters(11)).await.contains("more than 10"));
}

#[tokio::test]
async fn malformed_filters_are_refused() {
    let cases = [
        (json!({ "AwsAccountId": equals(&["  "]) }), "data.AwsAccountId[0].Value"),
        (json!({ "AwsAccountId": [{ "Value": "1" }] }), "'Comparison'"),
        (json!({ "AwsAccountId": [{ "Comparison": "EQUALS" }] }), "'Value'"),
        (json!({ "AwsAccountId": "1" }), "should be array"),
        (json!({ "Title": [text("x", "CONTAINS")] }), "Comparison"),
        (json!({ "Title": [text("x", "EQUALS"), text("y", "NOT_EQUALS")] }), "cannot combine"),
        (json!({ "Title": [text("x", "EQUALS"), text("y", "PREFIX_NOT_EQUALS")] }), "cannot combine"),
        (json!({ "Ttile": equals(&["x"]) }), "'Ttile'"),
        (json!({ "Sample": [{}] }), "'Value'"),
        (json!({ "SeverityNormalized": [{}] }), "Gt"),
        (json!(["x"]), "should be object"),
    ];
    for (filters, expected) in cases {
        let message = refusal(filters.clone()).await;
        assert!(message.starts_with("Invalid parameter 'Filters'. data"), "{message}");
        assert!(message.contains(expected), "{filters}: {message}");
    }
}

#[tokio::test]
async fn dates_include_both_ends_and_compare_across_offsets() {
    let (_simulator, client) = simulator(vec![
        finding("early", "1", "2026-01-10T00:00:00Z"),
        finding("edge", "1", "2026-01-20T09:00:00.000+09:00"),
        finding("late", "1", "2026-01-31T12:00:00Z"),
    ])
    .await;
    let span = |start: &str, end: &str| json!({ "UpdatedAt": [{ "Start": start, "End": end }] });
    assert_eq!(ids(&client, span("2026-01-20T00:00:00Z", "2099-01-01T00:00:00Z")).await, ["edge", "late"]);
    assert_eq!(ids(&client, span("2026-01-01T00:00:00Z", "2026-01-20T00:00:00Z")).await, ["early", "edge"]);
    let range = |comparison: &str| json!({ "UpdatedAt": [{ "DateRange": { "Value": 5, "Unit": "DAYS", "Comparison": comparison } }] });
    assert_eq!(ids(&client, range("WITHIN")).await, ["late"]);
    assert_eq!(ids(&client, range("OLDER_THAN")).await, ["early", "edge"]);
}

#[tokio::test]
async fn malformed_dates_are_refused() {
    let cases = [
        (json!({ "Start": T }), "'End'"),
        (json!({ "End": T }), "'Start'"),
        (json!({ "Start": "yesterday", "End": T }), "Start should match format"),
        (json!({ "Start": T, "DateRange": { "Value": 1, "Unit": "DAYS" } }), "either"),
        (json!({ "DateRange": { "Value": 1, "Unit": "HOURS" } }), "Unit"),
        (json!({ "DateRange": { "Unit": "DAYS" } }), "'Value'"),
    ];
    for (entry, expected) in cases {
        let message = refusal(json!({ "UpdatedAt": [entry] })).await;
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn numbers_flags_and_maps_are_filtered() {
    let (_simulator, client) = simulator(vec![
        with(finding("high", "1", T), &json!({ "Severity": { "Normalized": 70 }, "Sample": true })),
        with(
            finding("low", "1", T),
            &json!({ "Severity": { "Normalized": 1 }, "Resources": [{ "Tags": { "team": "a" } }] }),
        ),
    ])
    .await;
    assert_eq!(ids(&client, json!({ "SeverityNormalized": [{ "Gte": 40, "Lt": 90 }] })).await, ["high"]);
    assert_eq!(ids(&client, json!({ "SeverityNormalized": [{ "Eq": 1 }] })).await, ["low"]);
    assert_eq!(ids(&client, json!({ "Sample": [{ "Value": true }] })).await, ["high"]);
    assert_eq!(ids(&client, json!({ "Sample": [{ "Value": false }] })).await, ["low"]);
    let tag = |comparison: &str| json!({ "ResourceTags": [{ "Key": "team", "Value": "a", "Comparison": comparison }] });
    assert_eq!(ids(&client, tag("EQUALS")).await, ["low"]);
    assert_eq!(ids(&client, tag("NOT_EQUALS")).await, ["high"]);
}
