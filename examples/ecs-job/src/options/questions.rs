//! The options of the subcommands that answer questions about the history.

use clap::Args;

/// Which issues `findings` lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct FindingsOptions {
    /// Only issues of this security control, such as S3.8 [default: all]
    #[arg(long, value_name = "CONTROL")]
    pub(crate) control: Option<String>,
    /// Only issues of the project with this name [default: all]
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Only issues of these severities, such as critical,high [default: all]
    #[arg(long, value_name = "SEVERITY[,…]")]
    pub(crate) severity: Option<String>,
    /// Only issues of this account [default: all]
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Only issues that were opened, or last reopened, on this day in the --time-zone or later, such as 2026-11-23
    /// [default: all]
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// List issues that are open, or not known to have ended; this is the default
    #[arg(long, conflicts_with_all = ["resolved", "all"])]
    pub(crate) open: bool,
    /// List issues that ended: fixed, suppressed, archived or left
    #[arg(long, conflicts_with = "all")]
    pub(crate) resolved: bool,
    /// List both
    #[arg(long)]
    pub(crate) all: bool,
    /// Output format of the list; csv and json have more columns
    #[arg(long, value_name = "table | csv | json", default_value = "table")]
    pub(crate) output: crate::output::Output,
}

/// Which runs `compare` compares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct CompareOptions {
    /// IDs of the runs, in any order
    #[arg(value_name = "RUN", num_args = 2, required = true)]
    pub(crate) runs: Vec<String>,
    /// Also list the issues; in csv, list them instead of the projects
    #[arg(long)]
    pub(crate) details: bool,
    /// Output format; json always has the issues
    #[arg(long, value_name = "table | csv | json", default_value = "table")]
    pub(crate) output: crate::output::Output,
}

/// Which returned reports `decisions` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct DecisionsOptions {
    /// Returned reports: files, or objects as s3://BUCKET/KEY [default: all files in --inbox that were not taken yet]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Keep the new decisions, and tell Security Hub of them
    #[arg(long)]
    pub(crate) apply: bool,
    /// The project whose report the files are, if they are not signed; --run-id names the run
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Output format of the plan
    #[arg(long, value_name = "table | csv | json", default_value = "table")]
    pub(crate) output: crate::output::Output,
}
