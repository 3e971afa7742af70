use aws_sdk_securityhub::config::{BehaviorVersion, Credentials};
use findings_core::aws::SecurityHubCoverage;
use security_hub_simulator::{
    Aggregator, CallRecord, Fault, FaultRule, Member, Operation, Simulator, SimulatorBuilder, SimulatorHandle, When,
};

use super::*;
use crate::{EnrollRequest, EnrollmentReport, EnrollmentState, Linking, Subject, enroll};

const HOME: &str = "us-east-1";
const LINKED: &str = "eu-west-1";

fn id(n: usize) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

fn client(simulator: &SimulatorHandle, region: &str, key: &str) -> Client {
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(key, "secret", None, None, "test"))
        .region(Region::new(region.to_owned()))
        .endpoint_url(simulator.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

/// Clients whose access keys the simulator maps to roles in member accounts.
#[derive(Debug)]
struct Roles(SimulatorHandle);

#[async_trait]
impl MemberClients for Roles {
    async fn client(&self, account: AccountId, region: &str) -> Result<Client> {
        Ok(client(&self.0, region, &format!("ASIASIM{account}")))
    }
}

struct World {
    roles: Arc<Roles>,
}

impl World {
    async fn new(builder: SimulatorBuilder) -> Self {
        Self { roles: Arc::new(Roles(builder.other_quota(None).start().await.unwrap())) }
    }

    fn simulator(&self) -> &SimulatorHandle {
        &self.roles.0
    }

    fn enroller(&self) -> SecurityHubEnrollment {
        let enroller = SecurityHubEnrollment::new(&client(self.simulator(), HOME, "test"));
        SecurityHubEnrollment {
            budget: Arc::new(Budget::unlimited()),
            ..enroller.with_member_clients(self.roles.clone())
        }
    }

    async fn enroll(&self, request: &EnrollRequest) -> EnrollmentReport {
        let clients = [HOME, LINKED].map(|region| client(self.simulator(), region, "test"));
        let coverage = SecurityHubCoverage::new(clients).with_budget(Budget::unlimited());
        self.simulator().reset_calls();
        enroll(&coverage, request, Some(&self.enroller())).await.unwrap()
    }

    /// The mutating calls: operation, Region, number of accounts.
    fn changes(&self) -> Vec<(String, String, usize)> {
        let calls = self.simulator().calls().into_iter().filter(CallRecord::is_mutating);
        let mut changes: Vec<_> = calls.map(|call| (call.operation, call.region, call.accounts.len())).collect();
        changes.sort();
        changes
    }
}

fn state_of(report: &EnrollmentReport, account: AccountId, region: &str) -> (EnrollmentState, String) {
    let is_it = |s: &Subject| s.account() == Some(account) && s.region() == region;
    let outcome = report.outcomes.iter().find(|outcome| is_it(&outcome.subject)).unwrap();
    (outcome.state, outcome.message.clone())
}

fn request(accounts: std::ops::RangeInclusive<usize>) -> EnrollRequest {
    EnrollRequest::new(accounts.map(id).collect())
}

#[tokio::test]
async fn accounts_become_members_in_two_regions_and_second_run_calls_nothing() {
    let world = World::new(Simulator::builder().hub_off(LINKED).organization([id(1).to_string()])).await;
    let linking = Linking::Regions([LINKED.to_owned()].into());
    let request = request(1..=120).with_acceptance().with_linking(HOME, linking);
    let report = world.enroll(&request).await;
    assert_eq!(report.count(EnrollmentState::Done), report.outcomes.len(), "{report:?}");
    for region in [HOME, LINKED] {
        let members = world.simulator().members(region);
        assert_eq!(members.values().filter(|status| *status == "Enabled").count(), 120, "{region}");
        let batches: Vec<_> = world.changes().into_iter().filter(|(_, r, n)| r == region && *n > 0).collect();
        let sizes = |name: &str| batches.iter().filter(|(o, ..)| o == name).map(|(.., n)| *n).collect::<Vec<_>>();
        assert_eq!(sizes("CreateMembers"), [20, 50, 50]);
        assert_eq!(sizes("InviteMembers"), [19, 50, 50], "an account of the organisation needs no invitation");
    }
    let enabled: Vec<_> =
        world.simulator().calls().into_iter().filter(|c| c.operation == "EnableSecurityHub").collect();
    assert_eq!(enabled.iter().filter(|call| call.member.is_none()).count(), 1, "the hub that was off");
    assert_eq!(enabled.iter().filter(|call| call.member.is_some()).count(), 238);
    assert!(world.changes().contains(&("CreateFindingAggregator".to_owned(), HOME.to_owned(), 0)));
    let again = world.enroll(&request).await;
    assert_eq!((world.changes(), again.changed()), (vec![], false));
    assert_eq!(again.count(EnrollmentState::Done), again.outcomes.len());
}

#[tokio::test]
async fn refusal_is_reported_for_its_own_account() {
    let builder = Simulator::builder()
        .refuse(Operation::CreateMembers, id(1), "The account has another administrator.")
        .refuse(Operation::InviteMembers, id(2), "Too many invitations.")
        .members_in(LINKED, (1..=3).map(|n| Member::enabled(id(n).to_string())));
    let world = World::new(builder).await;
    let report = world.enroll(&request(1..=3)).await;
    for (account, want) in [
        (1, "did not process it: The account has another administrator; check the account ID"),
        (2, "did not process it: Too many invitations; accounts of your organisation"),
    ] {
        let (state, message) = state_of(&report, id(account), HOME);
        assert!(state == EnrollmentState::Failed && message.contains(want), "{message}");
        assert_eq!(state_of(&report, id(account), LINKED).0, EnrollmentState::Done);
    }
    assert_eq!(state_of(&report, id(3), HOME).0, EnrollmentState::Waiting);
}

#[tokio::test]
async fn denied_call_names_permission_and_affects_its_region_only() {
    let world = World::new(Simulator::builder()).await;
    let denied = FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::CreateMembers).in_region(LINKED);
    world.simulator().add_fault_rule(denied);
    let report = world.enroll(&request(1..=60)).await;
    let (state, message) = state_of(&report, id(60), LINKED);
    assert!(state == EnrollmentState::Failed && message.contains("allow securityhub:CreateMembers"), "{message}");
    assert_eq!(state_of(&report, id(60), HOME).0, EnrollmentState::Waiting);
    assert_eq!(world.changes().iter().filter(|(_, region, _)| region == LINKED).count(), 1);
}

