//! Conformance suites, one for each trait: a function for each MUST clause of its contract, and a macro that makes each
//! function a test.
//!
//! ```ignore
//! mod memory_store {
//!     findings_core::store_conformance!(async { MemoryStore::new() });
//! }
//! mod s3_store {
//!     findings_core::store_conformance!(ignore = "needs the emulators", async { emulated_store().await });
//! }
//! ```

pub mod coverage;
pub mod decisions;
pub mod history;
pub mod ledger;
pub mod links;
pub mod notifier;
pub mod organisation;
pub mod registry;
pub mod renderer;
pub mod source;
pub mod store;

/// Generates a `#[tokio::test]` for each clause of a suite. `$make` is an async expression that yields a new
/// implementation.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ($suite:ident, $make:expr, [$($clause:ident),* $(,)?]) => {
        $(
            #[tokio::test]
            async fn $clause() {
                $crate::testing::conformance::$suite::$clause($make.await).await;
            }
        )*
    };
    (ignore = $reason:literal, $suite:ident, $make:expr, [$($clause:ident),* $(,)?]) => {
        $(
            #[tokio::test]
            #[ignore = $reason]
            async fn $clause() {
                $crate::testing::conformance::$suite::$clause($make.await).await;
            }
        )*
    };
}
