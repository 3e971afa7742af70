//! `ecs-job enroll` against the Security Hub simulator, which also serves STS.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use security_hub_simulator::{
    Aggregator, Fault, FaultRule, Member, Operation, Simulator, SimulatorBuilder, SimulatorHandle, When,
};
use serde_json::{Value, json};

use crate::deploy::operations::ENROLL;
use crate::support::{Done, Job, workspace};

const HOME: &str = "ap-northeast-1";
const LINKED: &str = "us-east-1";
const ROLE: &str = "security-hub-member";

/// A folder with a registry, and a Security Hub simulator.
struct World {
    dir: tempfile::TempDir,
    hub: SimulatorHandle,
}

fn id(n: usize) -> String {
    format!("{:012}", 111_100_000_000 + n)
}

impl World {
    fn new(accounts: &[String], builder: SimulatorBuilder) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let registry = format!("project,account_ids,recipients\nPayments,{},a@example.com\n", accounts.join(";"));
        std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
        Self { dir, hub: builder.spawn_thread().unwrap() }
    }

    fn job(&self, args: &[&str]) -> Job {
        Job::in_dir(self.dir.path())
            .args(&["enroll", "--projects", "projects.csv"])
            .args(args)
            .env("FINDINGS_SOURCE", format!("securityhub:{HOME}"))
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL_SECURITYHUB", self.hub.url())
            .env("AWS_ENDPOINT_URL_STS", self.hub.url())
            .env("AWS_ENDPOINT_URL_ORGANIZATIONS", self.hub.url())
    }

    /// Runs the job and returns its output and the calls that changed something: operation, Region, number of accounts.
    fn run(&self, args: &[&str], code: i32) -> (Done, Vec<(String, String, usize)>) {
        self.hub.reset_calls();
        let done = self.job(args).run().expect(code);
        let calls = self.hub.calls().into_iter().filter(security_hub_simulator::CallRecord::is_mutating);
        let mut calls: Vec<_> = calls.map(|call| (call.operation, call.region, call.accounts.len())).collect();
        calls.sort();
        (done, calls)
    }

    fn statuses(&self, region: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        self.hub.members(region).into_values().for_each(|status| *counts.entry(status).or_default() += 1);
        counts
    }
}

fn outcome(done: &Done, account: &str, region: &str) -> Value {
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    let outcomes = report["outcomes"].as_array().unwrap();
    let is_it = |o: &&Value| o["account"] == account && o["region"] == region;
    outcomes.iter().find(is_it).unwrap_or_else(|| panic!("no {account} in {region}: {report}")).clone()
}

fn assert_no_files_left(dir: &Path) {
    let files: Vec<_> = dir.read_dir().unwrap().map(|f| f.unwrap().file_name()).collect();
    assert_eq!(files, ["projects.csv"], "files other than the registry were left");
}

#[test]
fn enroll_works_in_batches_and_repeats_safely() {
    let accounts: Vec<String> = (1..=120).map(id).collect();
    let refusal = "The request is rejected because the account has another administrator.";
    let builder = Simulator::builder()
        .refuse(Operation::CreateMembers, id(7), refusal)
        .hub_off(LINKED)
        .member_role(ROLE, accounts.clone());
    let world = World::new(&accounts, builder);
    let options = ["--member-role", ROLE, "--linked-regions", LINKED, "--output", "json"];
    for dry_run in [&options[..], &[&options[..], &["--dry-run"]].concat()] {
        let (done, changes) = world.run(dry_run, 0);
        assert_eq!(changes, [], "a dry run changed something");
        let planned = outcome(&done, &id(1), LINKED);
        assert_eq!(
            (&planned["state"], &planned["left"]),
            (&json!("planned"), &json!(["create_member", "invite_member", "accept_invitation"]))
        );
    }
    let apply = [&options[..], &["--apply"]].concat();
    let (done, changes) = world.run(&apply, 1);
    for region in [HOME, LINKED] {
        let sizes = |operation: &str| -> Vec<usize> {
            changes.iter().filter(|(o, r, _)| o == operation && r == region).map(|(.., n)| *n).collect()
        };
        assert_eq!((sizes("CreateMembers"), sizes("InviteMembers")), (vec![20, 50, 50], vec![19, 50, 50]), "{region}");
        assert_eq!(sizes("AcceptAdministratorInvitation").len(), 119, "{region}");
        assert_eq!(world.statuses(region), [("Enabled".to_owned(), 119)].into(), "{region}");
        let refused = outcome(&done, &id(7), region);
        assert_eq!(refused["state"], "failed");
        let message = refused["message"].as_str().unwrap();
        assert!(
            message.contains("has another administrator") && message.contains("must leave that first"),
            "{message}"
        );
    }
    assert!(changes.contains(&("CreateFindingAggregator".to_owned(), HOME.to_owned(), 0)), "{changes:?}");
    assert!(changes.contains(&("EnableSecurityHub".to_owned(), LINKED.to_owned(), 0)), "{changes:?}");
    // the refused account is tried again; after it succeeds, nothing remains to be done
    world.hub.clear_refusals();
    let (_, changes) = world.run(&apply, 0);
    assert_eq!(changes.iter().filter(|(o, ..)| o == "CreateMembers").map(|(.., n)| *n).collect::<Vec<_>>(), [1, 1]);
    let (done, changes) = world.run(&apply, 0);
    assert_eq!((changes, outcome(&done, &id(7), HOME)["state"].clone()), (vec![], json!("done")));
    assert_no_files_left(world.dir.path());
}

