//! One sweep for all projects. Each project is delivered as soon as its last account is done.

use std::collections::HashMap;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::context::RunContext;
use super::earlier::EarlierOutcomes;
use super::hold::{Gate, held_project, unlikely_nothing};
use super::manifest::{Reconciliation, Tally};
use super::outcome::ProjectOutcome;
use super::project::{ProjectWork, findings_of, run_project};
use super::settings::{RunEvent, UnownedPolicy};
use super::staged::Packing;
use super::summary::{HeldBack, SummaryError};
use super::timings::Stage;
use crate::coverage::Ownership;
use crate::registry::Project;
use crate::source::{SweepStats, SweepStream, SweepTarget, TargetFindings};

/// The results of a sweep.
#[derive(Debug)]
pub(super) struct SweepResults {
    /// Outcomes of projects by position in the registry; projects that were not started or not finished have none.
    pub(super) outcomes: HashMap<usize, ProjectOutcome>,
    /// The ownership, with the number of findings of accounts that no project owns.
    pub(super) ownership: Ownership,
    pub(super) stats: SweepStats,
    /// Whether the counts agree; `None` if the sweep did not come to its end.
    pub(super) reconciliation: Option<Reconciliation>,
    /// Whether the deadline ended the sweep early.
    pub(super) is_late: bool,
    /// What was held back, and the error that says why.
    pub(super) held_back: Option<(HeldBack, SummaryError)>,
}

/// What is done with a project whose findings were fetched.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then<'a> {
    /// Its report is delivered.
    Deliver,
    /// It is put into a batch, which another process delivers.
    Pack(&'a Packing<'a>),
}

impl Then<'_> {
    /// Whether nothing more can be done with projects.
    fn has_failed(self) -> bool {
        matches!(self, Self::Pack(packing) if packing.has_failed())
    }

    /// Returns the outcome, unless the project was left to another process.
    async fn with(self, run: &RunContext<'_>, work: ProjectWork<'_>) -> Option<ProjectOutcome> {
        match self {
            Self::Deliver => Some(run_project(run, work).await),
            Self::Pack(packing) => {
                packing.add(work).await;
                None
            }
        }
    }
}

/// Runs the sweep and delivers projects while it runs, or hands them on, a few at a time.
pub(super) async fn sweep_projects(
    run: &RunContext<'_>,
    projects: &[Project],
    earlier: EarlierOutcomes,
    ownership: Ownership,
    then: Then<'_>,
) -> SweepResults {
    let mut sweeping = Sweeping::new(run, projects, earlier, ownership);
    let targets = sweeping.targets();
    let mut swept = run.measure(Stage::Fetch, async { start(run, targets) }).await;
    let mut working = FuturesUnordered::new();
    // the findings of the projects in `working`
    let mut in_hand = 0;
    let grace_over = run.stop.grace_over();
    tokio::pin!(grace_over);
    loop {
        // incomplete projects may have to wait for the whole sweep, and are then begun together
        while working.len() < run.settings.concurrency
            && let Some((index, work)) = sweeping.next_work(in_hand)
        {
            let findings = work.findings();
            in_hand += findings;
            working.push(then.with(run, work).map(move |outcome| (index, findings, outcome)));
        }
        if !sweeping.more && working.is_empty() {
            break;
        }
        // a target that is not taken holds the sweep up, so that findings do not pile up in memory
        let may_begin = sweeping.more && working.len() < run.settings.concurrency && !sweeping.gate.is_ready();
        tokio::select! {
            // a stop request wins over new work that is ready at the same time
            biased;
            // a request stays set: without the condition, it would be the one that is ready in every round
            () = run.stop.requested(), if sweeping.may_stop() => sweeping.stop(),
            // what is fetched is still taken, and then the sweep ends
            () = run.stop.late(), if sweeping.is_fetching() => {
                sweeping.late = true;
                swept.stop_fetching();
            }
            // started projects are dropped here: the next attempt repeats them, and the intents in the ledger show what
            // is in doubt
            () = &mut grace_over => {
                tracing::warn!("what was in hand is not done in time; it is left to the next attempt");
                break;
            }
            Some((index, findings, outcome)) = working.next(), if !working.is_empty() => {
                in_hand -= findings;
                if let Some(outcome) = outcome {
                    sweeping.finish(index, outcome);
                }
                if then.has_failed() {
                    break;
                }
            }
            next = run.measure(Stage::Fetch, swept.next()), if may_begin => {
                sweeping.take(next);
                sweeping.decide_about_nothing().await;
            }
        }
    }
    drop(working);
    sweeping.into_results(swept.stats())
}

/// The state of a sweep that delivers.
struct Sweeping<'a> {
    run: &'a RunContext<'a>,
    projects: &'a [Project],
    /// Outcomes in an earlier edition of the run, by position in the registry.
    again: HashMap<usize, ProjectOutcome>,
    /// Positions of the projects that this attempt does, in the order of the targets.
    todo: Vec<usize>,
    outcomes: HashMap<usize, ProjectOutcome>,
    ownership: Ownership,
    tally: Tally,
    gate: Gate,
    /// Whether the sweep brings further targets.
    more: bool,
    /// Whether the sweep was ended early, because the deadline has passed.
    late: bool,
}

