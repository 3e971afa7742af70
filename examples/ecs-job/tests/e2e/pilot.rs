//! Runs of only some projects: the others stay as they are, and a further attempt at the run does them.

use crate::support::{Job, project};

const PROJECTS: &str = "project,account_ids,recipients,aliases\n\
    Payments,111122223333,a@example.com,Checkout\n\
    Web,444455556666,b@example.com,\n\
    Search,777788889999,c@example.com,\n";

const FINDINGS: &str = r#"[
{"Id":"p","AwsAccountId":"111122223333","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","Title":"t","Severity":{"Label":"HIGH"}},
{"Id":"w","AwsAccountId":"444455556666","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","Title":"t","Severity":{"Label":"LOW"}},
{"Id":"s","AwsAccountId":"777788889999","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","Title":"t","Severity":{"Label":"LOW"}}]"#;

#[test]
fn chosen_projects_are_done_and_the_run_stays_open_for_the_others() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("projects.csv"), PROJECTS).unwrap();
    std::fs::write(dir.path().join("findings.json"), FINDINGS).unwrap();
    let job = |args: &[&str]| {
        let common = ["--projects", "projects.csv", "--source", "findings.json"];
        Job::in_dir(dir.path()).args(&common).args(args).run()
    };
    let names = |summary: &serde_json::Value| -> Vec<String> {
        let projects = summary["projects"].as_array().unwrap();
        projects.iter().map(|project| project["project"].as_str().unwrap().to_owned()).collect()
    };
    // a first week of all, so that there is something that a pilot could spoil
    job(&["--run-id", "1"]).expect(0);

    let plan = job(&["plan", "--project", "Checkout", "--run-id", "2"]).expect(0).stdout;
    assert!(plan.contains("Projects: 1") && plan.contains("2 others of the registry stay as they are"), "{plan}");
    assert!(!plan.contains("not in the registry"), "{plan}");

    let pilot = job(&["run", "--project", "Checkout", "--run-id", "2"]).expect(0).summary();
    assert_eq!(names(&pilot), ["Payments"]);
    assert_eq!(project(&pilot, "Payments")["changes"]["open"], 1);
    let note = pilot["note"].as_str().unwrap();
    assert!(note.contains("2 others of the registry stay as they are"), "{note}");
    assert_eq!((pilot.get("departed"), pilot.get("registry_warning"), pilot.get("organisation")), (None, None, None));

    // the rest of the run, and nobody is told twice
    let rest = job(&["run", "--run-id", "2"]).expect(0).summary();
    assert_eq!(names(&rest), ["Payments", "Web", "Search"]);
    for name in ["Payments", "Web", "Search"] {
        assert_eq!(project(&rest, name)["changes"]["new"], 0, "{name}");
        assert_eq!(project(&rest, name)["changes"]["resolved"], 0, "{name}");
    }
    let messages = job(&["history", "--project", "Payments", "--messages", "--output", "json"]).expect(0).stdout;
    let messages: serde_json::Value = serde_json::from_str(messages.trim()).unwrap();
    let of_run = |message: &&serde_json::Value| message["run_id"] == "2";
    assert_eq!(messages["messages"].as_array().unwrap().iter().filter(of_run).count(), 1, "{messages}");
    let again = job(&["run", "--run-id", "2"]).expect(0).summary();
    assert!(again["note"].as_str().unwrap().contains("finished before"), "{again}");

    // whoever names all has a whole run
    let all = ["run", "--project", "Web", "--project", "Search", "--project", "Payments", "--run-id", "3"];
    assert_eq!(job(&all).expect(0).summary().get("note"), None);
    let again = job(&["run", "--run-id", "3"]).expect(0).summary();
    assert!(again["note"].as_str().unwrap().contains("finished before"), "{again}");
}

#[test]
fn unknown_names_and_whole_runs_to_redo_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("projects.csv"), PROJECTS).unwrap();
    std::fs::write(dir.path().join("findings.json"), FINDINGS).unwrap();
    let job = |args: &[&str]| {
        let common = ["--projects", "projects.csv", "--source", "findings.json"];
        Job::in_dir(dir.path()).args(&common).args(args).run().expect(2)
    };
    for command in ["run", "plan"] {
        let error = job(&[command, "--project", "Paymnts"]).stderr;
        assert!(error.contains("Paymnts") && error.contains("there are: Payments, Web, Search"), "{error}");
    }
    let error = job(&["run", "--project", "Web", "--redo", "all", "--run-id", "1"]).stderr;
    assert!(error.contains("cannot be combined with --redo"), "{error}");
}
