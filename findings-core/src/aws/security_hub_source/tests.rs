use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use aws_sdk_securityhub::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_mocks::{MockResponseInterceptor, RuleMode, create_mock_http_client, mock};
use futures::StreamExt;
use security_hub_simulator::{Fault, Quota, Simulator, SimulatorBuilder, SimulatorHandle, When};

use super::*;
use crate::source::{
    AccountBatch, Budget, Lane, PageSize, RetryPolicy, Sweep, SweepStats, SweepTarget, TargetFindings, collect,
};
use crate::{AccountId, RecordState, WorkflowStatus};

fn config(url: &str) -> aws_sdk_securityhub::config::Builder {
    aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(Simulator::REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url)
}

fn source(simulator: &SimulatorHandle) -> SecurityHubSource {
    let http = aws_smithy_http_client::Builder::new().build_http();
    SecurityHubSource::new(&Client::from_conf(config(simulator.url()).http_client(http).build())).unwrap()
}

/// 25 accounts, so that there are two queries, with some 430 findings, selected and not.
fn organisation() -> (Vec<AccountId>, Findings) {
    let organisation = Organisation::of_size(5, 5);
    let findings = Findings::new(7, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
        &organisation.accounts,
        430,
        &Mix::default(),
    );
    (organisation.accounts.iter().map(|a| a.id.parse().unwrap()).collect(), findings)
}

/// (`ProductArn`, `Id`) of what the contract selects, read from the JSON by itself.
fn selected(findings: &Findings) -> BTreeSet<(String, String)> {
    let text = |f: &serde_json::Value, pointer: &str, default: &str| {
        f.pointer(pointer).and_then(|v| v.as_str()).unwrap_or(default).to_owned()
    };
    findings
        .values()
        .filter(|f| text(f, "/RecordState", "ACTIVE") == "ACTIVE")
        .filter(|f| ["NEW", "NOTIFIED"].contains(&text(f, "/Workflow/Status", "NEW").as_str()))
        .map(|f| (text(&f, "/ProductArn", ""), text(&f, "/Id", "")))
        .collect()
}

fn simulator(findings: &Findings) -> SimulatorBuilder {
    Simulator::builder().findings(findings.values()).quota(None)
}

async fn sweep(source: SecurityHubSource, accounts: &[AccountId]) -> (TargetFindings, SweepStats) {
    // pauses of microseconds: what is tested is that there are retries, not how long they wait
    let retry = RetryPolicy::default()
        .with_pauses(Duration::from_micros(10), Duration::from_micros(50))
        .with_attempt_limit(Duration::from_millis(500));
    let lane = Lane::new(Simulator::REGION, Arc::new(source), Budget::unlimited());
    let sweep = Sweep::new(vec![lane]).with_retry(retry).with_page_size(PageSize::new(20).unwrap());
    let mut stream = sweep.start(vec![SweepTarget { accounts: accounts.to_vec() }]);
    let target = stream.next().await.unwrap();
    assert!(stream.next().await.is_none());
    (target, stream.stats())
}

fn keys(target: &TargetFindings) -> BTreeSet<(String, String)> {
    let findings = target.accounts.iter().flat_map(|a| &a.findings);
    let keys: Vec<_> = findings.map(|f| (f.product_arn.to_string(), f.id.to_string())).collect();
    let unique: BTreeSet<_> = keys.iter().cloned().collect();
    assert_eq!(keys.len(), unique.len(), "no finding twice");
    unique
}

#[tokio::test]
async fn the_sweep_finds_exactly_what_is_selected() {
    let (accounts, findings) = organisation();
    let simulator = simulator(&findings).start().await.unwrap();
    let (target, stats) = sweep(source(&simulator), &accounts).await;
    assert!(target.accounts.iter().all(|a| a.is_complete()));
    assert_eq!(keys(&target), selected(&findings));
    assert_eq!(stats.calls, simulator.counters().calls);
    for call in simulator.calls() {
        assert!(call.accounts.len() <= 20 && call.max_results == Some(20));
        let filters = &call.body["Filters"];
        assert_eq!(filters["RecordState"][0]["Value"], RecordState::Active.as_str());
        assert_eq!(filters["WorkflowStatus"].as_array().unwrap().len(), 2);
        assert_eq!(filters["WorkflowStatus"][0]["Value"], WorkflowStatus::New.as_str());
        assert_eq!(filters.as_object().unwrap().len(), 3, "nothing else is filtered away");
    }
}

