//! The state machine of `stages.yaml`: what it may do, and runs of it in an emulator.

use std::collections::{BTreeMap, BTreeSet};

use asff_fixtures::Organisation;
use aws_emulators::CREDENTIALS;
use security_hub_simulator::{Fault, When};
use serde_json::{Value, json};

use super::policy::{Request, has, statements, texts};
use super::recorder::Recorder;
use super::template::Template;
use super::{environment, python};
use crate::aws::{World, mails, s3};
use crate::support::Job;

const WORK: &str = "arn:aws:s3:::work/runs/r/plan.json";

/// The definition that CloudFormation hands over.
fn definition(stack: &Template) -> Value {
    let text = stack.properties("Machine")["DefinitionString"].take();
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

/// All states of a definition, those inside of the map too, by name.
fn states(definition: &Value) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (name, state) in definition["States"].as_object().unwrap() {
        if let Some(inner) = state.get("ItemProcessor") {
            all.extend(states(inner));
        }
        all.insert(name.clone(), state.clone());
    }
    all
}

#[test]
fn stages_start_the_task_of_the_job() {
    let job = Template::with(&[]);
    let stack = Template::stages(&[("Workers", "12"), ("ToleratedFailures", "7")]);
    let definition = definition(&stack);
    // numbers, not texts
    let map = &definition["States"]["Deliver"];
    assert_eq!((&map["MaxConcurrency"], &map["ToleratedFailurePercentage"]), (&json!(12), &json!(7)));
    let task = job.properties("TaskDefinition");
    let dir = tempfile::tempdir().unwrap();
    let mut commands = BTreeSet::new();
    for (name, state) in states(&definition).iter().filter(|(_, state)| state["Type"] == "Task") {
        assert_eq!(state["Resource"], "arn:aws:states:::ecs:runTask.sync", "{name}");
        let parameters = &state["Parameters"];
        assert_eq!(
            (&parameters["TaskDefinition"], &parameters["Cluster"]),
            (&task["Family"], &json!("weekly")),
            "{name}"
        );
        let network = &parameters["NetworkConfiguration"]["AwsvpcConfiguration"];
        assert_eq!(network["Subnets"], json!(["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]), "{name}");
        let container = &parameters["Overrides"]["ContainerOverrides"][0];
        assert_eq!(container["Name"], task["ContainerDefinitions"][0]["Name"], "{name}");
        let command = match container["Command"][0].as_str() {
            Some(command) => command.to_owned(),
            // States.Array('deliver', '--batch', $.batch)
            None => container["Command.$"].as_str().unwrap().split('\'').nth(1).unwrap().to_owned(),
        };
        let help = Job::in_dir(dir.path()).args(&[&command, "--help"]).run().expect(0).stdout;
        for variable in container["Environment"].as_array().unwrap() {
            assert!(help.contains(variable["Name"].as_str().unwrap()), "{command} does not know {variable}");
        }
        commands.insert(command);
    }
    assert_eq!(commands, ["fetch", "deliver", "finish"].map(str::to_owned).into());
    // the rule of the job's stack tells of other tasks than those of batches, of which Finish tells
    assert_eq!(states(&definition)["DeliverBatch"]["Parameters"]["Group"], "batch");
    let rule = job.properties("TaskFailed")["EventPattern"]["detail"]["group"].take();
    assert_eq!(rule, json!([{"anything-but": ["overdue", "batch"]}]));
    let daily = stack.properties("OverdueSchedule")["Target"].take();
    let of_job = job.properties("OverdueSchedule")["Target"].take();
    assert_eq!(
        (&daily["Input"], &daily["EcsParameters"]["Group"]),
        (&of_job["Input"], &of_job["EcsParameters"]["Group"])
    );
}

#[test]
fn roles_of_stages_may_do_no_more() {
    let stack = Template::stages(&[]);
    for (role, wanted, without_names) in [
        (
            "MachineRole",
            &[
                "ecs:DescribeTasks",
                "ecs:RunTask",
                "ecs:StopTask",
                "events:DescribeRule",
                "events:PutRule",
                "events:PutTargets",
                "iam:PassRole",
                "s3:GetObject",
                "states:DescribeExecution",
                "states:RedriveExecution",
                "states:StartExecution",
                "states:StopExecution",
            ][..],
            "logs:",
        ),
        ("SchedulerRole", &["ecs:RunTask", "iam:PassRole", "sqs:SendMessage", "states:StartExecution"], "-"),
    ] {
        let policy = stack.properties(role)["Policies"][0]["PolicyDocument"].take();
        let actions: BTreeSet<&str> = statements(&policy).flat_map(|s| texts(&s["Action"])).collect();
        let named: BTreeSet<&str> = actions.iter().copied().filter(|a| !a.starts_with(without_names)).collect();
        assert_eq!(named, wanted.iter().copied().collect(), "{role}");
        for statement in statements(&policy).filter(|s| s["Resource"] == "*") {
            assert!(texts(&statement["Action"]).iter().all(|a| a.starts_with(without_names)), "{statement}");
        }
    }
    let work = stack.properties("WorkPolicy")["PolicyDocument"].take();
    let read = |who: &str| {
        let request = Request::new("s3:GetObject", WORK).with("aws:SecureTransport", "true");
        request.with("aws:PrincipalArn", who)
    };
    for (who, denied) in [
        ("arn:aws:iam::111122223333:role/weekly-TaskRole-1", false),
        ("MachineRole.Arn", false),
        ("arn:aws:iam::111122223333:role/administrator", true),
    ] {
        assert_eq!(has(&work, "Deny", &read(who)), denied, "{who}");
    }
    assert!(has(&work, "Deny", &Request::new("s3:GetObject", WORK).with("aws:SecureTransport", "true")), "nobody");
    let plain = Request { context: [("aws:SecureTransport", "false".to_owned())].into(), ..read("MachineRole.Arn") };
    assert!(has(&work, "Deny", &plain), "without TLS");
}

/// cfn-lint reads a definition only if nothing is to be replaced in it.
#[test]
#[ignore = "needs the emulators: .ci/test"]
fn definition_passes_cfn_lint() {
    let dir = tempfile::tempdir().unwrap();
    let lint = |definition: &Value| {
        let machine = json!({
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"RoleArn": "arn:aws:iam::111122223333:role/machine", "DefinitionString": definition.to_string()},
        });
        let template = json!({"Resources": {"Machine": machine}});
        let path = dir.path().join("machine.json");
        std::fs::write(&path, template.to_string()).unwrap();
        python("cfn-lint", &["--non-zero-exit-code", "informational", "--", path.to_str().unwrap()])
    };
    let whole = definition(&Template::stages(&[]));
    let done = lint(&whole);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    let mut unknown = whole.clone();
    unknown["States"]["Deliver"]["Tolerated"] = 1.into();
    let done = lint(&unknown);
    assert!(String::from_utf8_lossy(&done.stdout).contains("Tolerated"), "an unknown field is not found");
}

/// A stack of stages in an emulated account.
struct Stages {
    world: World,
    work: String,
    door: Recorder,
}

impl Stages {
    async fn new() -> Self {
        let world = World::new().await;
        let work = world.bucket().replace("job", "work");
        let here = aws_sdk_s3::types::BucketLocationConstraint::ApNortheast1;
        let here = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(here).build();
        s3().create_bucket().bucket(&work).create_bucket_configuration(here).send().await.unwrap();
        let door = Recorder::before(&world.endpoint("AWS_ENDPOINT_URL"));
        Self { world, work, door }
    }

    fn template(&self, parameters: &[(&str, &str)]) -> Template {
        Template::stages(parameters).with_resource("Work", &self.work)
    }

    /// The variables of a task: those of the task definition, and those that lead to the emulators.
    fn variables(&self) -> BTreeMap<String, String> {
        let job = Template::with(&[("LinkMinTtl", "1d:warn")]);
        let job = job.with_resource("Bucket", self.world.bucket()).with_resource("Table", self.world.table());
        let given = environment(&job).into_iter().filter(|(name, _)| name != "FINDINGS_RUN_ID" && name != "START");
        let mut all: BTreeMap<String, String> = given.collect();
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", CREDENTIALS.0),
            ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.1),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", &self.door.endpoint),
            ("AWS_ENDPOINT_URL_SESV2", &self.world.endpoint("AWS_ENDPOINT_URL_SESV2")),
            ("AWS_ENDPOINT_URL_SECURITYHUB", &self.world.endpoint("AWS_ENDPOINT_URL_SECURITYHUB")),
            ("FINDINGS_S3_PATH_STYLE", "true"),
            // as long as a lease, in less time
            ("FINDINGS_LEASE", "15s"),
            ("FINDINGS_HELD_WAIT", "20s"),
        ] {
            all.insert(name.to_owned(), value.to_owned());
        }
        all
    }

    /// Runs executions one after the other. Returns how each went.
    fn run(&self, parameters: &[(&str, &str)], executions: &Value) -> Vec<Value> {
        let given = json!({
            "endpoint": self.world.endpoint("AWS_ENDPOINT_URL"),
            "definition": definition(&self.template(parameters)),
            "program": env!("CARGO_BIN_EXE_ecs-job"),
            "folder": self.world.folder(),
            "environment": self.variables(),
            "executions": executions,
        });
        let path = self.world.folder().join("machine.json");
        std::fs::write(&path, given.to_string()).unwrap();
        let script = crate::support::workspace().join("examples/ecs-job/tests/e2e/deploy/machine.py");
        let done = python("python", &[script.to_str().unwrap(), path.to_str().unwrap()]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    }

    /// Asserts that everybody got the mail of the run, once.
    async fn everybody_is_told_once(&self, run: &str) {
        let of = |project: asff_fixtures::Project| {
            project.recipients.into_iter().map(move |recipient| (recipient, project.name.clone())).collect::<Vec<_>>()
        };
        let wanted: Vec<(String, String)> = Organisation::sample().projects.into_iter().flat_map(of).collect();
        let mails = mails(run).await;
        for (recipient, project) in &wanted {
            let told =
                mails.iter().filter(|mail| mail.to.contains(recipient) && mail.subject.contains(project)).count();
            assert_eq!(told, 1, "{run}: {recipient} {project}");
        }
    }
}

const WHOLE: [&str; 6] = ["Run", "IsFetched", "Fetch", "Deliver", "Finish", "Done"];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn run_in_stages_on_a_state_machine() {
    let stages = Stages::new().await;
    let input = json!({"run": "2026-11-24T03:00:00Z"});
    let done = stages.run(&[], &json!([{"input": input}, {"input": input}]));
    let projects = Organisation::sample().projects.len();
    // of a finished run, nothing is left
    for (execution, batches) in done.iter().zip([projects, 0]) {
        assert_eq!((&execution["status"], &execution["states"]), (&json!("SUCCEEDED"), &json!(WHOLE)), "{execution}");
        assert_eq!(execution["batches"], json!([{"succeeded": batches, "failed": 0}]), "{execution}");
    }
    stages.everybody_is_told_once("2026-11-24T03").await;
    let summary = s3().get_object().bucket(stages.world.bucket()).key("security-hub/runs/2026-11-24T03/summary.json");
    let summary = summary.send().await.unwrap().body.collect().await.unwrap().into_bytes();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!((&summary["status"], &summary["run_id"]), (&json!("ok"), &json!("2026-11-24T03")));
    assert_eq!(summary["projects"].as_array().unwrap().len(), projects);

    // the permissions of the stack let the task do this, and nobody deletes
    let policy = stages.template(&[]).properties("TaskPolicy")["PolicyDocument"].take();
    let asked = stages.door.requests().into_iter().filter(|request| request.resource.contains(&stages.work));
    let mut actions = BTreeSet::new();
    for request in asked {
        assert!(has(&policy, "Allow", &request), "the policy does not allow {request:?}");
        actions.insert(request.action);
    }
    assert_eq!(actions, ["s3:GetObject", "s3:ListBucket", "s3:PutObject"].map(str::to_owned).into());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn failures_of_a_state_machine_are_repeated_and_told() {
    let stages = Stages::new().await;
    let broken = json!({"FINDINGS_HISTORY": "dynamodb:missing"});
    let fails = |command: &str, times: u32| json!({"command": command, "times": times, "environment": broken});
    let execution = |run: &str, faults: &[Value]| json!({"input": {"run": run}, "faults": faults});

    // a killed worker is started again
    let killed = json!({"command": "0001.json", "times": 1, "kill_after": 0.4});
    // a batch fails until the map gives it up; Finish says so, and everything is started once more
    let given_up = fails("0002.json", 3);
    let done =
        stages.run(&[], &json!([execution("machine-killed", &[killed]), execution("machine-again", &[given_up])]));
    assert_eq!((&done[0]["status"], &done[0]["states"]), (&json!("SUCCEEDED"), &json!(WHOLE)), "{}", done[0]);
    let again = [&WHOLE[..5], &["IsTask", "Task", "HowItEnded", "Again"], &WHOLE[2..]].concat();
    assert_eq!((&done[1]["status"], &done[1]["states"]), (&json!("SUCCEEDED"), &json!(again)), "{}", done[1]);
    let projects = Organisation::sample().projects.len();
    let batches = json!([{"succeeded": projects - 1, "failed": 1}, {"succeeded": 1, "failed": 0}]);
    assert_eq!(done[1]["batches"], batches, "{}", done[1]);

    // more failures than are tolerated end the execution; another one delivers what was fetched. The emulator has no redrive
    let redriven = json!({"input": {"run": "machine-left", "fetched": true}});
    let fetched = [&WHOLE[..2], &WHOLE[3..]].concat();
    let done = stages
        .run(&[("ToleratedFailures", "0")], &json!([execution("machine-left", &[fails("0003.json", 3)]), redriven]));
    assert_eq!(done[0]["status"], "FAILED", "{}", done[0]);
    assert_eq!(done[0]["error"], "States.ExceedToleratedFailureThreshold", "{}", done[0]);
    assert_eq!(done[0]["states"].as_array().unwrap().last().unwrap(), "Deliver", "{}", done[0]);
    assert_eq!((&done[1]["status"], &done[1]["states"]), (&json!("SUCCEEDED"), &json!(fetched)), "{}", done[1]);
    // also of the batches that are done: nobody is told again
    assert_eq!(done[1]["batches"], json!([{"succeeded": projects, "failed": 0}]), "{}", done[1]);

    // what was fetched elsewhere is not fetched once more here
    let third = || fails("0003.json", 3);
    stages.run(&[("ToleratedFailures", "0")], &json!([execution("machine-elsewhere", &[third()])]));
    let elsewhere = json!({"input": {"run": "machine-elsewhere", "fetched": true}, "faults": [third()]});
    let done = stages.run(&[], &json!([elsewhere, execution("machine-elsewhere", &[])]));
    let not_finished = [&fetched[..4], &["IsTask", "Task", "HowItEnded", "NotFinished"]].concat();
    assert_eq!((&done[0]["status"], &done[0]["states"]), (&json!("FAILED"), &json!(not_finished)), "{}", done[0]);
    assert_eq!((&done[1]["status"], &done[1]["states"]), (&json!("SUCCEEDED"), &json!(WHOLE)), "{}", done[1]);

    // what cannot start ends at once, and what could not be read is told by the exit code
    let silent = Organisation::sample().projects[0].account_ids[0].clone();
    let done = stages.run(&[], &json!([execution("machine-nothing", &[fails("fetch", 3)])]));
    assert_eq!((&done[0]["status"], &done[0]["states"]), (&json!("FAILED"), &json!(WHOLE[..3])), "{}", done[0]);
    assert_eq!(done[0]["ended"], json!([["fetch", 2], ["fetch", 2], ["fetch", 2]]), "{}", done[0]);
    stages.world.hub().add_fault(Fault::Html { status: 502 }, When::asks(silent));
    let done = stages.run(&[], &json!([execution("machine-partial", &[])]));
    let incomplete = [&WHOLE[..5], &["IsTask", "Task", "HowItEnded", "Incomplete"]].concat();
    assert_eq!((&done[0]["status"], &done[0]["states"]), (&json!("SUCCEEDED"), &json!(incomplete)), "{}", done[0]);

    for run in ["machine-killed", "machine-again", "machine-left", "machine-elsewhere"] {
        stages.everybody_is_told_once(run).await;
    }
}
