//! GetFindingsV2, GetFindingStatisticsV2 and exports, with the limits of the model.

use std::sync::{Arc, Mutex};

use asff_fixtures::{Account, Findings, Mix, SAMPLE_NOW, in_ocsf};
use serde_json::{Value, json};

use super::client::Client;
use crate::{Simulator, SimulatorHandle};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

async fn simulator() -> SimulatorHandle {
    let findings =
        ACCOUNTS.iter().fold(Findings::new(1, SAMPLE_NOW).with_regions([Simulator::REGION]), |findings, id| {
            findings.with_account(&Account::new(*id, "a"), 30, Mix::default())
        });
    Simulator::builder().findings(findings.values()).other_quota(None).start().await.unwrap()
}

fn is(field: &str, value: &str) -> Value {
    json!({ "FieldName": field, "Filter": { "Value": value, "Comparison": "EQUALS" } })
}

fn of_account(account: &str) -> Value {
    json!({ "CompositeFilters": [{ "StringFilters": [is("cloud.account.uid", account)] }] })
}

#[tokio::test]
async fn pages_hold_the_findings_in_ocsf_in_the_order_of_their_updates() {
    let simulator = simulator().await;
    let client = Client::new(&simulator);
    let mut request = json!({ "Filters": of_account(ACCOUNTS[0]), "MaxResults": 7 });
    let mut found: Vec<Value> = Vec::new();
    loop {
        let page = client.send("POST", "/findingsv2", &request).await.unwrap().json();
        found.extend(page["Findings"].as_array().unwrap().clone());
        let Some(token) = page.get("NextToken") else { break };
        request["NextToken"] = token.clone();
    }
    assert_eq!(found.len(), 30);
    let times: Vec<i64> = found.iter().map(|f| f["finding_info"]["modified_time"].as_i64().unwrap()).collect();
    assert!(times.is_sorted());
    let first = &found[0];
    let asff = simulator.finding(
        &first["metadata"]["product"]["uid"].as_str().unwrap().replace("productv2", "product"),
        first["finding_info"]["uid"].as_str().unwrap(),
    );
    assert_eq!(in_ocsf(&asff.unwrap()), *first);
}

#[tokio::test]
async fn composites_are_joined_as_they_say() {
    let simulator = simulator().await;
    let client = Client::new(&simulator);
    let count = async |filters: Value| {
        let answer =
            client.send("POST", "/findingsv2", &json!({ "Filters": filters, "MaxResults": 100 })).await.unwrap().json();
        answer["Findings"].as_array().unwrap().len()
    };
    let (a, b) = (is("cloud.account.uid", ACCOUNTS[0]), is("cloud.account.uid", ACCOUNTS[1]));
    let both = json!([a, b]);
    assert_eq!(count(json!({ "CompositeFilters": [{ "StringFilters": both, "Operator": "OR" }] })).await, 60);
    assert_eq!(count(json!({ "CompositeFilters": [{ "StringFilters": both }] })).await, 0, "AND, if nothing is said");
    let nested = json!([{ "StringFilters": [a] }, { "StringFilters": [b] }]);
    assert_eq!(
        count(json!({ "CompositeFilters": [{ "NestedCompositeFilters": nested, "Operator": "OR" }] })).await,
        60
    );
    assert_eq!(count(json!({ "CompositeFilters": nested, "CompositeOperator": "OR" })).await, 60);
    assert_eq!(count(json!({ "CompositeFilters": nested })).await, 0);
    let number = |filter: Value| json!({ "CompositeFilters": [{ "NumberFilters": [{ "FieldName": "status_id", "Filter": filter }] }] });
    let (low, high) = (count(number(json!({ "Lte": 2.0 }))).await, count(number(json!({ "Gte": 3.0 }))).await);
    assert!(low > 0 && high > 0 && low + high == 60, "{low} {high}");
    let statistics =
        json!({ "GroupByRules": [{ "GroupByField": "cloud.account.uid", "Filters": number(json!({ "Lte": 2.0 })) }] });
    let answer = client.send("POST", "/findingsv2/statistics", &statistics).await.unwrap().json();
    let values = answer["GroupByResults"][0]["GroupByValues"].as_array().unwrap().clone();
    assert_eq!(values.iter().map(|v| v["Count"].as_u64().unwrap()).sum::<u64>(), low as u64);
}

