use std::collections::BTreeSet;
use std::time::Duration;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use aws_sdk_securityhub::config::{BehaviorVersion, Credentials, Region};
use futures::StreamExt;
use security_hub_simulator::{Fault, FaultRule, Operation, Simulator, SimulatorBuilder, SimulatorHandle, When};
use serde_json::json;

use super::*;
use crate::aws::SecurityHubSource;
use crate::history::IssueId;
use crate::source::{
    AccountBatch, Budget, Lane, PageSize, RetryPolicy, Sweep, SweepStats, SweepTarget, TargetFindings, collect,
};
use crate::{AccountId, ComplianceStatus, RecordState, Selection, WorkflowStatus};

fn client(simulator: &SimulatorHandle) -> Client {
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(Simulator::REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(simulator.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

fn source(simulator: &SimulatorHandle) -> SecurityHubV2Source {
    SecurityHubV2Source::new(&client(simulator))
}

/// 25 accounts, which take two queries, with about 430 findings, selected and not selected.
fn organisation() -> (Vec<AccountId>, Findings) {
    let organisation = Organisation::of_size(5, 5);
    let findings = Findings::new(7, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
        &organisation.accounts,
        430,
        &Mix::default(),
    );
    (organisation.accounts.iter().map(|a| a.id.parse().unwrap()).collect(), findings)
}

fn simulator(findings: &Findings) -> SimulatorBuilder {
    Simulator::builder().findings(findings.values()).quota(None).other_quota(None)
}

async fn sweep(source: impl FindingsSource, accounts: &[AccountId]) -> (TargetFindings, SweepStats) {
    let retry = RetryPolicy::default()
        .with_pauses(Duration::from_micros(10), Duration::from_micros(50))
        .with_refused_attempts(1)
        .with_attempt_limit(Duration::from_secs(30));
    let lane = Lane::new(Simulator::REGION, Arc::new(source), Budget::unlimited());
    let sweep = Sweep::new(vec![lane]).with_retry(retry).with_page_size(PageSize::new(20).unwrap());
    let mut stream = sweep.start(vec![SweepTarget { accounts: accounts.to_vec() }]);
    let target = stream.next().await.unwrap();
    (target, stream.stats())
}

/// The identities of findings and of their issues.
fn keys(target: &TargetFindings) -> BTreeSet<(String, String, String)> {
    let findings = target.accounts.iter().flat_map(|a| a.findings.to_vec().unwrap());
    findings.map(|f| (f.product_arn.to_string(), f.id.to_string(), IssueId::of(&f).as_str().to_owned())).collect()
}

fn calls(simulator: &SimulatorHandle, operation: Operation) -> Vec<security_hub_simulator::CallRecord> {
    simulator.calls().into_iter().filter(|call| call.operation == operation.name()).collect()
}

#[tokio::test]
async fn findings_and_issues_are_those_of_the_earlier_security_hub() {
    let (accounts, findings) = organisation();
    let simulator = simulator(&findings).start().await.unwrap();
    let (earlier, _) = sweep(SecurityHubSource::new(&client(&simulator)), &accounts).await;
    let (target, stats) = sweep(source(&simulator), &accounts).await;
    assert!(target.accounts.iter().all(|a| a.is_complete()));
    assert!(keys(&target).len() > 200);
    assert_eq!(keys(&target), keys(&earlier));
    let pages = calls(&simulator, Operation::GetFindingsV2);
    assert_eq!(stats.calls, pages.len() as u64);
    assert!(pages.iter().all(|call| call.accounts.len() <= 20 && call.max_results == Some(20)));
    let queries = pages.iter().filter(|call| call.token.is_none()).count();
    assert_eq!(
        (queries, calls(&simulator, Operation::GetFindingStatisticsV2).len()),
        (2, 2),
        "one count for each query"
    );
}

/// Every selection that the job makes returns what the selection says of all findings.
#[tokio::test]
async fn selections_are_exact() {
    use ComplianceStatus::{Failed, NotAvailable, Passed, Warning};
    let (accounts, findings) = organisation();
    let simulator = simulator(&findings).start().await.unwrap();
    let batch = AccountBatch::new(accounts[..20].to_vec()).unwrap();
    let everything = Selection::of_ids(Vec::new());
    let all = collect(&source(&simulator), FindingsQuery::new(batch.clone()).with_selection(everything.clone())).await;
    let all = all.unwrap().findings.to_vec().unwrap();
    assert!(all.len() > 300, "{}", all.len());
    let some_ids: Vec<_> = all.iter().step_by(17).map(|f| f.id.clone()).take(20).collect();
    let mut selections = vec![
        Selection::default(),
        Selection::checks_since("2026-11-19T12:00:00Z".parse().unwrap()),
        Selection::default().of_security_hub_in(Simulator::REGION),
        Selection::of_ids(some_ids),
    ];
    for status in WorkflowStatus::ALL {
        let mut selection = everything.clone();
        selection.workflow = vec![*status];
        selections.push(selection);
    }
    for status in [Passed, Warning, Failed, NotAvailable] {
        let mut selection = everything.clone();
        selection.compliance = vec![status];
        selections.push(selection);
    }
    let mut archived = everything;
    archived.record_states = vec![RecordState::Archived];
    selections.push(archived);
    for selection in selections {
        let want: BTreeSet<_> = all.iter().filter(|f| selection.matches(f)).map(|f| f.id.clone()).collect();
        let query = FindingsQuery::new(batch.clone()).with_selection(selection.clone());
        let found = collect(&source(&simulator), query).await.unwrap();
        let found: BTreeSet<_> = found.findings.to_vec().unwrap().iter().map(|f| f.id.clone()).collect();
        assert!(!want.is_empty(), "{selection:?}");
        assert_eq!(found, want, "{selection:?}");
    }
}

#[tokio::test]
async fn records_that_only_the_new_one_has_cost_nothing() {
    let (accounts, findings) = organisation();
    let record = |uid: &str, account: &str, product: &str| {
        json!({
            "activity_name": "Create", "class_uid": 2003, "status_id": 1, "metadata": { "uid": uid, "product": {
                "uid": format!("arn:aws:securityhub:us-east-1::productv2/aws/{product}") } },
            "cloud": { "account": { "uid": account }, "region": Simulator::REGION },
            "compliance": { "status_id": 3 }, "finding_info": { "uid": uid, "modified_time": 1, "modified_time_dt": "2026-11-20T00:00:00Z" },
        })
    };
    let account = accounts[3].to_string();
    let more = [
        record("exposure", &account, "securityhub-risk"),
        record("coverage", &account, "securityhub-coverage"),
        record("azure", "0b7e1a52-6d3f-4c58-9a3e-2f4c1d5e6f70", "securityhub"),
        record("other", "999900000000", "securityhub"),
    ];
    let simulator = simulator(&findings).ocsf(more).start().await.unwrap();
    let (target, _) = sweep(source(&simulator), &accounts).await;
    assert!(target.accounts.iter().all(|a| a.is_complete()));
    let ids: Vec<crate::Text> =
        target.accounts.iter().flat_map(|a| a.findings.to_vec().unwrap()).map(|f| f.id).collect();
    let has = |id: &str| ids.iter().any(|known| &**known == id);
    assert_eq!([has("exposure"), has("coverage"), has("azure"), has("other")], [true, false, false, false]);
}

#[tokio::test]
async fn finding_that_is_lost_on_a_page_makes_its_account_incomplete() {
    let (accounts, findings) = organisation();
    let culprit = accounts[12];
    let lost = FaultRule::new(Fault::LostFinding, When::asks(culprit.to_string())).on(Operation::GetFindingsV2);
    let simulator = simulator(&findings).fault_rule(lost).start().await.unwrap();
    let (target, _) = sweep(source(&simulator), &accounts).await;
    let failed: Vec<_> = target.accounts.iter().filter(|a| !a.is_complete()).collect();
    assert_eq!(failed.iter().map(|a| a.account).collect::<Vec<_>>(), [culprit]);
    let failure = &failed[0].failures[0];
    assert!(failure.kind == ErrorKind::Inconsistent && failure.message.contains("the service counts"), "{failure:?}");
}

#[tokio::test]
async fn numbers_are_a_second_look_that_may_fail() {
    let (accounts, findings) = organisation();
    for (fault, asked) in [(Fault::AccessDenied, 1), (Fault::InternalError, 2), (Fault::Html { status: 200 }, 2)] {
        let rule = FaultRule::new(fault.clone(), When::Always).on(Operation::GetFindingStatisticsV2);
        let simulator = simulator(&findings).fault_rule(rule).start().await.unwrap();
        let (target, _) = sweep(source(&simulator), &accounts).await;
        assert!(target.accounts.iter().all(|a| a.is_complete()), "{fault:?}");
        let counts = calls(&simulator, Operation::GetFindingStatisticsV2).len();
        assert!((1..=2).contains(&counts) && (asked == 2) <= (counts == 2), "{fault:?}: {counts}");
    }
}

/// For each transient fault at each position, the set of findings is exact and no account is reported incomplete.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transient_faults_lose_no_finding() {
    let (accounts, findings) = organisation();
    let simulator = simulator(&findings).start().await.unwrap();
    let (undisturbed, stats) = sweep(source(&simulator), &accounts).await;
    let (want, last) = (keys(&undisturbed), stats.calls - 1);
    for fault in [
        Fault::InternalError,
        Fault::Throttle { retry_after: Some(Duration::ZERO) },
        Fault::Error { status: 500, code: "InternalServerException".to_owned(), message: String::new() },
        Fault::Error { status: 429, code: "ThrottlingException".to_owned(), message: String::new() },
        Fault::Reset,
        Fault::Truncated { chunked: true },
        Fault::Html { status: 200 },
        Fault::EmptyPage,
        Fault::StaleToken,
    ] {
        for when in [When::call(0), When::call(last / 2), When::call(last)] {
            simulator.clear_faults();
            simulator.reset_calls();
            simulator.add_fault_rule(FaultRule::new(fault.clone(), when.clone()).on(Operation::GetFindingsV2));
            let (target, _) = sweep(source(&simulator), &accounts).await;
            let failures: Vec<_> = target.accounts.iter().flat_map(|a| &a.failures).collect();
            assert!(failures.is_empty(), "{fault:?} {when:?}: {failures:?}");
            assert_eq!(keys(&target), want, "{fault:?} {when:?}");
        }
    }
}

#[tokio::test]
async fn region_errors_end_the_sweep_at_once() {
    let (accounts, findings) = organisation();
    for (fault, kind, want) in [
        (Fault::HubOff, ErrorKind::NotEnabled, "the new Security Hub is off"),
        (Fault::AccessDenied, ErrorKind::PermissionDenied, "AccessDeniedException"),
    ] {
        let rule = FaultRule::new(fault, When::Always).on(Operation::GetFindingsV2);
        let simulator = simulator(&findings).fault_rule(rule).start().await.unwrap();
        let (target, stats) = sweep(source(&simulator), &accounts).await;
        assert!(target.accounts.iter().all(|a| a.failures[0].kind == kind && a.failures[0].message.contains(want)));
        assert!(stats.calls <= 2, "one call for each query that was already under way: {}", stats.calls);
    }
}

#[tokio::test]
async fn throttled_calls_are_counted_and_made_again() {
    let (accounts, findings) = organisation();
    let throttle = FaultRule::new(Fault::Throttle { retry_after: Some(Duration::ZERO) }, When::Every(3));
    let simulator = simulator(&findings).fault_rule(throttle.on(Operation::GetFindingsV2)).start().await.unwrap();
    let (target, stats) = sweep(source(&simulator), &accounts).await;
    assert!(target.accounts.iter().all(|a| a.is_complete()));
    assert!(stats.throttled > 2 && stats.throttled == stats.retried, "{stats:?}");
}

#[tokio::test]
async fn empty_selection_is_not_sent() {
    let simulator = Simulator::start().await.unwrap();
    let mut nothing = FindingsQuery::new(AccountBatch::new(vec!["000000000001".parse().unwrap()]).unwrap());
    nothing.selection.workflow.clear();
    let error = source(&simulator).page(&PageRequest::first(nothing)).await.unwrap_err();
    assert_eq!((error.kind(), simulator.counters().calls), (ErrorKind::InvalidInput, 0));
}

mod conformance {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use security_hub_simulator::{Simulator, SimulatorHandle};
    use serde_json::Value;

    use crate::FindingsSource;
    use crate::testing::conformance::source::AsffProbe;

    /// Keeps the simulator alive as long as its source.
    #[derive(Debug, Default)]
    struct Probe(Mutex<Option<SimulatorHandle>>);

    #[async_trait]
    impl AsffProbe for Probe {
        async fn asff_source(&self, findings: Vec<Value>) -> Arc<dyn FindingsSource> {
            let simulator = Simulator::builder().findings(findings).other_quota(None).start().await.unwrap();
            let source = super::source(&simulator);
            *self.0.lock().unwrap() = Some(simulator);
            Arc::new(source)
        }
    }

    crate::asff_source_conformance!(async { Probe::default() });
}