#[test]
fn only_outside_accounts_wait_for_acceptance() {
    let builder = Simulator::builder().organization([id(1)]).members([Member::new(id(3), "Invited")]);
    let world = World::new(&[id(1), id(2), id(3), Simulator::ADMINISTRATOR.to_owned()], builder);
    let (done, _) = world.run(&["--apply", "--output", "json"], 1);
    let states =
        [id(1), id(2), id(3), Simulator::ADMINISTRATOR.to_owned()].map(|a| outcome(&done, &a, HOME)["state"].clone());
    assert_eq!(states, ["done", "waits", "waits", "done"]);
    let waits = outcome(&done, &id(2), HOME);
    assert_eq!((&waits["status"], &waits["done"]), (&json!("Invited"), &json!(["create_member", "invite_member"])));
    let message = waits["message"].as_str().unwrap();
    assert!(
        message.contains(&format!("owner of {}", id(2))) && message.contains("name a role that may do so"),
        "{message}"
    );
    let invited: Vec<_> = world.hub.calls().into_iter().filter(|c| c.operation == "InviteMembers").collect();
    assert_eq!(invited[0].accounts, [id(2)]);
}

#[test]
fn organizations_option_plans_without_invitations() {
    let builder = Simulator::builder().organization((1..=25).map(id));
    let world = World::new(&[id(25), id(26)], builder);
    let args = ["--organizations", "--output", "json"];
    let (done, _) = world.run(&args, 0);
    assert_eq!(outcome(&done, &id(25), HOME)["left"], json!(["create_member"]));
    assert_eq!(outcome(&done, &id(26), HOME)["left"], json!(["create_member", "invite_member"]));
    assert!(done.stdout.contains("do not become members by themselves"), "{}", done.stdout);
    assert!(!done.stdout.contains("AWS Organizations can be asked"), "{}", done.stdout);
    let (done, _) = world.run(&[&args[..], &["--apply"]].concat(), 1);
    let states = [25, 26].map(|n| outcome(&done, &id(n), HOME)["state"].clone());
    assert_eq!(states, ["done", "waits"]);
    // an account that is not the delegated administrator gets a note
    let alone = World::new(&[id(26)], Simulator::builder());
    let (done, _) = alone.run(&args, 0);
    assert!(done.stdout.contains("not the organisation's delegated administrator"), "{}", done.stdout);
}

#[test]
fn refused_role_fails_only_its_account() {
    let builder = Simulator::builder()
        .members([Member::new(id(1), "Invited"), Member::new(id(2), "Invited")])
        .member_hub(&id(2), HOME)
        .member_role(ROLE, [id(2)]);
    let world = World::new(&[id(1), id(2)], builder);
    let (done, changes) = world.run(&["--apply", "--member-role", ROLE, "--output", "json"], 1);
    assert_eq!(
        changes,
        [("AcceptAdministratorInvitation".to_owned(), HOME.to_owned(), 0)],
        "where it is on it is not turned on"
    );
    assert_eq!(outcome(&done, &id(2), HOME)["state"], "done");
    let failed = outcome(&done, &id(1), HOME);
    assert_eq!(failed["state"], "failed");
    let message = failed["message"].as_str().unwrap();
    let arn = format!("arn:aws:iam::{}:role/{ROLE}", id(1));
    for want in [arn.as_str(), "allow sts:AssumeRole", "AccessDenied"] {
        assert!(message.contains(want), "{want}: {message}");
    }
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn failed_lookup_is_not_reported_as_enrolled() {
    let world = World::new(&[id(1)], Simulator::builder());
    world.hub.add_fault_rule(FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::ListMembers));
    for args in [&["--output", "json"][..], &["--output", "json", "--apply"]] {
        let (done, changes) = world.run(args, 1);
        assert_eq!((changes, outcome(&done, &id(1), HOME)["state"].clone()), (vec![], json!("failed")));
        assert!(done.stdout.contains("allow securityhub:ListMembers"), "{}", done.stdout);
    }
}

