//! The world outside: findings, hubs, members, registry and faults, and a pipeline on memory backends that sees it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::events::{ACCOUNTS, Event, Linking, Members, PROBLEMS, REGIONS, State};
use super::{Pipeline, account, project, settings, sweep};
use crate::coverage::{CoverageFacts, Hub, MemberStatus, RegionFacts};
use crate::finding::Resource;
use crate::memory::{
    MemoryCoverage, MemoryHistory, MemoryLedger, MemoryNotifier, MemoryRegistry, MemorySource, MemoryStore,
    TextRenderer,
};
use crate::pipeline::{FixedClock, Parts};
use crate::registry::Project;
use crate::source::{Budget, FindingsSource, Lane, Page, PageRequest, RetryPolicy, Sweep};
use crate::{AccountId, ComplianceStatus, Error, ErrorKind, Finding, RecordState, Result, Severity, WorkflowStatus};

/// Security Hub as a product in a Region.
fn own_product(region: usize) -> String {
    format!("arn:aws:securityhub:{}::product/aws/securityhub", REGIONS[region])
}

#[derive(Clone, Debug)]
pub(super) struct Scenery {
    pub(super) now: Timestamp,
    pub(super) problems: [Problem; PROBLEMS],
    /// Whether Security Hub is on, by Region.
    pub(super) hubs: [bool; 3],
    pub(super) linking: Linking,
    /// Accounts that are no members.
    pub(super) strangers: HashSet<u64>,
    /// Accounts in which AWS Config does not record everything.
    pub(super) impaired: HashSet<u64>,
    pub(super) registry: Members,
    pub(super) p_has_recipients: bool,
    /// Faults of the next run.
    pub(super) unreadable: HashSet<u64>,
    pub(super) hidden: HashSet<usize>,
}

/// The finding of a problem.
#[derive(Clone, Copy, Debug)]
pub(super) struct Problem {
    pub(super) state: State,
    /// How often its ID has changed.
    pub(super) version: u32,
}

impl Default for Scenery {
    fn default() -> Self {
        Self {
            now: "2026-01-05T00:00:00Z".parse().unwrap(),
            problems: [Problem { state: State::Absent, version: 0 }; PROBLEMS],
            hubs: [true; 3],
            linking: Linking::All,
            strangers: HashSet::new(),
            impaired: HashSet::new(),
            registry: Members::All,
            p_has_recipients: true,
            unreadable: HashSet::new(),
            hidden: HashSet::new(),
        }
    }
}

pub(super) fn account_of(problem: usize) -> u64 {
    problem as u64 % ACCOUNTS + 1
}

pub(super) fn region_of(problem: usize) -> usize {
    problem / 3 % 3
}

impl Scenery {
    pub(super) fn next_week(&mut self, events: &[Event]) {
        self.now += Duration::from_hours(7 * 24);
        self.unreadable.clear();
        self.hidden.clear();
        for event in events {
            match *event {
                Event::Set(n, state) => self.problems[n].state = state,
                Event::Move(n) => self.problems[n].version += 1,
                Event::Hub(region, on) => self.hubs[region] = on,
                Event::Link(linking) => self.linking = linking,
                Event::Member(account, true) => drop(self.strangers.remove(&account)),
                Event::Member(account, false) => drop(self.strangers.insert(account)),
                Event::Config(account, true) => drop(self.impaired.remove(&account)),
                Event::Config(account, false) => drop(self.impaired.insert(account)),
                Event::Registry(members) => self.registry = members,
                Event::Recipients(has) => self.p_has_recipients = has,
                Event::Unreadable(account) => drop(self.unreadable.insert(account)),
                Event::Hide(n) => drop(self.hidden.insert(n)),
            }
        }
    }

    pub(super) fn is_linked(&self, region: usize) -> bool {
        match self.linking {
            Linking::All => true,
            Linking::One => region <= 1,
            Linking::None => region == 0,
        }
    }

