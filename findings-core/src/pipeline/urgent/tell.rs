//! Tells people of the severe findings of all projects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use futures::{StreamExt as _, stream};

use super::UrgentSettings;
use super::candidates::{Candidate, CandidateInput, candidates, changes};
use super::deliver::{Delivering, deliver};
use super::outcome::{Outcomes, Told, report_of};
use crate::Result;
use crate::RunId;
use crate::ledger::{AcquireOutcome, CloseRun, LedgerEntry, MessagesQuery, RunProgress, RunState};
use crate::notify::{UrgentList, UrgentNotification};
use crate::pipeline::context::RunContext;
use crate::pipeline::dispatch::Dispatch;
use crate::pipeline::heartbeat::Heartbeat;
use crate::pipeline::outcome::Step;
use crate::pipeline::parts::Wiring;
use crate::pipeline::recall::recall;
use crate::pipeline::run::{acquire, known_names};
use crate::pipeline::step_error::{StepError, StepExt};
use crate::pipeline::stop::Stop;
use crate::pipeline::summary::SummaryError;
use crate::pipeline::tell::{Listener, listeners, no_recipient};
use crate::registry::{Project, Registry};
use crate::rendering;
use crate::report::Report;
use crate::source::AccountFindings;

/// The fetched accounts of projects by position in the registry.
type Fetched = BTreeMap<usize, Vec<Arc<AccountFindings>>>;

/// Tells people, project by project, if any has a severe finding. Nobody is told while reports are made: they tell of all.
pub(super) async fn tell(
    wiring: &Wiring,
    urgent: &UrgentSettings,
    registry: &Registry,
    fetched: &Fetched,
    stop: &Stop,
    outcomes: &mut Outcomes<'_>,
) {
    let is_severe = |account: &Arc<AccountFindings>| account.findings.counts().at_least(urgent.from).total() > 0;
    let severe: Vec<usize> =
        fetched.iter().filter(|(_, accounts)| accounts.iter().any(is_severe)).map(|(index, _)| *index).collect();
    if severe.is_empty() {
        return;
    }
    let telling = telling(wiring);
    let refused = match acquire(&telling, stop).await {
        Ok(AcquireOutcome::Held { owner, until }) => format!(
            "nobody was told, because another run ({owner}) tells people just now, at least until {until}; start the urgent run again with the same run ID"
        ),
        Ok(_) => {
            let _heartbeat = Heartbeat::start(telling.parts.ledger.clone(), telling.settings.clone(), stop.clone());
            tell_all(&telling, urgent, registry, fetched, &severe, stop, outcomes).await;
            release(&telling).await;
            return;
        }
        Err(error) => format!(
            "nobody was told, because the ledger does not answer: failed to {}; start the urgent run again with the same run ID",
            error.report()
        ),
    };
    outcomes.leave(severe.into_iter(), "nobody was told; the error of the run says why");
    outcomes.fail(SummaryError::new(refused));
}

/// The wiring under which messages are sent: the run ID is that of the ledger's entries. Waits for reports as long as there is
/// time: people are not told beside them, and the next attempt would have to wait, too.
fn telling(wiring: &Wiring) -> Wiring {
    let mut telling = wiring.clone();
    telling.settings.run_id = RunId::between_reports();
    telling.settings.owner = format!("urgent:{}", wiring.settings.owner);
    telling.settings.held_wait = wiring.settings.deadline.unwrap_or(wiring.settings.held_wait);
    telling
}

async fn release(telling: &Wiring) {
    let settings = &telling.settings;
    let close = CloseRun::released(settings.run_id.clone(), &settings.owner, settings.clock.now());
    if let Err(error) = telling.parts.ledger.close(&close).await {
        tracing::warn!(error = %error.report(), "the right to tell people could not be given up; it ends by itself");
    }
}

async fn tell_all(
    telling: &Wiring,
    urgent: &UrgentSettings,
    registry: &Registry,
    fetched: &Fetched,
    severe: &[usize],
    stop: &Stop,
    outcomes: &mut Outcomes<'_>,
) {
    let run = &context(telling, registry, stop).await;
    let projects =
        severe.iter().filter_map(|index| Some((*index, registry.projects.get(*index)?, fetched.get(index)?)));
    let mut told = stream::iter(projects)
        .map(|(index, project, accounts)| async move {
            let is_stopped = stop.is_requested();
            (index, if is_stopped { None } else { Some(tell_project(run, telling, urgent, project, accounts).await) })
        })
        .buffer_unordered(telling.settings.concurrency.max(1));
    let mut left: Vec<usize> = severe.to_vec();
    let grace_over = stop.grace_over();
    tokio::pin!(grace_over);
    loop {
        tokio::select! {
            biased;
            // begun messages are dropped here: the intents in the ledger show what is in doubt
            () = &mut grace_over => break,
            next = told.next() => match next {
                Some((index, Some(told))) => {
                    left.retain(|one| *one != index);
                    outcomes.note(index, told);
                }
                Some((_, None)) => {}
                None => break,
            },
        }
    }
    drop(told);
    outcomes.leave(
        left.into_iter(),
        "nobody was told, or not all, because the run was stopped; start it again with the same run ID",
    );
}

