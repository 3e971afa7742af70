//! Test support for this workspace and for programs that embed it: conformance suites, mocks and injected faults.

pub mod conformance;
pub mod decisions;
mod faulty;
pub mod organisation;

pub use faulty::Faulty;

#[cfg(test)]
mod tests {
    use crate::registry::ProjectRegistry;
    use crate::{
        ArtifactStore, Backend, FindingsSource, HistoryReader, HistorySink, Notifier, ReportRenderer, RunLedger,
    };

    /// Compiles only if every trait can be used as a trait object that threads share.
    #[test]
    fn every_trait_is_object_safe() {
        fn shared<T: ?Sized + std::fmt::Debug + Send + Sync + 'static>() {}
        shared::<dyn ArtifactStore>();
        shared::<dyn Backend>();
        shared::<dyn FindingsSource>();
        shared::<dyn HistoryReader>();
        shared::<dyn HistorySink>();
        shared::<dyn Notifier>();
        shared::<dyn ProjectRegistry>();
        shared::<dyn ReportRenderer>();
        shared::<dyn RunLedger>();
    }
}