    /// Whether the home Region shows findings of the account in the Region.
    pub(super) fn shows(&self, account: u64, region: usize) -> bool {
        self.is_linked(region) && self.hubs[region] && !self.strangers.contains(&account)
    }

    pub(super) fn projects(&self) -> Vec<Project> {
        let recipients: &[&str] = if self.p_has_recipients { &["p@example.com"] } else { &[] };
        let q = || project("Q", &[2, 3], &["q@example.com"]);
        match self.registry {
            Members::All => vec![project("P", &[1, 2], recipients), q()],
            Members::PWithoutTwo => vec![project("P", &[1], recipients), q()],
            Members::WithoutQ => vec![project("P", &[1, 2], recipients)],
        }
    }

    /// All findings that the home Region shows, results of checks included.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let problems =
            (0..PROBLEMS).filter(|n| self.shows(account_of(*n), region_of(*n))).filter_map(|n| self.finding(n));
        let mut findings: Vec<Finding> = problems.collect();
        for account in 1..=ACCOUNTS {
            for region in (0..REGIONS.len()).filter(|region| self.shows(account, *region)) {
                findings.extend(self.checks(account, region));
            }
        }
        findings
    }

    /// The finding of a problem, shown or not.
    pub(super) fn finding(&self, n: usize) -> Option<Finding> {
        let Problem { state, version } = self.problems[n];
        if state == State::Absent {
            return None;
        }
        let mut finding = Finding::new(account(account_of(n)), format!("problem-{n}/{version}"));
        finding.region = Some(REGIONS[region_of(n)].into());
        finding.title = format!("Problem {n}").into();
        finding.severity = Severity::Critical;
        // an old time: such a finding is no evidence of a recent check
        finding.updated_at = "2025-01-01T00:00:00Z".parse().ok();
        let resource = |id: String| Resource { id: id.into(), ..Resource::default() };
        finding.resources = vec![resource(format!("arn:a/{n}")), resource(format!("arn:b/{n}"))];
        if version % 2 == 1 {
            finding.resources.reverse();
        }
        if n.is_multiple_of(2) {
            finding.control_id = Some(format!("S3.{n}").into());
            finding.product_arn = own_product(region_of(n)).into();
        } else {
            finding.product_arn = "arn:aws:securityhub:us-east-1::product/example/scanner".into();
            finding.generator_id = Some("rule".into());
        }
        finding.compliance = Some(ComplianceStatus::Failed);
        match state {
            State::Passed | State::Empty => {
                (finding.compliance, finding.workflow) = (Some(ComplianceStatus::Passed), WorkflowStatus::Resolved);
            }
            State::Archived => finding.record_state = RecordState::Archived,
            State::Suppressed => finding.workflow = WorkflowStatus::Suppressed,
            State::Failed | State::Absent => {}
        }
        if state == State::Empty {
            finding.compliance_reasons = vec!["CONFIG_EVALUATIONS_EMPTY".into()];
        }
        Some(finding)
    }

    /// Results of yesterday's checks in an account and Region.
    pub(super) fn checks(&self, number: u64, region: usize) -> Vec<Finding> {
        let mut passed = Finding::new(account(number), format!("check/{number}/{region}"));
        passed.region = Some(REGIONS[region].into());
        passed.product_arn = own_product(region).into();
        (passed.compliance, passed.workflow) = (Some(ComplianceStatus::Passed), WorkflowStatus::Resolved);
        passed.updated_at = Some(self.now - Duration::from_hours(24));
        let mut impaired = passed.clone();
        impaired.id = format!("impaired/{number}/{region}").into();
        // suppressed, because an open one would be a finding of the report
        (impaired.compliance, impaired.workflow) = (Some(ComplianceStatus::Warning), WorkflowStatus::Suppressed);
        impaired.compliance_reasons = vec!["CONFIG_RECORDER_DISABLED".into()];
        std::iter::once(passed).chain(self.impaired.contains(&number).then_some(impaired)).collect()
    }

    /// What a coverage check of Security Hub finds.
    fn facts(&self) -> CoverageFacts {
        let members = || {
            let status =
                |n: u64| if self.strangers.contains(&n) { MemberStatus::Resigned } else { MemberStatus::Enabled };
            (1..=ACCOUNTS).map(move |n| (account(n), status(n)))
        };
        let region = |n: usize| {
            let hub = if self.hubs[n] { Hub::On } else { Hub::Off };
            let mut facts = RegionFacts::new(Some(REGIONS[n].to_owned())).with_hub(hub).with_members(members());
            facts.linked_to = (n > 0).then(|| REGIONS[0].to_owned());
            facts
        };
        let is_named = |n: &usize| self.linking == Linking::One || self.hubs[*n];
        let linked = || (0..REGIONS.len()).filter(|n| self.is_linked(*n));
        let mut facts = CoverageFacts::new(linked().filter(|n| is_named(n)).map(region).collect());
        facts.unused_regions = linked().filter(|n| !is_named(n)).map(|n| REGIONS[n].to_owned()).collect();
        facts
    }
}

