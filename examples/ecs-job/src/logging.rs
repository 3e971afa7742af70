//! Logs on stderr: text on a terminal, else JSON.

mod with_run;

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

pub(crate) use self::with_run::LoggedRun;
use self::with_run::WithRun;
use crate::config::ConfigError;
use crate::options::Options;
use crate::progress::Progress;
use crate::workers;

/// Crates whose logs are printed. The AWS SDK is left out: its debug logs contain whole requests, including presigned
/// URLs.
const OURS: [&str; 4] = ["ecs_job", "findings_core", "findings_notify", "findings_xlsx"];

/// Starts logging and, on a terminal, a progress bar. All lines name `run` once it is known. Returns an error for each
/// invalid option and uses its default instead.
pub(crate) fn init(options: &Options, run: LoggedRun) -> (Progress, Vec<ConfigError>) {
    let mut errors = Vec::new();
    let terminal = io::stderr().is_terminal();
    let json = match options.log.as_deref().map(str::trim).filter(|l| !l.is_empty()) {
        None => !terminal,
        Some("text") => false,
        Some("json") => true,
        Some(other) => {
            let message = format!("\"{other}\" is not a form of log; expected text or json");
            errors.push(ConfigError { flag: "log", message });
            !terminal
        }
    };
    let level = match options.log_level.as_deref().map(str::trim).filter(|l| !l.is_empty()) {
        None => LevelFilter::INFO,
        Some(text) => text.parse().unwrap_or_else(|_| {
            let message = format!("\"{text}\" is not a level; expected error, warn, info, debug or trace");
            errors.push(ConfigError { flag: "log-level", message });
            LevelFilter::INFO
        }),
    };
    // a worker would draw over what the process draws that began it
    let is_drawn = terminal && !json && workers::parent().is_none();
    let progress = if is_drawn { Progress::visible() } else { Progress::hidden() };
    let filter = OURS.iter().fold(Targets::new(), |filter, target| filter.with_target(*target, level));
    let layer = tracing_subscriber::fmt::layer().with_writer(AboveTheBar(progress.clone()));
    let layer: Box<dyn Layer<Registry> + Send + Sync> = if json {
        let layer = layer.json().flatten_event(true);
        layer.map_event_format(|inner| WithRun { inner, run, json }).with_filter(filter).boxed()
    } else {
        let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        let layer = layer.with_target(false).with_ansi(colours);
        // the line is written into a buffer first, which does not know of colours
        let layer = layer.map_event_format(|inner| WithRun { inner: inner.with_ansi(colours), run, json });
        layer.with_filter(filter).boxed()
    };
    tracing_subscriber::registry().with(layer).init();
    (progress, errors)
}

/// Writes to stderr without tearing the progress bar.
#[derive(Clone)]
struct AboveTheBar(Progress);

impl Write for AboveTheBar {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write_all(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for AboveTheBar {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
