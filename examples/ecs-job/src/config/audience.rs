//! Options about who is told, and how they are answered.

use std::sync::Arc;

use findings_core::NotifyWhen;
use findings_core::notify::Recipient;
use findings_core::pipeline::ChannelLinks;

use super::reader::{Reader, given};
use crate::options::Audience;

/// Who is told of reports, with which links, and where answers go.
#[derive(Clone, Debug)]
pub(crate) struct AudienceConfig {
    pub(crate) link_network: Option<Arc<str>>,
    pub(crate) channel_links: ChannelLinks,
    /// Which reports recipients hear of whom the registry gives no choice.
    pub(crate) notify_when: NotifyWhen,
    pub(crate) reply_to: Option<Recipient>,
}

impl AudienceConfig {
    pub(super) fn resolve(options: &Audience, reader: &mut Reader) -> Self {
        Self {
            link_network: given(options.link_network.as_deref()).map(Arc::from),
            channel_links: reader.read(
                "channel-links",
                options.channel_links.as_deref(),
                ChannelLinks::default(),
                |text| text.parse().map_err(|e| format!("{e}")),
            ),
            notify_when: notify_when(options, reader),
            reply_to: reader.read_optional("reply-to", options.reply_to.as_deref(), reply_to),
        }
    }
}

/// Which reports recipients hear of whom the registry gives no choice.
pub(super) fn notify_when(options: &Audience, reader: &mut Reader) -> NotifyWhen {
    let parse = |text: &str| text.parse().map_err(|e| format!("{e}"));
    reader.read("notify-when", options.notify_when.as_deref(), NotifyWhen::default(), parse)
}

fn reply_to(text: &str) -> Result<Recipient, String> {
    // as mail programs write it: the name is dropped
    let written = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')).map_or(text, |(_, address)| address);
    let address: Recipient = written.trim().parse().map_err(|e| format!("{e}"))?;
    if address.channel().is_some() {
        return Err(format!("\"{address}\" is a channel; name a mail address"));
    }
    Ok(address)
}