#[tokio::test]
async fn throttled_call_is_repeated() {
    let world = World::new(Simulator::builder().organization((1..=3).map(|n| id(n).to_string()))).await;
    let busy = Fault::Throttle { retry_after: None };
    world.simulator().add_fault_rule(FaultRule::new(busy, When::First(2)).on(Operation::CreateMembers));
    let report = world.enroll(&request(1..=3)).await;
    assert_eq!(report.count(EnrollmentState::Done), report.outcomes.len(), "{report:?}");
}

#[tokio::test]
async fn lost_answer_is_not_a_refusal() {
    let world = World::new(Simulator::builder()).await;
    let cut = FaultRule::new(Fault::Truncated { chunked: false }, When::First(1)).on(Operation::CreateMembers);
    world.simulator().add_fault_rule(cut.in_region(HOME));
    let report = world.enroll(&request(1..=3)).await;
    assert_eq!(state_of(&report, id(1), HOME).0, EnrollmentState::Waiting, "{report:?}");
    assert_eq!(world.simulator().members(HOME)[&id(1).to_string()], "Invited");
}

#[tokio::test]
async fn aggregator_is_changed_in_its_home_region() {
    let builder = Simulator::builder().aggregator(Aggregator::specified_regions(HOME, ["sa-east-1"]));
    let world = World::new(builder).await;
    let linking = Linking::Regions([LINKED.to_owned()].into());
    let report = world.enroll(&EnrollRequest::new(Vec::new()).with_linking(HOME, linking)).await;
    assert_eq!(report.count(EnrollmentState::Done), report.outcomes.len(), "{report:?}");
    let update = world.simulator().calls().into_iter().find(|c| c.operation == "UpdateFindingAggregator").unwrap();
    assert_eq!((update.region.as_str(), &update.body["Regions"]), (HOME, &serde_json::json!([LINKED, "sa-east-1"])));
}

#[tokio::test]
async fn invitation_from_another_administrator_is_not_accepted() {
    let invited = Member::new(id(1).to_string(), "Invited");
    let world = World::new(Simulator::builder().members([invited])).await;
    let client = client(world.simulator(), HOME, &format!("ASIASIM{}", id(1)));
    turn_on(&client, "turn on").await.unwrap();
    let refused = acceptance::invitation_of(&client, "666666666666").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert!(acceptance::invitation_of(&client, Simulator::ADMINISTRATOR).await.is_ok());
}
