//! Projects whose report nobody gets: they are told in channels that get no link, or want to hear of none.

use findings_core::NotifyWhen;
use findings_core::notify::Recipient;
use findings_core::registry::{Project, Registry};

use crate::config::{RunConfig, names};
use crate::ending;
use crate::output::first;

/// Prints the projects, if there are any. Their recipients are told, so a run does not fail for it.
pub(super) fn print(registry: &Registry, config: &RunConfig) {
    let default = config.audience.notify_when;
    let hears = |project: &Project, to: &Recipient| project.choice_of(to).unwrap_or(default) != NotifyWhen::Never;
    let is_link = |recipient: &Recipient| config.audience.channel_links.allow(recipient);
    let named = |is: &dyn Fn(&Project) -> bool| -> Vec<String> {
        let projects = registry.projects.iter().filter(|project| !project.recipients.is_empty() && is(project));
        projects.map(|project| project.name.clone()).collect()
    };
    let is_silent = |project: &Project| !project.recipients.iter().any(|to| hears(project, to));
    let silent = named(&is_silent);
    if !silent.is_empty() {
        ending::print_line(&format!(
            "  (note) all recipients chose never, so that nobody hears of the reports: {}",
            first(&silent).join(", ")
        ));
    }
    let has_link = |project: &Project| project.recipients.iter().any(|to| hears(project, to) && is_link(to));
    let without = named(&|project| !is_silent(project) && !has_link(project));
    if !without.is_empty() {
        ending::print_line(&format!(
            "  (note) told in channels alone, which get no link, so that nobody gets the report: {}; add a mail address, or set {}",
            first(&without).join(", "),
            names("channel-links")
        ));
    }
}
