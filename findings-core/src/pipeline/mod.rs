//! The nine steps, put together from implementations of the traits: [`Pipeline::run`].

mod build_report;
mod clock;
mod deliver;
mod lease;
mod links;
mod outcome;
mod run_all;
mod run_project;
mod settings;

pub use clock::{Clock, FixedClock, SystemClock};
pub use links::{LinkForecast, LinkPolicy, ShortLink, TooShort};
pub use outcome::{
    ApiCalls, DoubtfulMessage, DoubtfulMessageFate, GetFindingsCalls, ProjectError, ProjectOutcome, ProjectStatus,
    RunOutcome, RunStatus, Step, Summary, SummaryError,
};
pub use run_all::{Parts, Pipeline};
pub use settings::{InDoubt, RunEvent, RunObserver, Settings};
