//! The progress bar of accounts and projects.

use findings_core::pipeline::{ProjectStatus, RunEvent, RunObserver};
use findings_core::source::{SweepEvent, SweepObserver};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Observes the sweep and the run. Draws a bar only on a terminal; important events are logged in any case.
#[derive(Clone, Debug)]
pub(crate) struct Progress(ProgressBar);

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
        Self(bar)
    }

    /// Hides the bar while `f` runs.
    pub(crate) fn suspend<T>(&self, f: impl FnOnce() -> T) -> T {
        self.0.suspend(f)
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl SweepObserver for Progress {
    fn on_event(&self, event: &SweepEvent) {
        match event {
            SweepEvent::Started { accounts } => {
                self.0.inc_length(*accounts as u64);
                self.0.set_message("accounts and projects");
            }
            SweepEvent::QueryDone { accounts, findings } => {
                self.0.inc(*accounts as u64);
                tracing::debug!(accounts, findings, "a query is done");
            }
            SweepEvent::QuerySplit { accounts, reason } => {
                tracing::warn!(accounts, reason, "a query failed for good; asking for its accounts in two halves");
            }
            SweepEvent::QueryPostponed { accounts, reason } => {
                tracing::warn!(accounts, reason, "no query is answered just now; asking for these accounts later");
            }
            SweepEvent::AccountFailed { account, reason } => {
                self.0.inc(1);
                tracing::error!(%account, reason, "the findings of an account could not be fetched");
            }
            _ => {}
        }
    }
}

impl RunObserver for Progress {
    fn on_event(&self, event: &RunEvent<'_>) {
        match event {
            RunEvent::Started { projects } => self.0.inc_length(*projects as u64),
            RunEvent::ProjectDone(outcome) => {
                self.0.inc(1);
                let errors: Vec<_> = outcome.errors.iter().map(|e| e.message.as_str()).collect();
                let (project, findings) = (&outcome.project, outcome.findings);
                if outcome.status == ProjectStatus::Failed {
                    tracing::error!(project, ?errors, "not delivered");
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
