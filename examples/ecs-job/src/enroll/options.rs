//! Options of `enroll` alone.

use clap::Args;
use findings_enrollment::Linking;

use crate::config;
use crate::output::Output;

/// How to enroll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct Enroll {
    /// Only show what would be done (the default)
    #[arg(long, conflicts_with = "apply")]
    pub(crate) dry_run: bool,

    /// Do it. Safe to repeat: what is done is not done again, and nothing is ever taken away
    #[arg(long)]
    pub(crate) apply: bool,

    /// Accept invitations in the member accounts by assuming this role there; without it their owners accept
    #[arg(long, value_name = "NAME", value_parser = role)]
    pub(crate) member_role: Option<String>,

    /// Make the Region of --source the home of a finding aggregator that links these Regions; accounts are enrolled in them too
    #[arg(long, value_name = "REGION[,REGION…] | all", value_parser = linking)]
    pub(crate) linked_regions: Option<Linking>,

    /// Form of the list
    #[arg(long, value_name = "table | csv | json", default_value = "table")]
    pub(crate) output: Output,
}

fn linking(text: &str) -> Result<Linking, String> {
    match text.trim() {
        "all" => Ok(Linking::All),
        regions => config::regions(regions).map(|regions| Linking::Regions(regions.into_iter().collect())),
    }
}

/// The name of a role, with its path if it has one.
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
