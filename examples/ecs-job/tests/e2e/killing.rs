//! Kills a process at every boundary of its stages and at random moments, and continues the run with other processes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use aws_emulators::{CREDENTIALS, Emulator, EmulatorKind};
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use findings_core::aws::DynamoDbTable;
use findings_core::history::{HistoryCommit, HistoryQuery, ProjectHistory};
use findings_core::local::SqliteDatabase;
use findings_core::{Backend, HistoryReader, HistorySink};
use jiff::Timestamp;
use security_hub_simulator::{Simulator, SimulatorHandle};
use serde_json::Value;

use crate::gate::{self, Boundary, Watch};
use crate::smtp_sink::SmtpSink;
use crate::support::{Done, Job};

const PROJECTS: usize = 3;
const SEED: u64 = 11;
/// Number of worlds that run at the same time.
const SIDE_BY_SIDE: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
    Sqlite,
    DynamoDb,
}

/// The state that all worlds of a test share: the organisation, the findings of the second week, and the history after
/// the first.
struct Stage {
    memory: Memory,
    organisation: Organisation,
    hub: SimulatorHandle,
    before: BTreeMap<String, ProjectHistory>,
}

impl Stage {
    fn new(memory: Memory) -> Self {
        let organisation = Organisation::of_size(PROJECTS, 6);
        let accounts = &organisation.accounts;
        let findings = Findings::new(SEED, SAMPLE_NOW).with_regions([Simulator::REGION]);
        let all: Vec<Value> = findings.with_accounts(accounts, 90, &Mix::default()).values().collect();
        // some findings are missing in the first week and new in the second; others are resolved in the second
        let week = |skip: usize| all.iter().enumerate().filter(move |(n, _)| n % 10 != skip).map(|(_, f)| f.clone());
        let spawn = |skip| {
            let members = organisation.accounts.iter().map(|a| &a.id);
            let hub = Simulator::builder().findings(week(skip)).covered(members, Simulator::REGION, Timestamp::now());
            hub.quota(None).spawn_thread().unwrap()
        };
        let (first_week, second_week) = (spawn(0), spawn(1));
        let mut stage = Self { memory, organisation, hub: first_week, before: BTreeMap::new() };
        let first = World::new(&stage);
        first.run("week-1", None).expect(0);
        stage.before = first.history();
        stage.hub = second_week;
        stage
    }

    fn recipients(&self) -> BTreeSet<String> {
        self.organisation.projects.iter().flat_map(|p| p.recipients.iter().cloned()).collect()
    }

    /// Calls `work` with each number below `count`, on several threads.
    fn each(count: u32, work: impl Fn(u32) + Sync) {
        let next = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..SIDE_BY_SIDE {
                scope.spawn(|| {
                    while let n @ 0.. = next.fetch_add(1, Ordering::SeqCst)
                        && n < count
                    {
                        work(n);
                    }
                });
            }
        });
    }
}

/// One isolated test environment: folder, mail relay and database.
struct World<'a> {
    stage: &'a Stage,
    dir: tempfile::TempDir,
    relay: SmtpSink,
    table: String,
    watch: Arc<Watch>,
    hub: String,
    dynamodb: String,
    mail: String,
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Returns the DynamoDB endpoint. If the variable names DynamoDB Local, the real limits are enforced.
fn dynamodb_endpoint() -> String {
    std::env::var("FINDINGS_TEST_DYNAMODB")
        .unwrap_or_else(|_| Emulator::shared(EmulatorKind::Ministack).unwrap().endpoint().to_owned())
}

