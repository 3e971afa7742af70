//! Which rules of the template match which ended tasks: the patterns are evaluated as EventBridge does.

use serde_json::{Value, json};

use super::template::Template;

/// Whether an event matches a pattern, as far as the template uses patterns: values, `anything-but` and `$or`.
fn matches(pattern: &Value, event: &Value) -> bool {
    // of an array, one item is enough
    if let Value::Array(items) = event {
        return items.iter().any(|item| matches(pattern, item));
    }
    match pattern {
        Value::Object(fields) => fields.iter().all(|(name, wanted)| match name.as_str() {
            "$or" => wanted.as_array().unwrap().iter().any(|one| matches(one, event)),
            _ => event.get(name).is_some_and(|value| matches(wanted, value)),
        }),
        Value::Array(wanted) => wanted.iter().any(|one| match one.get("anything-but") {
            Some(Value::Array(others)) => !others.contains(event),
            Some(other) => other != event,
            None => one == event,
        }),
        other => panic!("{other} is no pattern"),
    }
}

/// The rules that match a task that has ended.
fn matching(template: &Template, detail: &Value) -> Vec<String> {
    let mut detail = detail.clone();
    detail["clusterArn"] = "Cluster.Arn".into();
    detail["lastStatus"] = "STOPPED".into();
    let event = json!({"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": detail});
    let rules = template.of_type("AWS::Events::Rule").into_iter();
    rules.filter(|(_, rule)| matches(&rule["EventPattern"], &event)).map(|(name, _)| name).collect()
}

fn ended(group: &str, code: i64, start: &str) -> Value {
    let environment = json!([{"name": "FINDINGS_RUN_ID", "value": "r"}, {"name": "START", "value": start}]);
    json!({
        "group": group,
        "stopCode": "EssentialContainerExited",
        "containers": [{"name": "ecs-job", "exitCode": code}],
        "overrides": {"containerOverrides": [{"name": "ecs-job", "environment": environment}]},
    })
}

fn looked(code: i64) -> Value {
    let mut detail = ended("overdue", code, "");
    detail["overrides"] = json!({"containerOverrides": [{"name": "ecs-job", "command": ["overdue"]}]});
    detail
}

#[test]
fn run_and_daily_look_are_told_apart() {
    let template = Template::with(&[]);
    let family = "family:findings";
    let never_started = |group: &str| json!({"group": group, "stopCode": "TaskFailedToStart", "containers": [{}]});
    for (detail, wanted) in [
        (ended(family, 0, "by the schedule"), &[][..]),
        (ended(family, 1, "by the schedule"), &["StartAgain", "TaskFailed"]),
        (ended(family, 1, "once more"), &["TaskFailed"]),
        (ended(family, 3, "by the schedule"), &["TaskFailed"]),
        (never_started(family), &["TaskFailed"]),
        (looked(0), &[]),
        (looked(1), &["RunOverdue"]),
        (looked(2), &["RunOverdue"]),
        (looked(137), &["RunOverdue"]),
        (never_started("overdue"), &["RunOverdue"]),
        // stages.yaml: Finish says what was not delivered
        (ended("batch", 1, ""), &[]),
    ] {
        assert_eq!(matching(&template, &detail), wanted, "{detail}");
    }
    let group = template.properties("OverdueSchedule")["Target"]["EcsParameters"]["Group"].take();
    assert_eq!(group, "overdue", "the rules look for this group");
}

/// A rule publishes without a role, so the policy of the topic has to name it.
#[test]
fn topic_takes_mails_of_every_rule_that_publishes() {
    let template = Template::with(&[]);
    let policy = template.properties("OperationsTopicPolicy")["PolicyDocument"].take();
    let named: Vec<String> = policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|statement| statement["Condition"]["ArnEquals"]["aws:SourceArn"].as_array())
        .flat_map(|arns| arns.iter().map(|arn| arn.as_str().unwrap().to_owned()))
        .collect();
    let publishes = |rule: &Value| rule["Targets"].as_array().unwrap().iter().any(|t| t["Arn"] == "OperationsTopic");
    let rules = template.of_type("AWS::Events::Rule").into_iter().filter(|(_, rule)| publishes(rule));
    let rules: Vec<String> = rules.map(|(name, _)| template.arn_of(&name)).collect();
    assert!(rules.len() >= 2 && rules.iter().all(|arn| named.contains(arn)), "{rules:?} {named:?}");
}
