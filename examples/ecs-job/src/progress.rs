//! Progress on a terminal: what was fetched, and what was delivered.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use findings_core::AccountId;
use findings_core::pipeline::{ProjectOutcome, ProjectStatus, RunEvent, RunObserver};
use findings_core::report::Changes;
use findings_core::source::{SweepEvent, SweepObserver};
use indicatif::{
    HumanCount, HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

use crate::output::{SHOWN, first};

/// How often the clock ticks while nothing comes.
const TICK: Duration = Duration::from_millis(500);

/// Observes the sweep and the run. Draws bars only on a terminal; important events are logged in any case.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bars: MultiProgress,
    /// Accounts.
    fetch: ProgressBar,
    /// Projects.
    deliver: ProgressBar,
    fetched: Arc<Fetched>,
    /// Accounts whose findings could not be fetched.
    failed: Arc<AtomicUsize>,
    /// Queries that are asked for again, in parts or later.
    repeated: Arc<AtomicUsize>,
    /// Whether what goes well is not logged.
    is_quiet: bool,
}

/// What came so far.
#[derive(Debug, Default)]
struct Fetched {
    findings: AtomicUsize,
    pages: AtomicUsize,
}

impl Progress {
    pub(crate) fn visible() -> Self {
        Self::new(ProgressDrawTarget::stderr())
    }

    pub(crate) fn hidden() -> Self {
        Self::new(ProgressDrawTarget::hidden())
    }

    /// Draws nothing, and logs only what goes wrong.
    pub(crate) fn quiet() -> Self {
        Self { is_quiet: true, ..Self::hidden() }
    }

    fn new(target: ProgressDrawTarget) -> Self {
        let bars = MultiProgress::with_draw_target(target);
        let fetched: Arc<Fetched> = Arc::default();
        // drawn as soon as something is to be counted
        let bar = || ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let (fetch, deliver) = (bar(), bar());
        let of_fetch = fetched.clone();
        let counts = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = out.write_str(&of_fetch.line(state));
        };
        let bar = "{elapsed_precise} {prefix:8} [{bar:24}] {pos}/{len}";
        let style = |template: String| ProgressStyle::with_template(&template).ok();
        if let Some(style) = style(format!("{bar} accounts · {{counts}}")) {
            fetch.set_style(style.with_key("counts", counts));
        }
        if let Some(style) = style(format!("{bar} projects")) {
            deliver.set_style(style);
        }
        fetch.set_prefix("fetch");
        deliver.set_prefix("deliver");
        Self { bars, fetch, deliver, fetched, failed: Arc::default(), repeated: Arc::default(), is_quiet: false }
    }

    /// Hides the bars while `f` runs.
    pub(crate) fn suspend<T>(&self, f: impl FnOnce() -> T) -> T {
        self.bars.suspend(f)
    }

    /// Removes the bars.
    pub(crate) fn finish(&self) {
        self.fetch.finish_and_clear();
        self.deliver.finish_and_clear();
    }
}

impl Fetched {
    /// What came, how fast, and how long the rest takes if it goes on like this.
    fn line(&self, state: &ProgressState) -> String {
        let (findings, pages) = (self.findings.load(Relaxed), self.pages.load(Relaxed));
        let line = format!(
            "{} findings · {} pages · {:.1}/s",
            HumanCount(findings as u64),
            HumanCount(pages as u64),
            f64::from(u32::try_from(pages).unwrap_or(u32::MAX)) / state.elapsed().as_secs_f64().max(0.001)
        );
        let is_under_way = state.pos() > 0 && state.len().is_some_and(|all| state.pos() < all);
        if is_under_way { format!("{line} · about {:#} left", HumanDuration(state.eta())) } else { line }
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
                self.fetch.set_length(*accounts as u64);
                self.bars.insert(0, self.fetch.clone());
                self.fetch.reset_elapsed();
                self.fetch.enable_steady_tick(TICK);
            }
            SweepEvent::PageReceived { findings } => {
                self.fetched.findings.fetch_add(*findings, Relaxed);
                self.fetched.pages.fetch_add(1, Relaxed);
            }
            SweepEvent::QueryDone { accounts, findings } => {
                self.fetch.inc(*accounts as u64);
                tracing::debug!(accounts, findings, "a query is done");
            }
            SweepEvent::QuerySplit { accounts, reason } if self.may_log_repeated() => {
                tracing::warn!(accounts, reason, "a query failed for good; asking for its accounts in two halves");
            }
            SweepEvent::QueryPostponed { accounts, reason } if self.may_log_repeated() => {
                tracing::warn!(accounts, reason, "no query is answered just now; asking for these accounts later");
            }
            SweepEvent::AccountFailed { account, reason } => {
                self.fetch.inc(1);
                self.log_failed(*account, reason);
            }
            _ => {}
        }
    }
}

