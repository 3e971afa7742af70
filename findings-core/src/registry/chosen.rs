//! Some projects of a registry, for a run that does no others.

use super::{Registry, project_key};
use crate::{Error, ErrorKind, Result};

/// How many names an error lists.
const LISTED: usize = 20;

impl Registry {
    /// Returns the registry with only the projects that are called so, by their names or earlier names; all of them if
    /// no name is given. Problems and warnings stay.
    ///
    /// ```
    /// use findings_core::registry::{Project, Registry};
    /// let mut registry = Registry::default();
    /// registry.projects = vec![Project::new("Payments"), Project::new("Web")];
    /// assert_eq!(registry.chosen(&["Web".to_owned()])?.projects, [Project::new("Web")]);
    /// assert_eq!(registry.chosen(&[])?, registry);
    /// assert!(registry.chosen(&["Shop".to_owned()]).is_err());
    /// # Ok::<(), findings_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if no project is called so. The error lists the names that there are.
    pub fn chosen(&self, names: &[String]) -> Result<Self> {
        if names.is_empty() {
            return Ok(self.clone());
        }
        if let Some(unknown) = names.iter().find(|name| !self.projects.iter().any(|p| p.is_called(name))) {
            return Err(self.no_project(unknown));
        }
        let is_chosen = |project: &&super::Project| names.iter().any(|name| project.is_called(name));
        let projects = self.projects.iter().filter(is_chosen).cloned().collect();
        Ok(Self { projects, ..self.clone() })
    }

    fn no_project(&self, name: &str) -> Error {
        let key = project_key(name).to_lowercase();
        // what was probably meant stands first
        let mut known: Vec<&str> = self.projects.iter().map(|project| project.name.as_str()).collect();
        known.sort_by_key(|known| !project_key(known).to_lowercase().contains(&key));
        let more = known.len().saturating_sub(LISTED);
        let names = known.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
        let names = if more == 0 { names } else { format!("{names} and {more} more") };
        Error::new(ErrorKind::NotFound, "find the project in the registry")
            .with_subject(name.to_owned())
            .with_message(format!("no project is called so; there are: {names}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Project, RegistryProblem};

    #[test]
    fn names_and_earlier_names_choose() {
        let mut registry = Registry {
            projects: vec![
                Project::new("Payments"),
                Project::new("Data Platform").with_aliases(["Warehouse"]),
                Project::new("Web"),
            ],
            ..Registry::default()
        };
        registry.problems.push(RegistryProblem::new(7, "unreadable"));
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            registry.chosen(&names).map(|chosen| {
                assert_eq!(chosen.problems, registry.problems);
                chosen.projects.into_iter().map(|project| project.name).collect::<Vec<_>>()
            })
        };
        assert_eq!(names(&["Web", "Warehouse", "Web"]).unwrap(), ["Data Platform", "Web"]);
        let error = names(&["Web", "platform"]).unwrap_err().report();
        assert!(error.contains("platform") && error.contains("there are: Data Platform, Payments, Web"), "{error}");
    }
}
