//! Options about who is told, and how they are answered.

use clap::Args;

/// Who is told of reports, with which links, and where answers go.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Audience {
    /// The network from which alone links work, in words for readers; company stands for "the company network" in the
    /// language of each project. Messages say it beside the link, and the bucket policy or your web server has to see to
    /// it [default: none, nothing is said of it]
    #[arg(long, global = true, env = "FINDINGS_LINK_NETWORK", value_name = "TEXT")]
    pub(crate) link_network: Option<String>,

    /// Channels whose messages have a button that leads to the report: everybody in them can open it. A channel such as
    /// teams:payments, teams:* for all channels of a service, or all. With --links redirect:URL such a link can be
    /// revoked [default: none]
    #[arg(long, global = true, env = "FINDINGS_CHANNEL_LINKS", value_name = "SCHEME:NAME[,…] | SCHEME:* | all")]
    pub(crate) channel_links: Option<String>,

    /// Which reports recipients hear of: always, changes (something changed), critical (a critical finding is open), overdue
    /// (something is overdue) or never. What can no longer be seen is told to all but never. The columns notify and
    /// recipients of the registry take precedence [default: always]
    #[arg(long, global = true, env = "FINDINGS_NOTIFY_WHEN", value_name = "WHEN")]
    pub(crate) notify_when: Option<String>,

    /// Address that answers to mails go to [default: --contact, if that is an address, or else the sender]
    #[arg(long, global = true, env = "FINDINGS_REPLY_TO", value_name = "ADDRESS")]
    pub(crate) reply_to: Option<String>,
}
