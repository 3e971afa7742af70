mod own_regions;

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
    SecurityHubSource::new(&Client::from_conf(config(simulator.url()).http_client(http).build()))
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

/// Returns (`ProductArn`, `Id`) of the selected findings, computed from the JSON independently of the decoder.
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
    // short pauses: the tests check that there are retries, not how long they wait
    let retry = RetryPolicy::default()
        .with_pauses(Duration::from_micros(10), Duration::from_micros(50))
        .with_refused_attempts(1)
        .with_attempt_limit(Duration::from_millis(500));
    let lane = Lane::new(Simulator::REGION, Arc::new(source), Budget::unlimited());
    let sweep = Sweep::new(vec![lane]).with_retry(retry).with_page_size(PageSize::new(20).unwrap());
    let mut stream = sweep.start(vec![SweepTarget { accounts: accounts.to_vec() }]);
    let target = stream.next().await.unwrap();
    assert!(stream.next().await.is_none());
    (target, stream.stats())
}

fn keys(target: &TargetFindings) -> BTreeSet<(String, String)> {
    let findings = target.accounts.iter().flat_map(|a| a.findings.to_vec().unwrap());
    let keys: Vec<_> = findings.map(|f| (f.product_arn.to_string(), f.id.to_string())).collect();
    let unique: BTreeSet<_> = keys.iter().cloned().collect();
    assert_eq!(keys.len(), unique.len(), "no finding twice");
    unique
}

#[tokio::test]
async fn sweep_returns_exactly_the_selected_findings() {
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
        assert_eq!(filters.as_object().unwrap().len(), 3, "there are no other filters");
    }
}

/// For each transient fault at each position, the set of findings is exact and no account is reported incomplete.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transient_faults_lose_no_finding() {
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
            // a stale token restarts its query once; a second one is an error, which another test covers
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

/// For each permanent fault of one account, that account is incomplete with the right error kind, and all others are
/// complete.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permanent_fault_makes_only_its_account_incomplete() {
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
        // if the account's findings fit on one page, no token is sent and the account is complete
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
async fn undecodable_finding_is_rejected_and_the_page_is_used() {
    let (accounts, findings) = organisation();
    let simulator = simulator(&findings).fault(Fault::UndecodableFinding, When::call(0)).start().await.unwrap();
    let (target, _) = sweep(source(&simulator), &accounts).await;
    let rejected: usize = target.accounts.iter().map(|a| a.rejected.len()).max().unwrap();
    assert_eq!(rejected, 1);
    assert_eq!(keys(&target).len(), selected(&findings).len() - 1);
}

