//! A custom renderer in the pipeline: it writes reports in Markdown instead of Excel. All other backends are in memory.
//!
//! Run it with `cargo run --bin embed-renderer`. `.ci/test -p embed-renderer` runs the conformance suite on the
//! renderer.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;

use findings_core::memory::{MemoryHistory, MemoryLedger, MemoryNotifier, MemoryRegistry, MemorySource, MemoryStore};
use findings_core::pipeline::{Parts, Pipeline, RunOutcome, Settings};
use findings_core::registry::Project;
use findings_core::report::{RenderedReport, Report, ReportFormat};
use findings_core::source::{Budget, Lane, Sweep};
use findings_core::wording::Wording;
use findings_core::{Finding, ReportRenderer, Result, Severity};

/// Renders a report as a Markdown table.
#[derive(Debug)]
struct Markdown;

impl ReportRenderer for Markdown {
    fn format(&self) -> ReportFormat {
        ReportFormat::new("md", "text/markdown; charset=utf-8")
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let mut text = format!("# {}\n\n", cell(&report.project));
        if !report.is_complete() {
            text.push_str("**This report is incomplete.** What is missing:\n\n");
            for problem in &report.problems {
                text.push_str(&["* ", &cell(&problem.to_string()), "\n"].concat());
            }
            text.push('\n');
        }
        if let Some(sentence) = Wording::of(report.locale).stale(&report.stale) {
            text.push_str(&["**", &sentence, "**\n\n"].concat());
        }
        text.push_str("| Severity | Change | Account | Title |\n| --- | --- | --- | --- |\n");
        for row in &report.findings {
            let row = row?;
            let finding = &row.finding;
            // writing to a String cannot fail
            let _ = writeln!(
                text,
                "| {} | {:?} | {} | {} |",
                finding.severity,
                row.change,
                finding.account,
                cell(&finding.title)
            );
        }
        Ok(RenderedReport::new(text, self.format(), report.findings.len() as u64))
    }
}

/// The text of a table cell, in which line breaks and `|` must not end the row or the cell.
fn cell(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().replace('|', "\\|")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let account = "123456789012".parse()?;
    let mut project = Project::new("Payments");
    project.accounts = vec![account];
    project.recipients = vec!["sato@example.com".parse()?];
    let mut finding = Finding::new(account, "1");
    finding.title = "The bucket is public | and empty".into();
    finding.severity = Severity::High;

    let (store, history) = (Arc::new(MemoryStore::new()), MemoryHistory::new());
    let parts = Parts {
        ledger: Arc::new(MemoryLedger::new()),
        registry: Arc::new(MemoryRegistry::new(vec![project])),
        sweep: Sweep::new(vec![Lane::new("memory", Arc::new(MemorySource::new(vec![finding])), Budget::unlimited())]),
        coverage: None,
        renderers: vec![Arc::new(Markdown)],
        store: store.clone(),
        notifiers: vec![Arc::new(MemoryNotifier::new())],
        history_sink: Arc::new(history.clone()),
        history_reader: Arc::new(history),
    };
    match Pipeline::new(parts, Settings::new("2026-11-23".parse()?, "example")).run().await? {
        RunOutcome::Done(summary) => println!("{:?}, {} project(s)\n", summary.status, summary.projects.len()),
        other => println!("nothing to do: {other:?}"),
    }
    for artifact in store.artifacts() {
        println!("{}:\n{}", artifact.key, String::from_utf8_lossy(&artifact.body));
    }
    Ok(())
}

#[cfg(test)]
mod conformance {
    findings_core::renderer_conformance!(async { super::Markdown });
}
