//! Implementations that keep their data in memory, for tests. They need no feature.

mod memory_coverage;
mod memory_decisions;
mod memory_history;
mod memory_ledger;
mod memory_links;
mod memory_notifier;
mod memory_registry;
mod memory_renderer;
mod memory_source;
mod memory_store;

pub use memory_coverage::MemoryCoverage;
pub use memory_decisions::MemoryDecisions;
pub use memory_history::MemoryHistory;
pub use memory_ledger::MemoryLedger;
pub use memory_links::MemoryLinks;
pub use memory_notifier::MemoryNotifier;
pub use memory_registry::MemoryRegistry;
pub use memory_renderer::TextRenderer;
pub use memory_source::MemorySource;
pub use memory_store::MemoryStore;
