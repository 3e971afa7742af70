//! Options that only `enroll` has.

use clap::Args;
use findings_enrollment::Linking;

use crate::config;
use crate::output::Output;

/// Options of `ecs-job enroll`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct Enroll {
    /// Show what would be done and change nothing (the default)
    #[arg(long, conflicts_with = "apply")]
    pub(crate) dry_run: bool,

    /// Carry out the plan. Safe to repeat: completed steps are not done again, and nothing is ever removed
    #[arg(long)]
    pub(crate) apply: bool,

    /// Role to assume in each member account to accept its invitation, by the name it has in all of them. Without it,
    /// the owners of the accounts accept the invitations
    #[arg(long, value_name = "NAME", value_parser = role)]
    pub(crate) member_role: Option<String>,

    /// Make the Region of --source the home of a finding aggregator that links these Regions. Accounts are enrolled in
    /// these Regions too
    #[arg(long, value_name = "REGION[,REGION…] | all", value_parser = linking)]
    pub(crate) linked_regions: Option<Linking>,

    /// Output format of the list
    #[arg(long, value_name = "table | csv | json", default_value = "table")]
    pub(crate) output: Output,
}

fn linking(text: &str) -> Result<Linking, String> {
    match text.trim() {
        "all" => Ok(Linking::All),
        regions => config::regions(regions).map(|regions| Linking::Regions(regions.into_iter().collect())),
    }
}

/// Parses the name of a role, with its path if it has one.
fn role(text: &str) -> Result<String, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
    if text.starts_with("arn:") {
        return Err("give the role's name alone, which is the same in every member account".to_owned());
    }
    if text.is_empty() || text.starts_with('/') || !text.chars().all(legal) {
        return Err("not a role's name; expected letters, digits and +=,.@_-, such as security-hub-member".to_owned());
    }
    Ok(text.to_owned())
}
