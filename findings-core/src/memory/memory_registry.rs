//! Keeps the registry in memory.

use async_trait::async_trait;

use crate::Result;
use crate::registry::{Project, ProjectRegistry, Registry, project_key};

/// A registry of projects that were created in code.
///
/// ```
/// use findings_core::memory::MemoryRegistry;
/// use findings_core::registry::{Project, ProjectRegistry};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> findings_core::Result<()> {
/// let project = Project::new("Shop").with_accounts(["111100000001".parse().unwrap()]);
/// let registry = MemoryRegistry::new([project]);
/// assert_eq!(registry.load().await?.projects[0].name, "Shop");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryRegistry {
    registry: Registry,
}

impl MemoryRegistry {
    /// Creates a registry of `projects`. Projects whose names have the same [`project_key`] are merged under the first
    /// spelling, and repeated accounts and recipients dropped.
    pub fn new(projects: impl IntoIterator<Item = Project>) -> Self {
        let mut registry = Registry::default();
        for project in projects {
            let key = project_key(&project.name);
            match registry.projects.iter_mut().find(|known| project_key(&known.name) == key) {
                Some(known) => merge(known, project),
                None => registry.projects.push(without_duplicates(project)),
            }
        }
        Self { registry }
    }

    /// Creates a registry from one that was loaded elsewhere, with its problems and warnings.
    pub fn of(registry: Registry) -> Self {
        let projects = Self::new(registry.projects).registry.projects;
        Self { registry: Registry { projects, ..registry } }
    }
}

/// Returns the project with each account and recipient once.
fn without_duplicates(project: Project) -> Project {
    let mut first = Project::new(project.name.clone());
    merge(&mut first, project);
    first
}

fn merge(known: &mut Project, more: Project) {
    // every field by name, so that a new one cannot be forgotten
    let Project {
        name: _,
        aliases,
        accounts,
        account_names,
        recipients,
        leads,
        locale,
        notify,
        min_severity,
        contact,
        time_zone,
        problems,
        recipient_lines: _,
        choices,
    } = more;
    for alias in aliases {
        known.add_alias(alias);
    }
    for account in accounts {
        known.add_account(account);
    }
    for (account, name) in account_names {
        known.account_names.entry(account).or_insert(name);
    }
    for recipient in recipients {
        known.add_recipient(recipient);
    }
    for lead in leads {
        known.add_lead(lead);
    }
    known.locale = known.locale.or(locale);
    known.notify = known.notify.or(notify);
    known.min_severity = known.min_severity.or(min_severity);
    known.contact = known.contact.take().or(contact);
    known.time_zone = known.time_zone.take().or(time_zone);
    known.choices.merge(choices);
    known.problems.extend(problems);
}

#[async_trait]
impl ProjectRegistry for MemoryRegistry {
    async fn load(&self) -> Result<Registry> {
        Ok(self.registry.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Locale;

    #[tokio::test]
    async fn new_merges_projects_and_drops_duplicates() {
        let id = || "111100000001".parse().unwrap();
        let to = || "a@example.com".parse().unwrap();
        let mut project = Project::new("A");
        project.accounts = vec![id(), id()];
        project.recipients = vec![to(), to()];
        let again = Project::new("A").with_accounts([id(), "111100000002".parse().unwrap()]).with_locale(Locale::Ja);
        let registry = MemoryRegistry::new([project, Project::new("B"), again]).load().await.unwrap();
        assert_eq!(registry.projects.len(), 2);
        let first = &registry.projects[0];
        assert_eq!((first.accounts.len(), first.recipients.len(), first.locale), (2, 1, Some(Locale::Ja)));
    }

    mod conformance {
        use std::sync::Arc;

        use async_trait::async_trait;

        use crate::ProjectRegistry;
        use crate::memory::MemoryRegistry;
        use crate::testing::conformance::registry::RegistryProbe;

        #[derive(Debug)]
        struct Probe;

        #[async_trait]
        impl RegistryProbe for Probe {
            async fn registry(&self, csv: &str) -> Arc<dyn ProjectRegistry> {
                Arc::new(MemoryRegistry::of(crate::registry::parse_csv(csv.as_bytes()).unwrap()))
            }

            async fn missing(&self) -> Option<Arc<dyn ProjectRegistry>> {
                None
            }
        }

        crate::registry_conformance!(async { Probe });
    }
}
