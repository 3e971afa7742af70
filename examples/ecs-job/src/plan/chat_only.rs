//! Projects whose report nobody can open, because they are told in channels that get no link.

use findings_core::notify::Recipient;
use findings_core::registry::{Project, Registry};

use crate::config::{RunConfig, names};
use crate::ending;
use crate::output::first;

/// Prints the projects, if there are any. Their recipients are told, so a run does not fail for it.
pub(super) fn print(registry: &Registry, config: &RunConfig) {
    let is_link = |recipient: &Recipient| config.audience.channel_links.allow(recipient);
    let has_none = |project: &&Project| !project.recipients.is_empty() && !project.recipients.iter().any(is_link);
    let without: Vec<String> = registry.projects.iter().filter(has_none).map(|project| project.name.clone()).collect();
    if !without.is_empty() {
        ending::print_line(&format!(
            "  (note) told in channels alone, which get no link, so that nobody gets the report: {}; add a mail address, or set {}",
            first(&without).join(", "),
            names("channel-links")
        ));
    }
}
