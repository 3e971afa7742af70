//! A run in stages, which can be different processes on different machines: one fetches, any number deliver, one finishes.
//!
//! ```text
//! fetch ─► work in a store ─► deliver (batch 1) ─┐
//!                          ├► deliver (batch 2) ─┼─► finish
//!                          └► deliver (batch …) ─┘
//! ```
//!
//! All stages act for the owner of the run's lease, whom the fetch notes in its plan, so the ledger takes what they record.
//! Each batch has a lease of its own besides: a batch that is begun twice is delivered by one process at a time, and the last
//! stage holds the leases of all. What was sent is in the ledger as in any run, so a batch that is repeated sends nothing
//! twice.

mod deliver;
mod fetch;
mod finish;
mod later_lanes;
mod packing;
mod saved;
mod unpacking;
mod work;

use jiff::Timestamp;

pub(super) use self::deliver::deliver;
pub(super) use self::fetch::fetch;
pub(super) use self::finish::finish;
pub(super) use self::packing::Packing;
pub(super) use self::work::Work;
pub use self::work::{BatchId, InvalidBatchId};
use super::outcome::ProjectOutcome;

/// How large batches are. A project is never divided, so a batch with one project can have more findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchSize {
    /// The most projects of a batch.
    pub projects: usize,
    /// The most findings of a batch of several projects.
    pub findings: usize,
}

impl Default for BatchSize {
    /// 50 projects and 25,000 findings: a minute or two of work.
    fn default() -> Self {
        Self { projects: 50, findings: 25_000 }
    }
}

impl BatchSize {
    /// At most the default size, and so small that each worker has several batches: all of them have something to do until the
    /// end.
    ///
    /// ```
    /// use findings_core::pipeline::BatchSize;
    /// assert_eq!(BatchSize::for_workers(4, 2_000).projects, 50);
    /// assert_eq!(BatchSize::for_workers(4, 40).projects, 3);
    /// ```
    pub fn for_workers(workers: usize, projects: usize) -> Self {
        let Self { projects: most, findings } = Self::default();
        Self { projects: projects.div_ceil(workers.max(1).saturating_mul(4)).clamp(1, most), findings }
    }
}

/// How the stage fetch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchOutcome {
    /// The work is in its place.
    Fetched {
        /// The batches that are to be delivered.
        batches: Vec<BatchId>,
        /// Number of projects in them.
        projects: u64,
        /// The list of the batches: a file of JSON Lines.
        list: String,
    },
    /// Another process holds the lease: nothing was done.
    Held {
        /// The process that holds the lease.
        owner: String,
        /// The end of the lease unless it is renewed, UTC.
        until: Timestamp,
    },
    /// The run was finished before. There are no batches, and the stage finish says what the run had done.
    AlreadyFinished,
}

/// How the stage deliver ended for a batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DeliverOutcome {
    /// The projects of the batch, in their order. Some may have failed.
    Done(Vec<ProjectOutcome>),
    /// Another process delivers the batch: nothing was done.
    Held {
        /// The process.
        owner: String,
        /// The end of its lease unless it is renewed, UTC.
        until: Timestamp,
    },
}

impl DeliverOutcome {
    /// Whether every report of the batch is delivered, even if some are incomplete.
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Done(outcomes) if outcomes.iter().all(|outcome| outcome.is_delivered() && !outcome.has_open))
    }
}

#[cfg(test)]
mod tests;