#[test]
fn option_errors_are_reported_before_any_call() {
    let world = World::new(&[id(1)], Simulator::builder());
    for (args, want) in [
        (&["--source", "findings.json"][..], "--source (FINDINGS_SOURCE): enrolling is for one source securityhub:"),
        (&["--projects", ""], "--projects (FINDINGS_PROJECTS): missing"),
        (&["--projects", "none.csv"], "none.csv"),
        (&["--linked-regions", HOME], "is the home Region"),
        (&["--linked-regions", "mars"], "\"mars\" is not a Region"),
        (&["--linked-regions", LINKED, "--source", "securityhub:eu-west-1,us-west-2"], "needs one home Region"),
        (&["--member-role", "arn:aws:iam::1:role/x"], "the role's name alone"),
        (&["--dry-run", "--apply"], "cannot be used with"),
    ] {
        let done = world.job(args).run().expect(2);
        assert!(done.stderr.contains(want), "{want}: {}", done.stderr);
    }
    assert_eq!(world.hub.calls().len(), 0);
    // an invalid row leaves an account that is not enrolled
    let registry = format!("project,account_ids,recipients\nA,{},a@example.com\nB,1.23E+11,b@example.com\n", id(1));
    std::fs::write(world.dir.path().join("projects.csv"), registry).unwrap();
    let (done, _) = world.run(&[], 1);
    assert!(done.stdout.contains("line 3") && done.stdout.contains("are not enrolled"), "{}", done.stdout);
}

/// Returns the world of the guide: one account of each kind.
fn of_the_guide() -> World {
    let passed = [Simulator::ADMINISTRATOR.to_owned(), id(1)];
    let now = Timestamp::now().to_string();
    let lacks = json!({
        "Id": "lacks", "ProductArn": format!("arn:aws:securityhub:{HOME}::product/aws/securityhub"),
        "AwsAccountId": id(2), "Region": HOME, "CreatedAt": now, "UpdatedAt": now, "Severity": { "Label": "HIGH" },
        "Title": "A made-up control", "Description": "A made-up control.",
        "Resources": [{ "Type": "AwsAccount", "Id": format!("AWS::::Account:{}", id(2)) }],
        "Compliance": {
            "Status": "WARNING", "SecurityControlId": "S3.1", "StatusReasons": [{ "ReasonCode": "CONFIG_RULE_NOT_FOUND" }],
        },
        "Workflow": { "Status": "NEW" }, "RecordState": "ACTIVE",
    });
    let builder = Simulator::builder()
        .covered(passed, HOME, Timestamp::now())
        .findings([lacks])
        .members([Member::enabled(id(1)), Member::enabled(id(2)), Member::new(id(5), "Invited")])
        .organization([id(3)])
        .refuse(
            Operation::CreateMembers,
            id(6),
            "The request is rejected because the account has another administrator.",
        )
        .hub_off(LINKED)
        .members_in(LINKED, []);
    let accounts: Vec<String> = (1..=6).map(id).collect();
    World::new(&accounts, builder)
}

#[test]
fn guide_shows_actual_output() {
    let guide = std::fs::read_to_string(workspace().join("docs/enroll.md")).unwrap();
    let world = of_the_guide();
    let role = ["--linked-regions", LINKED];
    for (args, code) in [(vec![], 0), (vec!["--apply"], 1), (vec!["--apply"], 1)] {
        let (done, _) = world.run(&[&role[..], &args[..]].concat(), code);
        assert!(guide.contains(&done.stdout), "docs/enroll.md does not show for {args:?}:\n{}", done.stdout);
    }
    for (_, action) in ENROLL {
        assert!(guide.contains(&format!("\"{action}\"")), "docs/enroll.md grants no {action}");
    }
}

#[test]
fn aws_config_state_is_inferred_from_checks() {
    let world = of_the_guide();
    let (done, changes) = world.run(&["--output", "json"], 0);
    let recorders = (1..=3).map(|n| outcome(&done, &id(n), HOME)["aws_config"].clone());
    assert_eq!(
        (recorders.collect::<Vec<_>>(), changes),
        (vec![json!("records"), json!("lacks"), json!("not_checked")], vec![])
    );
    let silent = World::new(
        &[id(1)],
        Simulator::builder().members([Member::enabled(id(1))]).aggregator(Aggregator::no_regions(HOME)),
    );
    let (done, _) = silent.run(&["--output", "csv"], 0);
    assert!(done.stdout.contains(&format!("{HOME},member,{},Enabled,done,,,,no_check", id(1))), "{}", done.stdout);
}
