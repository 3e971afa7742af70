use serde_json::{Value, json};

use super::client::{ARN, Client, equals, finding, with};
use crate::{ControlFindingGenerator, Member, Simulator};

const T: &str = "2026-01-01T00:00:00Z";
const STATUSES: [&str; 8] =
    ["Created", "Invited", "Enabled", "ENABLED", "Removed", "Resigned", "Deleted", "AccountSuspended"];

fn accounts(answer: &Value) -> Vec<&str> {
    let members = answer["Members"].as_array().unwrap();
    members.iter().map(|member| member["AccountId"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn list_members_returns_enabled_ones_by_default() {
    let members = STATUSES.iter().enumerate().map(|(n, status)| Member::new(n.to_string(), *status));
    let itself = Member::enabled(Simulator::ADMINISTRATOR);
    let builder = Simulator::builder().members(members.chain([itself]));
    let simulator = builder.start().await.unwrap();
    let client = Client::new(&simulator);
    assert_eq!(accounts(&client.get("/members").await.json()), ["2", "3"]);
    assert_eq!(accounts(&client.get("/members?OnlyAssociated=true").await.json()), ["2", "3"]);
    let all = client.get("/members?OnlyAssociated=false").await.json();
    let statuses = all["Members"].as_array().unwrap().iter().map(|member| &member["MemberStatus"]);
    assert_eq!(statuses.collect::<Vec<_>>(), STATUSES);
    assert_eq!(all["Members"][0]["AdministratorId"], Simulator::ADMINISTRATOR);
}

#[tokio::test]
async fn member_page_has_fifty_members() {
    let members = (0..120).map(|n| Member::enabled(format!("{n:012}")));
    let simulator = Simulator::builder().members(members).start().await.unwrap();
    let client = Client::new(&simulator);
    let mut path = "/members".to_owned();
    let mut sizes = Vec::new();
    loop {
        let page = client.get(&path).await;
        sizes.push(accounts(&page.json()).len());
        let Some(token) = page.token() else { break };
        path = format!("/members?NextToken={token}");
    }
    assert_eq!(sizes, [50, 50, 20]);
    let token = client.get("/members").await.token().unwrap();
    let changed = client.get(&format!("/members?OnlyAssociated=false&NextToken={token}")).await.error();
    assert_eq!(changed.2, "Invalid NextToken: Input Query has changed");
    for size in ["0", "51", "many"] {
        let error = client.get(&format!("/members?MaxResults={size}")).await.error();
        assert_eq!(error.1, "InvalidInputException");
    }
    assert_eq!(accounts(&client.get("/members?MaxResults=7").await.json()).len(), 7);
}

#[tokio::test]
async fn unknown_members_are_unprocessed() {
    let member = Member::new("111111111111", "Invited").with_email("a@example.com");
    let simulator = Simulator::builder().members([member]).start().await.unwrap();
    let client = Client::new(&simulator);
    let asked = json!({ "AccountIds": ["111111111111", "222222222222"] });
    let answer = client.send("POST", "/members/get", &asked).await.unwrap().json();
    assert_eq!(answer["Members"][0]["Email"], "a@example.com");
    assert_eq!(answer["UnprocessedAccounts"][0]["AccountId"], "222222222222");
    let none = client.send("POST", "/members/get", &json!({ "AccountIds": [] })).await.unwrap();
    assert_eq!(none.error().1, "InvalidInputException");
}

#[tokio::test]
async fn describe_hub_requires_enabled_hub() {
    let simulator = Simulator::builder().administrator("123456789012").start().await.unwrap();
    let client = Client::new(&simulator);
    let hub = client.get("/accounts").await.json();
    assert_eq!(hub["HubArn"], "arn:aws:securityhub:us-east-1:123456789012:hub/default");
    assert_eq!(hub["ControlFindingGenerator"], "SECURITY_CONTROL");
    simulator.set_control_finding_generator(ControlFindingGenerator::StandardControl);
    let encoded = "/accounts?HubArn=arn%3Aaws%3Asecurityhub%3Aus-east-1%3A123456789012%3Ahub%2Fdefault";
    assert_eq!(client.get(encoded).await.json()["ControlFindingGenerator"], "STANDARD_CONTROL");
    assert_eq!(client.get("/accounts?HubArn=other").await.error().1, "ResourceNotFoundException");

    simulator.set_hub("us-east-1", false);
    let expected = "Account 123456789012 is not subscribed to AWS Security Hub";
    let refused = (401, "InvalidAccessException".to_owned(), expected.to_owned());
    assert_eq!(client.get("/accounts").await.error(), refused);
    assert_eq!(client.find(json!({})).await.error(), refused);
    assert_eq!(client.get("/members").await.error(), refused);
    assert_eq!(client.region("eu-west-1").get("/accounts").await.status, 200);
}

async fn update(client: &Client, ids: &[&str], change: Value) -> Value {
    let identifiers: Vec<Value> = ids.iter().map(|id| json!({ "Id": id, "ProductArn": ARN })).collect();
    let body = with(json!({ "FindingIdentifiers": identifiers }), &change);
    client.send("PATCH", "/findings/batchupdate", &body).await.unwrap().json()
}

#[tokio::test]
async fn update_is_visible_and_keeps_updated_at() {
    let now = "2026-03-01T00:00:00Z";
    let findings = ["a", "b", "c"].map(|id| finding(id, "1", T));
    let builder = Simulator::builder().findings(findings).now(now.parse().unwrap());
    let simulator = builder.start().await.unwrap();
    let client = Client::new(&simulator);
    let change = json!({
        "Workflow": { "Status": "SUPPRESSED" },
        "Note": { "Text": "accepted", "UpdatedBy": "somebody" },
        "Severity": { "Label": "LOW" },
        "UserDefinedFields": { "ticket": "7" },
    });
    let answer = update(&client, &["a", "b", "nobody"], change).await;
    assert_eq!(answer["ProcessedFindings"].as_array().unwrap().len(), 2);
    assert_eq!(answer["UnprocessedFindings"][0]["ErrorCode"], "FindingNotFound");
    assert_eq!(answer["UnprocessedFindings"][0]["FindingIdentifier"]["Id"], "nobody");

    let open = client.find(json!({ "Filters": { "WorkflowStatus": equals(&["NEW"]) } })).await;
    assert_eq!(open.ids(), ["c"]);
    let low = client.find(json!({ "Filters": { "SeverityNormalized": [{ "Eq": 1 }] } })).await;
    assert_eq!(low.ids().len(), 2);
    let changed = simulator.finding(ARN, "a").unwrap();
    assert_eq!(changed["UpdatedAt"], T);
    assert_eq!(changed["Note"], json!({ "Text": "accepted", "UpdatedBy": "somebody", "UpdatedAt": now }));
    assert_eq!(changed["UserDefinedFields"]["ticket"], "7");
}

#[tokio::test]
async fn update_failure_is_injected() {
    let simulator = Simulator::builder().findings([finding("a", "1", T)]).start().await.unwrap();
    let client = Client::new(&simulator);
    simulator.fail_updates("a", "ConcurrentUpdateError", 1);
    let change = json!({ "Workflow": { "Status": "NOTIFIED" } });
    let failed = update(&client, &["a"], change.clone()).await;
    assert_eq!(failed["UnprocessedFindings"][0]["ErrorCode"], "ConcurrentUpdateError");
    assert_eq!(simulator.finding(ARN, "a").unwrap()["Workflow"]["Status"], "NEW");
    assert_eq!(update(&client, &["a"], change).await["UnprocessedFindings"], json!([]));
    assert_eq!(simulator.finding(ARN, "a").unwrap()["Workflow"]["Status"], "NOTIFIED");
}

#[tokio::test]
async fn malformed_updates_are_refused() {
    let ids: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let notified = json!({ "Workflow": { "Status": "NOTIFIED" } });
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    assert_eq!(
        update(&client, &ids[..100], notified.clone()).await["UnprocessedFindings"].as_array().unwrap().len(),
        100
    );
    let cases = [
        (&ids[..], notified.clone()),
        (&ids[..0], notified),
        (&ids[..1], json!({ "Workflow": { "Status": "DONE" } })),
        (&ids[..1], json!({ "Note": { "Text": "no author" } })),
        (&ids[..1], json!({ "Severity": { "Label": "WORST" } })),
        (&ids[..1], json!({})),
    ];
    for (ids, change) in cases {
        assert_eq!(update(&client, ids, change.clone()).await["Code"], "InvalidInputException", "{change}");
    }
}

#[tokio::test]
async fn severity_label_and_value_stay_consistent() {
    let simulator = Simulator::builder().findings([finding("a", "1", T)]).start().await.unwrap();
    let client = Client::new(&simulator);
    for (normalized, label) in [(0, "INFORMATIONAL"), (39, "LOW"), (40, "MEDIUM"), (89, "HIGH"), (100, "CRITICAL")] {
        update(&client, &["a"], json!({ "Severity": { "Normalized": normalized } })).await;
        assert_eq!(simulator.finding(ARN, "a").unwrap()["Severity"]["Label"], label);
    }
}

#[tokio::test]
async fn controls_are_listed_in_pages_and_explained() {
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    let ids = |answer: &Value| answer["SecurityControlDefinitions"].as_array().unwrap().len();
    let first = client.get("/securityControls/definitions").await;
    assert_eq!(ids(&first.json()), 25, "the default");
    let rest = client.get(&format!("/securityControls/definitions?NextToken={}", first.token().unwrap())).await;
    assert_eq!((ids(&rest.json()), rest.token()), (11, None));
    assert_eq!(client.get("/securityControls/definitions?MaxResults=101").await.error().1, "InvalidInputException");
    let asked = json!({ "SecurityControlIds": ["EC2.18", "No.1"] });
    let answer = client.send("POST", "/securityControls/batchGet", &asked).await.unwrap().json();
    let ports = &answer["SecurityControls"][0]["Parameters"]["authorizedTcpPorts"]["Value"]["IntegerList"];
    assert_eq!((ports, &answer["UnprocessedIds"][0]["SecurityControlId"]), (&json!([80, 443, 8443]), &json!("No.1")));
    let standards = client.get("/associations?SecurityControlId=IAM.6").await.json();
    let requirements = &standards["StandardsControlAssociationSummaries"][0]["RelatedRequirements"];
    assert_eq!(requirements, &json!(["CIS AWS Foundations 1.6"]));
    assert_eq!(client.get("/associations?SecurityControlId=No.1").await.error().0, 404);
}
