//! Enrolls in rounds: check the coverage, plan, perform the next steps, until no untried step is left.

use std::collections::{BTreeMap, HashMap};

use findings_core::coverage::{CoverageFacts, CoverageRequest, CoverageSource, Hub};
use findings_core::{AccountId, Result};
use futures::future::join_all;

use super::{
    EnrollRequest, Enroller, EnrollmentOutcome, EnrollmentReport, EnrollmentState, EnrollmentStep, EnrollmentTask,
    MEMBERS_A_CALL, Planned, Refusal, Subject, plan,
};

/// A step that was tried, and its failure if it failed.
type StepResult = (EnrollmentStep, Result<(), String>);

/// The steps tried in this run, by subject and in order.
#[derive(Debug, Default)]
struct StepLog(HashMap<Subject, Vec<StepResult>>);

impl StepLog {
    fn has(&self, subject: &Subject, step: &EnrollmentStep) -> bool {
        self.of(subject).iter().any(|(tried, _)| tried == step)
    }

    fn of(&self, subject: &Subject) -> &[StepResult] {
        self.0.get(subject).map(Vec::as_slice).unwrap_or_default()
    }

    fn add(&mut self, subject: Subject, step: EnrollmentStep, result: Result<(), String>) {
        self.0.entry(subject).or_default().push((step, result));
    }
}

/// Enrolls accounts with `enroller`, or only plans if there is none.
///
/// Each round starts from a new coverage check. The rounds end when every step that is left was tried once.
///
/// # Errors
/// If the first coverage check fails. Later failures are part of the report.
pub async fn enroll(
    source: &dyn CoverageSource,
    request: &EnrollRequest,
    enroller: Option<&dyn Enroller>,
) -> Result<EnrollmentReport> {
    let coverage_request = CoverageRequest::new(request.accounts.clone());
    let mut facts = source.check(&coverage_request).await?;
    let mut tried = StepLog::default();
    let mut notes = Vec::new();
    loop {
        let planned = plan(&facts, request);
        let next = enroller.map(|enroller| (enroller, next_steps(&planned, &facts, &tried)));
        let Some((enroller, next)) = next.filter(|(_, next)| !next.is_empty()) else {
            notes.splice(0..0, facts.notes.clone());
            notes.extend(unknown_organization_note(&planned, &facts));
            let applied = enroller.is_some();
            let outcomes = planned.into_iter().map(|p| outcome(p, &tried, applied)).collect();
            return Ok(EnrollmentReport { applied, outcomes, notes, facts });
        };
        for (task, result) in perform_all(enroller, next).await {
            record(&mut tried, &task, &result);
        }
        // no step is tried twice, so the loop ends even if this check fails or still shows the old state
        match source.check(&coverage_request).await {
            Ok(current) => facts = current,
            Err(error) => notes.push(format!("failed to {}; what is said below was so before", error.report())),
        }
    }
}

/// The note that the plan may contain invitations that accounts of the organisation do not need.
fn unknown_organization_note(planned: &[Planned], facts: &CoverageFacts) -> Option<String> {
    let adds = planned.iter().any(|p| p.steps.first() == Some(&EnrollmentStep::CreateMember));
    let note = "which accounts belong to your organisation is not known: those are members once they are added, without an invitation; AWS Organizations can be asked beforehand";
    (adds && facts.organization.is_empty()).then(|| note.to_owned())
}

/// Returns the first step of each subject if it was not tried yet, grouped by Region and step. Where the hub is off,
/// the only step is to turn it on, because every other operation fails without it.
fn next_steps(
    planned: &[Planned],
    facts: &CoverageFacts,
    tried: &StepLog,
) -> BTreeMap<(String, EnrollmentStep), Vec<Subject>> {
    let is_off = |region: &str| facts.regions.iter().any(|r| r.region.as_deref() == Some(region) && r.hub == Hub::Off);
    let mut next: BTreeMap<_, Vec<Subject>> = BTreeMap::new();
    for planned in planned {
        let Some(step) = planned.steps.first() else { continue };
        let region = planned.subject.region();
        let must_wait = is_off(region) && *step != EnrollmentStep::EnableHub;
        if !must_wait && !tried.has(&planned.subject, step) {
            next.entry((region.to_owned(), step.clone())).or_default().push(planned.subject.clone());
        }
    }
    next
}

/// A task and its refusals, or the failure of the whole task.
type TaskResult = (EnrollmentTask, Result<Vec<Refusal>, String>);

