//! Parses options into configurations. Reports all errors at once, each with the names of the flag and the variable.
//!
//! Each subcommand resolves only what it needs: [`RunConfig`], [`HistoryConfig`] or [`EnrollConfig`].

mod aws;
mod coverage;
mod enroll;
mod history;
mod input;
mod links;
mod notify;
mod organisation;
mod pace;
mod places;
mod reader;
mod reports;
mod run;
mod values;

pub(crate) use aws::AwsConfig;
pub(crate) use coverage::{CoverageConfig, regions};
pub(crate) use enroll::EnrollConfig;
pub(crate) use history::HistoryConfig;
pub(crate) use input::Input;
pub(crate) use links::LinkCredentials;
pub(crate) use notify::{Notify, NotifyConfig};
pub(crate) use organisation::OrganisationConfig;
pub(crate) use pace::Pace;
pub(crate) use places::{History, Reports, Source};
pub(crate) use reader::{ConfigError, names};
pub(crate) use reports::{Format, ReportConfig};
pub(crate) use run::RunConfig;

#[cfg(test)]
mod tests;
