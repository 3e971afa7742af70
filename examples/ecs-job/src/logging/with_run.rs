//! Adds the run ID to every log line of a process, also to those of libraries and of spawned tasks, which have no span.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use findings_core::RunId;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The run of this process, as soon as it is known. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoggedRun(Arc<RwLock<Option<RunId>>>);

impl LoggedRun {
    /// Names the run in all lines from now on.
    pub(crate) fn name(&self, run_id: &RunId) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(run_id.clone());
    }

    fn get(&self) -> Option<RunId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Formats events as `inner` does, and adds the field `run_id` unless the event has it.
pub(super) struct WithRun<F> {
    pub(super) inner: F,
    pub(super) run: LoggedRun,
    pub(super) json: bool,
}

impl<S, N, F> FormatEvent<S, N> for WithRun<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let has_one = event.fields().any(|field| field.name() == "run_id");
        let Some(run_id) = self.run.get().filter(|_| !has_one) else {
            return self.inner.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end();
        match line.strip_suffix('}').filter(|_| self.json) {
            Some(open) => writeln!(writer, "{open},\"run_id\":{}}}", serde_json::Value::from(run_id.as_str())),
            None => writeln!(writer, "{line} run_id={run_id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns what is logged before the run is known and after, and for an event that names the run itself.
    fn logged(json: bool) -> Vec<String> {
        let (lines, run) = (Lines::default(), LoggedRun::default());
        let written = lines.clone();
        let layer = tracing_subscriber::fmt::layer().with_writer(move || written.clone());
        let log = || {
            tracing::warn!("before");
            run.name(&"r\"1".parse().unwrap_or_else(|_| "r1".parse().unwrap()));
            tracing::warn!(project = "決済 } {", "after");
            tracing::warn!(run_id = "own", "with its own");
        };
        if json {
            let layer = layer.json().flatten_event(true);
            let layer = layer.map_event_format(|inner| WithRun { inner, run: run.clone(), json });
            tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        } else {
            let layer =
                layer.map_event_format(|inner| WithRun { inner: inner.with_ansi(false), run: run.clone(), json });
            tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        }
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn json_lines_have_the_run_once() {
        let lines: Vec<serde_json::Value> = logged(true).iter().map(|l| serde_json::from_str(l).unwrap()).collect();
        let runs: Vec<_> = lines.iter().map(|line| line["run_id"].as_str()).collect();
        assert_eq!((runs[0], runs[2]), (None, Some("own")));
        assert!(runs[1].is_some_and(|run| run.starts_with('r')));
        assert_eq!((&lines[1]["message"], &lines[1]["project"]), (&"after".into(), &"決済 } {".into()));
    }

    #[test]
    fn text_lines_have_the_run_once() {
        let lines = logged(false);
        assert!(!lines[0].contains("run_id"), "{lines:?}");
        assert!(lines[1].contains("after project=\"決済 } {\" run_id=r"), "{lines:?}");
        assert_eq!((lines[2].matches("run_id").count(), lines.len()), (1, 3), "{lines:?}");
    }
}
