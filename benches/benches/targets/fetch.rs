//! Two ways to fetch all findings from a simulator: with a sweep, and one query after the other as baseline.

use std::collections::HashSet;
use std::time::Duration;

use findings_core::source::{
    AccountBatch, Budget, FindingsQuery, FindingsSource, Lane, Page, PageRequest, Sweep, SweepTarget,
};
use findings_core::{AccountId, ErrorKind, Finding};
use futures::StreamExt;
use security_hub_simulator::{Quota, Simulator, SimulatorHandle};
use serde_json::json;

use crate::common::source;

/// The accounts of each project, with the number of findings of each account.
pub(crate) type Organisation = Vec<Vec<(AccountId, usize)>>;

/// Creates an organisation from the numbers of findings of the accounts of each project.
pub(crate) fn organisation(projects: impl IntoIterator<Item = Vec<usize>>) -> Organisation {
    let mut numbers = 100_000_000_000_u64..;
    let mut account = |findings| {
        let number = numbers.next().expect("numbers do not end");
        (number.to_string().parse().expect("twelve digits"), findings)
    };
    projects.into_iter().map(|accounts| accounts.into_iter().map(&mut account).collect()).collect()
}

/// Starts a simulator with the real quota and the findings of an organisation.
pub(crate) async fn simulator(organisation: &Organisation, latency: Duration) -> SimulatorHandle {
    let finding = |account: AccountId, n: usize| {
        json!({
            "AwsAccountId": account.to_string(),
            "Id": format!("{account}/{n}"),
            "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/securityhub",
            // spreads the findings of an account over the pages, which are ordered by this field
            "UpdatedAt": format!("2026-11-{:02}T00:00:00Z", 1 + n % 20),
            "RecordState": "ACTIVE",
            "Workflow": { "Status": "NEW" },
        })
    };
    let accounts = organisation.iter().flatten();
    let findings = accounts.flat_map(|(account, count)| (0..*count).map(move |n| finding(*account, n)));
    let simulator = Simulator::builder().findings(findings).quota(Quota::GET_FINDINGS).latency(latency);
    simulator.start().await.expect("a port on loopback")
}

/// Fetches with a sweep. Returns the number of distinct findings and of complete projects.
pub(crate) async fn engine(url: &str, organisation: &Organisation) -> (usize, usize) {
    let sweep = Sweep::new(vec![Lane::new("simulator", source(url), Budget::new(3.0, 6))]);
    let accounts = |project: &Vec<(AccountId, usize)>| project.iter().map(|(account, _)| *account).collect::<Vec<_>>();
    let targets = organisation.iter().map(|project| SweepTarget::new(accounts(project)));
    let mut swept = sweep.start(targets.collect());
    let (mut ids, mut complete) = (HashSet::new(), 0);
    while let Some(target) = swept.next().await {
        complete += usize::from(target.accounts.iter().all(|account| account.is_complete()));
        ids.extend(
            target
                .accounts
                .iter()
                .flat_map(|account| &account.findings)
                .map(|finding| finding.expect("findings in memory").id),
        );
    }
    (ids.len(), complete)
}

/// Fetches one project after the other. Returns the number of distinct findings.
pub(crate) async fn one_by_one(url: &str, organisation: &Organisation) -> usize {
    let source = source(url);
    let mut ids = HashSet::new();
    for project in organisation {
        let accounts = project.iter().map(|(account, _)| *account).collect::<Vec<_>>();
        let query = FindingsQuery::new(AccountBatch::new(accounts).expect("few accounts to a project"));
        let mut request = PageRequest::first(query);
        loop {
            let Page { findings, next, .. } = page(&*source, &request).await;
            ids.extend(findings.into_iter().map(|finding: Finding| finding.id));
            request.token = next;
            if request.token.is_none() {
                break;
            }
        }
    }
    ids.len()
}

async fn page(source: &dyn FindingsSource, request: &PageRequest) -> Page {
    loop {
        match source.page(request).await {
            Ok(page) => return page,
            Err(error) if error.kind() == ErrorKind::Throttled => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => panic!("{}", error.report()),
        }
    }
}
