//! Metrics of a run, as one line of the CloudWatch embedded metric format on stdout: CloudWatch Logs makes metrics of it,
//! without a call and without a permission.
//!
//! The specification: a JSON object without anything before or after it; `_aws` has the time in milliseconds and names
//! the metrics; the values stand beside it. A line has at most 100 metrics and 30 dimensions. The log driver `awslogs`
//! needs no header for it.

use findings_core::Severity;
use findings_core::ledger::FinishedRun;
use findings_core::pipeline::{ProjectStatus, Summary};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::config::History;
use crate::ending;

/// The namespace of all metrics.
const NAMESPACE: &str = "SecurityHubFindings";
/// The only dimension: the table of the history, so that two stacks of an account have metrics of their own.
const DIMENSION: &str = "Table";

/// Whether and how metrics are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Metrics {
    #[default]
    None,
    /// As one line of the embedded metric format.
    Emf,
}

/// A metric: name, unit and value.
type Metric = (&'static str, &'static str, f64);

impl Metrics {
    /// Prints the metrics of a run that this process did, and the age of the last finished run.
    pub(crate) fn print_run(self, history: &History, summary: &Summary, last: Option<&FinishedRun>) {
        let now = Timestamp::now();
        let metrics: Vec<Metric> = of_run(summary).into_iter().chain(age(last, now)).collect();
        self.print(history, &metrics, Some(summary.run_id.as_str()), now);
    }

    /// Prints the age of the last finished run only.
    pub(crate) fn print_age(self, history: &History, last: Option<&FinishedRun>) {
        let now = Timestamp::now();
        self.print(history, age(last, now).as_slice(), None, now);
    }

    fn print(self, history: &History, metrics: &[Metric], run_id: Option<&str>, now: Timestamp) {
        if self == Self::Emf && !metrics.is_empty() {
            ending::print_line(&line(&table(history), metrics, run_id, now));
        }
    }
}

/// Returns the value of the dimension: the DynamoDB table, or the name of the SQLite file.
fn table(history: &History) -> String {
    match history {
        History::DynamoDb { table } => table.clone(),
        History::Sqlite(path) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // a value of a dimension has 1 to 1,024 characters
            if name.is_empty() { "history".to_owned() } else { name }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of this size are exact")]
fn of_run(summary: &Summary) -> Vec<Metric> {
    let count = |name, value: u64| (name, "Count", value as f64);
    let projects = |status| summary.projects.iter().filter(|p| p.status == status).count() as u64;
    // what an earlier attempt did was counted by its metrics
    let done = || summary.projects.iter().filter(|p| p.status != ProjectStatus::Skipped);
    let open = |severity| done().map(|p| p.severities.get(severity)).sum();
    let seconds = summary.finished_at.duration_since(summary.started_at).as_secs_f64();
    vec![
        count("Runs", 1),
        count("ProjectsOk", projects(ProjectStatus::Ok)),
        count("ProjectsIncomplete", projects(ProjectStatus::Incomplete)),
        count("ProjectsFailed", projects(ProjectStatus::Failed)),
        count("ProjectsSkipped", projects(ProjectStatus::Skipped)),
        count("FindingsCritical", open(Severity::Critical)),
        count("FindingsHigh", open(Severity::High)),
        count("FindingsMedium", open(Severity::Medium)),
        count("FindingsLow", open(Severity::Low)),
        count("FindingsInformational", open(Severity::Informational)),
        count("ThrottledCalls", summary.api.get_findings.throttled),
        ("RunDuration", "Seconds", seconds.max(0.0)),
        count("RecipientsTold", summary.projects.iter().map(|p| p.told_now).sum()),
        count("MessagesRejected", summary.projects.iter().map(|p| p.rejected).sum()),
        count("MessagesInDoubt", done().map(|p| p.in_doubt.len() as u64).sum()),
    ]
}

/// Returns the age of the last finished run in hours; the format has no unit for them.
fn age(last: Option<&FinishedRun>, now: Timestamp) -> Option<Metric> {
    let hours = now.duration_since(last?.at).as_secs_f64() / 3_600.0;
    // hundredths are enough; a clock that was ahead makes no negative age
    Some(("LastFinishedRunAge", "None", (hours.max(0.0) * 100.0).round() / 100.0))
}

fn line(table: &str, metrics: &[Metric], run_id: Option<&str>, now: Timestamp) -> String {
    let directive = json!({
        "Namespace": NAMESPACE,
        "Dimensions": [[DIMENSION]],
        "Metrics": metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect::<Vec<_>>(),
    });
    let mut root = Map::new();
    root.insert("_aws".to_owned(), json!({"Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive]}));
    root.insert(DIMENSION.to_owned(), table.into());
    if let Some(run_id) = run_id {
        root.insert("run_id".to_owned(), run_id.into());
    }
    root.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), (*value).into())));
    Value::Object(root).to_string()
}

#[cfg(test)]
mod tests;