/// Each fault that passes × each position: the set of findings is exact every time, and nothing is reported incomplete.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_that_passes_costs_a_finding() {
    let (accounts, findings) = organisation();
    let want = selected(&findings);
    let simulator = simulator(&findings).start().await.unwrap();
    let (_, undisturbed) = sweep(source(&simulator), &accounts).await;
    let last = undisturbed.calls - 1;
    assert!(last >= 14, "every seventh call is at least two");
    let faults = [
        Fault::InternalError,
        Fault::Unavailable,
        Fault::Error { status: 502, code: String::new(), message: String::new() },
        Fault::Throttle { retry_after: None },
        Fault::Throttle { retry_after: Some(Duration::ZERO) },
        Fault::Reset,
        Fault::Close,
        Fault::Truncated { chunked: false },
        Fault::Truncated { chunked: true },
        Fault::Hang,
        Fault::Stall,
        Fault::Delay(Duration::from_millis(5)),
        Fault::EmptyPage,
        Fault::StaleToken,
    ];
    let positions = [When::call(0), When::call(last / 2), When::call(last), When::Calls(vec![2, 3]), When::Every(7)];
    for fault in &faults {
        for when in &positions {
            // a stale token restarts its query once; more often is an error, which another test is about
            let once = matches!(when, When::Calls(calls) if calls.len() == 1);
            if *fault == Fault::StaleToken && !once {
                continue;
            }
            simulator.clear_faults();
            simulator.reset_calls();
            simulator.add_fault(fault.clone(), when.clone());
            let (target, stats) = sweep(source(&simulator), &accounts).await;
            let failures: Vec<_> = target.accounts.iter().flat_map(|a| &a.failures).collect();
            assert!(failures.is_empty(), "{fault:?} {when:?}: {failures:?}");
            assert_eq!(keys(&target), want, "{fault:?} {when:?}");
            let counters = simulator.counters();
            assert!(counters.faults > 0, "{fault:?} {when:?} did not happen");
            assert_eq!(stats.calls, counters.calls, "{fault:?} {when:?}: every attempt is counted");
        }
    }
}

/// Each fault that lasts for one account: that account is incomplete with the right kind, all others are whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_that_lasts_is_the_accounts_own() {
    let (accounts, findings) = organisation();
    let want = selected(&findings);
    let simulator = simulator(&findings).start().await.unwrap();
    let culprit = accounts[12];
    let of_culprit: BTreeSet<(String, String)> = findings
        .values()
        .filter(|f| f["AwsAccountId"] == culprit.to_string().as_str())
        .map(|f| (f["ProductArn"].as_str().unwrap().to_owned(), f["Id"].as_str().unwrap().to_owned()))
        .collect();
    for (fault, kind) in [
        (Fault::InternalError, ErrorKind::Unavailable),
        (Fault::Html { status: 200 }, ErrorKind::Malformed),
        (Fault::Html { status: 404 }, ErrorKind::NotFound),
        (Fault::RepeatedToken, ErrorKind::Inconsistent),
        (Fault::Truncated { chunked: false }, ErrorKind::Unavailable),
    ] {
        simulator.clear_faults();
        simulator.add_fault(fault.clone(), When::asks(culprit.to_string()));
        let (target, _) = sweep(source(&simulator), &accounts).await;
        let failed: Vec<_> = target.accounts.iter().filter(|a| !a.is_complete()).collect();
        // an account whose findings fit one page never shows a token, and is then rightly complete
        if fault == Fault::RepeatedToken && failed.is_empty() {
            assert_eq!(keys(&target), want);
            continue;
        }
        assert_eq!(failed.iter().map(|a| a.account).collect::<Vec<_>>(), [culprit], "{fault:?}");
        assert_eq!(failed[0].failures[0].kind, kind, "{fault:?}");
        let others: BTreeSet<_> = want.difference(&of_culprit).cloned().collect();
        assert_eq!(keys(&target), others, "{fault:?}");
    }
}

#[tokio::test]
async fn a_finding_that_cannot_be_decoded_is_told_and_the_page_is_used() {
    let (accounts, findings) = organisation();
    let simulator = simulator(&findings).fault(Fault::UndecodableFinding, When::call(0)).start().await.unwrap();
    let (target, _) = sweep(source(&simulator), &accounts).await;
    let rejected: usize = target.accounts.iter().map(|a| a.rejected.len()).max().unwrap();
    assert_eq!(rejected, 1);
    assert_eq!(keys(&target).len(), selected(&findings).len() - 1);
}

