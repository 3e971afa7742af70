//! The configuration of `registry`.

use findings_core::NotifyWhen;
use findings_core::history::Sla;
use findings_core::registry::{RecipientDomains, Rename};

use super::audience::notify_when;
use super::history::sla;
use super::reader::{Reader, given};
use super::values::boolean;
use super::{AwsConfig, ConfigError, Input};
use crate::options::{FromOrganizations, Options};

/// The registry to check.
#[derive(Clone, Debug)]
pub(crate) struct RegistryConfig {
    pub(crate) projects: Input,
    pub(crate) renames: Vec<Rename>,
    pub(crate) domains: RecipientDomains,
    /// The file that says whose findings are inside projects.
    pub(crate) owners: Option<Input>,
    /// Which reports recipients hear of whom the registry gives no choice.
    pub(crate) notify_when: NotifyWhen,
    /// Target times, without which little becomes overdue.
    pub(crate) sla: Sla,
    s3_path_style: bool,
}

impl RegistryConfig {
    pub(crate) fn resolve(options: &Options) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        if given(options.projects.as_deref()).is_none() {
            reader.fail("projects", "missing; name the registry to check");
        }
        let projects = reader.read("projects", options.projects.as_deref(), Input::sample(), Input::file);
        let rename = |text: &String| {
            reader.read_optional("rename", Some(text), |text| text.parse::<Rename>().map_err(|e| e.to_string()))
        };
        let renames = options.rename.iter().filter_map(rename).collect();
        let domains = options.recipient_domains.as_deref();
        let domains = reader.read("recipient-domains", domains, RecipientDomains::default(), |text| {
            text.parse::<RecipientDomains>().map_err(|error| error.to_string())
        });
        let notify_when = notify_when(&options.audience, &mut reader);
        let sla = reader.read("sla", options.sla.as_deref(), Sla::default(), sla);
        let s3_path_style = reader.read("s3-path-style", options.s3_path_style.as_deref(), false, boolean);
        let owners = reader.read_optional("owners", options.owners.as_deref(), Input::file);
        reader.finish(Self { projects, renames, domains, owners, notify_when, sla, s3_path_style })
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        let is_needed = self.projects.is_s3() || self.owners.as_ref().is_some_and(Input::is_s3);
        AwsConfig { is_needed, s3_path_style: self.s3_path_style, ..AwsConfig::default() }
    }
}

/// Where the names of projects come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProjectName {
    Unit,
    Account,
    Tag(String),
}

/// What to ask AWS Organizations for.
#[derive(Clone, Debug)]
pub(crate) struct DirectoryConfig {
    pub(crate) project: ProjectName,
    pub(crate) contacts: bool,
}

impl DirectoryConfig {
    pub(crate) fn resolve(wanted: &FromOrganizations) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let project = reader.read("project", Some(&wanted.project), ProjectName::Unit, project_name);
        reader.finish(Self { project, contacts: wanted.contacts })
    }

    /// Organizations has one endpoint for each partition, so any Region will do.
    pub(crate) fn aws() -> AwsConfig {
        AwsConfig { is_needed: true, region: Some("us-east-1".to_owned()), ..AwsConfig::default() }
    }
}

fn project_name(text: &str) -> Result<ProjectName, String> {
    match (text, text.strip_prefix("tag:")) {
        ("ou", _) => Ok(ProjectName::Unit),
        ("account", _) => Ok(ProjectName::Account),
        (_, Some(key)) if !key.trim().is_empty() => Ok(ProjectName::Tag(key.trim().to_owned())),
        _ => Err(format!("\"{text}\" is no source of names; expected ou, account or tag:KEY")),
    }
}
