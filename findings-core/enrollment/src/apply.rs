//! Round after round: look, plan, do what comes next, until nothing new is left to do.

use std::collections::{BTreeMap, HashMap};

use findings_core::coverage::{CoverageFacts, CoverageRequest, CoverageSource, Hub};
use findings_core::{AccountId, Result};
use futures::future::join_all;

use super::{
    EnrollRequest, Enroller, EnrollmentOutcome, EnrollmentReport, EnrollmentState, EnrollmentStep, EnrollmentTask,
    MEMBERS_A_CALL, Planned, Refusal, Subject, plan,
};

/// A step that was tried, and why it failed if it did.
type Try = (EnrollmentStep, Result<(), String>);

/// What was tried, in its order.
#[derive(Debug, Default)]
struct Tried(HashMap<Subject, Vec<Try>>);

impl Tried {
    fn has(&self, subject: &Subject, step: &EnrollmentStep) -> bool {
        self.of(subject).iter().any(|(tried, _)| tried == step)
    }

    fn of(&self, subject: &Subject) -> &[Try] {
        self.0.get(subject).map(Vec::as_slice).unwrap_or_default()
    }

    fn add(&mut self, subject: Subject, step: EnrollmentStep, result: Result<(), String>) {
        self.0.entry(subject).or_default().push((step, result));
    }
}

/// Enrolls with `enroller`, or without one only plans. Ends when every step that the look suggests was tried once.
///
/// # Errors
/// As the first look. What fails later is told in the report.
pub async fn enroll(
    source: &dyn CoverageSource,
    request: &EnrollRequest,
    enroller: Option<&dyn Enroller>,
) -> Result<EnrollmentReport> {
    let look = CoverageRequest::new(request.accounts.clone());
    let mut facts = source.look(&look).await?;
    let mut tried = Tried::default();
    let mut notes = Vec::new();
    loop {
        let planned = plan(&facts, request);
        let next = enroller.map(|enroller| (enroller, next(&planned, &facts, &tried)));
        let Some((enroller, next)) = next.filter(|(_, next)| !next.is_empty()) else {
            notes.splice(0..0, facts.notes.clone());
            notes.extend(who_is_outside(&planned, &facts));
            let applied = enroller.is_some();
            let outcomes = planned.into_iter().map(|p| outcome(p, &tried, applied)).collect();
            return Ok(EnrollmentReport { applied, outcomes, notes, facts });
        };
        for (task, result) in perform_all(enroller, next).await {
            remember(&mut tried, &task, &result);
        }
        match source.look(&look).await {
            Ok(seen) => facts = seen,
            Err(error) => notes.push(format!("failed to {}; what is said below was so before", error.report())),
        }
    }
}

/// Without the organisation nobody knows beforehand who needs no invitation.
fn who_is_outside(planned: &[Planned], facts: &CoverageFacts) -> Option<String> {
    let adds = planned.iter().any(|p| p.steps.first() == Some(&EnrollmentStep::CreateMember));
    let note = "which accounts belong to your organisation is not known: those are members once they are added, without an invitation; AWS Organizations can be asked beforehand";
    (adds && facts.organization.is_empty()).then(|| note.to_owned())
}

/// The first step of everything that was not tried yet. Without Security Hub in a Region nothing else works there.
fn next(planned: &[Planned], facts: &CoverageFacts, tried: &Tried) -> BTreeMap<(String, EnrollmentStep), Vec<Subject>> {
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

type Performed = (EnrollmentTask, Result<Vec<Refusal>, String>);

/// Regions at the same time, in each one call after the other.
async fn perform_all(
    enroller: &dyn Enroller,
    next: BTreeMap<(String, EnrollmentStep), Vec<Subject>>,
) -> Vec<Performed> {
    let mut regions: BTreeMap<String, Vec<(EnrollmentStep, Vec<Subject>)>> = BTreeMap::new();
    for ((region, step), subjects) in next {
        regions.entry(region).or_default().push((step, subjects));
    }
    let performed = regions.into_iter().map(|(region, steps)| async move {
        let mut done = Vec::new();
        for (step, subjects) in steps {
            done.extend(perform(enroller, &region, &step, &subjects).await);
        }
        done
    });
    join_all(performed).await.concat()
}

async fn perform(enroller: &dyn Enroller, region: &str, step: &EnrollmentStep, subjects: &[Subject]) -> Vec<Performed> {
    let accounts: Vec<AccountId> = subjects.iter().filter_map(Subject::account).collect();
    let batches: Vec<Vec<AccountId>> = if accounts.is_empty() {
        vec![Vec::new()]
    } else {
        accounts.chunks(MEMBERS_A_CALL).map(<[AccountId]>::to_vec).collect()
    };
    let mut performed = Vec::new();
    let mut forbidden: Option<String> = None;
    for batch in batches {
        let task = EnrollmentTask::new(region, step.clone(), batch);
        // what the caller may not do for some, it may not do for the others
        let result = match &forbidden {
            Some(why) => Err(why.clone()),
            None => enroller.perform(&task).await.map_err(|error| {
                let why = format!("failed to {}", error.report());
                if error.kind().is_region_wide() {
                    forbidden = Some(why.clone());
                }
                why
            }),
        };
        performed.push((task, result));
    }
    performed
}

fn remember(tried: &mut Tried, task: &EnrollmentTask, result: &Result<Vec<Refusal>, String>) {
    let region = task.region.clone();
    match task.step {
        EnrollmentStep::EnableHub => {
            tried.add(Subject::Hub { region }, task.step.clone(), result.clone().map(|_| ()));
        }
        EnrollmentStep::LinkRegions { .. } => {
            tried.add(Subject::Aggregator { region }, task.step.clone(), result.clone().map(|_| ()));
        }
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

fn outcome(planned: Planned, tried: &Tried, applied: bool) -> EnrollmentOutcome {
    let Planned { subject, status, steps, waits, doubt } = planned;
    let tries = tried.of(&subject);
    let done = tries.iter().filter(|(_, result)| result.is_ok()).map(|(step, _)| step.clone()).collect();
    let failure = tries.iter().find_map(|(_, result)| result.clone().err());
    let (state, message) = match (doubt, steps.first()) {
        (Some(doubt), _) => (EnrollmentState::Failed, doubt),
        (None, Some(_)) if !applied => (EnrollmentState::Planned, waits.unwrap_or_default()),
        (None, Some(step)) => match failure {
            Some(failure) => (EnrollmentState::Failed, failure),
            None if tried.has(&subject, step) => (EnrollmentState::Waits, still(step, &status)),
            None => {
                let why = "not tried, because Security Hub is off in the administrator account in this Region";
                (EnrollmentState::Failed, why.to_owned())
            }
        },
        (None, None) => match waits {
            Some(waits) => (EnrollmentState::Waits, waits),
            None => (EnrollmentState::Done, String::new()),
        },
    };
    EnrollmentOutcome { subject, status, state, done, left: steps, message }
}

/// The step was taken, and nothing has changed yet.
fn still(step: &EnrollmentStep, status: &str) -> String {
    match step {
        EnrollmentStep::CreateMember => format!(
            "waits for AWS: it was added and is still \"{status}\"; look again in some minutes. If it stays so, its owner has to turn Security Hub on (nobody else can in the organisation's management account), or this account is not the organisation's delegated administrator of Security Hub"
        ),
        _ => format!("waits for AWS: \"{step}\" was accepted and does not show yet; look again in some minutes"),
    }
}

#[cfg(test)]
mod tests;
