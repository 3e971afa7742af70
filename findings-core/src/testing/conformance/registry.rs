//! Conformance suite of [`ProjectRegistry`].
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a suite reports a broken contract by panicking")]

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::recipient::Recipient;
use crate::{ErrorKind, ProjectRegistry};

/// Creates the registries under test.
#[async_trait]
pub trait RegistryProbe: Debug + Send + Sync {
    /// Creates a registry with the content of this CSV text.
    async fn registry(&self, csv: &str) -> Arc<dyn ProjectRegistry>;

    /// Creates a registry whose file or object does not exist; `None` if that is impossible for the implementation.
    async fn missing(&self) -> Option<Arc<dyn ProjectRegistry>>;
}

const HEADER: &str = "project,account_ids,recipients,locale\n";

/// MUST return each project once, and each of its accounts and recipients once.
pub async fn returns_everything_once(probe: impl RegistryProbe) {
    let rows = "a,000000000001;000000000002,x@example.com,ja\nb,000000000003,y@example.com,\n\
        a,000000000002;000000000004,x@example.com;z@example.com,ja\n";
    let registry = probe.registry(&format!("{HEADER}{rows}")).await.load().await.expect("a registry");
    let names: Vec<&str> = registry.projects.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let accounts: Vec<String> = registry.projects[0].accounts.iter().map(ToString::to_string).collect();
    assert_eq!(accounts, ["000000000001", "000000000002", "000000000004"]);
    let recipients: Vec<&str> = registry.projects[0].recipients.iter().map(Recipient::as_str).collect();
    assert_eq!(recipients, ["x@example.com", "z@example.com"]);
    assert!(registry.projects.iter().all(|p| p.problems.is_empty()) && registry.problems.is_empty());
}

/// MUST report every value that it cannot read, with its line.
pub async fn names_what_it_cannot_read(probe: impl RegistryProbe) {
    let rows = "a,000000000001;1.2E+11,x@example.com,\nb,000000000003,nobody,\n";
    let registry = probe.registry(&format!("{HEADER}{rows}")).await.load().await.expect("a registry");
    let lines: Vec<Option<u64>> = registry.projects.iter().map(|p| p.problems.first().map(|q| q.line)).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
    assert_eq!(registry.projects[0].accounts.len(), 1, "the readable account of the row is used");
}

/// MUST fail if it cannot read any projects.
pub async fn a_missing_registry_is_an_error(probe: impl RegistryProbe) {
    if let Some(registry) = probe.missing().await {
        let error = registry.load().await.expect_err("the registry does not exist");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
        assert!(error.subject().is_some(), "{error} does not name the location");
    }
}

/// Generates a test for each clause. `$make` is an async expression that yields a [`RegistryProbe`].
#[macro_export]
macro_rules! registry_conformance {
    (ignore = $reason:literal, $make:expr) => { $crate::registry_conformance!(@ [ignore = $reason,] $make); };
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* registry, $make, [
            returns_everything_once,
            names_what_it_cannot_read,
            a_missing_registry_is_an_error,
        ]);
    };
    ($make:expr) => { $crate::registry_conformance!(@ [] $make); };
}
