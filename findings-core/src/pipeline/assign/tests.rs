//! Runs with rules for owners.

use super::*;
use crate::finding::Resource;
use crate::memory::{MemoryRegistry, MemorySource};
use crate::owners::OwnerRules;
use crate::pipeline::run::tests::{World, project, settings, sweep};
use crate::pipeline::{RunOutcome, Settings, Summary};
use crate::report::ReportFinding;
use crate::report::{RenderedReport, ReportFormat, ReportRenderer};
use crate::{ComplianceStatus, ErrorKind, Finding, NotifyWhen, Result, Severity};

/// Names the owner of each row, and the view.
#[derive(Debug)]
struct Owners {
    shows_views: bool,
}

impl ReportRenderer for Owners {
    fn format(&self) -> ReportFormat {
        ReportFormat::new("txt", "text/plain; charset=utf-8")
    }

    fn shows_views(&self) -> bool {
        self.shows_views
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let owner = |row: &ReportFinding| format!("{}={} ", row.finding.id, row.owner.as_deref().unwrap_or("?"));
        let rows: String = report.findings.to_vec()?.iter().map(owner).collect();
        let text = format!("{rows}view={}", report.view.as_deref().unwrap_or("-"));
        Ok(RenderedReport::new(text, self.format(), report.findings.len() as u64))
    }
}

const RULES: &str = "project,match,owner\n\
    a,tag:Team=data,Data <data@example.com>\n\
    a,tag:Owner,tag:Owner\n\
    a,resource:arn:lead,X@example.com\n\
    a,resource:arn:nothing,nobody@example.com\n\
    b,*,b-team\n\
    *,resource:arn:chat,slack:chat\n";

fn finding(id: &str, severity: Severity, resource: &str, tags: &[(&str, &str)]) -> Finding {
    let mut finding = Finding::new("000000000001".parse().unwrap(), id);
    finding.severity = severity;
    let mut of_finding = Resource { id: resource.into(), ..Resource::default() };
    of_finding.tags = tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    finding.resources = vec![of_finding];
    finding
}

struct Owned {
    world: World,
    rules: Arc<OwnerRules>,
    when: NotifyWhen,
}

impl Owned {
    /// Project "a" of account 1, whose recipient is x@example.com.
    fn new() -> Self {
        let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
        world.parts.renderers = vec![Arc::new(Owners { shows_views: true })];
        let rules = Arc::new(OwnerRules::parse_csv(RULES.as_bytes()).unwrap());
        Self { world, rules, when: NotifyWhen::Always }
    }

    fn see(&mut self, findings: Vec<Finding>) {
        self.world.parts.sweep = sweep(MemorySource::new(findings));
    }

    fn settings(&self, run_id: &str) -> Settings {
        let mut settings = settings(run_id);
        (settings.owners, settings.notify_when) = (self.rules.clone(), self.when);
        settings
    }

    async fn run(&self, run_id: &str) -> Summary {
        match self.world.start(self.settings(run_id)).await {
            RunOutcome::Done(summary) => *summary,
            other => panic!("{other:?}"),
        }
    }

    /// Who was told of which part so far: recipient, owner, critical and high findings, and how many the report has.
    fn parts(&self) -> Vec<(String, String, [u64; 2], u64)> {
        let sent = self.world.notifier.sent();
        let of_part = sent.iter().filter_map(|n| Some((n, n.part.as_ref()?)));
        of_part
            .map(|(n, part)| {
                assert_eq!(n.link.is_some(), n.recipient.channel().is_none(), "{n:?}");
                let counts = [n.counts.critical, n.counts.high];
                (n.recipient.to_string(), part.owner.to_string(), counts, part.of_findings)
            })
            .collect()
    }
}

fn part(to: &str, owner: &str, counts: [u64; 2], of: u64) -> (String, String, [u64; 2], u64) {
    (to.to_owned(), owner.to_owned(), counts, of)
}

fn everything() -> Vec<Finding> {
    vec![
        finding("1", Severity::Critical, "arn:1", &[("Team", "data")]),
        finding("2", Severity::High, "arn:2", &[("Team", "data"), ("Owner", "sato@example.com")]),
        finding("3", Severity::High, "arn:3", &[("Owner", "Sato@example.com")]),
        finding("4", Severity::High, "arn:4", &[("Owner", "evil@evil.example")]),
        finding("5", Severity::High, "arn:lead", &[]),
        finding("6", Severity::High, "arn:chat", &[]),
        finding("7", Severity::High, "arn:7", &[("Owner", "基盤チーム")]),
        finding("8", Severity::High, "arn:8", &[]),
    ]
}

