//! A custom notifier in the pipeline: it opens a ticket for each recipient instead of sending a mail.
//!
//! Run it with `cargo run --bin embed-notifier`. `.ci/test -p embed-notifier` runs the conformance suite on the notifier.

use std::error::Error as StdError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use findings_core::memory::{MemoryHistory, MemoryLedger, MemoryRegistry, MemorySource, MemoryStore, TextRenderer};
use findings_core::notify::{Notification, Receipt};
use findings_core::pipeline::{Parts, Pipeline, RunOutcome, Settings};
use findings_core::registry::Project;
use findings_core::source::{Budget, Lane, Sweep};
use findings_core::{Error, ErrorKind, Finding, Notifier, Result, Severity};

/// The ticket system, here in memory.
#[derive(Debug, Default)]
struct TicketSystem {
    /// Assignee and text of each ticket.
    tickets: Mutex<Vec<(String, String)>>,
    is_down: AtomicBool,
}

/// Opens a ticket for each recipient. A real notifier would call the ticket system and map its errors to `ErrorKind`.
#[derive(Debug, Default)]
struct Tickets(Arc<TicketSystem>);

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
        let text = format!("{project}{warning}: {} findings, {} new{stale}", counts.total(), changes.new);
        if self.0.is_down.load(Ordering::Relaxed) {
            // an error of a kind that is retried, because it is certain that there is no ticket
            return Err(Error::new(ErrorKind::Unavailable, "open a ticket").with_message("the system is down"));
        }
        let mut tickets = self.0.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.push((recipient.to_string(), text));
        Ok(Receipt::new(format!("TICKET-{}", tickets.len())))
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
    for (assignee, text) in tickets.0.tickets.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        println!("{assignee}: {text}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use findings_core::testing::conformance::notifier::{Inbox, Message};

    use super::*;

    struct Assignees(Arc<TicketSystem>);

    #[async_trait]
    impl Inbox for Assignees {
        async fn messages(&self) -> Vec<Message> {
            self.0.tickets.lock().unwrap().iter().map(|(assignee, text)| Message::new([assignee], text)).collect()
        }

        async fn break_down(&self) {
            self.0.is_down.store(true, Ordering::Relaxed);
        }
    }

    findings_core::notifier_conformance!(async {
        let system = Arc::new(TicketSystem::default());
        (Tickets(system.clone()), Assignees(system))
    });
}
