use serde_json::{Value, json};

use super::client::{Client, finding, with};
use crate::{Aggregator, Simulator, SimulatorBuilder};

const T: &str = "2026-01-01T00:00:00Z";
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-northeast-1"];

/// Returns a simulator with one finding in each Region, with the Region as its ID.
fn builder() -> SimulatorBuilder {
    let located = |region: &str| {
        let arn = format!("arn:aws:securityhub:{region}::product/aws/securityhub");
        with(finding(region, "1", T), &json!({ "Region": region, "ProductArn": arn }))
    };
    Simulator::builder().quota(None).findings(REGIONS.map(located))
}

async fn seen(client: &Client, region: &str) -> Vec<String> {
    let mut ids = client.region(region).find(json!({})).await.ids();
    ids.sort();
    ids
}

#[tokio::test]
async fn region_shows_its_findings() {
    let simulator = builder().start().await.unwrap();
    let client = Client::new(&simulator);
    for region in REGIONS {
        assert_eq!(seen(&client, region).await, [region]);
    }
    assert_eq!(seen(&client, "sa-east-1").await, [""; 0]);
}

#[tokio::test]
async fn finding_without_region_uses_region_of_product() {
    let bare = json!({ "Id": "a", "ProductArn": "arn:aws:securityhub:eu-west-1::product/x/y" });
    let simulator =
        Simulator::builder().region("sa-east-1").findings([bare, json!({ "Id": "b" })]).start().await.unwrap();
    let client = Client::new(&simulator);
    assert_eq!(seen(&client, "eu-west-1").await, ["a"]);
    assert_eq!(seen(&client, "sa-east-1").await, ["b"]);
}

#[tokio::test]
async fn home_region_shows_linked_regions() {
    let home = "us-east-1";
    let cases = [
        (Aggregator::all_regions(home), vec!["ap-northeast-1", "eu-west-1", "us-east-1"]),
        (Aggregator::all_regions_except(home, ["eu-west-1"]), vec!["ap-northeast-1", "us-east-1"]),
        (Aggregator::specified_regions(home, ["eu-west-1"]), vec!["eu-west-1", "us-east-1"]),
        (Aggregator::no_regions(home), vec!["us-east-1"]),
    ];
    let simulator = builder().start().await.unwrap();
    let client = Client::new(&simulator);
    for (aggregator, expected) in cases {
        simulator.set_aggregator(Some(aggregator.clone()));
        assert_eq!(seen(&client, home).await, expected, "{aggregator:?}");
        assert_eq!(seen(&client, "eu-west-1").await, ["eu-west-1"]);
    }
    simulator.set_aggregator(Some(Aggregator::all_regions(home)));
    simulator.set_hub("eu-west-1", false);
    assert_eq!(seen(&client, home).await, ["ap-northeast-1", "us-east-1"]);
    simulator.set_aggregator(None);
    assert_eq!(seen(&client, home).await, ["us-east-1"]);
}

#[tokio::test]
async fn only_regions_in_use_have_hubs_if_all_are_linked() {
    let home = "us-east-1";
    let builder = builder().aggregator(Aggregator::all_regions_except(home, ["eu-north-1"])).hub_on("sa-east-1");
    let simulator = builder.members_in("eu-west-2", []).start().await.unwrap();
    let client = Client::new(&simulator);
    let has_hub = async |region: &str| client.region(region).get("/accounts").await.status == 200;
    for region in ["us-east-1", "eu-west-1", "eu-west-2", "sa-east-1", "eu-north-1"] {
        assert!(has_hub(region).await, "{region}");
    }
    assert!(!has_hub("eu-west-3").await);
    simulator.set_hub("eu-west-3", true);
    assert!(has_hub("eu-west-3").await);
    simulator.set_hub("eu-west-1", false);
    assert!(!has_hub("eu-west-1").await, "findings do not outweigh what was said");
}

#[tokio::test]
async fn region_can_refuse_credentials() {
    use crate::{Fault, FaultRule, When};
    let simulator = builder().start().await.unwrap();
    let rule = FaultRule::new(Fault::RegionNotEnabled, When::Always).on_every_operation().in_region("ap-east-1");
    simulator.add_fault_rule(rule);
    let client = Client::new(&simulator);
    let refused = client.region("ap-east-1").get("/accounts").await.error();
    assert_eq!((refused.0, refused.1.as_str()), (403, "UnrecognizedClientException"));
    assert_eq!(client.get("/accounts").await.status, 200);
}

#[tokio::test]
async fn aggregator_is_readable_from_every_region() {
    let simulator = builder().start().await.unwrap();
    let client = Client::new(&simulator).region("eu-west-1");
    let list = "/findingAggregator/list";
    assert_eq!(client.get(list).await.json()["FindingAggregators"], json!([]));
    simulator.set_aggregator(Some(Aggregator::specified_regions("us-east-1", ["eu-west-1"])));
    let listed = client.get(list).await.json();
    let arn = listed["FindingAggregators"][0]["FindingAggregatorArn"].as_str().unwrap();
    assert!(arn.contains('/'), "{arn}");
    for path in [arn.replace(':', "%3A"), arn.replace(':', "%3a").replace('/', "%2f")] {
        let aggregator = client.get(&format!("/findingAggregator/get/{path}")).await.json();
        assert_eq!(aggregator["FindingAggregationRegion"], "us-east-1");
        assert_eq!(aggregator["RegionLinkingMode"], "SPECIFIED_REGIONS");
        assert_eq!(aggregator["Regions"], json!(["eu-west-1"]));
    }
    let other = client.get("/findingAggregator/get/arn%3Aother").await.error();
    assert_eq!((other.0, other.1.as_str()), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn home_region_updates_linked_findings() {
    let simulator = builder().aggregator(Aggregator::all_regions("us-east-1")).start().await.unwrap();
    let arn = "arn:aws:securityhub:eu-west-1::product/aws/securityhub";
    let change = json!({
        "FindingIdentifiers": [{ "Id": "eu-west-1", "ProductArn": arn }],
        "Workflow": { "Status": "NOTIFIED" },
    });
    let client = Client::new(&simulator);
    let elsewhere = client.region("ap-northeast-1");
    let unprocessed = |answer: Value| answer["UnprocessedFindings"].as_array().unwrap().len();
    let answer = elsewhere.send("PATCH", "/findings/batchupdate", &change).await.unwrap();
    assert_eq!(unprocessed(answer.json()), 1);
    let answer = client.send("PATCH", "/findings/batchupdate", &change).await.unwrap();
    assert_eq!(unprocessed(answer.json()), 0);
    assert_eq!(simulator.finding(arn, "eu-west-1").unwrap()["Workflow"]["Status"], "NOTIFIED");
}

#[tokio::test]
async fn members_differ_by_region() {
    use crate::Member;
    let builder = Simulator::builder().members([Member::enabled("1"), Member::enabled("2")]);
    let simulator = builder.members_in("eu-west-1", [Member::enabled("1")]).start().await.unwrap();
    let client = Client::new(&simulator);
    let count = |answer: Value| answer["Members"].as_array().unwrap().len();
    assert_eq!(count(client.get("/members").await.json()), 2);
    assert_eq!(count(client.region("eu-west-1").get("/members").await.json()), 1);
    simulator.set_members([]);
    assert_eq!(count(client.get("/members").await.json()), 0);
}