/// Everybody with an address hears of their part, except those who hear of the whole; an address in a tag leads nowhere
/// outside.
#[tokio::test]
async fn each_owner_hears_of_their_part() {
    let mut owned = Owned::new();
    owned.see(everything());
    let summary = owned.run("r1").await;
    assert_eq!(
        owned.parts(),
        [
            part("data@example.com", "Data <data@example.com>", [1, 1], 8),
            part("sato@example.com", "Sato@example.com", [0, 1], 8),
            part("slack:chat", "slack:chat", [0, 1], 8),
        ]
    );
    let outcome = &summary.projects[0];
    let owners = outcome.owners.as_ref().unwrap();
    assert_eq!((owners.owned, owners.nobodys), (7, 1));
    assert!(outcome.is_ok() && summary.errors.is_empty() && summary.is_finished(), "{summary:?}");
    assert_eq!(summary.reminders.as_ref().unwrap().parts, 3);
    assert_eq!(outcome.notified, ["x@example.com"], "owners are not told of the report");
    assert_eq!(summary.unused_owner_rules, [5, 6], "no project \"b\" is there, so its rule fits nothing");
    assert!(!serde_json::to_string(&summary).unwrap().contains("data@example.com"), "the ledger has them");
}

/// An owner who is written in several ways is one owner, in the report and in the mail.
#[tokio::test]
async fn an_owner_written_in_two_ways_is_one() {
    let mut owned = Owned::new();
    let tag = |id: &str, owner: &str| finding(id, Severity::High, "arn:1", &[("Owner", owner)]);
    let by_rule = finding("0", Severity::Critical, "arn:0", &[("Team", "data")]);
    owned.see(vec![by_rule, tag("1", "data@example.com"), tag("2", "DATA@example.com"), tag("3", "データ")]);
    owned.run("r1").await;
    assert_eq!(owned.parts(), [part("data@example.com", "Data <data@example.com>", [1, 2], 4)]);
    let key = ArtifactKey::for_owner(&"r1".parse().unwrap(), "a", "data@example.com", "txt");
    let data = "Data <data@example.com>";
    let text = format!("0={data} 1={data} 2={data} 3=データ view={data}");
    assert_eq!(owned.world.parts.store.size_of(&key).await.unwrap(), Some(text.len() as u64));
}

/// A link leads to the file that shows the part first, or to the report where there is none.
#[tokio::test]
async fn the_link_leads_to_the_part() {
    for (shows_views, has_own) in [(true, true), (false, false)] {
        let mut owned = Owned::new();
        owned.world.parts.renderers = vec![Arc::new(Owners { shows_views })];
        owned.see(vec![finding("1", Severity::High, "arn:1", &[("Team", "data")])]);
        owned.run("r1").await;
        let sent = owned.world.notifier.sent();
        let link = |part: bool| {
            let one = sent.iter().find(|n| n.part.is_some() == part).unwrap();
            one.link.as_ref().unwrap().url.expose().clone()
        };
        assert_eq!(link(true).contains("-owner-"), has_own);
        assert!(!link(false).contains("-owner-"));
        let key = ArtifactKey::for_owner(&"r1".parse().unwrap(), "a", "data@example.com", "txt");
        let size = owned.world.parts.store.size_of(&key).await.unwrap();
        let text = "1=Data <data@example.com> view=Data <data@example.com>";
        assert_eq!(size, has_own.then_some(text.len() as u64));
    }
}

/// A part says what is new in it, and nothing of what is fixed.
#[tokio::test]
async fn a_part_tells_of_changes_and_is_silent_without_any() {
    let mut owned = Owned::new();
    owned.when = NotifyWhen::Changes;
    let mine = |id: &str| finding(id, Severity::High, "arn:1", &[("Team", "data")]);
    owned.see(vec![mine("1"), mine("2")]);
    owned.run("r1").await;
    owned.see(vec![mine("1"), finding("9", Severity::High, "arn:9", &[])]);
    owned.run("r2").await;
    assert_eq!(owned.parts().len(), 1, "nothing of theirs is new in the second run");
    owned.see(vec![mine("1"), mine("3"), finding("9", Severity::High, "arn:9", &[])]);
    owned.run("r3").await;
    let sent = owned.world.notifier.sent();
    let last = sent.iter().rfind(|n| n.part.is_some()).unwrap();
    assert_eq!((last.changes.new, last.changes.open, last.changes.closed()), (1, 1, 0));
    assert_eq!(last.news().unwrap().new.high, 1);
    let mut passes = mine("1");
    passes.compliance = Some(ComplianceStatus::Passed);
    owned.when = NotifyWhen::Always;
    owned.see(vec![passes]);
    owned.run("r4").await;
    assert_eq!(owned.parts().len(), 2, "nobody hears of a part in which nothing is to be fixed");
}