#[tokio::test]
async fn limits_are_those_of_the_model() {
    let simulator = simulator().await;
    let client = Client::new(&simulator);
    let many = |n: usize| vec![is("status", "New"); n];
    let nested = |levels: usize| {
        (1..levels).fold(json!({ "StringFilters": many(1) }), |inner, _| json!({ "NestedCompositeFilters": [inner] }))
    };
    let filters = |composite: Value| json!({ "Filters": { "CompositeFilters": [composite] } });
    for (request, accepted) in [
        (filters(json!({ "StringFilters": many(20) })), true),
        (filters(json!({ "StringFilters": many(21) })), false),
        (filters(nested(3)), true),
        (filters(nested(4)), false),
        (json!({ "Filters": { "CompositeFilters": vec![nested(1); 10] } }), true),
        (json!({ "Filters": { "CompositeFilters": vec![nested(1); 11] } }), false),
        (filters(json!({ "StringFilters": [is("no.such.field", "x")] })), false),
        (filters(json!({ "StringFilters": [is("status", " ")] })), false),
        (filters(json!({ "StringFilters": many(1), "Operator": "XOR" })), false),
        (json!({ "MaxResults": 100 }), true),
        (json!({ "MaxResults": 101 }), false),
        (json!({ "NextToken": "nobody gave this token" }), false),
        (json!({ "SortCriteria": [{ "Field": "finding_info.modified_time_dt", "SortOrder": "desc" }] }), true),
        (json!({ "SortCriteria": [{ "Field": "UpdatedAt", "SortOrder": "asc" }] }), false),
    ] {
        let answer = client.send("POST", "/findingsv2", &request).await.unwrap();
        assert_eq!(answer.status == 200, accepted, "{request}: {answer:?}");
        assert!(accepted || answer.error().1 == "ValidationException", "{answer:?}");
    }
    for (request, accepted) in [
        (json!({ "GroupByRules": [] }), false),
        (json!({ "GroupByRules": [{ "GroupByField": "severity" }], "MaxStatisticResults": 400 }), true),
        (json!({ "GroupByRules": [{ "GroupByField": "severity" }], "MaxStatisticResults": 401 }), false),
        (json!({ "GroupByRules": vec![json!({ "GroupByField": "severity" }); 6] }), false),
        (json!({ "GroupByRules": [{ "GroupByField": "resources.tags" }] }), false),
    ] {
        let answer = client.send("POST", "/findingsv2/statistics", &request).await.unwrap();
        assert_eq!(answer.status == 200, accepted, "{request}");
    }
}

fn export(token: &str, key: &str) -> Value {
    json!({
        "ClientToken": token,
        "Destination": { "S3": { "BucketArn": "arn:aws:s3:::exports", "KmsKeyArn": key, "ObjectPrefix": "a/b/" } },
        "OutputConfiguration": { "Findings": { "Format": "OCSF_JSON" } },
    })
}

#[tokio::test]
async fn one_export_runs_at_a_time_and_writes_all_findings() {
    const KEY: &str = "arn:aws:kms:us-east-1:999999999999:key/1";
    let written: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let seen = written.clone();
    let findings = Findings::new(1, SAMPLE_NOW).with_regions([Simulator::REGION]);
    let findings = findings.with_account(&Account::new(ACCOUNTS[0], "a"), 250, Mix::default());
    let simulator = Simulator::builder().findings(findings.values()).exports(1, move |bucket, key, body| {
        let text = String::from_utf8(body).unwrap();
        seen.lock().unwrap().push((format!("{bucket}/{key}"), text));
    });
    let simulator = simulator.start().await.unwrap();
    let client = Client::new(&simulator);
    let start = async |request: Value| client.send("POST", "/exportjobsv2", &request).await.unwrap();
    assert_eq!(start(export("1", "alias/key")).await.error().1, "ValidationException");
    assert_eq!(start(export("1", &KEY.replace("/1", "/mrk-1"))).await.error().1, "ValidationException");
    let first = start(export("1", KEY)).await;
    assert_eq!((first.status, first.json()["ExportJobId"].as_str()), (202, Some("job-0")));
    assert_eq!(start(export("1", KEY)).await.json(), first.json(), "the same token names the same job");
    let (status, code, _) = start(export("2", KEY)).await.error();
    assert_eq!((status, code.as_str()), (402, "ServiceQuotaExceededException"));
    let mut states = Vec::new();
    for _ in 0..2 {
        states.push(client.get("/exportjobsv2/job-0").await.json()["Status"].clone());
    }
    assert_eq!(states, ["RUNNING", "SUCCEEDED"]);
    assert_eq!(start(export("2", KEY)).await.status, 202, "the first one has ended");
    assert_eq!(client.get("/exportjobsv2/job-7").await.error().0, 404);
    let written = written.lock().unwrap();
    let names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [0, 1, 2].map(|n| format!("exports/a/b/findings-000{n}.json")));
    let lines: Vec<Value> =
        written.iter().flat_map(|(_, text)| text.lines()).map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(lines.len() == 250 && lines.iter().all(|line| line["class_uid"].is_number()));
}