pub(crate) fn dynamodb() -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(dynamodb_endpoint())
        .credentials_provider(Credentials::new(CREDENTIALS.0, CREDENTIALS.1, None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

pub(crate) fn host(url: &str) -> String {
    url.trim_start_matches("http://").trim_end_matches('/').to_owned()
}

/// Expires the lease of a run in DynamoDB by hand, without waiting. The key is that of a run ID without a colon.
pub(crate) fn expire_lease(table: &str, run_id: &str) {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let update = dynamodb().update_item().table_name(table).key("PK", text(&format!("RUN#{run_id}")));
    let update = update.key("SK", text("META")).update_expression("SET lease_until = :past");
    let update = update.expression_attribute_values(":past", text("2000-01-01T00:00:00.000000000Z"));
    // no lease exists yet, or the run is finished
    let _ = runtime().block_on(update.condition_expression("attribute_exists(lease_until)").send());
}

async fn read_all(reader: &dyn HistoryReader, names: impl Iterator<Item = String>) -> BTreeMap<String, ProjectHistory> {
    let mut all = BTreeMap::new();
    for name in names {
        let history = reader.project(&HistoryQuery::new(&name)).await.unwrap();
        all.insert(name, history);
    }
    all
}

/// Reads the histories of projects from a table.
pub(crate) fn all_histories(table: &str, names: impl Iterator<Item = String>) -> BTreeMap<String, ProjectHistory> {
    runtime().block_on(async { read_all(&DynamoDbTable::new(dynamodb(), table), names).await })
}

/// Removes the times of writing from a history, which differ between runs.
pub(crate) fn without_clock(mut history: ProjectHistory) -> ProjectHistory {
    for run in &mut history.runs {
        run.at = Timestamp::UNIX_EPOCH;
    }
    for issue in &mut history.issues {
        issue.last_seen = Timestamp::UNIX_EPOCH;
        issue.resolved.iter_mut().for_each(|resolved| resolved.at = Timestamp::UNIX_EPOCH);
        issue.decided_at = issue.decided_at.map(|_| Timestamp::UNIX_EPOCH);
    }
    history
}

impl<'a> World<'a> {
    fn new(stage: &'a Stage) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (dir, relay, watch) = (tempfile::tempdir().unwrap(), SmtpSink::start(), Arc::new(Watch::default()));
        let mut registry = Vec::new();
        stage.organisation.write_registry(&mut registry).unwrap();
        std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
        let table = format!("killed-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let dynamodb = match stage.memory {
            Memory::Sqlite => String::new(),
            Memory::DynamoDb => gate::open(&watch, host(&dynamodb_endpoint())),
        };
        let world = Self {
            hub: gate::open(&watch, host(stage.hub.url())),
            mail: gate::open(&watch, relay.address.clone()),
            stage,
            dir,
            relay,
            table,
            watch,
            dynamodb,
        };
        world.record_first_week();
        world
    }

    fn job(&self, run_id: &str) -> Job {
        let history = match self.stage.memory {
            Memory::Sqlite => "sqlite:history.db".to_owned(),
            Memory::DynamoDb => format!("dynamodb:{}", self.table),
        };
        Job::in_dir(self.dir.path())
            .args(&["--projects", "projects.csv", "--source", "securityhub:us-east-1", "--reports", "reports"])
            .args(&["--notify", &format!("smtp://{}?tls=none&from=job@example.com", self.mail), "--history", &history])
            .args(&["--rate", "1000", "--burst", "1000", "--run-id", run_id])
            .env("AWS_ACCESS_KEY_ID", CREDENTIALS.0)
            .env("AWS_SECRET_ACCESS_KEY", CREDENTIALS.1)
            .env("AWS_ENDPOINT_URL_SECURITYHUB", format!("http://{}", self.hub))
            .env("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", self.dynamodb))
    }

    fn run(&self, run_id: &str, plan: Option<Boundary>) -> Done {
        self.watch.start(plan, || self.job(run_id).spawn());
        self.watch.wait().into()
    }

    /// Continues the run with the next process. The lease of the killed one is expired by hand, without waiting.
    fn continue_run(&self) -> Value {
        self.expire_lease();
        let done = self.run("week-2", None);
        assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
        done.summary()
    }

    fn expire_lease(&self) {
        let past = "2000-01-01T00:00:00.000000000Z";
        match self.stage.memory {
            Memory::Sqlite => {
                let file = rusqlite::Connection::open(self.dir.path().join("history.db")).unwrap();
                file.busy_timeout(Duration::from_secs(10)).unwrap();
                let tables: i64 =
                    file.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'run'", [], |r| r.get(0)).unwrap();
                if tables == 1 {
                    file.execute("UPDATE run SET lease_until = ?1 WHERE owner IS NOT NULL", [past]).unwrap();
                }
            }
            Memory::DynamoDb => expire_lease(&self.table, "week-2"),
        }
    }

    fn record_first_week(&self) {
        let before = &self.stage.before;
        let sqlite = SqliteDatabase::new(self.dir.path().join("history.db"));
        runtime().block_on(async {
            let sink: Box<dyn HistorySink> = match self.stage.memory {
                Memory::Sqlite => Box::new(sqlite),
                Memory::DynamoDb => {
                    let table = DynamoDbTable::new(dynamodb(), &self.table);
                    table.setup().await.unwrap();
                    Box::new(table)
                }
            };
            for (name, history) in before {
                let commit = HistoryCommit::new(name, history.runs[0].clone(), history.issues.clone());
                sink.commit(&commit).await.unwrap();
            }
        });
    }

    fn history(&self) -> BTreeMap<String, ProjectHistory> {
        runtime().block_on(async {
            let reader: Box<dyn HistoryReader> = match self.stage.memory {
                Memory::Sqlite => Box::new(SqliteDatabase::new(self.dir.path().join("history.db"))),
                Memory::DynamoDb => Box::new(DynamoDbTable::new(dynamodb(), &self.table)),
            };
            read_all(&*reader, self.stage.organisation.projects.iter().map(|project| project.name.clone())).await
        })
    }

    /// Checks mails, reports and history against the last summary.
    #[track_caller]
    fn check(&self, summary: &Value, undisturbed: &BTreeMap<String, ProjectHistory>, what: &str) {
        let counts = self.relay.counts();
        let listed: BTreeSet<String> = summary["projects"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|p| p["in_doubt"].as_array().cloned().unwrap_or_default())
            .map(|message| message["recipient"].as_str().unwrap().to_owned())
            .collect();
        for recipient in self.stage.recipients() {
            let mails = counts.get(&recipient).copied().unwrap_or_default();
            assert!(mails >= 1, "{what}: no mail to {recipient}");
            assert!(
                mails == 1 || listed.contains(&recipient),
                "{what}: {mails} mails to {recipient}, not in doubt: {listed:?}"
            );
        }
        for project in summary["projects"].as_array().unwrap() {
            let location = project["report"]["location"].as_str().unwrap_or_else(|| panic!("{what}: {project}"));
            let report = self.dir.path().join(location);
            assert!(Path::new(&report).metadata().is_ok_and(|m| m.len() > 1_000), "{what}: no report {location}");
        }
        for (name, history) in self.history() {
            let want = without_clock(undisturbed[&name].clone());
            assert!(without_clock(history) == want, "{what}: the history of {name} differs");
        }
    }
}

/// Returns the history after an undisturbed second week, and the number of requests of that run.
fn undisturbed(stage: &Stage) -> (BTreeMap<String, ProjectHistory>, u32) {
    let world = World::new(stage);
    let summary = world.run("week-2", None).expect(0).summary();
    let questions = world.watch.questions();
    let history = world.history();
    world.check(&summary, &history, "undisturbed");
    let changes: u64 = history.values().map(|h| h.runs[1].changes.new.min(h.runs[1].changes.resolved)).sum();
    assert!(changes > 0, "no issue appeared or was resolved");
    (history, questions)
}

fn killed_at_every_boundary(memory: Memory) {
    let stage = Stage::new(memory);
    let (history, questions) = undisturbed(&stage);
    let (killed, doubtful) = (AtomicU32::new(0), AtomicU32::new(0));
    Stage::each(2 * questions, |n| {
        let world = World::new(&stage);
        let boundary = Boundary { question: n / 2, answered: n % 2 == 1 };
        let done = world.run("week-2", Some(boundary));
        killed.fetch_add(u32::from(done.code == -1), Ordering::SeqCst);
        let summary = world.continue_run();
        doubtful.fetch_add(u32::from(summary.to_string().contains("in_doubt")), Ordering::SeqCst);
        world.check(&summary, &history, &format!("{memory:?}, {boundary:?}"));
    });
    let (killed, doubtful) = (killed.into_inner(), doubtful.into_inner());
    println!("{memory:?}: {questions} questions, killed {killed} times, {doubtful} times with a mail in doubt");
    // projects run concurrently, so the last requests of one run may not occur in another
    assert!(killed >= 2 * questions - 8, "{killed} of {}", 2 * questions);
    assert!(doubtful > 0 && doubtful < killed, "{doubtful} of {killed}");
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    Kill,
    Terminate,
}

fn killed_at_random_moments(memory: Memory) {
    let stage = Stage::new(memory);
    let (history, questions) = undisturbed(&stage);
    let chance = Mutex::new(fastrand::Rng::with_seed(SEED));
    let (kills, stops) = (AtomicU32::new(0), AtomicU32::new(0));
    // a signal that comes after the run is finished does not count, so more worlds follow until there are enough
    let is_enough = || {
        let (kills, stops) = (kills.load(Ordering::SeqCst), stops.load(Ordering::SeqCst));
        kills + stops >= 110 && kills.min(stops) >= 35
    };
    Stage::each(200, |n| {
        if is_enough() {
            return;
        }
        let world = World::new(&stage);
        // several signals per run, each at another request and after a random delay
        for _ in 0..5 {
            let (question, moment, signal) = {
                let mut chance = chance.lock().unwrap();
                let signal = if chance.bool() { Signal::Kill } else { Signal::Terminate };
                (chance.u32(..questions), Duration::from_micros(chance.u64(..30_000)), signal)
            };
            world.watch.start(None, || world.job("week-2").spawn());
            while world.watch.questions() <= question && !world.watch.is_over() {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(moment);
            match signal {
                Signal::Kill => world.watch.kill(),
                Signal::Terminate => world.watch.terminate(),
            }
            let code = Done::from(world.watch.wait()).code;
            let counter = if signal == Signal::Kill { &kills } else { &stops };
            counter.fetch_add(u32::from(code != 0), Ordering::SeqCst);
            world.expire_lease();
        }
        let summary = world.continue_run();
        world.check(&summary, &history, &format!("{memory:?}, world {n}"));
    });
    let (kills, stops) = (kills.into_inner(), stops.into_inner());
    println!("{memory:?}: killed {kills} times and stopped {stops} times at random");
    assert!(kills + stops >= 100, "{kills} + {stops}");
    assert!(kills.min(stops) >= 30, "{kills}, {stops}");
}

#[test]
fn sqlite_task_killed_at_any_boundary_loses_nothing() {
    killed_at_every_boundary(Memory::Sqlite);
}

#[test]
fn sqlite_task_killed_at_any_moment_loses_nothing() {
    killed_at_random_moments(Memory::Sqlite);
}

#[test]
#[ignore = "needs the emulators: .ci/test"]
fn dynamodb_task_killed_at_any_boundary_loses_nothing() {
    killed_at_every_boundary(Memory::DynamoDb);
}

#[test]
#[ignore = "needs the emulators: .ci/test"]
fn dynamodb_task_killed_at_any_moment_loses_nothing() {
    killed_at_random_moments(Memory::DynamoDb);
}
