//! The options of `ecs-job registry`.

use clap::{Args, Subcommand};

use crate::output::Output;

/// What to do with the registry.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum RegistryTask {
    /// Check the registry without any other resource, for example in the pipeline of the repository that keeps it. Exit code
    /// 0 if a run would use all of it, 1 if something in it is wrong or nobody would be told of a project, 2 if it cannot be
    /// read. Requires only --projects
    Check {
        /// Output format
        #[arg(long, value_name = "table | csv | json", default_value = "table")]
        output: Output,
    },
    /// Print a first registry as CSV from the accounts of AWS Organizations: a row for each account, with its project, name
    /// and organisational unit. Recipients stay empty, for you to fill in. Requires permissions of the management account or
    /// of a delegated administrator, and nothing else
    FromOrganizations(FromOrganizations),
}

/// Options of `registry from-organizations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct FromOrganizations {
    /// Where the names of projects come from: the organisational unit of an account, its name, or a tag of it. An account
    /// without the tag gets no project, for you to fill in
    #[arg(long, value_name = "ou | account | tag:KEY", default_value = "ou")]
    pub(crate) project: String,
    /// Also ask for the alternate contacts of each account and print their addresses in the column
    /// suggested_recipients. They are suggestions: nobody agreed to get these mails. Costs three calls for each account
    #[arg(long)]
    pub(crate) contacts: bool,
}