#[tokio::test]
async fn what_concerns_the_region_ends_at_once_and_says_what_to_do() {
    let (accounts, findings) = organisation();
    for (fault, kind, want) in [
        (Fault::HubOff, ErrorKind::NotEnabled, "Security Hub is off"),
        (Fault::AccessDenied, ErrorKind::PermissionDenied, "AccessDeniedException"),
    ] {
        let simulator = simulator(&findings).fault(fault, When::Always).start().await.unwrap();
        let (target, stats) = sweep(source(&simulator), &accounts).await;
        assert!(target.accounts.iter().all(|a| a.failures[0].kind == kind && a.failures[0].message.contains(want)));
        assert!(stats.calls <= 2, "one call for each query that was already under way: {}", stats.calls);
    }
}

#[tokio::test]
async fn the_quota_is_kept_and_throttling_is_waited_out() {
    let (accounts, findings) = organisation();
    let want = selected(&findings);
    // a hundred times the real quota, so that the test is short; the proportions are the same
    let simulator = simulator(&findings).quota(Quota::new(300.0, 6)).start().await.unwrap();
    let lane = |rate, burst| Lane::new("r", Arc::new(source(&simulator)), Budget::new(rate, burst));
    for (rate, burst) in [(300.0, 6), (3_000.0, 60)] {
        let sweep = Sweep::new(vec![lane(rate, burst)]).with_page_size(PageSize::new(5).unwrap()).with_retry(
            RetryPolicy::default().with_attempts(50).with_pauses(Duration::from_millis(1), Duration::from_millis(5)),
        );
        let mut stream = sweep.start(vec![SweepTarget { accounts: accounts.clone() }]);
        let target = stream.next().await.unwrap();
        assert_eq!(keys(&target), want);
        assert_eq!(stream.next().await.map(|t| t.index), None);
        assert_eq!(stream.stats().throttled, simulator.counters().throttled);
        simulator.reset_calls();
    }
}

/// After each page something happens to the data: what existed throughout is there, and nothing is there that never existed.
#[tokio::test]
async fn a_change_between_pages_loses_nothing_that_existed_throughout() {
    let (accounts, findings) = organisation();
    let values: Vec<_> = findings.values().collect();
    for seed in 0..8 {
        let (touched, removed) = (values.clone(), Arc::new(Mutex::new(BTreeSet::new())));
        let gone = removed.clone();
        let mut chance = fastrand::Rng::with_seed(seed);
        let simulator = simulator(&findings)
            .after_page(move |page, store| {
                let finding = &touched[chance.usize(..touched.len())];
                let (arn, id) = (finding["ProductArn"].as_str().unwrap(), finding["Id"].as_str().unwrap());
                match chance.u8(..3) {
                    // moves to the end of the order
                    0 => {
                        let now = format!("2026-12-01T00:00:{:02}Z", page % 60);
                        store.update(arn, id, |f| f["UpdatedAt"] = now.into());
                    }
                    1 => {
                        store.remove(arn, id);
                        gone.lock().unwrap().insert((arn.to_owned(), id.to_owned()));
                    }
                    // one more, somewhere in the order
                    _ => {
                        let mut new = finding.clone();
                        new["Id"] = format!("new/{page}").into();
                        store.upsert(&new);
                    }
                }
            })
            .start()
            .await
            .unwrap();
        let (target, _) = sweep(source(&simulator), &accounts).await;
        assert!(target.accounts.iter().all(|a| a.is_complete()));
        let found: BTreeSet<_> = keys(&target).into_iter().filter(|(_, id)| !id.starts_with("new/")).collect();
        let all = selected(&findings);
        assert!(found.is_subset(&all), "seed {seed}");
        let missing: BTreeSet<_> = all.difference(&found).cloned().collect();
        assert!(missing.is_subset(&removed.lock().unwrap()), "seed {seed}");
    }
}

fn query(page_size: usize) -> FindingsQuery {
    let account = "000000000001".parse().unwrap();
    FindingsQuery::new(AccountBatch::new(vec![account]).unwrap()).with_page_size(PageSize::new(page_size).unwrap())
}

