//! The options of the subcommands about guidance.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What to do with the guidance.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum GuidanceCommand {
    /// Say what the organisation should write down next: controls with open issues and no guidance, the heaviest first,
    /// controls that came or vanished in the last four weeks, and guidance that is old, not dated, a draft, or about a
    /// control that Security Hub no longer has
    Status(StatusOptions),
    /// Write a draft for each control, with what Security Hub says about it and a question in each section. Asks Security
    /// Hub if --source names it, and keeps what it says in --catalogue. Never overwrites a file
    New(NewOptions),
    /// Write the guidance as a site of static pages: one for each control, and an index that can be searched without a
    /// server
    Publish(PublishOptions),
}

/// How `guidance status` judges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct StatusOptions {
    /// Months without a review after which guidance is listed as stale; 0 for never
    #[arg(long, value_name = "MONTHS", default_value = "12")]
    pub(crate) stale_after: String,
    /// Catalogue of controls that `guidance new` keeps. Without one, nobody knows which controls are retired
    /// [default: out/controls.json if it is there]
    #[arg(long, value_name = "PATH")]
    pub(crate) catalogue: Option<PathBuf>,
    /// Output format
    #[arg(long, value_name = "table | csv | json", default_value = "table")]
    pub(crate) output: crate::output::Output,
}

/// Which drafts `guidance new` writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct NewOptions {
    /// IDs of controls, such as S3.8
    #[arg(value_name = "CONTROL", required = true)]
    pub(crate) controls: Vec<String>,
    /// Folder for the files, such as S3.8.ja.md, in the language of --locale
    #[arg(long, value_name = "DIR", default_value = "guidance")]
    pub(crate) dir: PathBuf,
    /// File that keeps what Security Hub says about controls, for 30 days [default: out/controls.json]
    #[arg(long, value_name = "PATH")]
    pub(crate) catalogue: Option<PathBuf>,
}

/// Where `guidance publish` writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct PublishOptions {
    /// Folder for the pages, such as index.html and S3.8.html. Existing files of these names are replaced
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// Which problems `topics` lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct TopicsOptions {
    /// List only problems that a run reported for the first time in the last four weeks
    #[arg(long)]
    pub(crate) new: bool,
    /// Output format; csv and json name all projects
    #[arg(long, value_name = "table | csv | json", default_value = "table")]
    pub(crate) output: crate::output::Output,
}
