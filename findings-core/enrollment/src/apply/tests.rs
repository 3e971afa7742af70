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

/// An administrator account in memory: coverage source and enroller of the same members.
#[derive(Debug, Default)]
struct InMemoryHub {
    hub_off: Mutex<bool>,
    members: Mutex<HashMap<AccountId, MemberStatus>>,
    tasks: Mutex<Vec<EnrollmentTask>>,
    /// The accounts that every step refuses.
    refused: Vec<AccountId>,
    /// A step that always fails with this kind of error.
    fails: Option<(EnrollmentStep, ErrorKind)>,
    /// Steps succeed but do not change the members.
    forgets: bool,
}

impl InMemoryHub {
    fn steps(&self) -> Vec<(EnrollmentStep, usize)> {
        self.tasks.lock().unwrap().iter().map(|task| (task.step.clone(), task.accounts.len())).collect()
    }
}

#[async_trait]
impl CoverageSource for InMemoryHub {
    async fn check(&self, _: &CoverageRequest) -> Result<CoverageFacts> {
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
impl Enroller for InMemoryHub {
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
    use EnrollmentState::{Done, Failed, Planned, Waiting};
    [Done, Planned, Waiting, Failed].into_iter().map(|s| (s, report.count(s))).filter(|(_, n)| *n > 0).collect()
}

#[tokio::test]
async fn plan_changes_nothing() {
    let hub = InMemoryHub { hub_off: Mutex::new(true), ..InMemoryHub::default() };
    let report = enroll(&hub, &EnrollRequest::new(ids(1..=3)), None).await.unwrap();
    assert!(hub.steps().is_empty() && !report.applied && !report.changed());
    assert_eq!(states(&report), [(EnrollmentState::Planned, 4)]);
}

#[tokio::test]
async fn steps_follow_in_order_and_second_run_changes_nothing() {
    use EnrollmentStep::{AcceptInvitation, CreateMember, EnableHub, InviteMember};
    let hub = InMemoryHub { hub_off: Mutex::new(true), ..InMemoryHub::default() };
    let request = EnrollRequest::new(ids(1..=120)).with_acceptance();
    let report = enroll(&hub, &request, Some(&hub)).await.unwrap();
    let batches = |step: EnrollmentStep| [50, 50, 20].map(|n| (step.clone(), n));
    let want = [
        vec![(EnableHub, 0)],
        batches(CreateMember).into(),
        batches(InviteMember).into(),
        batches(AcceptInvitation).into(),
    ];
    assert_eq!(hub.steps(), want.concat());
    assert_eq!(states(&report), [(EnrollmentState::Done, 121)]);
    assert_eq!(report.outcomes[1].done, [CreateMember, InviteMember, AcceptInvitation]);
    let before = hub.steps().len();
    let again = enroll(&hub, &request, Some(&hub)).await.unwrap();
    assert_eq!((hub.steps().len(), again.changed(), states(&again)), (before, false, states(&report)));
}

#[tokio::test]
async fn refused_account_fails_and_others_continue() {
    let hub = InMemoryHub { refused: vec![id(2)], ..InMemoryHub::default() };
    let report = enroll(&hub, &EnrollRequest::new(ids(1..=3)), Some(&hub)).await.unwrap();
    assert_eq!(
        states(&report),
        [(EnrollmentState::Done, 1), (EnrollmentState::Waiting, 2), (EnrollmentState::Failed, 1)]
    );
    let failed = report.outcomes.iter().find(|o| o.state == EnrollmentState::Failed).unwrap();
    assert_eq!((failed.subject.account(), failed.message.as_str()), (Some(id(2)), "no such account"));
    assert!(report.outcomes[1].message.starts_with("waits for the owner of 000000000001"));
    assert_eq!(hub.steps(), [(EnrollmentStep::CreateMember, 3), (EnrollmentStep::InviteMember, 2)]);
}

#[tokio::test]
async fn denied_step_is_tried_once_and_throttled_step_for_every_batch() {
    for (kind, calls) in [(ErrorKind::PermissionDenied, 1), (ErrorKind::Throttled, 3)] {
        let hub = InMemoryHub { fails: Some((EnrollmentStep::CreateMember, kind)), ..InMemoryHub::default() };
        let report = enroll(&hub, &EnrollRequest::new(ids(1..=120)), Some(&hub)).await.unwrap();
        assert_eq!(hub.steps().len(), calls, "{kind:?}");
        assert_eq!(states(&report), [(EnrollmentState::Done, 1), (EnrollmentState::Failed, 120)]);
    }
}

#[tokio::test]
async fn other_steps_are_not_tried_while_hub_is_off() {
    let fails = Some((EnrollmentStep::EnableHub, ErrorKind::PermissionDenied));
    let hub = InMemoryHub { hub_off: Mutex::new(true), fails, ..InMemoryHub::default() };
    let report = enroll(&hub, &EnrollRequest::new(ids(1..=2)), Some(&hub)).await.unwrap();
    assert_eq!(hub.steps(), [(EnrollmentStep::EnableHub, 0)]);
    assert_eq!(states(&report), [(EnrollmentState::Failed, 3)]);
    assert!(report.outcomes[1].message.contains("not tried, because Security Hub is off"));
}

#[tokio::test]
async fn step_without_visible_effect_waits_and_is_not_repeated() {
    let hub = InMemoryHub { forgets: true, ..InMemoryHub::default() };
    let report = enroll(&hub, &EnrollRequest::new(ids(1..=1)), Some(&hub)).await.unwrap();
    assert_eq!(hub.steps(), [(EnrollmentStep::CreateMember, 1)]);
    assert_eq!(states(&report), [(EnrollmentState::Done, 1), (EnrollmentState::Waiting, 1)]);
    assert!(report.outcomes[1].message.starts_with("waits for AWS"));
}
