//! Projects whose report nobody gets: they are told in channels that get no link, or want to hear of none.

use findings_core::registry::{Project, Registry};

use crate::config::{RunConfig, names};
use crate::ending;
use crate::output::first;
use crate::unheard::{self, Defaults};

/// Prints the projects, if there are any. Their recipients are told, so a run does not fail for it.
pub(super) fn print(registry: &Registry, config: &RunConfig) {
    let defaults = Defaults { notify_when: config.audience.notify_when, targets: &config.organisation.sla };
    for note in unheard::notes(registry, defaults) {
        ending::print_line(&format!("  (note) {note}"));
    }
    let recipients: Vec<_> = registry.projects.iter().flat_map(|project| &project.recipients).collect();
    let unused = config.audience.channel_links.unused(&recipients);
    if !unused.is_empty() {
        ending::print_line(&format!(
            "  (note) no project names the channels that get links: {}; check the spelling in {}",
            first(&unused).join(", "),
            names("channel-links")
        ));
    }
    let has_link = |project: &Project| {
        project.recipients.iter().any(|to| defaults.hears(project, to) && config.audience.channel_links.allow(to))
    };
    let is_without =
        |project: &&Project| !project.recipients.is_empty() && !defaults.is_silent(project) && !has_link(project);
    let without: Vec<String> =
        registry.projects.iter().filter(is_without).map(|project| project.name.clone()).collect();
    if !without.is_empty() {
        ending::print_line(&format!(
            "  (note) told in channels alone, which get no link, so that nobody gets the report: {}; add a mail address, or set {}",
            first(&without).join(", "),
            names("channel-links")
        ));
    }
}
