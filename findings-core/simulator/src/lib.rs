#![doc = include_str!("../README.md")]

mod admission;
mod api_error;
mod builder;
mod enrollment;
mod faults;
mod filters;
mod handle;
mod handlers;
mod hubs;
mod members;
mod operation;
mod orders;
mod padding;
mod page_size;
mod quota;
mod records;
mod reply;
mod request;
mod server;
mod sort;
mod state;
mod store;
mod tokens;
mod v2;

#[cfg(test)]
mod tests;

pub use builder::{Simulator, SimulatorBuilder};
pub use faults::{Fault, FaultRule, When};
pub use handle::SimulatorHandle;
pub use hubs::{Aggregator, ControlFindingGenerator};
pub use members::Member;
pub use operation::Operation;
pub use quota::Quota;
pub use records::{CallRecord, Counters};
pub use store::FindingStore;
