//! Step 2: who owns which accounts, and whom to tell.

use std::fmt;

use async_trait::async_trait;

use crate::notify::Recipient;
use crate::{AccountId, Locale, Result};

/// A project: a name, its accounts, and the people to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Project {
    /// Its name, any text; projects are told apart by it.
    pub name: String,
    /// Its accounts, each once, in the order of the registry.
    pub accounts: Vec<AccountId>,
    /// Whom to tell, each once.
    pub recipients: Vec<Recipient>,
    /// Language of its people; `None` leaves it to the configuration.
    pub locale: Option<Locale>,
    /// What of it could not be read. Its report is incomplete if there is any.
    pub problems: Vec<RegistryProblem>,
}

impl Project {
    /// A project without accounts and recipients.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), accounts: Vec::new(), recipients: Vec::new(), locale: None, problems: Vec::new() }
    }
}

/// A place in the registry that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryProblem {
    /// Line, counted from 1, the header being the first.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for RegistryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// All projects, and what of the registry could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registry {
    /// The projects, in the order of the registry.
    pub projects: Vec<Project>,
    /// Problems of rows that could not be given to a project. Those of a project stand with it.
    pub problems: Vec<RegistryProblem>,
    /// What looks odd and changes nothing, such as an unknown column.
    pub warnings: Vec<RegistryProblem>,
}

/// Knows the projects.
///
/// An implementation
/// * MUST return each project once, with each of its accounts and recipients once,
/// * MUST name everything that it could not read in a problem of the project, or of the registry if the project is not known,
/// * MUST fail if it cannot tell projects at all; an empty list is not an answer to an unreadable registry.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ProjectRegistry: fmt::Debug + Send + Sync + 'static {
    /// Reads the registry.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if it is not there, [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is not a registry.
    async fn load(&self) -> Result<Registry>;
}
