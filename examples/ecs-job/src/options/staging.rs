//! The options of a run in stages.

use clap::Args;

/// Where the stages of a run meet, and how many deliver at the same time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct StagingOptions {
    /// Where the stages of a run keep their work: a folder that all of them see, or a prefix in S3. It holds findings: protect it
    /// like the reports. Nothing needs it after the run; let a lifecycle rule of the bucket delete it [default: none; with
    /// --workers, a temporary folder]
    #[arg(long, value_name = "DIR | s3://BUCKET/PREFIX", env = "FINDINGS_WORK")]
    pub(crate) work: Option<String>,
    /// Number of processes that deliver batches at the same time. They share the rates of GetFindings and of Amazon SES
    /// equally. With `run`, more than 1 begins them on this machine [default: 1]
    #[arg(long, value_name = "NUMBER", env = "FINDINGS_WORKERS")]
    pub(crate) workers: Option<String>,
}
