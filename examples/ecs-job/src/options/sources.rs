//! Options about the sources of findings.

use clap::Args;

/// What became of sources of earlier runs.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct EarlierSources {
    /// A source of earlier runs that is gone for good, as the message about it names it: that nobody looks at it any more
    /// makes no run incomplete. Its issues stay open until they are seen again or proven to be resolved. Repeat it for
    /// several, or separate them by ';' [default: none]
    #[arg(long, global = true, env = "FINDINGS_DROPPED_SOURCE", value_name = "SOURCE[;…]", value_delimiter = ';')]
    pub(crate) dropped_source: Vec<String>,
}
