//! Options about decisions of projects.

use clap::Args;

/// What a run does with decisions of projects, and what projects may decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct DecisionRules {
    /// What to do with decisions of projects: off; show them in reports, which projects can then fill in and return; or
    /// take: also take returned reports from --inbox before a run. The variable FINDINGS_DECISIONS_KEY has the secret
    /// that signs reports [default: off]
    #[arg(
        id = "decisions",
        long = "decisions",
        global = true,
        env = "FINDINGS_DECISIONS",
        value_name = "off | show | take"
    )]
    pub(crate) mode: Option<String>,

    /// Where returned reports lie: a folder, or a prefix in S3 [default: the folder inbox in --reports]
    #[arg(long, global = true, env = "FINDINGS_INBOX", value_name = "DIR | s3://BUCKET/PREFIX")]
    pub(crate) inbox: Option<String>,

    /// Make a page for each report in which its project answers, and give each mail a second link, which leads there and
    /// lets its reader store one file below --inbox: true or false. It needs --decisions and its secret, and an inbox in
    /// --reports [default: false]
    #[arg(long, global = true, env = "FINDINGS_ANSWERS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) answers: Option<String>,

    /// For how long projects may accept a risk, by severity; 0d for not at all
    /// [default: critical=30d,high=90d,medium=180d,low=365d,informational=365d]
    #[arg(long, global = true, env = "FINDINGS_ACCEPT_AT_MOST", value_name = "SEVERITY=DURATION,…")]
    pub(crate) accept_at_most: Option<String>,

    /// Whether projects may decide themselves that a finding is a false positive: accept, or refuse [default: accept]
    #[arg(long, global = true, env = "FINDINGS_FALSE_POSITIVES", value_name = "accept | refuse")]
    pub(crate) false_positives: Option<String>,

    /// How many findings one returned report may suppress, accepted risks and false positives together. A file with more
    /// is not taken until a call allows it [default: 100]
    #[arg(long, global = true, env = "FINDINGS_SUPPRESS_AT_MOST", value_name = "NUMBER")]
    pub(crate) suppress_at_most: Option<String>,

    /// From how many days before the due date on the owner of a decision gets a mail, if the decision names a mail
    /// address; off for never. Needs --decisions [default: 7d]
    #[arg(long, global = true, env = "FINDINGS_REMIND_OWNERS", value_name = "DURATION | off")]
    pub(crate) remind_owners: Option<String>,

    /// After how many overdue days those in the registry's column leads get a mail; off for never. Needs --decisions
    /// [default: 14d]
    #[arg(long, global = true, env = "FINDINGS_ESCALATE_AFTER", value_name = "DURATION | off")]
    pub(crate) escalate_after: Option<String>,
}
