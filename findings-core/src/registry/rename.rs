//! Renaming of projects for one run.

use std::str::FromStr;

use super::{Registry, project_key};
use crate::{Error, ErrorKind, Result};

/// A project that goes on under another name. It says for one run what [`Project::aliases`](super::Project::aliases)
/// says for all.
///
/// ```
/// use findings_core::registry::Rename;
/// let rename: Rename = "Warehouse = Data Platform".parse()?;
/// assert_eq!(rename, Rename::new("Warehouse", "Data Platform"));
/// # Ok::<(), findings_core::registry::InvalidRename>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rename {
    /// The name that the history knows.
    pub old: String,
    /// The name in the registry.
    pub new: String,
}

impl Rename {
    /// A project whose name was `old` and is `new`.
    pub fn new(old: impl Into<String>, new: impl Into<String>) -> Self {
        Self { old: old.into(), new: new.into() }
    }
}

/// The error for a text that is not a renaming.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no renaming; expected OLD=NEW with one equals sign, and use the registry's aliases for names that have one"
)]
pub struct InvalidRename(String);

impl FromStr for Rename {
    type Err = InvalidRename;

    fn from_str(text: &str) -> Result<Self, InvalidRename> {
        match text.split_once('=').map(|(old, new)| (old.trim(), new.trim())) {
            Some((old, new)) if !old.is_empty() && !new.is_empty() && !new.contains('=') => Ok(Self::new(old, new)),
            _ => Err(InvalidRename(text.to_owned())),
        }
    }
}

impl Registry {
    /// Adds the old names to the [aliases](super::Project::aliases) of the renamed projects.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the registry has no project of the new name, or if the old
    /// one belongs to another of its projects.
    pub fn with_renames(mut self, renames: &[Rename]) -> Result<Self> {
        let failed = |rename: &Rename, message: String| {
            Err(Error::new(ErrorKind::InvalidInput, "rename the project")
                .with_subject(rename.old.clone())
                .with_message(message))
        };
        for rename in renames {
            let key = project_key(&rename.new);
            let Some(index) = self.projects.iter().position(|project| project_key(&project.name) == key) else {
                return failed(rename, format!("the registry has no project \"{}\"; check its name", rename.new));
            };
            let others = self.projects.iter().enumerate().filter(|(other, _)| *other != index);
            if let Some((_, other)) = others.into_iter().find(|(_, other)| other.is_called(&rename.old)) {
                return failed(rename, format!("it is a name of \"{}\" in the registry; check both", other.name));
            }
            self.projects[index].add_alias(rename.old.clone());
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Project;

    #[test]
    fn rename_has_two_names() {
        for text in ["", "a", "=", "a=", "=b", "a=b=c"] {
            assert!(text.parse::<Rename>().unwrap_err().to_string().contains("OLD=NEW"), "{text:?}");
        }
    }

    #[test]
    fn renames_become_aliases_of_known_projects() {
        let registry = || Registry {
            projects: vec![Project::new("A b").with_aliases(["x"]), Project::new("C")],
            ..Registry::default()
        };
        let renamed = registry().with_renames(&[Rename::new("old", "A\u{3000}b"), Rename::new("x", "A b")]).unwrap();
        assert_eq!(renamed.projects[0].aliases, ["x", "old"]);
        for (rename, want) in [
            (Rename::new("old", "D"), "no project \"D\""),
            (Rename::new("C", "A b"), "a name of \"C\""),
            (Rename::new("x", "C"), "a name of \"A b\""),
        ] {
            let error = registry().with_renames(&[rename]).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
        }
    }
}
