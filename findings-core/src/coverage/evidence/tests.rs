use std::sync::Mutex;

use super::*;
use crate::coverage::MemberStatus;
use crate::memory::MemorySource;
use crate::source::{Budget, Lane, Page, Sweep, SweepTarget};
use crate::{ComplianceStatus, Error, ErrorKind, WorkflowStatus};

const NOW: &str = "2026-11-23T00:00:00Z";

fn account(n: usize) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

fn check(n: usize, id: usize, status: ComplianceStatus) -> Finding {
    let mut finding = Finding::new(account(n), format!("{n}/{id}"));
    finding.product_arn = "arn:aws:securityhub:us-east-1::product/aws/securityhub".into();
    finding.region = Some("us-east-1".into());
    finding.compliance = Some(status);
    if status == ComplianceStatus::Passed {
        finding.workflow = WorkflowStatus::Resolved;
    }
    finding.updated_at = NOW.parse().ok();
    finding
}

/// Returns facts about one Region with accounts 0 to 99 as members.
fn members() -> Arc<CoverageFacts> {
    let members = (0..100).map(|n| (account(n), MemberStatus::Enabled));
    Arc::new(CoverageFacts::new(vec![RegionFacts::new(Some("us-east-1".to_owned())).with_members(members)]))
}

/// Sweeps accounts 0 to 19. Returns the accounts with evidence, the number of calls of the search, and whether a query
/// for evidence failed.
async fn proven(source: impl FindingsSource) -> (Vec<AccountId>, u64, bool) {
    let all: Vec<AccountId> = (0..20).map(account).collect();
    let search = Arc::new(EvidenceSearch::new(members(), all.clone(), NOW.parse().unwrap()));
    let retry = crate::source::RetryPolicy::default().with_attempts(1);
    let lane = Lane::new("us-east-1", Arc::new(source), Budget::unlimited());
    let mut stream = Sweep::new(vec![lane])
        .with_retry(retry)
        .with_follow_up(search.clone())
        .start(vec![SweepTarget { accounts: all }]);
    let target = stream.next().await.unwrap();
    assert!(target.accounts.iter().all(|a| a.is_complete()), "the evidence search does not make an account incomplete");
    let accounts = || target.accounts.iter().map(|a| a.account);
    let proven = accounts().filter(|a| search.of(*a).checks.values().any(|c| c.last.is_some()));
    let unread = accounts().any(|a| search.of(a).failed);
    (proven.collect(), search.calls(), unread)
}

#[tokio::test]
async fn open_findings_are_evidence_without_calls() {
    let findings = (0..20).map(|n| check(n, 0, ComplianceStatus::Failed)).collect();
    let (proven, calls, _) = proven(MemorySource::new(findings)).await;
    assert_eq!((proven.len(), calls), (20, 0));
}

#[tokio::test]
async fn passed_accounts_share_one_query() {
    let findings = (0..20).map(|n| check(n, 0, ComplianceStatus::Passed)).collect();
    let (proven, calls, _) = proven(MemorySource::new(findings)).await;
    assert_eq!((proven.len(), calls), (20, 1));
}

#[tokio::test]
async fn accounts_without_checks_cost_one_call() {
    let (proven, calls, unread) = proven(MemorySource::default()).await;
    assert_eq!((proven.len(), calls, unread), (0, 1, false));
}

#[tokio::test]
async fn account_with_many_results_hides_no_other() {
    let mut findings: Vec<Finding> = (0..150).map(|id| check(3, id, ComplianceStatus::Passed)).collect();
    findings.push(check(4, 0, ComplianceStatus::Passed));
    let (proven, calls, _) = proven(MemorySource::new(findings)).await;
    assert_eq!(
        (proven, calls),
        (vec![account(3), account(4)], 3),
        "one query finds account 3, the next account 4, the last none"
    );
}

#[tokio::test]
async fn non_members_are_not_queried() {
    #[derive(Debug)]
    struct RecordingSource(Mutex<Vec<usize>>);
    #[async_trait::async_trait]
    impl FindingsSource for RecordingSource {
        async fn page(&self, request: &PageRequest) -> Result<Page> {
            self.0.lock().unwrap().push(request.query.accounts.accounts().len());
            Ok(Page::default())
        }
    }
    let source = Arc::new(RecordingSource(Mutex::default()));
    let all: Vec<AccountId> = (90..110).map(account).collect();
    let search = EvidenceSearch::new(members(), all.clone(), NOW.parse().unwrap());
    let lane = Lane::new("us-east-1", source.clone(), Budget::unlimited());
    let mut stream = Sweep::new(vec![lane]).with_follow_up(Arc::new(search)).start(vec![SweepTarget { accounts: all }]);
    while stream.next().await.is_some() {}
    assert_eq!(*source.0.lock().unwrap(), [20, 10], "accounts 100 to 109 are not members");
}

#[tokio::test]
async fn failed_query_is_reported_and_fails_no_sweep() {
    /// Answers the queries of the sweep and fails the queries for evidence.
    #[derive(Debug)]
    struct FailingChecks;
    #[async_trait::async_trait]
    impl FindingsSource for FailingChecks {
        async fn page(&self, request: &PageRequest) -> Result<Page> {
            if request.query.selection.compliance.is_empty() {
                return Ok(Page::default());
            }
            Err(Error::new(ErrorKind::Unavailable, "fetch a page"))
        }
    }
    let (proven, _, unread) = proven(FailingChecks).await;
    assert!(proven.is_empty() && unread);
}