#[tokio::test]
async fn region_errors_end_the_sweep_at_once() {
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
async fn sweep_keeps_quota_and_retries_throttled_calls() {
    let (accounts, findings) = organisation();
    let want = selected(&findings);
    // a hundred times the real quota keeps the test short; the proportions are the same
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

/// The data changes after each page. The result contains all findings that existed throughout, and no unknown ones.
#[tokio::test]
async fn changes_between_pages_lose_no_existing_finding() {
    let (accounts, findings) = organisation();
    let values: Vec<_> = findings.values().collect();
    for seed in 0..8 {
        let (touched, removed) = (values.clone(), Arc::new(Mutex::new(BTreeSet::new())));
        let removed_by_page = removed.clone();
        let mut chance = fastrand::Rng::with_seed(seed);
        let simulator = simulator(&findings)
            .after_page(move |page, store| {
                let finding = &touched[chance.usize(..touched.len())];
                let (arn, id) = (finding["ProductArn"].as_str().unwrap(), finding["Id"].as_str().unwrap());
                match chance.u8(..3) {
                    // an update moves the finding to the end of the order
                    0 => {
                        let now = format!("2026-12-01T00:00:{:02}Z", page % 60);
                        store.update(arn, id, |f| f["UpdatedAt"] = now.into());
                    }
                    1 => {
                        store.remove(arn, id);
                        removed_by_page.lock().unwrap().insert((arn.to_owned(), id.to_owned()));
                    }
                    // a new finding appears somewhere in the order
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
async fn only_the_token_differs_between_pages() {
    let answer = |text: String| HttpResponse::new(200.try_into().unwrap(), aws_smithy_types::body::SdkBody::from(text));
    let first = mock!(Client::get_findings)
        .match_requests(|r| r.next_token().is_none() && r.max_results() == Some(7))
        .then_http_response(move || answer(body("1", "\"t1\"")));
    let second = mock!(Client::get_findings)
        .match_requests(|r| r.next_token() == Some("t1") && r.max_results() == Some(7))
        .then_http_response(move || answer(body("2", "null")));
    // the same as `mock_client!`, but without the SDK feature that would compile the SDK a second time
    let mocks = MockResponseInterceptor::new().rule_mode(RuleMode::Sequential).with_rule(&first).with_rule(&second);
    let client =
        Client::from_conf(config("http://localhost").http_client(create_mock_http_client()).interceptor(mocks).build());
    let all = collect(&SecurityHubSource::new(&client), query(7)).await.unwrap();
    assert_eq!(all.findings.to_vec().unwrap().iter().map(|f| &*f.id).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!((first.num_calls(), second.num_calls()), (1, 1));
}

#[tokio::test]
async fn source_does_not_retry() {
    let simulator = Simulator::builder().fault(Fault::InternalError, When::Always).start().await.unwrap();
    let error = source(&simulator).page(&PageRequest::first(query(1))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(simulator.counters().calls, 1);
}

#[tokio::test]
async fn client_timeouts_take_precedence_over_defaults() {
    let http = || aws_smithy_http_client::Builder::new().build_http();
    let own = TimeoutConfig::builder().read_timeout(Duration::from_secs(7)).build();
    let clients = [config("http://localhost"), config("http://localhost").timeout_config(own)];
    let read = clients.map(|config| {
        let source = SecurityHubSource::new(&Client::from_conf(config.http_client(http()).build()));
        let timeouts = source.client.config().timeout_config().unwrap();
        assert!(timeouts.connect_timeout().is_some() && timeouts.operation_attempt_timeout().is_some());
        timeouts.read_timeout().unwrap().as_secs()
    });
    assert_eq!(read, [30, 7]);
}

/// Without a sweep, a call that hangs before or during the response ends with a timeout.
#[tokio::test]
async fn hanging_call_times_out() {
    let short = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(300)).build();
    for fault in [Fault::Hang, Fault::Stall] {
        let simulator = Simulator::builder().fault(fault.clone(), When::Always).start().await.unwrap();
        let http = aws_smithy_http_client::Builder::new().build_http();
        let client = config(simulator.url()).http_client(http).timeout_config(short.clone()).build();
        let source = SecurityHubSource::new(&Client::from_conf(client));
        let error = source.page(&PageRequest::first(query(1))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{fault:?}: {}", error.report());
        assert_eq!(simulator.calls()[0].fault, Some(fault));
    }
}

#[tokio::test]
async fn error_contains_retry_after() {
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
async fn empty_selection_is_not_sent() {
    let simulator = Simulator::start().await.unwrap();
    let mut nothing = query(1);
    nothing.selection.workflow.clear();
    let error = source(&simulator).page(&PageRequest::first(nothing)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(simulator.counters().calls, 0);
}

/// The source takes any client. The HTTP client that `aws_config::load_defaults` brings is not seen in its configuration, and
/// is not compiled here; without it, the SDK says what to do.
#[tokio::test]
async fn client_without_http_client_in_its_configuration_is_accepted() {
    let source = SecurityHubSource::new(&Client::from_conf(config("http://localhost").build()));
    let error = source.page(&PageRequest::first(query(1))).await.unwrap_err();
    assert!(error.report().contains("HTTP client"), "{}", error.report());
}

mod conformance {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use serde_json::Value;

    use crate::FindingsSource;
    use crate::testing::conformance::source::AsffProbe;
    use security_hub_simulator::{Simulator, SimulatorHandle};

    /// Keeps the simulator alive as long as its source.
    #[derive(Debug, Default)]
    struct Probe(Mutex<Option<SimulatorHandle>>);

    #[async_trait]
    impl AsffProbe for Probe {
        async fn asff_source(&self, findings: Vec<Value>) -> Arc<dyn FindingsSource> {
            let simulator = Simulator::builder().findings(findings).quota(None).start().await.unwrap();
            let source = super::source(&simulator);
            *self.0.lock().unwrap() = Some(simulator);
            Arc::new(source)
        }
    }

    crate::asff_source_conformance!(async { Probe::default() });
}