impl<'a> Sweeping<'a> {
    fn new(run: &'a RunContext<'a>, projects: &'a [Project], earlier: EarlierOutcomes, ownership: Ownership) -> Self {
        let EarlierOutcomes { done: outcomes, again } = earlier;
        let todo: Vec<usize> = (0..projects.len()).filter(|index| !outcomes.contains_key(index)).collect();
        run.settings.observer.on_event(&RunEvent::Started { projects: todo.len() });
        let tally = Tally::new(todo.len(), projects.len() - todo.len());
        let mut gate = Gate::new(run.settings.hold_if_unread, projects, &todo, run.parts.sweep.lanes().len());
        // what an earlier attempt found shows that the sources answer
        if outcomes.values().all(|outcome| outcome.findings == 0) {
            gate = gate.until_anything_comes();
        }
        Self { run, projects, again, todo, outcomes, ownership, tally, gate, more: true, late: false }
    }

    /// Returns what to fetch: the projects, and after them the unowned accounts, for whose counts no recipient waits.
    fn targets(&self) -> Vec<SweepTarget> {
        let accounts = |index: &usize| SweepTarget { accounts: self.projects[*index].accounts.clone() };
        let mut targets: Vec<SweepTarget> = self.todo.iter().map(accounts).collect();
        if self.run.settings.unowned == UnownedPolicy::Count && !self.todo.is_empty() {
            targets.extend(self.ownership.unowned.iter().map(|u| SweepTarget { accounts: vec![u.account] }));
        }
        targets
    }

    /// Returns the next project to deliver, with its position; `None`, too, if it has too many findings to be worked on beside
    /// `in_hand` findings of others.
    fn next_work(&mut self, in_hand: usize) -> Option<(usize, ProjectWork<'a>)> {
        let room = self.run.settings.findings_at_once.saturating_sub(in_hand);
        let (index, accounts) = self.gate.next_ready(|accounts| in_hand == 0 || findings_of(accounts) <= room)?;
        let earlier = self.again.remove(&index);
        Some((index, ProjectWork { project: &self.projects[index], accounts, earlier }))
    }

    fn is_fetching(&self) -> bool {
        self.more && !self.late
    }

    fn may_stop(&self) -> bool {
        self.more || !self.gate.is_empty()
    }

    /// Begins no further project.
    fn stop(&mut self) {
        self.tally.cut_off |= self.more;
        self.more = false;
        self.gate.clear();
    }

    fn take(&mut self, target: Option<TargetFindings>) {
        let Some(target) = target else {
            self.more = false;
            if self.late {
                self.tally.cut_off = true;
                self.gate.cut_off();
            } else {
                self.gate.finish();
            }
            return;
        };
        target.accounts.iter().for_each(|account| self.tally.add(account));
        self.gate.note(&target.accounts);
        match self.todo.get(target.index) {
            Some(index) => self.gate.take(*index, target.accounts),
            None => count_unowned(&mut self.ownership, target.index - self.todo.len(), &target),
        }
    }

    /// Decides about the fetched projects if nothing more is fetched and nothing came about anybody.
    async fn decide_about_nothing(&mut self) {
        if !self.more && self.gate.is_silent() {
            self.gate.settle_nothing(unlikely_nothing(self.run, self.projects).await);
        }
    }

    fn finish(&mut self, index: usize, outcome: ProjectOutcome) {
        self.run.settings.observer.on_event(&RunEvent::ProjectDone(&outcome));
        self.outcomes.insert(index, outcome);
    }

    fn into_results(mut self, stats: SweepStats) -> SweepResults {
        let held = self.gate.held();
        if !held.is_empty() {
            // one event for all: there can be a thousand, with the same cause
            self.run.settings.observer.on_event(&RunEvent::ProjectsHeld { projects: held.len() });
        }
        self.outcomes.extend(held.iter().map(|index| (*index, held_project(&self.projects[*index]))));
        let Self { outcomes, ownership, tally, gate, late: is_late, .. } = self;
        let reconciliation = tally.reconcile(&stats);
        SweepResults { outcomes, ownership, stats, reconciliation, is_late, held_back: gate.held_back() }
    }
}

fn start(run: &RunContext<'_>, targets: Vec<SweepTarget>) -> SweepStream {
    let mut sweep = run.parts.sweep.clone();
    if let Some(coverage) = &run.coverage {
        sweep = sweep.with_follow_up(coverage.evidence.clone());
    }
    sweep.start(targets)
}

/// Notes how many open findings the `place`th unowned account has, if all came.
fn count_unowned(ownership: &mut Ownership, place: usize, target: &TargetFindings) {
    // a part of the findings would look like all of them
    let complete = target.accounts.first().filter(|account| account.is_complete());
    if let (Some(unowned), Some(account)) = (ownership.unowned.get_mut(place), complete) {
        unowned.open = Some(account.findings.counts());
    }
}
