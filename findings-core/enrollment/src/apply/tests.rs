use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use findings_core::coverage::{MemberStatus, RegionFacts};
use findings_core::{Error, ErrorKind};

use super::*;
use crate::Refusal;

const REGION: &str = "us-east-1";

fn id(n: usize) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

fn ids(range: std::ops::RangeInclusive<usize>) -> Vec<AccountId> {
    range.map(id).collect()
}

/// An administrator account in memory: it looks and acts upon the same members.
#[derive(Debug, Default)]
struct World {
    hub_off: Mutex<bool>,
    members: Mutex<HashMap<AccountId, MemberStatus>>,
    tasks: Mutex<Vec<EnrollmentTask>>,
    /// Who is refused, and the kind of error that every call of a step ends with.
    refused: Vec<AccountId>,
    fails: Option<(EnrollmentStep, ErrorKind)>,
    /// Accepted and never seen.
    forgets: bool,
}

impl World {
    fn steps(&self) -> Vec<(EnrollmentStep, usize)> {
        self.tasks.lock().unwrap().iter().map(|task| (task.step.clone(), task.accounts.len())).collect()
    }
}

#[async_trait]
impl CoverageSource for World {
    async fn look(&self, _: &CoverageRequest) -> Result<CoverageFacts> {
        let mut region = RegionFacts::new(Some(REGION.to_owned()));
        if *self.hub_off.lock().unwrap() {
            region = region.with_hub(Hub::Off);
        } else {
            region =
                region.with_hub(Hub::On).with_administrator(id(0)).with_members(self.members.lock().unwrap().clone());
        }
        Ok(CoverageFacts::new(vec![region]))
    }
}

#[async_trait]
impl Enroller for World {
    async fn perform(&self, task: &EnrollmentTask) -> Result<Vec<Refusal>> {
        self.tasks.lock().unwrap().push(task.clone());
        if let Some((_, kind)) = self.fails.as_ref().filter(|(step, _)| *step == task.step) {
            return Err(Error::new(*kind, "do it"));
        }
        let (refused, accepted): (Vec<_>, Vec<_>) =
            task.accounts.iter().copied().partition(|account| self.refused.contains(account));
        let status = match task.step {
            EnrollmentStep::EnableHub => {
                *self.hub_off.lock().unwrap() = false;
                return Ok(Vec::new());
            }
            EnrollmentStep::CreateMember => MemberStatus::Created,
            EnrollmentStep::InviteMember => MemberStatus::Invited,
            _ => MemberStatus::Enabled,
        };
        if !self.forgets {
            self.members.lock().unwrap().extend(accepted.into_iter().map(|account| (account, status.clone())));
        }
        Ok(refused.into_iter().map(|account| Refusal::new(account, "no such account")).collect())
    }
}

fn states(report: &EnrollmentReport) -> Vec<(EnrollmentState, usize)> {
    use EnrollmentState::{Done, Failed, Planned, Waits};
    [Done, Planned, Waits, Failed].into_iter().map(|s| (s, report.count(s))).filter(|(_, n)| *n > 0).collect()
}

#[tokio::test]
async fn a_plan_does_nothing() {
    let world = World { hub_off: Mutex::new(true), ..World::default() };
    let report = enroll(&world, &EnrollRequest::new(ids(1..=3)), None).await.unwrap();
    assert!(world.steps().is_empty() && !report.applied && !report.changed());
    assert_eq!(states(&report), [(EnrollmentState::Planned, 4)]);
}

#[tokio::test]
async fn every_step_follows_the_one_before_and_the_second_time_nothing_is_done() {
    use EnrollmentStep::{AcceptInvitation, CreateMember, EnableHub, InviteMember};
    let world = World { hub_off: Mutex::new(true), ..World::default() };
    let request = EnrollRequest::new(ids(1..=120)).with_acceptance();
    let report = enroll(&world, &request, Some(&world)).await.unwrap();
    let batches = |step: EnrollmentStep| [50, 50, 20].map(|n| (step.clone(), n));
    let want = [
        vec![(EnableHub, 0)],
        batches(CreateMember).into(),
        batches(InviteMember).into(),
        batches(AcceptInvitation).into(),
    ];
    assert_eq!(world.steps(), want.concat());
    assert_eq!(states(&report), [(EnrollmentState::Done, 121)]);
    assert_eq!(report.outcomes[1].done, [CreateMember, InviteMember, AcceptInvitation]);
    let before = world.steps().len();
    let again = enroll(&world, &request, Some(&world)).await.unwrap();
    assert_eq!((world.steps().len(), again.changed(), states(&again)), (before, false, states(&report)));
}

#[tokio::test]
async fn who_is_refused_is_named_and_the_others_go_on() {
    let world = World { refused: vec![id(2)], ..World::default() };
    let report = enroll(&world, &EnrollRequest::new(ids(1..=3)), Some(&world)).await.unwrap();
    assert_eq!(
        states(&report),
        [(EnrollmentState::Done, 1), (EnrollmentState::Waits, 2), (EnrollmentState::Failed, 1)]
    );
    let failed = report.outcomes.iter().find(|o| o.state == EnrollmentState::Failed).unwrap();
    assert_eq!((failed.subject.account(), failed.message.as_str()), (Some(id(2)), "no such account"));
    assert!(report.outcomes[1].message.starts_with("waits for the owner of 000000000001"));
    assert_eq!(world.steps(), [(EnrollmentStep::CreateMember, 3), (EnrollmentStep::InviteMember, 2)]);
}

#[tokio::test]
async fn what_is_forbidden_is_asked_once_and_what_passes_for_every_batch() {
    for (kind, calls) in [(ErrorKind::PermissionDenied, 1), (ErrorKind::Throttled, 3)] {
        let world = World { fails: Some((EnrollmentStep::CreateMember, kind)), ..World::default() };
        let report = enroll(&world, &EnrollRequest::new(ids(1..=120)), Some(&world)).await.unwrap();
        assert_eq!(world.steps().len(), calls, "{kind:?}");
        assert_eq!(states(&report), [(EnrollmentState::Done, 1), (EnrollmentState::Failed, 120)]);
    }
}

#[tokio::test]
async fn without_the_hub_nothing_else_is_tried() {
    let fails = Some((EnrollmentStep::EnableHub, ErrorKind::PermissionDenied));
    let world = World { hub_off: Mutex::new(true), fails, ..World::default() };
    let report = enroll(&world, &EnrollRequest::new(ids(1..=2)), Some(&world)).await.unwrap();
    assert_eq!(world.steps(), [(EnrollmentStep::EnableHub, 0)]);
    assert_eq!(states(&report), [(EnrollmentState::Failed, 3)]);
    assert!(report.outcomes[1].message.contains("not tried, because Security Hub is off"));
}

#[tokio::test]
async fn a_step_that_does_not_show_is_waited_for_and_not_repeated() {
    let world = World { forgets: true, ..World::default() };
    let report = enroll(&world, &EnrollRequest::new(ids(1..=1)), Some(&world)).await.unwrap();
    assert_eq!(world.steps(), [(EnrollmentStep::CreateMember, 1)]);
    assert_eq!(states(&report), [(EnrollmentState::Done, 1), (EnrollmentState::Waits, 1)]);
    assert!(report.outcomes[1].message.starts_with("waits for AWS"));
}
