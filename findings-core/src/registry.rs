//! Step 2: the registry of projects with their accounts and recipients.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use jiff::tz::TimeZone;

use crate::desk::Contacts;
use crate::recipient::Recipient;
use crate::{AccountId, Error, ErrorKind, Locale, NotifyWhen, Result, Severity};

mod aliases;
mod cells;
mod choices;
mod chosen;
mod columns;
mod csv_registry;
mod look_alikes;
mod name;
mod of_project;
mod people;
mod recipient_domains;
mod rename;

pub use csv_registry::parse_csv;
pub use name::{ORGANISATION, project_key};
pub use recipient_domains::{InvalidRecipientDomain, RecipientDomains, RestrictedRegistry};
pub use rename::{InvalidRename, Rename};

/// A project: a name, its accounts and its recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Project {
    /// Its name: any text. No other project of the registry has a name with the same [`project_key`].
    pub name: String,
    /// Its earlier names, each once. If the history knows the project only under one of them, it goes on under the new
    /// name.
    pub aliases: Vec<String>,
    /// Its accounts, each once, in the order of the registry.
    pub accounts: Vec<AccountId>,
    /// Its recipients, each once.
    pub recipients: Vec<Recipient>,
    /// Who leads it, each once: they hear of what has been overdue for long, and of the first report of each
    /// month ([`choice_of_lead`](Self::choice_of_lead)).
    pub leads: Vec<Recipient>,
    /// Language of its reports and messages; `None` for the default of the configuration.
    pub locale: Option<Locale>,
    /// Which reports its recipients hear of who made no choice of their own ([`choice_of`](Self::choice_of)); `None` for the
    /// default of the configuration.
    pub notify: Option<NotifyWhen>,
    /// The least severity that the first lines of messages about it tell of; `None` for all. It leaves nothing out of the
    /// report.
    pub min_severity: Option<Severity>,
    /// Whom its readers ask; `None` for the contact of the configuration.
    pub contact: Option<Contacts>,
    /// The time zone in which its reports and messages show times, and in which its days end; `None` for that of the
    /// configuration.
    pub time_zone: Option<TimeZone>,
    /// Its entries that could not be read. The report is incomplete if one of them may hide accounts.
    pub problems: Vec<RegistryProblem>,
    /// The line in which each recipient is named first, as far as it is known.
    pub(crate) recipient_lines: RecipientLines,
    /// Which reports single recipients hear of.
    pub(crate) choices: choices::Choices,
}

impl Project {
    /// A project without accounts and recipients.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            aliases: Vec::new(),
            accounts: Vec::new(),
            recipients: Vec::new(),
            leads: Vec::new(),
            locale: None,
            notify: None,
            min_severity: None,
            contact: None,
            time_zone: None,
            problems: Vec::new(),
            recipient_lines: RecipientLines::default(),
            choices: choices::Choices::default(),
        }
    }

    /// Whether `name` is the name of the project or one of its earlier names, in any spelling that has the same
    /// [`project_key`].
    ///
    /// ```
    /// use findings_core::registry::Project;
    /// let project = Project::new("Data Platform").with_aliases(["Warehouse"]);
    /// assert!(project.is_called("Data\u{3000}Platform") && project.is_called("Warehouse"));
    /// ```
    pub fn is_called(&self, name: &str) -> bool {
        let key = project_key(name);
        project_key(&self.name) == key || self.aliases.iter().any(|alias| project_key(alias) == key)
    }

    /// Adds an earlier name, unless the project is called so already.
    pub fn add_alias(&mut self, alias: impl Into<String>) {
        let alias = alias.into();
        if !project_key(&alias).is_empty() && !self.is_called(&alias) {
            self.aliases.push(alias);
        }
    }

    /// Adds an account, unless the project has it.
    pub fn add_account(&mut self, account: AccountId) {
        if !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
    }

    /// Adds a recipient, unless the project has it. Case is ignored, as mail servers do.
    pub fn add_recipient(&mut self, recipient: Recipient) {
        if !self.has_recipient(&recipient) {
            self.recipients.push(recipient);
        }
    }

    pub(crate) fn has_recipient(&self, recipient: &Recipient) -> bool {
        contains(&self.recipients, recipient)
    }

    /// Adds somebody who leads the project, unless the project has them. Case is ignored.
    pub fn add_lead(&mut self, lead: Recipient) {
        if !contains(&self.leads, &lead) {
            self.leads.push(lead);
        }
    }

    /// Adds those who lead it, each once.
    pub fn with_leads(mut self, leads: impl IntoIterator<Item = Recipient>) -> Self {
        leads.into_iter().for_each(|lead| self.add_lead(lead));
        self
    }

    /// The line of the registry that names a recipient first; 0 if it is not known.
    pub(crate) fn line_of(&self, recipient: &Recipient) -> u64 {
        self.recipient_lines.of(recipient)
    }

    /// Adds earlier names, each once.
    pub fn with_aliases<A: Into<String>>(mut self, aliases: impl IntoIterator<Item = A>) -> Self {
        aliases.into_iter().for_each(|alias| self.add_alias(alias));
        self
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

fn contains(recipients: &[Recipient], recipient: &Recipient) -> bool {
    recipients.iter().any(|known| known.as_str().eq_ignore_ascii_case(recipient.as_str()))
}

/// Lines of recipients, for messages. They are no part of what a project is, so projects that differ only in them are
/// equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecipientLines(BTreeMap<Recipient, u64>);

impl RecipientLines {
    /// Keeps the first line of each recipient.
    fn note(&mut self, recipient: &Recipient, line: u64) {
        self.0.entry(recipient.clone()).or_insert(line);
    }

    /// The line; 0 if it is not known.
    fn of(&self, recipient: &Recipient) -> u64 {
        self.0.get(recipient).copied().unwrap_or_default()
    }
}

impl PartialEq for RecipientLines {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for RecipientLines {}

/// An entry of the registry that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryProblem {
    /// Line number in the file, counted from 1; 0 if it is not known.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether accounts may be missing because of it. If not, it is about people, languages or earlier names,
    /// which concerns the operator but does not make the report incomplete.
    pub hides_accounts: bool,
}

impl RegistryProblem {
    /// A problem that may hide accounts.
    pub fn new(line: u64, message: impl Into<String>) -> Self {
        Self { line, message: message.into(), hides_accounts: true }
    }

    /// Marks the problem as one about people, languages or earlier names, which hides no account.
    pub fn about_people(mut self) -> Self {
        self.hides_accounts = false;
        self
    }
}

impl fmt::Display for RegistryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        f.write_str(&self.message)
    }
}