/// A failed message leaves the run open, and the next attempt sends only this one, although the report is done.
#[tokio::test]
async fn each_owner_is_told_once_for_a_run() {
    let mut owned = Owned::new();
    owned.see(everything());
    owned.world.notifier.fail_for(&"data@example.com".parse().unwrap(), ErrorKind::Unavailable);
    let summary = owned.run("r1").await;
    assert_eq!(owned.parts().len(), 2);
    assert!(!summary.is_finished() && summary.projects[0].is_ok(), "{summary:?}");
    assert!(summary.errors[0].message.starts_with("owners and leads of a: memory to data@example.com"), "{summary:?}");
    owned.world.notifier.recover();
    // what is seen now does not matter: the part is that of the report
    owned.see(Vec::new());
    let summary = owned.run("r1").await;
    assert_eq!(owned.parts()[2..], [part("data@example.com", "Data <data@example.com>", [1, 1], 8)]);
    assert!(summary.is_finished() && summary.errors.is_empty(), "{summary:?}");
    assert_eq!(owned.world.notifier.sent().len(), 4);
}

/// A correction of the report says to the owners that it replaces the earlier one, if they were told of that.
#[tokio::test]
async fn a_corrected_part_says_that_it_replaces_the_earlier_one() {
    let mut owned = Owned::new();
    let of_data = |id: &str| finding(id, Severity::High, "arn:1", &[("Team", "data")]);
    owned.see(vec![of_data("1")]);
    owned.run("r1").await;
    let of_sato = finding("3", Severity::High, "arn:3", &[("Owner", "sato@example.com")]);
    owned.see(vec![of_data("1"), of_data("2"), of_sato]);
    let mut again = owned.settings("r1");
    again.redo = Some(crate::ledger::Redo::All);
    assert!(matches!(owned.world.start(again).await, RunOutcome::Done(_)));
    let sent = owned.world.notifier.sent();
    let parts = sent.iter().filter(|n| n.part.is_some());
    let parts: Vec<_> = parts.map(|n| (n.recipient.to_string(), n.edition, n.replaces_earlier)).collect();
    let [data, sato] = ["data@example.com", "sato@example.com"].map(ToOwned::to_owned);
    assert_eq!(parts, [(data.clone(), 1, false), (data, 2, true), (sato, 2, false)]);
}

/// An incomplete report makes every message about a part incomplete, and no rule useless.
#[tokio::test]
async fn what_was_not_seen_is_said_and_may_fit() {
    let mut owned = Owned::new();
    let mut incomplete = project("a", &[1], &["x@example.com"]);
    incomplete.problems.push(crate::registry::RegistryProblem::new(7, "not an account"));
    owned.world.parts.registry = Arc::new(MemoryRegistry::new([incomplete]));
    owned.see(everything());
    let summary = owned.run("r1").await;
    let sent = owned.world.notifier.sent();
    assert!(sent.iter().all(|n| !n.is_complete()) && owned.parts().len() == 3, "{sent:?}");
    assert_eq!(summary.unused_owner_rules, [6], "there is no project \"b\"");
}

/// A line that cannot be read is told, and the report is delivered.
#[tokio::test]
async fn wrong_lines_are_told_and_change_nothing_else() {
    let mut owned = Owned::new();
    let text = format!("{RULES}a,regio:x,Sato\n");
    owned.rules = Arc::new(OwnerRules::parse_csv(text.as_bytes()).unwrap());
    owned.see(everything());
    let summary = owned.run("r1").await;
    assert!(summary.projects[0].is_ok() && owned.parts().len() == 3);
    let message = &summary.errors[0].message;
    assert!(message.starts_with("owners, line 8: match: \"regio:x\" is no condition"), "{message}");
    assert_eq!(summary.exit_code(), 1);
}
