//! Projects whose recipients chose so that nobody hears of their reports. One rule for `plan` and `registry check`.

use findings_core::NotifyWhen;
use findings_core::Severity;
use findings_core::history::Sla;
use findings_core::notify::Recipient;
use findings_core::registry::{Project, Registry};

use crate::config::names;
use crate::output::first;

/// How recipients choose who made no choice, and whether anything can become overdue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults<'a> {
    pub(crate) notify_when: NotifyWhen,
    pub(crate) targets: &'a Sla,
}

impl Defaults<'_> {
    fn choice(self, project: &Project, recipient: &Recipient) -> NotifyWhen {
        project.choice_of(recipient).unwrap_or(self.notify_when)
    }

    /// Whether the recipient hears of any report.
    pub(crate) fn hears(self, project: &Project, recipient: &Recipient) -> bool {
        self.choice(project, recipient) != NotifyWhen::Never
    }

    /// Whether the project has recipients, and all of them chose to hear of no report.
    pub(crate) fn is_silent(self, project: &Project) -> bool {
        !project.recipients.is_empty() && !project.recipients.iter().any(|to| self.hears(project, to))
    }

    /// Whether somebody hears only of what is overdue, and all others of nothing.
    fn waits_for_overdue(self, project: &Project) -> bool {
        let mut choices = project.recipients.iter().map(|to| self.choice(project, to));
        let is_mute = |when: NotifyWhen| matches!(when, NotifyWhen::Overdue | NotifyWhen::Never);
        !self.is_silent(project) && !project.recipients.is_empty() && choices.all(is_mute)
    }
}

/// Says which projects nobody hears of, by choice. A run does as they chose, so it does not fail for it.
pub(crate) fn notes(registry: &Registry, defaults: Defaults<'_>) -> Vec<String> {
    let named = |is: &dyn Fn(&Project) -> bool| -> Vec<String> {
        registry.projects.iter().filter(|project| is(project)).map(|project| project.name.clone()).collect()
    };
    let silent = named(&|project| defaults.is_silent(project));
    let mut notes = Vec::new();
    if !silent.is_empty() {
        let projects = first(&silent).join(", ");
        notes.push(format!("all recipients chose never, so that nobody hears of the reports: {projects}"));
    }
    let has_targets = Severity::WORST_FIRST.iter().any(|severity| defaults.targets.target(*severity).is_some());
    let waiting = if has_targets { Vec::new() } else { named(&|project| defaults.waits_for_overdue(project)) };
    if !waiting.is_empty() {
        notes.push(format!(
            "recipients hear only of what is overdue, and without target times only the date of a decision can pass: {}; set {}",
            first(&waiting).join(", "),
            names("sla")
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use findings_core::registry::parse_csv;

    use super::*;

    #[test]
    fn choices_that_leave_nobody_are_told() {
        let csv = "project,account_ids,recipients,notify\n\
                   Never,111122223333,a@example.com|never;b@example.com,never\n\
                   Late,111122224444,a@example.com|overdue;b@example.com|never,\n\
                   Some,111122225555,a@example.com|overdue;b@example.com|critical,\n\
                   Default,111122226666,a@example.com,\n";
        let registry = parse_csv(csv.as_bytes()).unwrap();
        let targets = Sla::default().with_target(Severity::High, std::time::Duration::from_hours(24));
        let of = |notify_when, targets: &Sla| notes(&registry, Defaults { notify_when, targets });
        let told = of(NotifyWhen::Always, &Sla::default());
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].ends_with("the reports: Never") && told[1].contains("can pass: Late; set --sla"), "{told:?}");
        assert_eq!(of(NotifyWhen::Always, &targets).len(), 1);
        assert!(of(NotifyWhen::Never, &targets)[0].ends_with(": Never, Default"));
        assert!(of(NotifyWhen::Overdue, &Sla::default())[1].contains("Late, Default;"));
    }
}
