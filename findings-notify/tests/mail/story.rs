//! Eight weeks with a report every Monday and an urgent run every day: who gets which mail and when, against a list that was
//! made by hand.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use findings_core::history::Sla;
use findings_core::memory::{
    MemoryDecisions, MemoryHistory, MemoryLedger, MemoryRegistry, MemorySource, MemoryStore, TextRenderer,
};
use findings_core::owners::OwnerRules;
use findings_core::pipeline::{
    DecisionSettings, FixedClock, Parts, Pipeline, ReminderSettings, RunOutcome, Settings, UrgentSettings,
};
use findings_core::registry::Project;
use findings_core::source::{Budget, Lane, RetryPolicy, Sweep};
use findings_core::{Finding, NotifyWhen, Resource, Severity};
use findings_notify::OutboxNotifier;
use jiff::{Timestamp, ToSpan as _};

/// The first Monday.
const START: &str = "2026-10-05T00:00:00Z";

/// Something that is open from one day to another, counted from the first Monday, and how severe it is.
struct Open {
    id: &'static str,
    days: std::ops::Range<i64>,
    severity: Severity,
    /// The day on which its product created it.
    created: i64,
}

/// What happens in the eight weeks.
const OPEN: [Open; 5] = [
    // fixed in the third week, back in the seventh
    Open { id: "public bucket", days: 0..16, severity: Severity::High, created: 0 },
    Open { id: "public bucket", days: 44..99, severity: Severity::High, created: 0 },
    // comes on a Wednesday, is due after seven days, and is fixed in the fifth week; of the data team
    Open { id: "root key", days: 2..31, severity: Severity::Critical, created: 2 },
    // gets worse on a Wednesday
    Open { id: "open port", days: 28..37, severity: Severity::Medium, created: 28 },
    Open { id: "open port", days: 37..99, severity: Severity::Critical, created: 28 },
];

fn moment(day: i64) -> Timestamp {
    let start: Timestamp = START.parse().unwrap();
    start + (day * 24).hours()
}

fn findings(day: i64) -> Vec<Finding> {
    let finding = |open: &Open| {
        let mut finding = Finding::new("111122223333".parse().unwrap(), open.id);
        finding.title = open.id.into();
        finding.severity = open.severity;
        finding.created_at = Some(moment(open.created));
        let mut resource = Resource::default();
        resource.id = format!("arn:{}", open.id).into();
        if open.id == "root key" {
            resource.tags = vec![("Team".into(), "data".into())];
        }
        finding.resources = vec![resource];
        finding
    };
    OPEN.iter().filter(|open| open.days.contains(&day)).map(finding).collect()
}

/// The registry: one recipient of each choice, and one who leads.
fn project() -> Project {
    use NotifyWhen::{Always, Changes, Critical, Never, Overdue};
    let to = |name: &str| format!("{name}@example.com").parse().unwrap();
    let chosen =
        [("always", Always), ("changes", Changes), ("critical", Critical), ("overdue", Overdue), ("never", Never)];
    let project = Project::new("Payments").with_accounts(["111122223333".parse().unwrap()]);
    let project = project.with_recipients(chosen.map(|(name, _)| to(name))).with_leads([to("boss")]);
    chosen.into_iter().fold(project, |project, (name, when)| project.with_choice(&to(name), when))
}

/// The mails by day, recipient and subject; the names of recipients without their domain.
type Told = BTreeSet<(i64, String, String)>;

struct World {
    parts: Parts,
    decisions: MemoryDecisions,
    dir: tempfile::TempDir,
    /// Mails that were seen before.
    seen: BTreeSet<std::path::PathBuf>,
    told: Told,
}

impl World {
    fn new() -> Self {
        let (dir, history) = (tempfile::tempdir().unwrap(), MemoryHistory::new());
        let outbox = OutboxNotifier::new(dir.path(), "job@example.com".parse().unwrap()).unwrap();
        let parts = Parts {
            ledger: Arc::new(MemoryLedger::new()),
            registry: Arc::new(MemoryRegistry::new([project()])),
            sweep: Sweep::new(Vec::new()),
            coverage: None,
            renderers: vec![Arc::new(TextRenderer)],
            store: Arc::new(MemoryStore::new()),
            notifiers: vec![Arc::new(outbox)],
            history_sink: Arc::new(history.clone()),
            history_reader: Arc::new(history),
        };
        Self { parts, decisions: MemoryDecisions::new(), dir, seen: BTreeSet::new(), told: Told::new() }
    }

