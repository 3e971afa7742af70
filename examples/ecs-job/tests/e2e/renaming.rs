//! Projects that are absent from the registry, and projects that were renamed, with the history in SQLite.

use std::path::Path;

use crate::support::{Done, Job, project};

const FINDINGS: &str = r#"[{"Id":"f","AwsAccountId":"111122223333","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","Title":"t","Severity":{"Label":"HIGH"}},
{"Id":"passed","AwsAccountId":"444455556666","Workflow":{"Status":"RESOLVED"}}]"#;

fn job(dir: &Path, projects: &str, args: &[&str]) -> Done {
    std::fs::write(dir.join("projects.csv"), projects).unwrap();
    std::fs::write(dir.join("findings.json"), FINDINGS).unwrap();
    Job::in_dir(dir).args(&["--projects", "projects.csv", "--source", "findings.json"]).args(args).run()
}

#[test]
fn absent_project_stays_open_and_renamed_one_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let registry = |row: &str| format!("project,account_ids,recipients,aliases\n{row}\n");
    let old = registry("Warehouse,111122223333,a@example.com,");
    let new = registry("Data Platform,111122223333,a@example.com,");
    let alias = registry("Data Platform,111122223333,a@example.com,Ware\u{3000}house;Warehouse");
    let other = registry("Other,444455556666,b@example.com,");
    job(dir.path(), &old, &["--run-id", "1"]).expect(0);

    let plan = job(dir.path(), &other, &["plan"]).expect(0).stdout;
    assert!(plan.contains("not in the registry: Warehouse; its 1 open issue stays open"), "{plan}");
    assert!(plan.contains("1 of 1 projects in the history are not in the registry"), "{plan}");
    let summary = job(dir.path(), &other, &["--run-id", "2"]).expect(0).summary();
    assert_eq!(
        (&summary["departed"][0]["project"], &summary["departed"][0]["issues"]),
        (&"Warehouse".into(), &1.into())
    );
    assert_eq!(summary["registry_warning"]["missing"], 1);

    job(dir.path(), &new, &["--rename", "Warehouse=Nobody", "--run-id", "3"]).expect(2);
    for (projects, args) in [(&alias, &[][..]), (&new, &["--rename", "Warehouse=Data Platform"][..])] {
        let plan = job(dir.path(), projects, &[&["plan"], args].concat()).expect(0).stdout;
        assert!(plan.contains("Data Platform goes on with the history of Warehouse"), "{plan}");
    }
    let summary = job(dir.path(), &alias, &["--run-id", "4"]).expect(0).summary();
    let changes = &project(&summary, "Data Platform")["changes"];
    assert_eq!((&changes["new"], &changes["open"]), (&0.into(), &1.into()));
    let summary = job(dir.path(), &new, &["--run-id", "5"]).expect(0).summary();
    assert_eq!(project(&summary, "Data Platform")["changes"]["open"], 1);
    assert_eq!(summary.get("departed"), None);
}
