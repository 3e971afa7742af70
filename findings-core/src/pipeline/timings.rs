//! Measures the stages of a run: elapsed time, processor time and memory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::blocking::{self, ProcessorMeter};

/// A stage of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Opens the source. A file is read once in this stage.
    Open,
    /// Waits for findings.
    Fetch,
    /// Reads the history of a project.
    Recall,
    /// Compares the fetched findings with the history and builds the report.
    Compare,
    /// Renders the files of the report.
    Render,
    /// Stores the files.
    Store,
    /// Makes the link to the report.
    Link,
    /// Notifies recipients.
    Notify,
    /// Writes the history of a project.
    Remember,
}

impl Stage {
    /// All stages, in the order of a run.
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

    /// Returns the name of the stage in lower case.
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

/// The time and memory that a stage took, over all projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageTiming {
    /// Number of passes through the stage.
    pub times: u64,
    /// Elapsed time of all passes. Projects are processed concurrently, so the stages may add up to more than the run
    /// took.
    pub clock: Duration,
    /// Processor time of the work in [`measure`](Timings::measure) and [`blocking`]. Zero on systems that do not report
    /// it; Linux does.
    pub processor: Duration,
    /// Largest resident memory of the whole process at the end of a pass, bytes. Zero on systems that do not report it.
    pub memory: u64,
}

/// The counters of a stage; times are in nanoseconds, memory in bytes.
#[derive(Debug, Default)]
struct StageMeter {
    times: AtomicU64,
    clock: AtomicU64,
    processor: AtomicU64,
    memory: AtomicU64,
}

impl StageMeter {
    fn add(counter: &AtomicU64, time: Duration) {
        counter.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn passed(&self, started: Instant) {
        self.times.fetch_add(1, Ordering::Relaxed);
        Self::add(&self.clock, started.elapsed());
        self.memory.fetch_max(resident_memory().unwrap_or(0), Ordering::Relaxed);
    }
}

impl ProcessorMeter for StageMeter {
    fn add(&self, time: Duration) {
        Self::add(&self.processor, time);
    }
}

/// Measures the stages of a run if it is switched on. Off by default; then it has no cost.
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
pub struct Timings(Option<Arc<[Arc<StageMeter>; Stage::ALL.len()]>>);

impl Timings {
    /// Returns timings that are switched on.
    pub fn on() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether the stages are measured.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the time and memory that a stage has taken until now.
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

    /// Runs `work` and adds its time and memory to a stage, even if the future is dropped before `work` ends.
    pub async fn measure<T>(&self, stage: Stage, work: impl Future<Output = T>) -> T {
        match self.meter(stage) {
            None => work.await,
            Some(meter) => {
                let _pass = StagePass { meter: meter.clone(), started: Instant::now() };
                blocking::metered(meter.clone(), work).await
            }
        }
    }

    fn meter(&self, stage: Stage) -> Option<&Arc<StageMeter>> {
        self.0.as_ref().and_then(|meters| meters.get(stage as usize))
    }
}

/// One pass through a stage, counted when it is dropped.
#[derive(Debug)]
struct StagePass {
    meter: Arc<StageMeter>,
    started: Instant,
}

impl Drop for StagePass {
    fn drop(&mut self) {
        self.meter.passed(self.started);
    }
}

/// Returns the resident memory of this process in bytes.
fn resident_memory() -> Option<u64> {
    status_size("VmRSS:")
}

/// Returns the largest resident memory of this process so far in bytes. `None` on systems that do not report it; Linux
/// does.
pub fn peak_memory() -> Option<u64> {
    status_size("VmHWM:")
}

/// Reads a size in bytes from `/proc/self/status`, which states it in KiB and calls them kB.
fn status_size(name: &str) -> Option<u64> {
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
    async fn stage_counts_work_on_all_threads() {
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
    async fn stage_counts_dropped_work() {
        let timings = Timings::on();
        let endless = timings.measure(Stage::Fetch, std::future::pending::<()>());
        assert!(tokio::time::timeout(Duration::from_millis(1), endless).await.is_err());
        assert_eq!(timings.of(Stage::Fetch).times, 1);
    }

    #[test]
    fn stages_match_their_meter_index() {
        for (index, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, index);
        }
    }
}