    fn pipeline(&self, day: i64, run_id: &str) -> Pipeline {
        let mut parts = self.parts.clone();
        let lane = Lane::new("test", Arc::new(MemorySource::new(findings(day))), Budget::unlimited());
        parts.sweep = Sweep::new(vec![lane]).with_retry(RetryPolicy::default().with_attempts(1));
        let mut settings = Settings::new(run_id.parse().unwrap(), "me");
        settings.clock = Arc::new(FixedClock(moment(day)));
        let days = |days: u64| Duration::from_hours(days * 24);
        settings.targets =
            Sla::default().with_target(Severity::Critical, days(7)).with_target(Severity::High, days(30));
        let owners = "project,match,owner\nPayments,tag:Team=data,Data team <data@example.com>\n";
        settings.owners = Arc::new(OwnerRules::parse_csv(owners.as_bytes()).unwrap());
        let decisions = DecisionSettings::new(Arc::new(self.decisions.clone()));
        Pipeline::new(parts, settings).with_decisions(decisions.with_reminders(ReminderSettings::default()))
    }

    /// A report on Mondays, and an urgent run every day, after the report if there is one. Each is started twice.
    async fn day(&mut self, day: i64) {
        for _ in 0..2 {
            if day % 7 == 0 {
                let outcome = self.pipeline(day, &format!("week-{}", day / 7 + 1)).run().await.unwrap();
                assert!(!matches!(outcome, RunOutcome::Held { .. }));
            }
            let urgent = UrgentSettings::new(format!("urgent-{day}").parse().unwrap());
            let outcome = self.pipeline(day, "unused").run_urgent(&urgent).await.unwrap();
            assert!(!matches!(outcome, RunOutcome::Held { .. }));
        }
        self.collect(day);
    }

    /// Notes the mails of a day.
    fn collect(&mut self, day: i64) {
        for path in mails(self.dir.path()) {
            if self.seen.insert(path.clone()) {
                let bytes = std::fs::read(path).unwrap();
                let mail = mailparse::parse_mail(&bytes).unwrap();
                let header = |name: &str| mail.headers.iter().find(|h| h.get_key() == name).unwrap().get_value();
                let to = header("To").trim_matches(['<', '>']).replace("@example.com", "");
                let subject = header("Subject").replace("[Security Hub] Payments", "");
                assert!(self.told.insert((day, to, subject)), "no mail twice");
            }
        }
    }
}

fn mails(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { mails(&path) } else { vec![path] }).collect()
}

/// Day, recipients, and the subject behind the name of the project.
const LIST: &[(i64, &[&str], &str)] = &[
    // the first report; nothing is critical or overdue
    (0, &["always", "changes", "boss"], ": 1 high"),
    // Wednesday, the same day, to all who want to hear of what is critical
    (2, &["always", "changes", "critical"], ": 1 new critical finding"),
    // the report is whole: it is new there, too
    (7, &["always", "changes", "critical"], ": 1 new critical (open: 1 critical, 1 high)"),
    (7, &["data"], ", your part: 1 new critical (open: 1 critical)"),
    // due since the Wednesday before
    (14, &["always", "changes", "critical", "overdue"], ": 1 newly overdue (open: 1 critical, 1 high, 1 overdue)"),
    (14, &["data"], ", your part: 1 newly overdue (open: 1 critical, 1 overdue)"),
    (21, &["always", "changes", "critical", "overdue"], ": 1 fixed (open: 1 critical, 1 overdue)"),
    (21, &["data"], ", your part: nothing new in your part (open: 1 critical, 1 overdue)"),
    // 19 days overdue
    // the first one in November
    (28, &["always", "changes", "critical", "overdue", "boss"], ": 1 new (open: 1 critical, 1 overdue)"),
    (28, &["data"], ", your part: nothing new in your part (open: 1 critical, 1 overdue)"),
    (28, &["boss"], ": 1 finding has been overdue for 14 days or more"),
    // nothing is critical or overdue any more
    (35, &["always", "changes"], ": 1 fixed (open: 1 finding, none critical or high)"),
    (37, &["always", "changes", "critical"], ": 1 now critical"),
    (42, &["always", "changes", "critical", "overdue"], ": 1 newly overdue, 1 worse (open: 1 critical, 1 overdue)"),
    // what is only high waits for the report
    (49, &["always", "changes", "critical", "overdue"], ": 1 reopened (open: 1 critical, 1 high, 1 overdue)"),
    (49, &["boss"], ": 1 finding has been overdue for 14 days or more"),
];

#[tokio::test]
async fn eight_weeks_give_the_mails_of_the_list() {
    let mut world = World::new();
    for day in 0..=52 {
        world.day(day).await;
    }
    let wanted = LIST.iter().flat_map(|(day, to, subject)| to.iter().map(move |to| (*day, *to, *subject)));
    let wanted: Told = wanted.map(|(day, to, subject)| (day, to.to_owned(), subject.to_owned())).collect();
    let missing: Vec<_> = wanted.difference(&world.told).collect();
    let unwanted: Vec<_> = world.told.difference(&wanted).collect();
    assert!(missing.is_empty() && unwanted.is_empty(), "missing: {missing:#?}\nunwanted: {unwanted:#?}");
}
