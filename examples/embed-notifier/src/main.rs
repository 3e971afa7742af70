//! A custom notifier in the pipeline: it opens a ticket for each recipient instead of sending a mail.
//!
//! Run it with `cargo run -p embed-notifier`.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use findings_core::memory::{MemoryHistory, MemoryLedger, MemoryRegistry, MemorySource, MemoryStore, TextRenderer};
use findings_core::notify::{Notification, Receipt};
use findings_core::pipeline::{Parts, Pipeline, RunOutcome, Settings};
use findings_core::registry::Project;
use findings_core::source::{Budget, Lane, Sweep};
use findings_core::{Finding, Notifier, Result, Severity};

/// Opens a ticket for each recipient. A real notifier would call the ticket system and map its errors to `ErrorKind`.
#[derive(Debug, Default)]
struct Tickets(Mutex<Vec<String>>);

#[async_trait]
impl Notifier for Tickets {
    fn name(&self) -> &'static str {
        "tickets"
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        let Notification { recipient, project, counts, changes, .. } = notification;
        // a message must never present an incomplete report as a clean one
        let warning = if notification.is_complete() { "" } else { " (INCOMPLETE)" };
        let stale = if changes.stale > 0 { format!(", {} not checked", changes.stale) } else { String::new() };
        let text = format!("{recipient}: {project}{warning}: {} findings, {} new{stale}", counts.total(), changes.new);
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.push(text);
        Ok(Receipt { message_id: format!("TICKET-{}", tickets.len()) })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let account = "123456789012".parse()?;
    let mut project = Project::new("Payments");
    project.accounts = vec![account];
    project.recipients = vec!["sato@example.com".parse()?, "suzuki@example.com".parse()?];
    let mut finding = Finding::new(account, "1");
    finding.severity = Severity::Critical;

    let (tickets, history) = (Arc::new(Tickets::default()), MemoryHistory::new());
    let parts = Parts {
        ledger: Arc::new(MemoryLedger::new()),
        registry: Arc::new(MemoryRegistry::new(vec![project])),
        sweep: Sweep::new(vec![Lane::new("memory", Arc::new(MemorySource::new(vec![finding])), Budget::unlimited())]),
        coverage: None,
        renderers: vec![Arc::new(TextRenderer)],
        store: Arc::new(MemoryStore::new()),
        notifiers: vec![tickets.clone()],
        history_sink: Arc::new(history.clone()),
        history_reader: Arc::new(history),
    };
    let pipeline = Pipeline::new(parts, Settings::new("2026-11-23".parse()?, "example"));
    // a run is done once: the second call finds it finished in the ledger and opens no tickets
    for attempt in 1..=2 {
        match pipeline.run().await? {
            RunOutcome::Done(summary) => println!("attempt {attempt}: {:?}", summary.status),
            RunOutcome::AlreadyFinished { .. } => println!("attempt {attempt}: finished before"),
            other => println!("attempt {attempt}: {other:?}"),
        }
    }
    tickets.0.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|ticket| println!("{ticket}"));
    Ok(())
}
