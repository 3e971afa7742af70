#![doc = include_str!("../README.md")]

mod answer;
mod answer_page;
mod chart;
mod content;
mod environment;
mod format;
mod guidance;
mod packed;
mod page;
mod policy;
mod project;
mod project_page;
mod run_index_page;
#[cfg(test)]
mod tests;
mod texts;

pub use answer_page::AnswerPage;
/// The crate that the types of this crate's functions come from, in the version that fits.
pub use findings_core;
pub use guidance::{GuidancePage, GuidancePages};
pub use page::OrganisationPage;
pub use project_page::ProjectPage;
pub use run_index_page::RunIndexPage;