async fn context<'a>(telling: &'a Wiring, registry: &Registry, stop: &Stop) -> RunContext<'a> {
    let parts = &telling.parts;
    let names = known_names(parts, registry).await;
    RunContext {
        parts,
        settings: &telling.settings,
        workflow: None,
        decisions: telling.decisions.as_ref(),
        dispatch: Dispatch::repeatable(telling, stop.clone()),
        stop: stop.clone(),
        redo: None,
        registry_is_whole: registry.problems.is_empty(),
        names,
        coverage: None,
        lookups: AtomicU32::new(0),
    }
}

/// Tells the people of a project. The history is read now, because a report may have told of everything while the run waited.
async fn tell_project(
    run: &RunContext<'_>,
    telling: &Wiring,
    urgent: &UrgentSettings,
    project: &Project,
    accounts: &[Arc<AccountFindings>],
) -> Result<Told, StepError> {
    let recalled = recall(run, project).await?;
    let now = run.settings.clock.now();
    let (history, decisions) = (&recalled.history, &recalled.decisions.decisions);
    let (run_id, from) = (&urgent.run_id, urgent.from);
    let candidates = candidates(&CandidateInput { run_id, now, from, history, decisions, accounts });
    let candidates = candidates.during(Step::Fetch)?;
    let mut told = Told { changes: changes(&candidates), ..Told::default() };
    if candidates.is_empty() {
        return Ok(told);
    }
    if project.recipients.is_empty() {
        told.messages = no_recipient(project);
        return Ok(told);
    }
    let earlier = earlier_messages(run, project).await.during(Step::Notify)?;
    let dispatch = Dispatch::once(telling, run.stop.clone(), std::slice::from_ref(project), &earlier);
    let dispatch = dispatch.sharing_quota(&run.dispatch);
    let report = report_of(telling, project, accounts);
    for Listener { recipient, when, is_lead } in listeners(run.settings, project) {
        if !when.hears_urgent() {
            told.messages.silent.extend((!is_lead).then(|| recipient.to_string()));
            continue;
        }
        let message = |issues: &[&Candidate]| {
            let list = list(issues, &report, run);
            let mut message = UrgentNotification::new(&project.name, run_id.clone(), now, recipient.clone(), list)
                .with_locale(report.locale, report.time_zone.clone());
            message.contact.clone_from(&report.contact);
            message.question_url = rendering::question_url(&report, &run.settings.guidance, None);
            message
        };
        let to_deliver = Delivering { dispatch: &dispatch, project: &project.name, recipient, candidates: &candidates };
        let deliveries = deliver(&to_deliver, message).await;
        // nothing is left to tell whom an earlier run told of everything
        if !deliveries.is_empty() || dispatch.serving(recipient).next().is_none() {
            told.messages.add(&dispatch, recipient, &deliveries);
        }
    }
    dispatch.flush(None).await.during(Step::Notify)?;
    Ok(told)
}

/// What a message says of these issues.
fn list(issues: &[&Candidate], report: &Report, run: &RunContext<'_>) -> UrgentList {
    let told = |candidate: &&Candidate| {
        let guidance = &run.settings.guidance;
        rendering::urgent_finding(&candidate.row, candidate.severity, candidate.key(), report, guidance)
    };
    UrgentList::new(issues.iter().map(told).collect())
}

/// What earlier urgent runs told of a project, under any of its names.
async fn earlier_messages(run: &RunContext<'_>, project: &Project) -> Result<RunProgress> {
    let mut entries = Vec::new();
    for name in std::iter::once(&project.name).chain(&project.aliases) {
        let query = MessagesQuery::new(run.settings.run_id.clone(), name);
        entries.extend(run.parts.ledger.messages(&query).await?.into_iter().map(LedgerEntry::Message));
    }
    Ok(RunProgress::new(RunState::default(), entries))
}