/// Backends that keep what the pipeline writes.
#[derive(Debug, Default)]
pub(super) struct MemoryBackend {
    history: MemoryHistory,
    ledger: MemoryLedger,
    store: Arc<MemoryStore>,
}

impl MemoryBackend {
    pub(super) fn pipeline(&self, scenery: &Scenery, week: usize) -> Pipeline {
        let source = FaultySource { scenery: scenery.clone(), source: MemorySource::new(scenery.findings()) };
        self.pipeline_with(scenery, week, |parts| {
            parts.sweep = lane(source);
            parts.coverage = Some(Arc::new(MemoryCoverage::new(scenery.facts())));
        })
    }

    /// A pipeline for the run of a week, with the source and the coverage check that `set` gives it.
    pub(super) fn pipeline_with(&self, scenery: &Scenery, week: usize, set: impl FnOnce(&mut Parts)) -> Pipeline {
        let mut parts = Parts {
            ledger: Arc::new(self.ledger.clone()),
            registry: Arc::new(MemoryRegistry::new(scenery.projects())),
            sweep: sweep(MemorySource::default()),
            coverage: None,
            renderers: vec![Arc::new(TextRenderer)],
            store: self.store.clone(),
            notifiers: vec![Arc::new(MemoryNotifier::new())],
            history_sink: Arc::new(self.history.clone()),
            history_reader: Arc::new(self.history.clone()),
        };
        set(&mut parts);
        let mut settings = settings(&format!("week-{week}"));
        // the model says what a report tells; whether one is held back is tested on its own
        settings.hold_if_unread = None;
        settings.clock = Arc::new(FixedClock(scenery.now));
        Pipeline::new(parts, settings)
    }
}

/// A sweep of the home Region.
pub(super) fn lane(source: impl FindingsSource) -> Sweep {
    let retry = RetryPolicy::default().with_attempts(1).with_outage(Duration::ZERO);
    Sweep::new(vec![Lane::new(REGIONS[0], Arc::new(source), Budget::unlimited())]).with_retry(retry)
}

/// A source with the faults of a run.
#[derive(Debug)]
struct FaultySource {
    scenery: Scenery,
    source: MemorySource,
}

#[async_trait]
impl FindingsSource for FaultySource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let is_unreadable = |n: &u64| -> bool { request.query.accounts.contains(account(*n)) };
        if self.scenery.unreadable.iter().any(is_unreadable) {
            return Err(Error::new(ErrorKind::Malformed, "read a page of findings"));
        }
        let mut page = self.source.page(request).await?;
        if request.query.selection.ids.is_empty() {
            let hidden: HashSet<(AccountId, String)> =
                self.scenery.hidden.iter().map(|n| (account(account_of(*n)), format!("problem-{n}/"))).collect();
            page.findings.retain(|f| !hidden.iter().any(|(account, id)| f.account == *account && f.id.starts_with(id)));
        }
        Ok(page)
    }
}