/// All projects, and the problems of the registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registry {
    /// The projects, in the order of the registry.
    pub projects: Vec<Project>,
    /// Problems of rows that belong to no known project. Those of a project are in [`Project::problems`].
    pub problems: Vec<RegistryProblem>,
    /// Oddities that change nothing, such as an unknown column.
    pub warnings: Vec<RegistryProblem>,
    /// Names of projects that look like others, and domains of recipients whose letters do. They change nothing; the
    /// operators are told.
    pub look_alikes: Vec<RegistryProblem>,
}

/// Reads the projects with their accounts and recipients.
///
/// An implementation
/// * MUST return each project once, names with the same [`project_key`] being the same project, with each of its accounts and recipients once,
/// * MUST report everything that it could not read in a problem of the project, or of the registry if the project is
///   not known,
/// * MUST fail if the registry is unreadable as a whole, and not return an empty list.
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::Result;
/// use findings_core::registry::{Project, ProjectRegistry, Registry, RegistryProblem};
///
/// /// Projects as a service for staff knows them: name, account, mail address.
/// #[derive(Debug)]
/// struct Staff(Vec<(String, String, String)>);
///
/// #[async_trait]
/// impl ProjectRegistry for Staff {
///     async fn load(&self) -> Result<Registry> {
///         let mut registry = Registry::default();
///         for (name, account, address) in &self.0 {
///             let mut project = Project::new(name);
///             match account.parse() {
///                 Ok(account) => project.add_account(account),
///                 // the report says that an account may be missing
///                 Err(error) => project.problems.push(RegistryProblem::new(0, format!("{error}"))),
///             }
///             match address.parse() {
///                 Ok(address) => project.add_recipient(address),
///                 Err(error) => project.problems.push(RegistryProblem::new(0, format!("{error}")).about_people()),
///             }
///             registry.projects.push(project);
///         }
///         Ok(registry)
///     }
/// }
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # let staff = Staff(vec![("Payments".to_owned(), "12345".to_owned(), "sato@example.com".to_owned())]);
/// # let registry = runtime.block_on(staff.load()).unwrap();
/// # assert!(registry.projects[0].problems[0].hides_accounts && registry.projects[0].recipients.len() == 1);
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ProjectRegistry: fmt::Debug + Send + Sync + 'static {
    /// Reads the registry.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if it does not exist, [`InvalidInput`](crate::ErrorKind::InvalidInput)
    /// if it is not a registry.
    async fn load(&self) -> Result<Registry>;
}

/// The largest registry that is read, in bytes.
pub(crate) use crate::csv_text::MAX_BYTES;

/// What is wrong with a larger registry.
pub(crate) const TOO_LARGE: &str = "it has more than 64 MiB, too many for a registry; check that it is the right file, and delete what is below the table";

/// The error for a registry that is unreadable as a whole.
fn unreadable(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidInput, "read the registry").with_message(message)
}
