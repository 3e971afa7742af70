//! `--mark-notified`: delivered findings become NOTIFIED in Security Hub, once, and no others do.

use std::collections::BTreeSet;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use jiff::Timestamp;
use security_hub_simulator::{Simulator, SimulatorHandle};
use serde_json::Value;

use crate::support::{Job, files, project, selected};

const UPDATE: &str = "BatchUpdateFindings";

/// Two projects with a few hundred findings each.
struct World {
    dir: tempfile::TempDir,
    organisation: Organisation,
    findings: Vec<Value>,
    hub: SimulatorHandle,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let organisation = Organisation::of_size(2, 2);
        let mut registry = Vec::new();
        organisation.write_registry(&mut registry).unwrap();
        std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
        let findings = Findings::new(5, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
            &organisation.accounts,
            1_000,
            &Mix::default(),
        );
        let findings: Vec<Value> = findings.values().collect();
        let accounts = organisation.accounts.iter().map(|a| &a.id);
        let hub = Simulator::builder().findings(findings.iter().cloned());
        let hub = hub.covered(accounts, Simulator::REGION, Timestamp::now()).quota(None).spawn_thread().unwrap();
        Self { dir, organisation, findings, hub }
    }

    fn job(&self, run_id: &str) -> Job {
        Job::in_dir(self.dir.path())
            .args(&["--projects", "projects.csv", "--source", "securityhub:us-east-1", "--reports", "reports"])
            .args(&["--rate", "1000", "--burst", "1000", "--run-id", run_id])
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL_SECURITYHUB", self.hub.url())
    }

    fn marking(&self, run_id: &str) -> Job {
        self.job(run_id).args(&["--notify", "outbox:outbox", "--history", "sqlite:history.db", "--mark-notified"])
    }

    /// Returns the `Id`s that belong into a project's report, are still NEW and do not pass.
    fn fresh(&self, project: usize) -> BTreeSet<String> {
        let accounts: Vec<&str> = self.organisation.projects[project].account_ids.iter().map(String::as_str).collect();
        let is_new = |f: &&Value| f.pointer("/Workflow/Status").is_none_or(|status| status == "NEW");
        let fails = |f: &&Value| f.pointer("/Compliance/Status").is_none_or(|status| status != "PASSED");
        selected(self.findings.iter().filter(is_new).filter(fails), &accounts)
    }

    /// Returns the `Id`s whose status in Security Hub differs from the beginning.
    fn changed(&self) -> BTreeSet<String> {
        let text = |f: &Value, name: &str| f[name].as_str().unwrap().to_owned();
        let is_changed = |f: &&Value| {
            let now = self.hub.finding(&text(f, "ProductArn"), &text(f, "Id")).unwrap();
            let (status, before) = (now.pointer("/Workflow/Status"), f.pointer("/Workflow/Status"));
            assert!(status == before || status.is_some_and(|s| s == "NOTIFIED"), "{now}");
            status != before
        };
        self.findings.iter().filter(is_changed).map(|f| text(f, "Id")).collect()
    }

    /// Returns the `Id`s of each BatchUpdateFindings call since the last query.
    fn asked(&self) -> Vec<Vec<String>> {
        let calls = self.hub.calls().into_iter().filter(|call| call.operation == UPDATE);
        let ids = calls.map(|call| {
            assert_eq!(call.body["Workflow"]["Status"], "NOTIFIED");
            let identifiers = call.body["FindingIdentifiers"].as_array().unwrap();
            identifiers.iter().map(|identifier| identifier["Id"].as_str().unwrap().to_owned()).collect()
        });
        let ids = ids.collect();
        self.hub.reset_calls();
        ids
    }

    /// Makes the only mail of a project in a run impossible to write: a folder takes its name.
    fn block_mail(&self, run_id: &str, name: &str) {
        let rehearsal = self.job(run_id).args(&["--notify", "outbox:rehearsal", "--history", "sqlite:rehearsal.db"]);
        rehearsal.run().expect(0);
        let dir = self.dir.path().join("rehearsal");
        let mails = files(&dir, "eml");
        let of_it = |mail: &&std::path::PathBuf| mail.file_name().unwrap().to_str().unwrap().starts_with(name);
        let of_it: Vec<_> = mails.iter().filter(of_it).collect();
        assert_eq!(of_it.len(), 1, "{mails:?}");
        let path = of_it[0].strip_prefix(&dir).unwrap();
        std::fs::create_dir_all(self.dir.path().join("outbox").join(path).join("in the way")).unwrap();
    }
}

#[test]
fn only_delivered_findings_become_notified() {
    let world = World::new();
    let (told, untold) = (world.fresh(0), world.fresh(1));
    assert!(told.len() > 200 && !untold.is_empty(), "{} and {}", told.len(), untold.len());
    let names: Vec<&str> = world.organisation.projects.iter().map(|p| p.name.as_str()).collect();
    world.block_mail("week-1", names[1]);
    assert_eq!(world.asked(), Vec::<Vec<String>>::new(), "findings were changed without the option");

    let refused = told.first().unwrap().clone();
    world.hub.fail_updates(refused.as_str(), "FindingNotFound", 1);
    let first = world.marking("week-1").run().expect(1);
    let summary = first.summary();
    let asked = world.asked();
    assert!(asked.iter().all(|ids| ids.len() <= 100), "{:?}", asked.iter().map(Vec::len).collect::<Vec<_>>());
    assert_eq!(asked.len(), told.len().div_ceil(100));
    assert_eq!(asked.concat().len(), told.len(), "each once");
    assert_eq!(asked.concat().into_iter().collect::<BTreeSet<_>>(), told);
    let marked = &project(&summary, names[0])["marked"];
    assert_eq!((marked["accepted"].as_u64(), marked["refused"].as_u64()), (Some(told.len() as u64 - 1), Some(1)));
    assert!(first.stderr.contains("FindingNotFound") && first.stderr.contains(&refused), "{}", first.stderr);
    assert!(project(&summary, names[1])["marked"].is_null(), "{summary}");
    let set: BTreeSet<String> = told.iter().filter(|id| **id != refused).cloned().collect();
    assert_eq!(world.changed(), set);

    // the next run notifies the others and marks what was refused again, but nothing that is already set
    let summary = world.marking("week-2").run().expect(0).summary();
    let asked: BTreeSet<String> = world.asked().concat().into_iter().collect();
    let left: BTreeSet<String> = untold.iter().cloned().chain([refused]).collect();
    assert_eq!(asked, left);
    assert_eq!(project(&summary, names[0])["marked"]["accepted"], 1);
    assert_eq!(project(&summary, names[1])["marked"]["accepted"], untold.len());
    let changes = project(&summary, names[0])["changes"].as_object().unwrap();
    let is_none = |(what, n): (&String, &Value)| what == "open" || *n == 0;
    assert!(changes.iter().all(is_none), "our own mark counts as a change: {changes:?}");
    assert_eq!(world.changed(), told.union(&untold).cloned().collect());

    let summary = world.marking("week-3").run().expect(0).summary();
    assert_eq!(world.asked(), Vec::<Vec<String>>::new(), "{summary}");
    assert!(names.iter().all(|name| project(&summary, name)["marked"].is_null()), "{summary}");
}