/// Performs the steps of different Regions concurrently, and those of one Region one request after the other.
async fn perform_all(
    enroller: &dyn Enroller,
    next: BTreeMap<(String, EnrollmentStep), Vec<Subject>>,
) -> Vec<TaskResult> {
    let mut regions: BTreeMap<String, Vec<(EnrollmentStep, Vec<Subject>)>> = BTreeMap::new();
    for ((region, step), subjects) in next {
        regions.entry(region).or_default().push((step, subjects));
    }
    let performed = regions.into_iter().map(|(region, steps)| async move {
        let mut done = Vec::new();
        for (step, subjects) in steps {
            done.extend(perform_step(enroller, &region, &step, &subjects).await);
        }
        done
    });
    join_all(performed).await.concat()
}

/// Performs one step in batches of [`MEMBERS_A_CALL`] accounts, or once if the step is not about members.
async fn perform_step(
    enroller: &dyn Enroller,
    region: &str,
    step: &EnrollmentStep,
    subjects: &[Subject],
) -> Vec<TaskResult> {
    let accounts: Vec<AccountId> = subjects.iter().filter_map(Subject::account).collect();
    let batches: Vec<Vec<AccountId>> = if accounts.is_empty() {
        vec![Vec::new()]
    } else {
        accounts.chunks(MEMBERS_A_CALL).map(<[AccountId]>::to_vec).collect()
    };
    let mut performed = Vec::new();
    let mut region_failure: Option<String> = None;
    for batch in batches {
        let task = EnrollmentTask::new(region, step.clone(), batch);
        // an error that affects the whole Region, as a missing permission does, would repeat for every batch
        let result = match &region_failure {
            Some(reason) => Err(reason.clone()),
            None => enroller.perform(&task).await.map_err(|error| {
                let reason = format!("failed to {}", error.report());
                if error.kind().is_region_wide() {
                    region_failure = Some(reason.clone());
                }
                reason
            }),
        };
        performed.push((task, result));
    }
    performed
}

fn record(tried: &mut StepLog, task: &EnrollmentTask, result: &Result<Vec<Refusal>, String>) {
    let (region, step, done) = (task.region.clone(), task.step.clone(), result.clone().map(|_| ()));
    match task.step {
        EnrollmentStep::EnableHub => tried.add(Subject::Hub { region }, step, done),
        EnrollmentStep::LinkRegions { .. } => tried.add(Subject::Aggregator { region }, step, done),
        EnrollmentStep::CreateMember | EnrollmentStep::InviteMember | EnrollmentStep::AcceptInvitation => {
            for account in &task.accounts {
                let result = result.as_ref().map_err(Clone::clone).and_then(|refused| {
                    let refusal = refused.iter().find(|refusal| refusal.account == *account);
                    refusal.map_or(Ok(()), |refusal| Err(refusal.reason.clone()))
                });
                tried.add(Subject::Member { region: region.clone(), account: *account }, task.step.clone(), result);
            }
        }
    }
}

fn outcome(planned: Planned, tried: &StepLog, applied: bool) -> EnrollmentOutcome {
    let Planned { subject, status, steps, waits, doubt } = planned;
    let tries = tried.of(&subject);
    let done = tries.iter().filter(|(_, result)| result.is_ok()).map(|(step, _)| step.clone()).collect();
    let failure = tries.iter().find_map(|(_, result)| result.clone().err());
    let (state, message) = match (doubt, steps.first()) {
        (Some(doubt), _) => (EnrollmentState::Failed, doubt),
        (None, Some(_)) if !applied => (EnrollmentState::Planned, waits.unwrap_or_default()),
        (None, Some(step)) => match failure {
            Some(failure) => (EnrollmentState::Failed, failure),
            None if tried.has(&subject, step) => (EnrollmentState::Waiting, pending_message(step, &status)),
            None => {
                let message = "not tried, because Security Hub is off in the administrator account in this Region";
                (EnrollmentState::Failed, message.to_owned())
            }
        },
        (None, None) => match waits {
            Some(waits) => (EnrollmentState::Waiting, waits),
            None => (EnrollmentState::Done, String::new()),
        },
    };
    EnrollmentOutcome { subject, status, state, done, left: steps, message }
}

/// The message for a step that AWS accepted and that the coverage check does not show yet.
fn pending_message(step: &EnrollmentStep, status: &str) -> String {
    match step {
        EnrollmentStep::CreateMember => format!(
            "waits for AWS: it was added and is still \"{status}\"; look again in some minutes. If it stays so, its owner has to turn Security Hub on (nobody else can in the organisation's management account), or this account is not the organisation's delegated administrator of Security Hub"
        ),
        _ => format!("waits for AWS: \"{step}\" was accepted and does not show yet; look again in some minutes"),
    }
}

#[cfg(test)]
mod tests;