#[tokio::test]
async fn search_works_without_sweep() {
    let findings = vec![check(1, 0, ComplianceStatus::Passed), check(2, 0, ComplianceStatus::Failed)];
    let lane = Lane::new("us-east-1", Arc::new(MemorySource::new(findings)), Budget::unlimited());
    let search = EvidenceSearch::new(members(), (0..50).map(account), NOW.parse().unwrap());
    search.search(&[lane], &crate::source::RetryPolicy::default()).await;
    let proven = (0..50).map(account).filter(|a| search.of(*a) != Evidence::default());
    assert_eq!(proven.collect::<Vec<_>>(), [account(1), account(2)]);
}

/// The coverage check and a run judge by the same findings: by open ones wherever they stand among the others, and by suppressed
/// ones only if none is open.
#[tokio::test]
async fn a_search_without_a_sweep_says_what_a_run_says() {
    use CoverageReason::{ChecksImpaired, ChecksSeen};
    let impaired = |n, workflow| {
        let mut finding = check(n, 9, ComplianceStatus::Warning);
        finding.compliance_reasons = vec!["CONFIG_RECORDER_DISABLED".into()];
        finding.workflow = workflow;
        finding
    };
    let mut findings: Vec<Finding> = (0..120).map(|id| check(1, id + 10, ComplianceStatus::Passed)).collect();
    findings.extend([impaired(1, WorkflowStatus::New), impaired(2, WorkflowStatus::Suppressed)]);
    findings.push(check(2, 1, ComplianceStatus::Failed));
    findings.push(impaired(3, WorkflowStatus::Suppressed));
    let now = NOW.parse().unwrap();
    for facts in [members(), Arc::new(CoverageFacts::new(vec![RegionFacts::new(None)]))] {
        let lane = || Lane::new("us-east-1", Arc::new(MemorySource::new(findings.clone())), Budget::unlimited());
        let (alone, beside) = [(); 2].map(|()| EvidenceSearch::new(facts.clone(), (1..5).map(account), now)).into();
        alone.search(&[lane()], &crate::source::RetryPolicy::default()).await;
        let beside = Arc::new(beside);
        let targets = vec![SweepTarget { accounts: (1..5).map(account).collect() }];
        let mut stream = Sweep::new(vec![lane()]).with_follow_up(beside.clone()).start(targets);
        while stream.next().await.is_some() {}
        let verdicts = |search: &EvidenceSearch| -> Vec<CoverageReason> {
            let judged = |n| judge(account(n), &facts, &search.of(account(n)), &AcceptedGaps::default(), now)[0].reason;
            (1..5).map(judged).collect()
        };
        assert_eq!(verdicts(&alone), verdicts(&beside));
        assert_eq!(verdicts(&alone)[..3], [ChecksImpaired, ChecksSeen, ChecksImpaired]);
    }
}

#[tokio::test]
async fn empty_checks_do_not_end_the_search() {
    let mut empty = check(3, 0, ComplianceStatus::Passed);
    empty.compliance_reasons = vec!["CONFIG_EVALUATIONS_EMPTY".into()];
    let mut findings: Vec<Finding> =
        (0..150).map(|id| Finding { id: format!("3/{id}").into(), ..empty.clone() }).collect();
    findings.push(check(3, 999, ComplianceStatus::Passed));
    let (proven, calls, _) = proven(MemorySource::new(findings)).await;
    assert_eq!(
        (proven, calls),
        (vec![account(3)], 3),
        "two pages until account 3 has evidence, one more for the others"
    );
}

#[tokio::test]
async fn integration_findings_are_not_queried() {
    let mut foreign = check(3, 0, ComplianceStatus::Failed);
    foreign.product_arn = "arn:aws:securityhub:us-east-1:123456789012:product/123456789012/default".into();
    let findings = (0..3000).map(|id| Finding { id: format!("3/{id}").into(), ..foreign.clone() });
    let findings = findings.chain([check(4, 0, ComplianceStatus::Passed)]).collect();
    let (proven, calls, unread) = proven(MemorySource::new(findings)).await;
    assert_eq!((proven, calls, unread), (vec![account(4)], 2, false));
}

#[tokio::test]
async fn coverage_findings_are_evidence_and_not_reported() {
    let mut off = check(1, 1, ComplianceStatus::Failed);
    off.product_arn = "arn:aws:securityhub:us-east-1::product/aws/securityhub-coverage".into();
    let source = MemorySource::new(vec![check(1, 0, ComplianceStatus::Failed), off]);
    let search = Arc::new(EvidenceSearch::new(members(), [account(1)], NOW.parse().unwrap()));
    let lane = Lane::new("us-east-1", Arc::new(source), Budget::unlimited());
    let sweep = Sweep::new(vec![lane]).with_follow_up(search.clone());
    let mut stream = sweep.start(vec![SweepTarget { accounts: vec![account(1)] }]);
    let target = stream.next().await.unwrap();
    let findings = target.accounts[0].findings.to_vec().unwrap();
    let ids: Vec<&str> = findings.iter().map(|finding| &*finding.id).collect();
    assert_eq!((ids, target.accounts[0].received, stream.stats().findings), (vec!["1/0"], 1, 1));
    let verdicts =
        judge(account(1), &members(), &search.of(account(1)), &AcceptedGaps::default(), NOW.parse().unwrap());
    assert_eq!((verdicts[0].reason, verdicts[0].verdict), (CoverageReason::ServiceOff, Verdict::Degraded));
}
