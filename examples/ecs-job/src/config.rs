//! Parses options into configurations. Reports all errors at once, each with the names of the flag and the variable.
//!
//! Each subcommand resolves only what it needs: [`RunConfig`], [`HistoryConfig`] or [`EnrollConfig`].

mod audience;
mod aws;
mod coverage;
mod decisions;
mod enroll;
mod export;
mod findings;
mod history;
mod input;
mod knowledge;
mod links;
mod metrics;
mod notify;
mod organisation;
mod organisation_report;
mod overdue;
mod pace;
mod places;
mod reader;
mod reading;
mod redirect;
mod registry;
mod reports;
mod revoke;
mod run;
mod sources;
mod staging;
mod values;

pub(crate) use crate::output::RunOutput;
pub(crate) use audience::AudienceConfig;
pub(crate) use aws::AwsConfig;
pub(crate) use coverage::{CoverageConfig, regions};
pub(crate) use decisions::{DECISIONS_KEY, DecisionsConfig, DecisionsMode, ReturnedFiles};
pub(crate) use enroll::EnrollConfig;
pub(crate) use export::{ExportConfig, ExportFormat};
pub(crate) use findings::FindingsConfig;
pub(crate) use history::HistoryConfig;
pub(crate) use input::Input;
pub(crate) use knowledge::{KnowledgeConfig, NewConfig, PublishConfig, StatusConfig};
pub(crate) use links::{LinkCredentials, Links};
pub(crate) use notify::{Notify, NotifyConfig};
pub(crate) use organisation::OrganisationConfig;
pub(crate) use organisation_report::{OrganisationFormat, OrganisationReportConfig};
pub(crate) use overdue::OverdueConfig;
pub(crate) use pace::Pace;
pub(crate) use places::{ExportPlace, History, HubApi, Reports, Source};
pub(crate) use reader::{ConfigError, names};
pub(crate) use redirect::RedirectConfig;
pub(crate) use registry::{DirectoryConfig, ProjectName, RegistryConfig};
pub(crate) use reports::{Format, ReportConfig};
pub(crate) use revoke::{RevokeConfig, ToRevoke};
pub(crate) use run::RunConfig;
pub(crate) use sources::{ConfiguredSource, Sources};
pub(crate) use staging::{Stage, StageName, StagingConfig};

#[cfg(test)]
mod tests;