impl RunObserver for Progress {
    fn on_event(&self, event: &RunEvent<'_>) {
        match event {
            RunEvent::Started { projects } => {
                self.deliver.set_length(*projects as u64);
                self.bars.add(self.deliver.clone());
                self.deliver.enable_steady_tick(TICK);
            }
            // the run logs why
            RunEvent::ProjectsHeld { projects } => self.deliver.inc(*projects as u64),
            RunEvent::ProjectDone(outcome) => {
                self.deliver.inc(1);
                let errors = grouped(outcome);
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
                    if self.is_quiet {
                        return;
                    }
                    let (told, silent) = (outcome.notified.len(), outcome.silent.len());
                    tracing::info!(project, findings, told, silent, "delivered");
                } else {
                    tracing::warn!(project, findings, status = ?outcome.status, ?errors, "something is missing");
                }
            }
            RunEvent::UrgentDone(outcome) => {
                self.deliver.inc(1);
                let (project, told, errors) = (&outcome.project, outcome.notified.len(), grouped(outcome));
                match outcome.status {
                    ProjectStatus::Failed => tracing::error!(project, ?errors, "not delivered"),
                    _ if !errors.is_empty() => {
                        tracing::warn!(project, told, status = ?outcome.status, ?errors, "something is missing");
                    }
                    _ if told > 0 => {
                        let Changes { new, reopened, worse, .. } = outcome.changes;
                        tracing::info!(
                            project,
                            told,
                            new,
                            reopened,
                            worse,
                            "told of what does not wait for the next report"
                        );
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// The errors of a project, each text once, with the accounts that it is about: what is wrong with one account is often
/// wrong with all.
fn grouped(outcome: &ProjectOutcome) -> Vec<String> {
    let mut texts: Vec<(&str, Vec<String>)> = Vec::new();
    for error in &outcome.errors {
        let account = error.account.map(|account| account.to_string());
        match texts.iter_mut().find(|(text, _)| *text == error.message) {
            Some((_, accounts)) => accounts.extend(account),
            None => texts.push((&error.message, account.into_iter().collect())),
        }
    }
    let line = |(text, mut accounts): (&str, Vec<String>)| {
        accounts.dedup();
        match accounts.len() {
            0 => text.to_owned(),
            1 => format!("{}: {text}", accounts[0]),
            many => format!("{many} accounts ({}): {text}", first_few(&accounts)),
        }
    };
    first(&texts.into_iter().map(line).collect::<Vec<_>>())
}

/// The first accounts of a list, for a line of the log.
fn first_few(accounts: &[String]) -> String {
    const FEW: usize = 3;
    let named = accounts.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    if accounts.len() > FEW { format!("{named}, …") } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that a terminal of 100 columns shows.
    fn drawn(progress: &Progress, terminal: &indicatif::InMemoryTerm) -> String {
        // draws at once; a tick waits for its clock
        progress.fetch.set_prefix("fetch");
        progress.deliver.set_prefix("deliver");
        terminal.contents()
    }

    #[test]
    fn bars_move_with_every_page() {
        let terminal = indicatif::InMemoryTerm::new(10, 100);
        let progress = Progress::new(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        RunObserver::on_event(&progress, &RunEvent::Started { projects: 3 });
        SweepObserver::on_event(&progress, &SweepEvent::Started { accounts: 40 });
        SweepObserver::on_event(&progress, &SweepEvent::PageReceived { findings: 100 });
        let shown = drawn(&progress, &terminal);
        assert!(shown.contains("0/40 accounts · 100 findings · 1 pages · "), "{shown}");
        assert!(shown.contains("0/3 projects") && !shown.contains("left"), "{shown}");
        SweepObserver::on_event(&progress, &SweepEvent::PageReceived { findings: 1_100 });
        SweepObserver::on_event(&progress, &SweepEvent::QueryDone { accounts: 20, findings: 1_200 });
        let shown = drawn(&progress, &terminal);
        assert!(shown.contains("20/40 accounts · 1,200 findings · 2 pages") && shown.contains("left"), "{shown}");
        progress.finish();
        assert_eq!(terminal.contents(), "");
    }
}
