//! The dashboard shows metrics that a run and the daily look print.

use std::collections::BTreeSet;

use serde_json::Value;

use super::template::Template;
use crate::overdue::{overdue, sample};

#[test]
fn dashboard_shows_printed_metrics() {
    let dir = tempfile::tempdir().unwrap();
    let run = sample(dir.path(), &["run", "--metrics", "emf"]).run();
    run.summary();
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [metrics, summary] = &lines[..] else { panic!("{}", run.stdout) };
    assert!(summary["projects"].is_array(), "the summary is the last line");
    let ok = summary["projects"].as_array().unwrap().iter().filter(|p| p["status"] == "ok").count();
    assert_eq!(metrics["ProjectsOk"].as_f64(), u32::try_from(ok).ok().map(f64::from));
    assert!(metrics["FindingsHigh"].as_f64().unwrap() > 0.0 && metrics["RecipientsTold"].as_f64().unwrap() > 0.0);
    let directive = &metrics["_aws"]["CloudWatchMetrics"][0];
    let names = |directive: &Value| -> BTreeSet<String> {
        directive["Metrics"].as_array().unwrap().iter().map(|m| m["Name"].as_str().unwrap().to_owned()).collect()
    };
    let printed = names(directive);
    let age = overdue(dir.path(), &["--metrics", "emf"]).expect(0).stdout;
    let age: Value = serde_json::from_str(age.lines().next().unwrap()).unwrap();
    assert_eq!(names(&age["_aws"]["CloudWatchMetrics"][0]), ["LastFinishedRunAge".to_owned()].into());

    let body = Template::dashboard("memory").properties("Dashboard")["DashboardBody"].take();
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    let shown = body["widgets"].as_array().unwrap().iter().flat_map(|w| w["properties"]["metrics"].as_array().unwrap());
    let mut seen = BTreeSet::new();
    for metric in shown {
        let [namespace, name, dimension, value] = &metric.as_array().unwrap()[..] else { panic!("{metric}") };
        assert_eq!((namespace, value), (&directive["Namespace"], &Value::from("memory")));
        assert_eq!(dimension, &directive["Dimensions"][0][0]);
        assert!(printed.contains(name.as_str().unwrap()), "nothing prints {name}");
        seen.insert(name.as_str().unwrap().to_owned());
    }
    let unshown: Vec<_> = printed.difference(&seen).collect();
    assert_eq!(unshown, ["FindingsInformational"], "metrics that nobody sees");
}
