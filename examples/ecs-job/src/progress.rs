//! The progress bar of accounts and projects.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use findings_core::AccountId;
use findings_core::pipeline::{ProjectStatus, RunEvent, RunObserver};
use findings_core::source::{SweepEvent, SweepObserver};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::{SHOWN, first};

/// Observes the sweep and the run. Draws a bar only on a terminal; important events are logged in any case.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Accounts whose findings could not be fetched.
    failed: Arc<AtomicUsize>,
    /// Queries that are asked for again, in parts or later.
    repeated: Arc<AtomicUsize>,
}

impl Progress {
    pub(crate) fn visible() -> Self {
        Self::new(ProgressDrawTarget::stderr())
    }

    pub(crate) fn hidden() -> Self {
        Self::new(ProgressDrawTarget::hidden())
    }

    fn new(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self { bar, failed: Arc::default(), repeated: Arc::default() }
    }

    /// Hides the bar while `f` runs.
    pub(crate) fn suspend<T>(&self, f: impl FnOnce() -> T) -> T {
        self.bar.suspend(f)
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress {
    /// Logs the first accounts that could not be fetched, and then once that there are more: if a Region fails, there are
    /// thousands.
    fn log_failed(&self, account: AccountId, reason: &str) {
        match self.failed.fetch_add(1, Relaxed) {
            earlier if earlier < SHOWN => {
                tracing::error!(%account, reason, "the findings of an account could not be fetched");
            }
            SHOWN => tracing::error!("further accounts could not be fetched; the summary and the manifest have all"),
            _ => {}
        }
    }

    /// Whether a query that is asked for again is logged. There can be as many as accounts.
    fn may_log_repeated(&self) -> bool {
        let earlier = self.repeated.fetch_add(1, Relaxed);
        if earlier == SHOWN {
            tracing::warn!("further queries failed and are asked for again; the summary counts all calls");
        }
        earlier < SHOWN
    }
}

impl SweepObserver for Progress {
    fn on_event(&self, event: &SweepEvent) {
        match event {
            SweepEvent::Started { accounts } => {
                self.bar.inc_length(*accounts as u64);
                self.bar.set_message("accounts and projects");
            }
            SweepEvent::QueryDone { accounts, findings } => {
                self.bar.inc(*accounts as u64);
                tracing::debug!(accounts, findings, "a query is done");
            }
            SweepEvent::QuerySplit { accounts, reason } if self.may_log_repeated() => {
                tracing::warn!(accounts, reason, "a query failed for good; asking for its accounts in two halves");
            }
            SweepEvent::QueryPostponed { accounts, reason } if self.may_log_repeated() => {
                tracing::warn!(accounts, reason, "no query is answered just now; asking for these accounts later");
            }
            SweepEvent::AccountFailed { account, reason } => {
                self.bar.inc(1);
                self.log_failed(*account, reason);
            }
            _ => {}
        }
    }
}

impl RunObserver for Progress {
    fn on_event(&self, event: &RunEvent<'_>) {
        match event {
            RunEvent::Started { projects } => self.bar.inc_length(*projects as u64),
            // the run logs why
            RunEvent::ProjectsHeld { projects } => self.bar.inc(*projects as u64),
            RunEvent::ProjectDone(outcome) => {
                self.bar.inc(1);
                let errors: Vec<String> = outcome.errors.iter().map(|e| e.message.clone()).collect();
                let errors = first(&errors);
                let (project, findings) = (&outcome.project, outcome.findings);
                if outcome.status == ProjectStatus::Failed {
                    tracing::error!(project, ?errors, "not delivered");
                } else if outcome.is_undelivered() {
                    tracing::warn!(
                        project,
                        findings,
                        ?errors,
                        "the report is complete, and a message was not delivered"
                    );
                } else if errors.is_empty() {
                    tracing::info!(project, findings, told = outcome.notified.len(), "delivered");
                } else {
                    tracing::warn!(project, findings, status = ?outcome.status, ?errors, "something is missing");
                }
            }
            _ => {}
        }
    }
}
