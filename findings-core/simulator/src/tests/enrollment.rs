use serde_json::{Value, json};

use super::client::{Client, Received};
use crate::{Aggregator, Member, Operation, Simulator, SimulatorHandle};

const OUTSIDE: &str = "111111111111";
const WITHIN: &str = "222222222222";
const REGION: &str = "us-east-1";

async fn post(client: &Client, path: &str, body: Value) -> Received {
    client.send("POST", path, &body).await.unwrap()
}

fn details(accounts: &[&str]) -> Value {
    let details: Vec<Value> = accounts.iter().map(|account| json!({ "AccountId": account })).collect();
    json!({ "AccountDetails": details })
}

fn unprocessed(answer: &Received) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let accounts = answer.json()["UnprocessedAccounts"].as_array().unwrap().clone();
    accounts.iter().map(|one| (text(&one["AccountId"]), text(&one["ProcessingResult"]))).collect()
}

/// Returns a client that signs with the key of a role in a member account.
fn member(simulator: &SimulatorHandle, account: &str) -> Client {
    let scope = format!("ASIASIM{account}/20260101/{REGION}/securityhub/aws4_request");
    let client = Client::new(simulator);
    client.authorization(&format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"))
}

#[tokio::test]
async fn account_is_added_invited_and_accepts() {
    let simulator = Simulator::start().await.unwrap();
    let administrator = Client::new(&simulator);
    let status = || simulator.members(REGION).get(OUTSIDE).cloned();
    assert_eq!(unprocessed(&post(&administrator, "/members", details(&[OUTSIDE])).await), []);
    assert_eq!(status().as_deref(), Some("Created"));
    assert_eq!(simulator.members("eu-west-1").len(), 0, "Regions know nothing of each other");
    let invited = post(&administrator, "/members/invite", json!({ "AccountIds": [OUTSIDE] })).await;
    assert_eq!((unprocessed(&invited), status().as_deref()), (vec![], Some("Invited")));
    let member = member(&simulator, OUTSIDE);
    let off =
        (401, "InvalidAccessException".to_owned(), format!("Account {OUTSIDE} is not subscribed to AWS Security Hub"));
    assert_eq!(member.get("/invitations").await.error(), off);
    assert_eq!(post(&member, "/accounts", json!({})).await.status, 200);
    assert_eq!(post(&member, "/accounts", json!({})).await.error().1, "ResourceConflictException");
    assert_eq!(
        member.get("/accounts").await.json()["HubArn"],
        format!("arn:aws:securityhub:{REGION}:{OUTSIDE}:hub/default")
    );
    let invitation = member.get("/invitations").await.json()["Invitations"][0].clone();
    assert_eq!(invitation["AccountId"], Simulator::ADMINISTRATOR);
    let accept =
        |administrator: &str| json!({ "AdministratorId": administrator, "InvitationId": invitation["InvitationId"] });
    assert_eq!(post(&member, "/administrator", accept("666666666666")).await.error().1, "ResourceNotFoundException");
    assert_eq!(post(&member, "/administrator", accept(Simulator::ADMINISTRATOR)).await.status, 200);
    assert_eq!(status().as_deref(), Some("Enabled"));
    assert_eq!(member.get("/invitations").await.json()["Invitations"], json!([]));
    assert_eq!(member.get("/members").await.error().1, "InvalidAccessException", "only the administrator has members");
}

#[tokio::test]
async fn refused_account_is_returned_with_reason() {
    let builder = Simulator::builder().organization([WITHIN]).members([Member::enabled("333333333333")]).refuse(
        Operation::CreateMembers,
        "444444444444",
        "The simulator was told so.",
    );
    let simulator = builder.start().await.unwrap();
    let client = Client::new(&simulator);
    let asked = details(&[WITHIN, "333333333333", "444444444444", "12", Simulator::ADMINISTRATOR]);
    let refused = unprocessed(&post(&client, "/members", asked).await);
    let accounts: Vec<&str> = refused.iter().map(|(account, _)| account.as_str()).collect();
    assert_eq!(accounts, ["333333333333", "444444444444", "12", Simulator::ADMINISTRATOR]);
    assert!(refused[0].1.contains("already a member or associated member") && refused[1].1.contains("told so"));
    assert_eq!(simulator.members(REGION)[WITHIN], "Enabled", "the organisation's need no invitation");
    assert!(simulator.member_hub(WITHIN, REGION));
    let invited = post(&client, "/members/invite", json!({ "AccountIds": [WITHIN, "333333333333", OUTSIDE] })).await;
    assert_eq!(unprocessed(&invited).len(), 3, "of the organisation, a member, and not added");
}

#[tokio::test]
async fn batch_accepts_one_to_fifty_accounts() {
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    let ids: Vec<String> = (0..51).map(|n| format!("{n:012}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for (count, status) in [(0, 400), (1, 200), (50, 200), (51, 400)] {
        let (create, invite) = (details(&ids[..count]), json!({ "AccountIds": ids[..count] }));
        assert_eq!(post(&client, "/members", create).await.status, status, "{count}");
        assert_eq!(post(&client, "/members/invite", invite).await.status, status, "{count}");
    }
}

#[tokio::test]
async fn home_region_links_regions_by_mode() {
    let simulator = Simulator::start().await.unwrap();
    let client = Client::new(&simulator);
    let link = |mode: &str, regions: &[&str]| json!({ "RegionLinkingMode": mode, "Regions": regions });
    for (mode, regions) in [
        ("SPECIFIED_REGIONS", &[][..]),
        ("NO_REGIONS", &["eu-west-1"]),
        ("SPECIFIED_REGIONS", &[REGION]),
        ("SOME", &[]),
    ] {
        let refused = post(&client, "/findingAggregator/create", link(mode, regions)).await.error();
        assert_eq!(refused.1, "InvalidInputException", "{mode} {regions:?}");
    }
    let made = post(&client, "/findingAggregator/create", link("SPECIFIED_REGIONS", &["eu-west-1"])).await.json();
    assert_eq!(made["FindingAggregationRegion"], REGION);
    assert_eq!(post(&client, "/findingAggregator/create", link("ALL_REGIONS", &[])).await.status, 400, "there is one");
    let mut change = link("ALL_REGIONS", &[]);
    assert_eq!(client.send("PATCH", "/findingAggregator/update", &change).await.unwrap().status, 404);
    change["FindingAggregatorArn"] = made["FindingAggregatorArn"].clone();
    let elsewhere = client.region("eu-west-1");
    assert_eq!(elsewhere.send("PATCH", "/findingAggregator/update", &change).await.unwrap().status, 400);
    let changed = client.send("PATCH", "/findingAggregator/update", &change).await.unwrap().json();
    assert_eq!(changed["RegionLinkingMode"], "ALL_REGIONS");
    simulator.set_aggregator(Some(Aggregator::no_regions("eu-west-1")));
    assert_eq!(client.send("PATCH", "/findingAggregator/update", &change).await.unwrap().status, 404);
}

#[tokio::test]
async fn existing_role_is_assumed() {
    let simulator = Simulator::builder().member_role("joins", [OUTSIDE]).start().await.unwrap();
    let scope = format!("AKID/20260101/{REGION}/sts/aws4_request");
    let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
    let client = Client::new(&simulator).authorization(&signed);
    let ask = |account: &str, role: &str| {
        format!("Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2F{role}&RoleSessionName=s")
    };
    let assumed = client.send_text("POST", "/", &ask(OUTSIDE, "joins")).await.unwrap();
    let body = String::from_utf8(assumed.body).unwrap();
    assert!(assumed.status == 200 && body.contains(&format!("<AccessKeyId>ASIASIM{OUTSIDE}</AccessKeyId>")), "{body}");
    for (account, role) in [(WITHIN, "joins"), (OUTSIDE, "other")] {
        let refused = client.send_text("POST", "/", &ask(account, role)).await.unwrap();
        let body = String::from_utf8(refused.body).unwrap();
        assert!(refused.status == 403 && body.contains("<Code>AccessDenied</Code>"), "{body}");
    }
    assert!(simulator.calls().iter().all(|call| !call.is_mutating()));
}
