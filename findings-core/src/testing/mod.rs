//! For tests, of this workspace and of those who embed it: conformance suites, mocks, faults, fixtures and a Security Hub simulator.

pub mod conformance;
pub mod emulator;
pub mod fixture;
pub mod simulator;

pub use emulator::{HttpAnswer, http_get};
