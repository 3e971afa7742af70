//! One sweep for all projects. Each project is delivered as soon as its last account is done.

use std::collections::HashMap;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::context::RunContext;
use super::earlier::EarlierOutcomes;
use super::hold::{Gate, HeldBack, held_project};
use super::manifest::Tally;
use super::outcome::ProjectOutcome;
use super::project::{ProjectWork, run_project};
use super::settings::{RunEvent, UnownedPolicy};
use super::summary::SummaryError;
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
    pub(super) tally: Tally,
    /// What was held back, and the error that says why.
    pub(super) held_back: Option<(HeldBack, SummaryError)>,
}

/// Runs the sweep and delivers projects while it runs, a few at a time.
pub(super) async fn sweep_projects(
    run: &RunContext<'_>,
    projects: &[Project],
    earlier: EarlierOutcomes,
    mut ownership: Ownership,
) -> SweepResults {
    let EarlierOutcomes { done: mut outcomes, again } = earlier;
    let todo: Vec<usize> = (0..projects.len()).filter(|index| !outcomes.contains_key(index)).collect();
    run.settings.observer.on_event(&RunEvent::Started { projects: todo.len() });
    let mut targets: Vec<SweepTarget> =
        todo.iter().map(|i| SweepTarget { accounts: projects[*i].accounts.clone() }).collect();
    // after the projects, because no recipient waits for these counts
    if run.settings.unowned == UnownedPolicy::Count && !todo.is_empty() {
        targets.extend(ownership.unowned.iter().map(|u| SweepTarget { accounts: vec![u.account] }));
    }
    let mut swept = run.measure(Stage::Fetch, async { start(run, targets) }).await;
    let mut tally = Tally::new(todo.len(), projects.len() - todo.len());
    let mut gate = Gate::new(run.settings.hold_if_unread, projects, &todo, run.parts.sweep.lanes().len());
    let mut working = FuturesUnordered::new();
    let mut more = true;
    let grace_over = run.stop.grace_over();
    tokio::pin!(grace_over);
    loop {
        // incomplete projects may have to wait for the whole sweep, and are then begun together
        while working.len() < run.settings.concurrency
            && let Some((index, accounts)) = gate.next_ready()
        {
            let work = ProjectWork { project: &projects[index], accounts, earlier: again.get(&index) };
            working.push(run_project(run, work).map(move |outcome| (index, outcome)));
        }
        if !more && working.is_empty() {
            break;
        }
        // a target that is not taken holds the sweep up, so that findings do not pile up in memory
        let may_begin = more && working.len() < run.settings.concurrency;
        tokio::select! {
            // a stop request wins over new work that is ready at the same time
            biased;
            // a request stays set: without the condition, it would be the one that is ready in every round
            () = run.stop.requested(), if more || !gate.is_empty() => {
                tally.cut_off |= more;
                more = false;
                gate.clear();
            }
            // started projects are dropped here: the next attempt repeats them, and the intents in the ledger show what
            // is in doubt
            () = &mut grace_over => {
                tracing::warn!("what was in hand is not done in time; it is left to the next attempt");
                break;
            }
            Some((index, outcome)) = working.next(), if !working.is_empty() => {
                run.settings.observer.on_event(&RunEvent::ProjectDone(&outcome));
                outcomes.insert(index, outcome);
            }
            next = run.measure(Stage::Fetch, swept.next()), if may_begin => match next {
                None => {
                    more = false;
                    gate.finish();
                }
                Some(target) => {
                    target.accounts.iter().for_each(|account| tally.add(account));
                    if let Some(index) = todo.get(target.index).copied() {
                        gate.take(index, target.accounts);
                    } else {
                        count_unowned(&mut ownership, target.index - todo.len(), &target);
                    }
                }
            },
        }
    }
    drop(working);
    for index in gate.held() {
        let outcome = held_project(&projects[*index]);
        run.settings.observer.on_event(&RunEvent::ProjectDone(&outcome));
        outcomes.insert(*index, outcome);
    }
    SweepResults { outcomes, ownership, stats: swept.stats(), tally, held_back: gate.held_back() }
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
        unowned.open = Some(account.findings.iter().map(|f| f.severity).collect());
    }
}
