//! Where the time of a run goes: clock, processor and memory by stage.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::blocking::{self, ProcessorMeter};

/// A stage of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Open the source; a file is read here once.
    Open,
    /// Wait for findings.
    Fetch,
    /// Read the history of a project.
    Recall,
    /// Compare what was fetched with what is remembered, and build the report.
    Compare,
    /// Write the report's files.
    Render,
    /// Store them.
    Store,
    /// Make the link.
    Link,
    /// Tell people.
    Notify,
    /// Write the history of a project.
    Remember,
}

impl Stage {
    /// All, in the order of a run.
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Fetch,
        Self::Recall,
        Self::Compare,
        Self::Render,
        Self::Store,
        Self::Link,
        Self::Notify,
        Self::Remember,
    ];

    /// Its name, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fetch => "fetch",
            Self::Recall => "recall",
            Self::Compare => "compare",
            Self::Render => "render",
            Self::Store => "store",
            Self::Link => "link",
            Self::Notify => "notify",
            Self::Remember => "remember",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a stage took, over all projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageTiming {
    /// How often it was passed.
    pub times: u64,
    /// By the clock, all passes together. Projects are worked on side by side, so the stages may add up to more than
    /// the run took.
    pub clock: Duration,
    /// On a processor, as far as it worked in [`measure`](Timings::measure) and [`blocking`]; zero where the system
    /// does not tell (it is
    /// Linux that does).
    pub processor: Duration,
    /// Most memory of the whole process when a pass ended, bytes; zero where the system does not tell.
    pub memory: u64,
}

#[derive(Debug, Default)]
struct Meter {
    times: AtomicU64,
    clock: AtomicU64,
    processor: AtomicU64,
    memory: AtomicU64,
}

impl Meter {
    fn add(counter: &AtomicU64, time: Duration) {
        counter.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn passed(&self, started: Instant) {
        self.times.fetch_add(1, Ordering::Relaxed);
        Self::add(&self.clock, started.elapsed());
        self.memory.fetch_max(resident_memory().unwrap_or(0), Ordering::Relaxed);
    }
}

impl ProcessorMeter for Meter {
    fn add(&self, time: Duration) {
        Self::add(&self.processor, time);
    }
}

/// Measures the stages of a run, if it is switched on; else it costs nothing.
///
/// ```
/// use findings_core::pipeline::timings::{Stage, Timings};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let timings = Timings::on();
/// let four = timings.measure(Stage::Open, async { 2 + 2 }).await;
/// assert_eq!((four, timings.of(Stage::Open).times, timings.of(Stage::Fetch).times), (4, 1, 0));
/// assert_eq!(Timings::default().measure(Stage::Open, async { 1 }).await, 1);
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Timings(Option<Arc<[Arc<Meter>; Stage::ALL.len()]>>);

impl Timings {
    /// Switched on.
    pub fn on() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether it is switched on.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// What a stage took until now.
    pub fn of(&self, stage: Stage) -> StageTiming {
        let Some(meter) = self.meter(stage) else { return StageTiming::default() };
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StageTiming {
            times: read(&meter.times),
            clock: Duration::from_nanos(read(&meter.clock)),
            processor: Duration::from_nanos(read(&meter.processor)),
            memory: read(&meter.memory),
        }
    }

    /// Counts what `work` takes for a stage, also if it is dropped before its end.
    pub async fn measure<T>(&self, stage: Stage, work: impl Future<Output = T>) -> T {
        match self.meter(stage) {
            None => work.await,
            Some(meter) => {
                let _pass = Pass { meter: meter.clone(), started: Instant::now() };
                blocking::metered(meter.clone(), work).await
            }
        }
    }

    fn meter(&self, stage: Stage) -> Option<&Arc<Meter>> {
        self.0.as_ref().and_then(|meters| meters.get(stage as usize))
    }
}

/// One pass through a stage, until it is dropped.
#[derive(Debug)]
struct Pass {
    meter: Arc<Meter>,
    started: Instant,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.meter.passed(self.started);
    }
}

/// Memory of this process, bytes.
fn resident_memory() -> Option<u64> {
    status_line("VmRSS:")
}

/// Most memory that this process ever held, bytes; `None` where the system does not tell (it is Linux that does).
pub fn peak_memory() -> Option<u64> {
    status_line("VmHWM:")
}

fn status_line(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_to(n: u64) -> u64 {
        (0..n).fold(0, |sum, x| std::hint::black_box(sum ^ x))
    }

    #[tokio::test]
    async fn work_counts_for_its_stage_on_any_thread() {
        let timings = Timings::on();
        timings
            .measure(Stage::Recall, async { blocking::run("count", || Ok(count_to(3_000_000))).await.unwrap() })
            .await;
        timings.measure(Stage::Compare, async { count_to(3_000_000) }).await;
        for stage in [Stage::Recall, Stage::Compare] {
            let took = timings.of(stage);
            assert_eq!(took.times, 1);
            assert!(took.clock > Duration::ZERO);
            if cfg!(target_os = "linux") {
                assert!(took.processor > Duration::ZERO && took.memory > 0, "{stage}: {took:?}");
            }
        }
        assert_eq!(timings.of(Stage::Fetch), StageTiming::default());
    }

    #[tokio::test]
    async fn dropped_work_counts_as_pass() {
        let timings = Timings::on();
        let endless = timings.measure(Stage::Fetch, std::future::pending::<()>());
        assert!(tokio::time::timeout(Duration::from_millis(1), endless).await.is_err());
        assert_eq!(timings.of(Stage::Fetch).times, 1);
    }

    #[test]
    fn stages_match_their_meter_index() {
        for (place, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, place);
        }
    }
}
