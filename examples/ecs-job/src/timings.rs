//! The output of `--timings`.

use std::io::Write;
use std::time::{Duration, Instant};

use findings_core::pipeline::timings::{Stage, Timings, peak_memory};

/// Prints a table of the stages on stderr. Each row is one whole line, because log collectors split output at lines.
pub(crate) fn print(timings: &Timings, started: Instant) {
    if !timings.is_on() {
        return;
    }
    let mut stderr = std::io::stderr();
    for line in lines(timings, started.elapsed()) {
        let _ = writeln!(stderr, "{line}");
    }
}

fn lines(timings: &Timings, clock: Duration) -> Vec<String> {
    let mut lines = vec![format!("{:<12}{:>10}{:>12}{:>13}", "stage", "clock, s", "CPU, s", "memory, MiB")];
    for stage in Stage::ALL {
        let took = timings.of(stage);
        if took.times > 0 {
            lines.push(row(stage.as_str(), took.clock, Some(took.processor), took.memory));
        }
    }
    lines.push(row("in all", clock, processor_time(), peak_memory().unwrap_or(0)));
    lines.push(
        "Projects are worked on side by side, so stages overlap; memory is the most of the whole process when a stage ended.".into(),
    );
    lines
}

fn row(name: &str, clock: Duration, processor: Option<Duration>, memory: u64) -> String {
    let processor = processor.map_or_else(|| "unknown".to_owned(), |time| format!("{:.2}", time.as_secs_f64()));
    format!("{name:<12}{:>10.2}{processor:>12}{:>13}", clock.as_secs_f64(), memory / (1024 * 1024))
}

/// Returns the processor time of the whole process, on all processors. Linux reports it in ticks of 1/100 s.
fn processor_time() -> Option<Duration> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // the process name in parentheses may contain spaces
    let (_, fields) = status.rsplit_once(')')?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn measured_stages_are_listed() {
        let timings = Timings::on();
        timings.measure(Stage::Fetch, async {}).await;
        let lines = lines(&timings, Duration::from_secs(2));
        let names: Vec<&str> = lines.iter().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, ["stage", "fetch", "in", "Projects"]);
        assert!(lines[2].contains("2.00"), "{}", lines[2]);
    }
}
