//! Step 2: who owns which accounts, and whom to tell.

use std::fmt;

use async_trait::async_trait;

use crate::recipient::Recipient;
use crate::{AccountId, Error, ErrorKind, Locale, Result};

mod cells;
mod columns;
mod csv_registry;

pub use csv_registry::parse_csv;

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

    /// Adds an account, if it is not there yet.
    pub fn add_account(&mut self, account: AccountId) {
        if !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
    }

    /// Adds a recipient, if they are not there yet. No mail server in use tells upper from lower case.
    pub fn add_recipient(&mut self, recipient: Recipient) {
        if !self.recipients.iter().any(|known| known.as_str().eq_ignore_ascii_case(recipient.as_str())) {
            self.recipients.push(recipient);
        }
    }

    /// Adds accounts, each once.
    pub fn with_accounts(mut self, accounts: impl IntoIterator<Item = AccountId>) -> Self {
        accounts.into_iter().for_each(|account| self.add_account(account));
        self
    }

    /// Adds recipients, each once.
    pub fn with_recipients(mut self, recipients: impl IntoIterator<Item = Recipient>) -> Self {
        recipients.into_iter().for_each(|recipient| self.add_recipient(recipient));
        self
    }

    /// Sets the language.
    pub fn with_locale(mut self, locale: Locale) -> Self {
        self.locale = Some(locale);
        self
    }
}

/// A place in the registry that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryProblem {
    /// Line, counted from 1, the header being the first.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether accounts may be missing because of it. If not, it is about recipients or languages: the operator's concern, and no reason to doubt the
    /// report.
    pub hides_accounts: bool,
}

impl RegistryProblem {
    /// A problem that may hide accounts.
    pub fn new(line: u64, message: impl Into<String>) -> Self {
        Self { line, message: message.into(), hides_accounts: true }
    }

    /// Says that it is about recipients or languages and hides no account.
    pub fn about_people(mut self) -> Self {
        self.hides_accounts = false;
        self
    }
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

/// A registry that cannot be used at all.
fn unreadable(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidInput, "read the registry").with_message(message)
}
