//! The nine steps, put together from implementations of the traits: [`Pipeline::run`].

mod account_outcome;
mod build_report;
mod clock;
mod coverage;
mod deliver;
mod departed;
mod fates;
mod lease;
mod links;
mod manifest;
mod mark;
mod outcome;
mod relink;
mod run_all;
mod run_project;
mod settings;

pub use account_outcome::{AccountOutcome, CoverageSummary, RegionSummary};
pub use clock::{Clock, FixedClock, SystemClock};
pub use departed::DepartedProject;
pub use links::{LinkForecast, LinkPolicy, ShortLink, TooShort};
pub use mark::MarkedFindings;
pub use outcome::{
    ApiCalls, CallCount, DoubtfulMessage, DoubtfulMessageFate, GetFindingsCalls, ProjectError, ProjectOutcome,
    ProjectStatus, RunOutcome, RunStatus, Step, Summary, SummaryError,
};
pub use run_all::{Parts, Pipeline};
pub use settings::{InDoubt, RunEvent, RunObserver, Settings};