fn body(id: &str, token: &str) -> String {
    format!(r#"{{"Findings":[{{"AwsAccountId":"000000000001","Id":"{id}"}}],"NextToken":{token}}}"#)
}

#[tokio::test]
async fn the_request_stays_the_same_but_for_the_token() {
    let answer = |text: String| HttpResponse::new(200.try_into().unwrap(), aws_smithy_types::body::SdkBody::from(text));
    let first = mock!(Client::get_findings)
        .match_requests(|r| r.next_token().is_none() && r.max_results() == Some(7))
        .then_http_response(move || answer(body("1", "\"t1\"")));
    let second = mock!(Client::get_findings)
        .match_requests(|r| r.next_token() == Some("t1") && r.max_results() == Some(7))
        .then_http_response(move || answer(body("2", "null")));
    // what `mock_client!` does, without a feature of the SDK that would compile it a second time
    let mocks = MockResponseInterceptor::new().rule_mode(RuleMode::Sequential).with_rule(&first).with_rule(&second);
    let client =
        Client::from_conf(config("http://localhost").http_client(create_mock_http_client()).interceptor(mocks).build());
    let all = collect(&SecurityHubSource::new(&client).unwrap(), query(7)).await.unwrap();
    assert_eq!(all.findings.iter().map(|f| &*f.id).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!((first.num_calls(), second.num_calls()), (1, 1));
}

#[tokio::test]
async fn the_source_never_retries_by_itself() {
    let simulator = Simulator::builder().fault(Fault::InternalError, When::Always).start().await.unwrap();
    let error = source(&simulator).page(&PageRequest::first(query(1))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(simulator.counters().calls, 1);
}

#[tokio::test]
async fn limits_of_time_are_set_and_the_clients_own_win() {
    let http = || aws_smithy_http_client::Builder::new().build_http();
    let own = TimeoutConfig::builder().read_timeout(Duration::from_secs(7)).build();
    let clients = [config("http://localhost"), config("http://localhost").timeout_config(own)];
    let read = clients.map(|config| {
        let source = SecurityHubSource::new(&Client::from_conf(config.http_client(http()).build())).unwrap();
        let timeouts = source.client.config().timeout_config().unwrap();
        assert!(timeouts.connect_timeout().is_some() && timeouts.operation_attempt_timeout().is_some());
        timeouts.read_timeout().unwrap().as_secs()
    });
    assert_eq!(read, [30, 7]);
}

/// Without the sweep around it: a call that hangs ends, before the answer and in the middle of it.
#[tokio::test]
async fn a_source_alone_does_not_hang() {
    let short = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(300)).build();
    for fault in [Fault::Hang, Fault::Stall] {
        let simulator = Simulator::builder().fault(fault.clone(), When::Always).start().await.unwrap();
        let http = aws_smithy_http_client::Builder::new().build_http();
        let client = config(simulator.url()).http_client(http).timeout_config(short.clone()).build();
        let source = SecurityHubSource::new(&Client::from_conf(client)).unwrap();
        let error = source.page(&PageRequest::first(query(1))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{fault:?}: {}", error.report());
        assert_eq!(simulator.calls()[0].fault, Some(fault));
    }
}

#[tokio::test]
async fn the_pause_that_is_asked_for_is_passed_on() {
    let faults = [
        (Fault::Throttle { retry_after: Some(Duration::from_secs(7)) }, ErrorKind::Throttled, Some(7)),
        (Fault::Throttle { retry_after: None }, ErrorKind::Throttled, None),
    ];
    for (fault, kind, seconds) in faults {
        let simulator = Simulator::builder().fault(fault, When::Always).start().await.unwrap();
        let error = source(&simulator).page(&PageRequest::first(query(1))).await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after().map(|d| d.as_secs())), (kind, seconds));
    }
}

#[tokio::test]
async fn a_selection_of_nothing_is_not_sent() {
    let simulator = Simulator::start().await.unwrap();
    let mut nothing = query(1);
    nothing.selection.workflow.clear();
    let error = source(&simulator).page(&PageRequest::first(nothing)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(simulator.counters().calls, 0);
}

#[test]
fn a_client_without_http_is_refused_with_what_to_do() {
    let config = aws_sdk_securityhub::Config::builder().behavior_version(BehaviorVersion::latest()).build();
    let error = SecurityHubSource::new(&Client::from_conf(config)).unwrap_err();
    assert!(error.to_string().contains("http_client"), "{error}");
}

mod conformance {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use serde_json::Value;

    use crate::FindingsSource;
    use crate::testing::conformance::source::SourceProbe;
    use security_hub_simulator::{Simulator, SimulatorHandle};

    /// Keeps the simulator as long as the source that asks it.
    #[derive(Debug, Default)]
    struct Probe(Mutex<Option<SimulatorHandle>>);

    #[async_trait]
    impl SourceProbe for Probe {
        async fn source(&self, findings: Vec<Value>) -> Arc<dyn FindingsSource> {
            let simulator = Simulator::builder().findings(findings).quota(None).start().await.unwrap();
            let source = super::source(&simulator);
            *self.0.lock().unwrap() = Some(simulator);
            Arc::new(source)
        }
    }

    crate::source_conformance!(async { Probe::default() });
}
