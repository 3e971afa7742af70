//! A run in stages on two cores: batches delivered by one process after the other, and by two at the same time.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use asff_fixtures::{Findings, Organisation, SAMPLE_NOW};

use crate::table::Table;
use crate::{job, startup};

const PROJECTS: usize = 500;
const FINDINGS: usize = 200_000;
const ROUNDS: usize = 3;
/// Two processes share a database and the disk.
const SPEED_UP: f64 = 1.7;

/// What a run in stages took.
#[derive(Clone, Copy, Debug, Default)]
struct Took {
    /// Seconds of the stages, the delivery of all batches among them.
    fetch: f64,
    deliver: f64,
    finish: f64,
    /// Bytes of the findings between the stages.
    packs: u64,
}

/// An organisation on files, and the program.
struct Yard {
    program: PathBuf,
    input: tempfile::TempDir,
}

impl Yard {
    fn new() -> Self {
        let input = tempfile::tempdir().expect("a folder");
        let organisation = Organisation::of_size(PROJECTS, 3);
        let file = |name: &str| BufWriter::new(File::create(input.path().join(name)).expect("a file"));
        organisation.write_registry(file("projects.csv")).expect("the registry");
        let findings = Findings::new(7, SAMPLE_NOW).with_accounts(&organisation.accounts, FINDINGS, &job::open_mix());
        findings.write_json(file("findings.json")).expect("findings");
        Self { program: startup::built(), input }
    }

    /// The command of a stage, on one core if one is given.
    fn command(&self, folder: &Path, core: Option<usize>, stage: &[&str]) -> Command {
        let mut command = match core {
            Some(core) => {
                let mut pinned = Command::new("taskset");
                pinned.args(["-c", &core.to_string()]).arg(&self.program);
                pinned
            }
            None => Command::new(&self.program),
        };
        command.args(stage).args(["--run-id", "week", "--log-level", "error", "--lookups", "0"]);
        command.args(["--reports", "reports", "--notify", "outbox:outbox", "--history", "sqlite:history.db"]);
        command.arg("--projects").arg(self.input.path().join("projects.csv"));
        command.arg("--source").arg(self.input.path().join("findings.json"));
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Fetches, and delivers all batches by so many processes at the same time, each with a core of its own. The other
    /// stages have one core.
    fn stages(&self, processes: usize) -> Took {
        let folder = tempfile::tempdir().expect("a folder");
        let stage = |core, stage: &[&str]| self.command(folder.path(), core, &[stage, &["--work", "work"]].concat());
        let whole = |mut command: Command| {
            let started = Instant::now();
            assert!(command.status().expect("taskset").success(), "a stage failed");
            started.elapsed().as_secs_f64()
        };
        let fetch = whole(stage(Some(0), &["fetch", "--workers", "2"]));
        let packs = bytes_of(&folder.path().join("work"), "findings");
        let batches =
            std::fs::read_to_string(folder.path().join("work/week/work.jsonl")).expect("the list").lines().count();
        let mut left = 1..=batches;
        let mut begin = |core: usize| -> Option<Child> {
            let batch = left.next()?.to_string();
            Some(stage(Some(core), &["deliver", "--batch", &batch]).spawn().expect("taskset"))
        };
        let started = Instant::now();
        let mut working: Vec<Option<Child>> = (0..processes).map(&mut begin).collect();
        while working.iter().any(Option::is_some) {
            for (core, slot) in working.iter_mut().enumerate() {
                let Some(ended) = slot.as_mut().and_then(|child| child.try_wait().expect("a child")) else { continue };
                assert!(ended.success(), "a batch failed");
                *slot = begin(core);
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let deliver = started.elapsed().as_secs_f64();
        Took { fetch, deliver, finish: whole(stage(Some(0), &["finish"])), packs }
    }

    /// A whole run. Returns its seconds.
    fn run(&self, more: &[&str]) -> f64 {
        let folder = tempfile::tempdir().expect("a folder");
        let started = Instant::now();
        let done = self.command(folder.path(), None, &[&["run"], more].concat()).status().expect("ecs-job");
        assert!(done.success(), "a run failed");
        started.elapsed().as_secs_f64()
    }
}

/// The bytes of all files with an extension below a folder.
fn bytes_of(folder: &Path, extension: &str) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let bytes = entries.map(|entry| match entry.path() {
        path if path.is_dir() => bytes_of(&path, extension),
        path if path.extension().is_some_and(|e| e == extension) => entry.metadata().expect("a file").len(),
        _ => 0,
    });
    bytes.sum()
}

/// Adds the rows about two processes.
pub(crate) fn measure(table: &mut Table) {
    let yard = Yard::new();
    // in turn, so that a machine that gets slower does so for all
    let rounds: Vec<(Took, Took, f64, f64)> =
        (0..ROUNDS).map(|_| (yard.stages(1), yard.stages(2), yard.run(&[]), yard.run(&["--workers", "2"]))).collect();
    let median = |of: fn(&(Took, Took, f64, f64)) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_unstable_by(f64::total_cmp);
        values[ROUNDS / 2]
    };
    let speed_up = median(|(one, two, ..)| one.deliver / two.deliver);
    let of = format!("{FINDINGS} findings of {PROJECTS} projects");
    table.row(
        format!("{of}: batches delivered by 2 processes, a core each, against 1"),
        format!(
            "{:.1} s against {:.1} s: {speed_up:.2}× faster",
            median(|(_, two, ..)| two.deliver),
            median(|(one, ..)| one.deliver)
        ),
        format!("at least {SPEED_UP}× faster"),
        speed_up >= SPEED_UP,
    );
    let whole = median(|(.., run, workers)| run / workers);
    table.row(
        "the same: `run --workers 2` against `run`, which uses both cores itself",
        format!("{:.1} s against {:.1} s: {whole:.2}×", median(|(.., workers)| *workers), median(|(.., run, _)| *run)),
        "none",
        true,
    );
    let packs = rounds.first().map_or(0, |(one, ..)| one.packs);
    table.row(
        "the same: stages on one core: fetch, deliver, finish",
        format!(
            "{:.1} s, {:.1} s, {:.2} s; {} bytes of a finding between them",
            median(|(one, ..)| one.fetch),
            median(|(one, ..)| one.deliver),
            median(|(one, ..)| one.finish),
            packs / FINDINGS as u64
        ),
        "none",
        true,
    );
}
