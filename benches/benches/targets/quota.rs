//! Calls and time under the real quota. The measurements mostly wait for the simulator, so they run at the same time.

use std::time::Duration;

use security_hub_simulator::{Simulator, SimulatorHandle};

use crate::fetch::{Organisation, engine, one_by_one, organisation, simulator};
use crate::regions;
use crate::table::Table;

const RATE: f64 = 3.0;
const BURST: f64 = 6.0;
const LATENCY: Duration = Duration::from_millis(200);

/// The calls that the simulator received.
struct Received {
    calls: f64,
    throttled: u64,
    /// Time from the first call to the last, in seconds.
    seconds: f64,
}

impl Received {
    fn by(simulator: &SimulatorHandle) -> Self {
        let calls = simulator.calls();
        let at = |call: Option<&security_hub_simulator::CallRecord>| call.map(|c| c.at).unwrap_or_default();
        Self {
            calls: number(calls.len()),
            throttled: simulator.counters().throttled,
            seconds: at(calls.last()).abs_diff(at(calls.first())).as_secs_f64(),
        }
    }

    /// The ratio of the time to the shortest time that `rate`, in calls a second, allows after a burst.
    fn against(&self, rate: f64, calls: f64) -> f64 {
        self.seconds / ((calls - BURST) / rate)
    }
}

fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).expect("a small number"))
}

fn findings(organisation: &Organisation) -> usize {
    organisation.iter().flatten().map(|(_, findings)| findings).sum()
}

/// The bound of the number of calls: ⌈accounts ÷ 20⌉ + findings ÷ 100. GetFindings takes 20 accounts and returns 100
/// findings.
fn bound(organisation: &Organisation) -> f64 {
    number(organisation.iter().flatten().count().div_ceil(20)) + number(findings(organisation)) / 100.0
}

struct Run {
    organisation: Organisation,
    seen: Received,
    /// Whether all findings were fetched and every project is complete.
    complete: bool,
}

async fn run(organisation: Organisation, latency: Duration, other_client: f64) -> Run {
    let simulator = simulator(&organisation, latency).await;
    simulator.set_other_client(Simulator::REGION, other_client);
    let (found, projects) = engine(simulator.url(), &organisation).await;
    let complete = found == findings(&organisation) && projects == organisation.len();
    Run { seen: Received::by(&simulator), complete, organisation }
}

async fn run_one_by_one(organisation: Organisation) -> Run {
    let simulator = simulator(&organisation, LATENCY).await;
    let found = one_by_one(simulator.url(), &organisation).await;
    Run { seen: Received::by(&simulator), complete: found == findings(&organisation), organisation }
}

/// Projects of three accounts with 20 findings in total.
fn even(projects: usize) -> Organisation {
    organisation((0..projects).map(|_| vec![7, 7, 6]))
}

/// Projects in which most accounts have few findings and some have many. The largest account is the last and has 15
/// pages.
fn skewed() -> Organisation {
    let sizes = |project: usize| (0..4).map(move |n| if (project * 4 + n).is_multiple_of(23) { 150 } else { 9 });
    let last = std::iter::once(vec![1_500]);
    organisation((0..120).map(|project| sizes(project).collect()).chain(last))
}

/// Adds the rows about calls and time.
pub(crate) fn measure(table: &mut Table) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (plain, evenly, uneven, slow, shared, lanes) = runtime.block_on(async {
        tokio::join!(
            tokio::spawn(run_one_by_one(even(200))),
            tokio::spawn(run(even(200), LATENCY, 0.0)),
            tokio::spawn(run(skewed(), LATENCY, 0.0)),
            tokio::spawn(run(even(500), Duration::from_secs(1), 0.0)),
            tokio::spawn(run(skewed(), LATENCY, RATE / 2.0)),
            tokio::spawn(regions::run()),
        )
    });
    let (plain, evenly, uneven) = (plain.expect("a run"), evenly.expect("a run"), uneven.expect("a run"));
    let (slow, shared) = (slow.expect("a run"), shared.expect("a run"));
    for (name, run) in [("even", &evenly), ("skewed", &uneven), ("even, answers after 1 s", &slow)] {
        alone(table, name, run);
    }
    beside_another(table, &shared, &uneven);
    against_plain(table, &evenly, &plain);
    regions::row(table, &lanes.expect("a run"));
}

fn alone(table: &mut Table, name: &str, Run { organisation, seen, complete }: &Run) {
    let (accounts, bound) = (organisation.iter().flatten().count(), bound(organisation));
    table.row(
        format!("{name}: findings of {} projects, {accounts} accounts", organisation.len()),
        format!("{}, {}", findings(organisation), if *complete { "complete" } else { "INCOMPLETE" }),
        "complete",
        *complete,
    );
    let ratio = seen.calls / bound;
    table.row(
        format!("{name}: calls, against ⌈accounts ÷ 20⌉ + findings ÷ 100"),
        format!("{} of {bound:.0}: {ratio:.2}×", seen.calls),
        "at most 1.0×",
        ratio <= 1.0,
    );
    let ratio = seen.against(RATE, seen.calls);
    table.row(
        format!("{name}: time from first to last call, against (calls − 6) ÷ 3"),
        format!("{:.1} s: {ratio:.3}×", seen.seconds),
        "at most 1.05×",
        ratio <= 1.05,
    );
    table.row(format!("{name}: 429 answers, alone on the quota"), seen.throttled, "0", seen.throttled == 0);
}

/// Adds the row for a client that shares the quota. Refused calls do not count as work: the time is compared with what
/// half the quota allows for the calls of the same sweep without the other client.
fn beside_another(table: &mut Table, shared: &Run, alone: &Run) {
    let ratio = shared.seen.against(RATE / 2.0, alone.seen.calls);
    table.row(
        "skewed, another client takes half the quota: time, against (calls − 6) ÷ 1.5",
        format!(
            "{:.1} s: {ratio:.2}×, {} of {} calls refused, {}",
            shared.seen.seconds,
            shared.seen.throttled,
            shared.seen.calls,
            if shared.complete { "complete" } else { "INCOMPLETE" }
        ),
        "complete, at most 1.3×",
        shared.complete && ratio <= 1.3,
    );
}

fn against_plain(table: &mut Table, engine: &Run, plain: &Run) {
    let ratio = plain.seen.seconds / engine.seen.seconds;
    table.row(
        "even: against project by project in turn",
        format!(
            "{:.1} s and {} calls, {} of them refused; engine {:.1} s and {} calls: {ratio:.2}× faster",
            plain.seen.seconds, plain.seen.calls, plain.seen.throttled, engine.seen.seconds, engine.seen.calls
        ),
        "at least 3× faster",
        ratio >= 3.0 && engine.complete && plain.complete,
    );
}
