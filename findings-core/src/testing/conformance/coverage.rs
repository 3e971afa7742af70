//! Conformance suite of [`CoverageSource`].
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a suite reports a broken contract by panicking")]

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, MemberStatus};
use crate::{AccountId, ErrorKind};

/// Creates the sources under test.
#[async_trait]
pub trait CoverageProbe: Debug + Send + Sync {
    /// Creates a source that reports these accounts as members, each with its status as the service writes it.
    async fn source(&self, members: Vec<(AccountId, &'static str)>) -> Arc<dyn CoverageSource>;

    /// Creates a source whose caller has no permissions; `None` if the source needs none.
    async fn forbidden(&self) -> Option<Arc<dyn CoverageSource>>;

    /// Returns the number of API calls that the service received from the source of [`source`](Self::source); `None` if
    /// the source makes no calls.
    async fn received(&self) -> Option<u64>;
}

/// Statuses as the service writes them. The service is not consistent in case.
const STATUSES: [&str; 7] = ["Enabled", "ENABLED", "Created", "Invited", "Removed", "Resigned", "AccountSuspended"];

fn account(n: usize) -> AccountId {
    AccountId::try_from(format!("{n:012}")).expect("twelve digits")
}

/// Returns 120 members, which are more than two pages of `ListMembers`.
fn members() -> Vec<(AccountId, &'static str)> {
    (1..=120).map(|n| (account(n), STATUSES[n % STATUSES.len()])).collect()
}

async fn checked(source: &dyn CoverageSource) -> CoverageFacts {
    source.check(&CoverageRequest::new(vec![account(1)])).await.expect("a result of the coverage check")
}

/// MUST list every member with its status.
pub async fn lists_every_member(probe: impl CoverageProbe) {
    let facts = checked(&*probe.source(members()).await).await;
    let want: HashMap<AccountId, MemberStatus> = members()
        .into_iter()
        .map(|(account, status)| {
            let Ok(status) = status.parse();
            (account, status)
        })
        .collect();
    assert_eq!(facts.regions.len(), 1);
    assert_eq!(facts.regions[0].members.as_ref().expect("a list of members"), &want);
    assert!(facts.regions[0].administrator.is_some(), "the administrator account is missing");
}

/// MUST NOT fail because a permission is missing: the facts are unknown, and a note says why.
pub async fn what_is_not_allowed_is_not_known(probe: impl CoverageProbe) {
    let Some(source) = probe.forbidden().await else { return };
    match source.check(&CoverageRequest::new(vec![account(1)])).await {
        Ok(facts) => {
            assert!(
                facts.regions.iter().all(|r| r.members.is_none()),
                "an empty list would report members as not covered"
            );
            assert!(!facts.notes.is_empty(), "no note reports the missing permission");
        }
        Err(error) => assert_ne!(error.kind(), ErrorKind::PermissionDenied, "{}", error.report()),
    }
}

/// MUST count its API calls.
pub async fn counts_its_calls(probe: impl CoverageProbe) {
    let facts = checked(&*probe.source(members()).await).await;
    assert_eq!(facts.calls, probe.received().await.unwrap_or(0));
}

/// Generates a test for each clause. `$make` is an async expression that yields a [`CoverageProbe`].
#[macro_export]
macro_rules! coverage_conformance {
    (ignore = $reason:literal, $make:expr) => { $crate::coverage_conformance!(@ [ignore = $reason,] $make); };
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* coverage, $make, [
            lists_every_member,
            what_is_not_allowed_is_not_known,
            counts_its_calls,
        ]);
    };
    ($make:expr) => { $crate::coverage_conformance!(@ [] $make); };
}
