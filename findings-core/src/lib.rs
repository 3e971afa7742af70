#![doc = include_str!("../README.md")]
// docs.rs shows which feature each item needs
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod account;
pub mod asff;
#[cfg(feature = "_aws")]
pub mod aws;
pub mod backend;
pub mod blocking;
pub mod console;
pub mod coverage;
pub mod csv_text;
pub mod decision;
pub mod desk;
pub mod error;
#[cfg(feature = "files")]
mod files;
pub mod finding;
mod finding_list;
pub mod guidance;
pub mod history;
pub mod languages;
pub mod ledger;
#[cfg(feature = "files")]
pub mod local;
pub mod locale;
pub mod memory;
mod named;
pub mod notify;
mod notify_when;
pub mod ocsf;
pub mod organisation;
pub mod owners;
pub mod partition;
pub mod patience;
pub mod pipeline;
pub mod recipient;
pub mod redirect;
pub mod registry;
pub mod rendering;
pub mod report;
pub mod run;
pub mod secret;
pub mod securityhub;
pub mod selection;
pub mod source;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wording;
pub mod workflow;

pub use account::{AccountId, InvalidAccountId};
pub use backend::{Backend, BackendReport};
pub use coverage::CoverageSource;
pub use decision::DecisionLog;
pub use error::{Error, ErrorKind, Result, Setting};
pub use finding::{
    ComplianceStatus, Finding, Note, OddValue, Package, RecordState, Resource, Severity, SeverityCounts, Text,
    VersionOrder, Vulnerability, WorkflowStatus,
};
pub use finding_list::{FindingList, Spool};
pub use history::{HistoryReader, HistorySink};
pub use ledger::RunLedger;
pub use locale::{Locale, UnknownLocale};
pub use named::UnknownName;
pub use notify::Notifier;
pub use notify_when::NotifyWhen;
pub use recipient::Recipient;
pub use registry::ProjectRegistry;
pub use report::ReportRenderer;
pub use run::{InvalidRunId, RunId};
pub use secret::Secret;
pub use selection::Selection;
pub use source::FindingsSource;
pub use store::ArtifactStore;
pub use workflow::WorkflowSink;
