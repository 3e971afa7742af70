//! Output at the end of a run: the summary for machines, and locations of reports, mails and history for people.

use std::io::{IsTerminal, Write};

use findings_core::pipeline::{ProjectOutcome, ProjectStatus, Summary};

use crate::by_name;
use crate::config::{History, Notify, Reports, RunConfig, RunOutput};
use crate::grid::{Grid, minute};

/// The longest line on stdout, in bytes. CloudWatch Logs and others cut a line at 256 KB, and then it is no JSON.
const LONGEST_LINE: usize = 200_000;

/// Prints the summary as the last line on stdout, shortened if it is too long.
pub(crate) fn print_summary(summary: &Summary) {
    match summary.line(LONGEST_LINE) {
        Ok(json) => print_line(&json),
        Err(error) => print_errors("the summary could not be written", &[error.report()]),
    }
}

/// Whether a run prints its summary at the end. People on a terminal get it only if they ask for it.
pub(crate) fn is_summary_printed(output: RunOutput) -> bool {
    output == RunOutput::Json || !std::io::stdout().is_terminal()
}

/// Prints the end of a run that did nothing, because it was done before, is held or could not start. People on a terminal read
/// the note or the errors, which were printed before.
pub(crate) fn print_nothing_done(summary: &Summary, config: &RunConfig) {
    if is_summary_printed(config.output) {
        print_summary(summary);
    } else if !summary.projects.is_empty() {
        print_line(&format!("\n{}", projects_table(summary)));
    }
}

/// Prints the end of a run: for people on a terminal what became of the projects, for programs the summary.
pub(crate) fn print_end(summary: &Summary, config: &RunConfig) {
    if is_summary_printed(config.output) {
        print_summary(summary);
    } else {
        print_line(&format!("\n{}", projects_table(summary)));
    }
    print_locations(summary, config);
}

/// Prints the end of an urgent run, in the same way.
pub(crate) fn print_urgent(summary: &Summary, config: &RunConfig) {
    if is_summary_printed(config.output) {
        print_summary(summary);
        return;
    }
    for line in urgent_lines(summary) {
        print_line(&line);
    }
}

/// What an urgent run did: the projects with something to tell or in trouble, and a line about all.
fn urgent_lines(summary: &Summary) -> Vec<String> {
    let issues = |project: &ProjectOutcome| project.changes.new + project.changes.reopened + project.changes.worse;
    let listed: Vec<&ProjectOutcome> =
        summary.projects.iter().filter(|project| issues(project) > 0 || !project.is_ok()).collect();
    let row = |project: &&ProjectOutcome| {
        [
            project.project.clone(),
            result(project).to_owned(),
            issues(project).to_string(),
            told(project),
            project.in_doubt.len().to_string(),
            project.errors.len().to_string(),
        ]
    };
    let mut lines = vec![String::new()];
    if !listed.is_empty() {
        let headings = ["project", "result", "issues", "told", "in doubt", "errors"];
        lines.push(Grid::new(headings, listed.iter().take(ROWS).map(row)).table());
    }
    if let Some(more) = listed.len().checked_sub(ROWS).filter(|more| *more > 0) {
        lines.push(format!("and {more} more; --output json has all"));
    }
    if let Some(urgent) = summary.urgent {
        let from = urgent.from.as_str().to_ascii_lowercase();
        let (projects, recipients) = (summary.projects.len(), urgent.told);
        lines.push(format!(
            "{projects} projects: {} issues from {from} on do not wait for the next report; {recipients} recipients were told now",
            urgent.issues
        ));
    }
    let of_projects = listed.iter().flat_map(|project| project.errors.iter().map(move |error| (project, error)));
    let of_projects = of_projects.map(|(project, error)| format!("  {}: {}", project.project, error.message));
    let of_run = summary.errors.iter().map(|error| format!("  {}", error.message));
    lines.extend(of_run.chain(of_projects).take(20));
    lines
}

/// How many projects the table for people has.
const ROWS: usize = 40;

/// What became of the projects, those in trouble first.
fn projects_table(summary: &Summary) -> String {
    let mut projects: Vec<&ProjectOutcome> = summary.projects.iter().collect();
    projects.sort_by_key(|project| (project.is_ok(), project.status != ProjectStatus::Failed));
    let headings = ["project", "result", "findings", "new", "fixed", "told", "link until"];
    let row = |project: &&ProjectOutcome| {
        [
            project.project.clone(),
            result(project).to_owned(),
            project.findings.to_string(),
            project.changes.new.to_string(),
            project.changes.resolved.to_string(),
            told(project),
            project.link_expires_at.map(minute).unwrap_or_default(),
        ]
    };
    let table = Grid::new(headings, projects.iter().take(ROWS).map(row)).table();
    match projects.len().saturating_sub(ROWS) {
        0 => table.trim_end().to_owned(),
        more => format!("{table}and {more} more; the summary has all"),
    }
}

/// How many recipients were told, and how many chose not to be.
fn told(project: &ProjectOutcome) -> String {
    let told = project.notified.len();
    if project.silent.is_empty() { told.to_string() } else { format!("{told} ({} silent)", project.silent.len()) }
}

/// What became of a project, in one word for each state. A report that misses something and a message that was not sent
/// are two.
fn result(project: &ProjectOutcome) -> &'static str {
    if project.is_undelivered() { "undelivered" } else { project.status.as_str() }
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
fn print_locations(summary: &Summary, config: &RunConfig) {
    if !std::io::stderr().is_terminal() && !config.is_sample {
        return;
    }
    let mut stderr = std::io::stderr();
    for line in lines(summary, config) {
        let _ = writeln!(stderr, "{line}");
    }
}

fn lines(summary: &Summary, config: &RunConfig) -> Vec<String> {
    let count = |name| summary.projects.iter().filter(|p| result(p) == name).count();
    let findings: u64 = summary.projects.iter().map(|p| p.findings).sum();
    let mut lines = vec![
        String::new(),
        format!(
            "{} projects: {} ok, {} incomplete, {} undelivered, {} failed, {} skipped; {findings} findings in their reports",
            summary.projects.len(),
            count("ok"),
            count("incomplete"),
            count("undelivered"),
            count("failed"),
            count("skipped"),
        ),
    ];
    lines.extend(match &config.report.place {
        Reports::Dir(dir) => Some(format!("  reports  {}", dir.join(by_name::FOLDER).display())),
        Reports::S3 { bucket, prefix } => Some(format!("  reports  s3://{bucket}/{prefix}")),
    });
    lines.extend(config.notify.notifiers.iter().filter_map(|notify| match notify {
        Notify::Outbox(dir) => Some(format!("  mails    {} (open the .eml files in a mail program)", dir.display())),
        _ => None,
    }));
    let history = match &config.history {
        History::Sqlite(path) => format!("sqlite:{}", path.display()),
        History::DynamoDb { table } => format!("dynamodb:{table}"),
    };
    lines.push(format!("  history  {history} (ecs-job findings, status and organisation --history {history} read it)"));
    for problem in summary.projects.iter().flat_map(|p| p.errors.iter().map(move |e| (p, e))).take(20) {
        lines.push(format!("  {}: {}", problem.0.project, problem.1.message));
    }
    lines
}
