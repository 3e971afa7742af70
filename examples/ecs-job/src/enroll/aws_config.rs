//! Infers from the results of checks whether AWS Config records what the checks need. Never turns it on.

use std::collections::{HashMap, HashSet};

use findings_core::AccountId;
use findings_core::Result;
use findings_core::coverage::{AcceptedGaps, CoverageFacts, CoverageReason, EvidenceSearch, Hub, judge};
use findings_core::source::{Lane, RetryPolicy};
use findings_enrollment::{EnrollmentOutcome, EnrollmentReport, EnrollmentState, Subject};
use jiff::Timestamp;

use crate::aws::Aws;
use crate::config::{EnrollConfig, HubApi};
use crate::wiring;

/// The state of the AWS Config recorder, inferred from the results of checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Recorder {
    /// Checks are made.
    Records,
    /// Checks report that AWS Config does not record what they need.
    Lacks,
    /// No check was made in the last 48 hours.
    NoCheck,
    /// The account is not a member or became one just now, or its findings could not be read.
    #[default]
    NotChecked,
}

impl Recorder {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Lacks => "lacks",
            Self::NoCheck => "no_check",
            Self::NotChecked => "not_checked",
        }
    }
}

/// Recorder states by account and Region.
#[derive(Debug, Default)]
pub(super) struct Recorders(HashMap<(AccountId, String), Recorder>);

impl Recorders {
    /// Returns the state for a member account, or `None` for another subject.
    pub(super) fn of(&self, subject: &Subject) -> Option<Recorder> {
        let account = subject.account()?;
        Some(self.0.get(&(account, subject.region().to_owned())).copied().unwrap_or_default())
    }
}

/// Checks accounts that were members before this run. The first checks of new members take hours.
pub(super) async fn check_recorders(config: &EnrollConfig, aws: &Aws, report: &EnrollmentReport) -> Result<Recorders> {
    let is_old = |o: &&EnrollmentOutcome| o.state == EnrollmentState::Done && o.done.is_empty();
    let old = report.outcomes.iter().filter(is_old);
    let old: Vec<(AccountId, String)> =
        old.filter_map(|o| Some((o.subject.account()?, o.subject.region().to_owned()))).collect();
    if old.is_empty() {
        return Ok(Recorders::default());
    }
    let lanes = wiring::region_lanes(&config.regions, HubApi::V1, config.pace, aws)?;
    let accounts = old.iter().map(|(account, _)| account).collect::<HashSet<_>>().len();
    tracing::info!("looking for results of checks in {accounts} accounts: at most a call of GetFindings for each");
    let asked: Vec<&str> = lanes.iter().map(Lane::name).collect();
    let facts = seen_from(report.facts.clone(), &asked);
    let (accounts, now) = (old.iter().map(|(account, _)| *account), Timestamp::now());
    let evidence = EvidenceSearch::new(facts.clone().into(), accounts, now);
    evidence.search(&lanes, &RetryPolicy::default()).await;
    let recorder = |(account, region): (AccountId, String)| {
        let judged = judge(account, &facts, &evidence.of(account), &AcceptedGaps::default(), now);
        let judged = judged.iter().find(|coverage| coverage.region.as_ref() == Some(&region));
        let recorder = match judged.map(|coverage| coverage.reason) {
            Some(CoverageReason::ChecksSeen) => Recorder::Records,
            Some(CoverageReason::ChecksImpaired) => Recorder::Lacks,
            Some(CoverageReason::NoRecentCheck) => Recorder::NoCheck,
            _ => Recorder::NotChecked,
        };
        ((account, region), recorder)
    };
    Ok(Recorders(old.into_iter().map(recorder).collect()))
}

/// Keeps only the facts of Regions whose findings the lanes can read.
fn seen_from(mut facts: CoverageFacts, lanes: &[&str]) -> CoverageFacts {
    let linked = facts.aggregation.clone().filter(|aggregation| lanes.contains(&aggregation.home.as_str()));
    facts.regions.retain_mut(|region| {
        let Some(name) = region.region.as_deref() else { return true };
        if lanes.contains(&name) {
            return true;
        }
        let home = linked.as_ref().filter(|aggregation| aggregation.links(name) && region.hub == Hub::On);
        region.linked_to = home.map(|aggregation| aggregation.home.clone());
        region.linked_to.is_some()
    });
    facts
}
