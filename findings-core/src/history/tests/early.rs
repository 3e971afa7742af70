//! A history as an early version wrote it, for tests of backends: the issues go on, and nothing has to be migrated.

use std::collections::HashMap;

use crate::history::{
    AbsenceRules, Changes, DiffInput, HistoryCommit, HistoryQuery, HistoryReader, HistorySink, IdentifiedFindings,
    IssueId, ProjectRun, diff,
};
use crate::{AccountId, Finding, Resource, RunId, Severity};

/// The name of the project.
pub(crate) const PROJECT: &str = "Payments";

/// An issue record of an early version: it has neither `finding_id` nor any later field.
pub(crate) struct EarlyRecord {
    pub(crate) id: IssueId,
    pub(crate) account: AccountId,
    pub(crate) control_id: Option<&'static str>,
    pub(crate) title: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) reopened: u32,
}

fn finding(id: &str, control: Option<&str>, title: &str, resources: &[&str]) -> Finding {
    let mut finding = Finding::new("123456789012".parse().unwrap(), id.to_owned());
    (finding.title, finding.severity) = (title.into(), Severity::High);
    finding.control_id = control.map(Into::into);
    finding.region = Some("eu-west-1".into());
    finding.product_arn = "arn:aws:securityhub:eu-west-1::product/x/y".into();
    finding.generator_id = Some("rule".into());
    finding.resources = resources.iter().map(|id| Resource { id: (*id).into(), ..Resource::default() }).collect();
    finding
}

/// The findings of the first run of this version.
fn findings() -> Vec<Finding> {
    let cis = |version: &str| {
        let mut finding = finding(&format!("cis/{version}"), Some("1.4"), "Root has keys", &["root"]);
        finding.standards = vec![format!("cis/v/{version}").into()];
        finding
    };
    vec![
        finding("control", Some("S3.1"), "Bucket is public", &["b", "a"]),
        cis("1.2.0"),
        cis("1.4.0"),
        finding("scan-2", None, "Port 22 is open", &["group"]),
    ]
}

/// The records of the same issues, with the keys that the rule of the early version gives.
pub(crate) fn records() -> Vec<EarlyRecord> {
    let [bucket, cis, _, _] = findings().try_into().unwrap();
    let record = |id: IssueId, control_id, title, resource, reopened| EarlyRecord {
        id,
        account: "123456789012".parse().unwrap(),
        control_id,
        title,
        resource,
        reopened,
    };
    let scanned = IssueId::of(&finding("scan-1", None, "Port 22 is open", &["group"]));
    vec![
        record(IssueId::of_earlier_rule(&bucket).unwrap(), Some("S3.1"), "Bucket is public", "b", 1),
        record(IssueId::of_earlier_rule(&cis).unwrap(), Some("1.4"), "Root has keys", "root", 0),
        record(scanned, None, "Port 22 is open", "group", 0),
    ]
}

/// Compares the history with the findings of two runs: all issues go on, and the second run writes no issue.
pub(crate) async fn assert_goes_on(backend: &(impl HistorySink + HistoryReader)) {
    let account: AccountId = "123456789012".parse().unwrap();
    for (week, writes) in [(0, true), (1, false)] {
        let history = backend.project(&HistoryQuery::new(PROJECT)).await.unwrap();
        let run_id: RunId = format!("2026-12-0{}", week + 1).parse().unwrap();
        let now = format!("2026-12-0{}T00:00:00Z", week + 1).parse().unwrap();
        let findings = findings().into_iter().collect();
        let diff = diff(&DiffInput {
            run_id: &run_id,
            now,
            known: &history.issues,
            runs: &history.runs,
            findings: &IdentifiedFindings::new(findings, &history.issues).unwrap(),
            absence: &AbsenceRules::conclusive_for([account]),
            accounts: Some(&[account].into()),
            lookups: &HashMap::new(),
        })
        .unwrap();
        assert_eq!(diff.changes, Changes { open: 4, ..Changes::default() }, "week {week}");
        assert_eq!(!diff.upserts.is_empty(), writes, "week {week}");
        let reopened = diff.findings.to_vec().unwrap().into_iter().find(|row| &*row.finding.id == "control").unwrap();
        assert_eq!(reopened.opened_at.to_string(), "2026-11-02T00:00:00Z", "the run that reopened it");
        let commit = HistoryCommit::new(PROJECT, ProjectRun::new(run_id, now), diff.upserts);
        backend.commit(&commit).await.unwrap();
    }
}
