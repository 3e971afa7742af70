//! The options of a run between reports.

use clap::Args;

/// Whether `run` is an urgent run, and of what it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct UrgentOptions {
    /// Make no reports: only tell people of critical findings of which nobody was told yet, each recipient once, and leave the
    /// history as it is. The next report lists them with all others. For a schedule between the reports, such as daily: true or
    /// false. The run ID gets `urgent-` in front; --redo and what is about reports is ignored [default: false]
    #[arg(long, env = "FINDINGS_URGENT", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) urgent: Option<String>,
    /// With --urgent, the least severity that is told at once [default: critical]
    #[arg(long, env = "FINDINGS_URGENT_FROM", value_name = "critical | high")]
    pub(crate) urgent_from: Option<String>,
}
