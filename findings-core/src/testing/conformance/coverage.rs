//! The contract of [`CoverageSource`], clause by clause.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a suite reports a broken contract by panicking")]

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, MemberStatus};
use crate::{AccountId, ErrorKind};

/// Makes the source under test.
#[async_trait]
pub trait CoverageProbe: Debug + Send + Sync {
    /// A source that sees these accounts as members, by the status in the words of the service.
    async fn source(&self, members: Vec<(AccountId, &'static str)>) -> Arc<dyn CoverageSource>;

    /// A source whose caller may look at nothing, or `None` if there is no such case.
    async fn forbidden(&self) -> Option<Arc<dyn CoverageSource>>;

    /// Calls that the source of [`source`](Self::source) has received, counted at the other end; `None` if nothing is
    /// called.
    async fn received(&self) -> Option<u64>;
}

/// Statuses as the service writes them, in its own changing case.
const STATUSES: [&str; 7] = ["Enabled", "ENABLED", "Created", "Invited", "Removed", "Resigned", "AccountSuspended"];

fn account(n: usize) -> AccountId {
    AccountId::try_from(format!("{n:012}")).expect("twelve digits")
}

/// More than two pages of ListMembers.
fn members() -> Vec<(AccountId, &'static str)> {
    (1..=120).map(|n| (account(n), STATUSES[n % STATUSES.len()])).collect()
}

async fn look(source: &dyn CoverageSource) -> CoverageFacts {
    source.look(&CoverageRequest::new(vec![account(1)])).await.expect("a look")
}

/// MUST list every member, with its status.
pub async fn lists_every_member(probe: impl CoverageProbe) {
    let facts = look(&*probe.source(members()).await).await;
    let want: HashMap<AccountId, MemberStatus> = members()
        .into_iter()
        .map(|(account, status)| {
            let Ok(status) = status.parse();
            (account, status)
        })
        .collect();
    assert_eq!(facts.regions.len(), 1);
    assert_eq!(facts.regions[0].members.as_ref().expect("a list"), &want);
    assert!(facts.regions[0].administrator.is_some(), "whose members they are");
}

/// MUST NOT fail for want of a permission: what is not allowed is not known, and a note says why.
pub async fn what_is_not_allowed_is_not_known(probe: impl CoverageProbe) {
    let Some(source) = probe.forbidden().await else { return };
    match source.look(&CoverageRequest::new(vec![account(1)])).await {
        Ok(facts) => {
            assert!(facts.regions.iter().all(|r| r.members.is_none()), "an empty list would make strangers of members");
            assert!(!facts.notes.is_empty(), "nobody was told");
        }
        Err(error) => assert_ne!(error.kind(), ErrorKind::PermissionDenied, "{}", error.report()),
    }
}

/// MUST count its calls.
pub async fn counts_its_calls(probe: impl CoverageProbe) {
    let facts = look(&*probe.source(members()).await).await;
    assert_eq!(facts.calls, probe.received().await.unwrap_or(0));
}

/// Makes a test of each clause; `$make` is an async expression that yields a [`CoverageProbe`].
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
