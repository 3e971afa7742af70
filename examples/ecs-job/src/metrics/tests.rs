use super::*;

const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// Returns what the line breaks of the schema in the specification: required members, no others in the objects that it
/// defines, lengths, numbers of items, and a target at the root for each reference.
fn faults(line: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut require = |is_right: bool, what: &str| {
        if !is_right {
            faults.push(what.to_owned());
        }
    };
    require(line.starts_with('{') && line.ends_with('}') && !line.contains('\n'), "one object and nothing else");
    require(line.len() <= 256 * 1024, "a line of 256 KB at the most");
    let root: Value = serde_json::from_str(line).unwrap();
    let has_only = |value: &Value, names: &[&str]| {
        value.as_object().is_some_and(|object| object.keys().all(|name| names.contains(&name.as_str())))
    };
    let is_name = |value: &Value| value.as_str().is_some_and(|text| (1..=1_024).contains(&text.chars().count()));
    let metadata = &root["_aws"];
    require(has_only(metadata, &["CloudWatchMetrics", "Timestamp"]), "members of _aws");
    require(metadata["Timestamp"].as_u64().is_some_and(|ms| ms > 1_600_000_000_000), "a time in milliseconds");
    let directives = metadata["CloudWatchMetrics"].as_array().unwrap();
    require(!directives.is_empty(), "a directive");
    for directive in directives {
        require(has_only(directive, &["Namespace", "Dimensions", "Metrics"]), "members of a directive");
        require(is_name(&directive["Namespace"]), "a namespace");
        let sets = directive["Dimensions"].as_array().unwrap();
        require(!sets.is_empty(), "a dimension set");
        for name in
            sets.iter().inspect(|set| assert!(set.as_array().unwrap().len() <= 30)).flat_map(|s| s.as_array().unwrap())
        {
            require(name.as_str().is_some_and(|n| (1..=250).contains(&n.len())), "a name of a dimension");
            require(is_name(&root[name.as_str().unwrap()]), "a text as the value of a dimension");
        }
        let metrics = directive["Metrics"].as_array().unwrap();
        require(metrics.len() <= 100, "100 metrics at the most");
        for metric in metrics {
            require(has_only(metric, &["Name", "Unit", "StorageResolution"]), "members of a metric");
            require(is_name(&metric["Name"]), "a name of a metric");
            require(metric["Unit"].as_str().is_none_or(|unit| UNITS.contains(&unit)), "a known unit");
            require(root[metric["Name"].as_str().unwrap()].is_number(), "a number as the value of a metric");
        }
    }
    faults
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The summary of a run, as it is stored.
fn summary() -> Summary {
    let project = |name: &str, status: &str| {
        json!({"project": name, "status": status, "accounts": 1, "findings": 3, "notified": ["a@example.com", "b@example.com"],
            "in_doubt": [{"recipient": "a@example.com", "notifier": "ses", "fate": "resent"}],
            "changes": {"new": 0, "reopened": 0, "open": 0, "resolved": 0}, "errors": []})
    };
    let mut summary: Summary = serde_json::from_value(json!({
        "run_id": "r", "status": "partial", "started_at": "2026-11-23T00:00:00Z", "finished_at": "2026-11-23T00:01:30Z",
        "api": {"get_findings": {"calls": 9, "pages": 7, "findings": 3, "throttled": 2, "retried": 2}},
        "projects": [project("a", "ok"), project("b", "incomplete"), project("c", "skipped")], "errors": [],
    }))
    .unwrap();
    for outcome in &mut summary.projects {
        (outcome.severities.high, outcome.severities.low, outcome.rejected) = (2, 1, 1);
        // the other recipient was told by an earlier attempt
        outcome.told_now = 1;
    }
    summary
}

#[test]
fn line_keeps_the_rules_of_the_format() {
    let now = at("2026-11-23T00:02:00Z");
    let last = FinishedRun::new("r".parse().unwrap(), at("2026-11-22T20:32:00Z"), true);
    let metrics: Vec<Metric> = of_run(&summary()).into_iter().chain(age(Some(&last), now)).collect();
    let line = line("findings", &metrics, Some("r"), now);
    assert_eq!(faults(&line), [""; 0], "{line}");
    let seen: Value = serde_json::from_str(&line).unwrap();
    for (name, value) in [
        ("Runs", 1.0),
        ("ProjectsOk", 1.0),
        ("ProjectsIncomplete", 1.0),
        ("ProjectsFailed", 0.0),
        ("ProjectsSkipped", 1.0),
        // of the projects that this attempt did
        ("FindingsHigh", 4.0),
        ("FindingsLow", 2.0),
        ("FindingsCritical", 0.0),
        ("ThrottledCalls", 2.0),
        ("RunDuration", 90.0),
        ("RecipientsTold", 3.0),
        ("MessagesRejected", 3.0),
        ("MessagesInDoubt", 2.0),
        ("LastFinishedRunAge", 3.5),
    ] {
        assert_eq!(seen[name].as_f64(), Some(value), "{name}");
    }
    assert_eq!((&seen["Table"], &seen["run_id"]), (&json!("findings"), &json!("r")));
}

#[test]
fn rules_find_faults() {
    let line = line("", &[("x", "Hours", 1.0)], None, at("2026-11-23T00:02:00Z"));
    assert_eq!(faults(&line), ["a text as the value of a dimension", "a known unit"]);
}

#[test]
fn dimension_of_a_file_is_its_name() {
    assert_eq!(table(&History::Sqlite("out/history.db".into())), "history.db");
    assert_eq!(table(&History::Sqlite("..".into())), "history");
    assert_eq!(table(&History::DynamoDb { table: "findings".to_owned() }), "findings");
}
