//! Output at the end of a run: the summary for machines, and locations of reports, mails and history for people.

use std::io::{IsTerminal, Write};

use findings_core::pipeline::{ProjectStatus, Summary};

use crate::config::{History, Notify, Reports, RunConfig};

/// The longest line on stdout, in bytes. CloudWatch Logs and others cut a line at 256 KB, and then it is no JSON.
const LONGEST_LINE: usize = 200_000;

/// Prints the summary as the last line on stdout, shortened if it is too long.
pub(crate) fn print_summary(summary: &Summary) {
    match summary.line(LONGEST_LINE) {
        Ok(json) => print_line(&json),
        Err(error) => print_errors("the summary could not be written", &[error.report()]),
    }
}

/// Prints a line on stdout. Ignores write errors: a closed pipe is no reason to fail.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints errors on stderr, one per line: as a list on a terminal, else as log lines for log-based alarms.
pub(crate) fn print_errors(what: &str, errors: &[String]) {
    if !std::io::stderr().is_terminal() {
        for error in errors {
            tracing::error!("{what}: {error}");
        }
        return;
    }
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "ecs-job: {what}");
    for error in errors {
        let _ = writeln!(stderr, "  {error}");
    }
}

/// Prints where reports, mails and history are, on a terminal or for the sample organisation. Machines read the
/// summary.
pub(crate) fn print_locations(summary: &Summary, config: &RunConfig) {
    if !std::io::stderr().is_terminal() && !config.is_sample {
        return;
    }
    let mut stderr = std::io::stderr();
    for line in lines(summary, config) {
        let _ = writeln!(stderr, "{line}");
    }
}

fn lines(summary: &Summary, config: &RunConfig) -> Vec<String> {
    let count = |status| summary.projects.iter().filter(|p| p.status == status).count();
    let findings: u64 = summary.projects.iter().map(|p| p.findings).sum();
    let mut lines = vec![
        String::new(),
        format!(
            "{} projects: {} ok, {} incomplete, {} failed, {} skipped; {findings} findings in their reports",
            summary.projects.len(),
            count(ProjectStatus::Ok),
            count(ProjectStatus::Incomplete),
            count(ProjectStatus::Failed),
            count(ProjectStatus::Skipped),
        ),
    ];
    lines.extend(match &config.report.place {
        Reports::Dir(dir) => {
            Some(format!("  reports  {}", dir.join("runs").join(config.run_id.key_segment()).display()))
        }
        Reports::S3 { bucket, prefix } => Some(format!("  reports  s3://{bucket}/{prefix}")),
    });
    lines.extend(config.notify.notifiers.iter().filter_map(|notify| match notify {
        Notify::Outbox(dir) => Some(format!("  mails    {} (open the .eml files in a mail program)", dir.display())),
        Notify::Ses { .. } | Notify::Smtp { .. } | Notify::Chat { .. } | Notify::Webhook(_) => None,
    }));
    lines.push(match &config.history {
        History::Sqlite(path) => format!("  history  sqlite3 {} 'select * from open_issues limit 10'", path.display()),
        History::DynamoDb { table } => format!("  history  DynamoDB table {table}"),
    });
    for problem in summary.projects.iter().flat_map(|p| p.errors.iter().map(move |e| (p, e))).take(20) {
        lines.push(format!("  {}: {}", problem.0.project, problem.1.message));
    }
    lines
}
