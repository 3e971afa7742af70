//! Links that lead to a report through a table, so that no lasting key signs them and each can be revoked.
//!
//! [`RedirectLinks`] makes the links, a [`LinkTable`] remembers them, and a [`Redirector`] answers those who open them.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use findings_core::memory::{MemoryLinks, MemoryStore};
//! use findings_core::redirect::{LinkAnswer, OpenLink, RedirectLinks, Redirector};
//! use findings_core::store::{ArtifactStore, LinkRequest, PutArtifact};
//! use jiff::Timestamp;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (store, table) = (Arc::new(MemoryStore::new()), Arc::new(MemoryLinks::new()));
//! let links = RedirectLinks::new(store.clone(), table.clone(), "https://reports.example.com")?;
//! let (key, day, now) = ("runs/1/a.xlsx".parse()?, Duration::from_hours(24), Timestamp::now());
//! links.put(&PutArtifact::new(key, "report".into(), "text/plain")).await?;
//! let request = LinkRequest::new("runs/1/a.xlsx".parse()?, 90 * day, now).for_report("1".parse()?, "Payments");
//! let link = links.link(&request.for_reader("sato@example.com".parse()?)).await?;
//!
//! // what a web server does with the last part of the path
//! let token = link.url.expose().rsplit('/').next().unwrap_or_default();
//! let redirector = Redirector::new(table, store);
//! assert!(matches!(redirector.open(&OpenLink::new(token, now)).await?, LinkAnswer::Found { .. }));
//! assert!(matches!(redirector.open(&OpenLink::new("altered", now)).await?, LinkAnswer::Unknown));
//! # Ok(())
//! # }
//! ```

mod redirect_links;
mod redirector;
mod token;
mod unopened;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

pub use self::redirect_links::{InvalidRedirectUrl, RedirectLinks, check_redirect_url};
pub use self::redirector::{LinkAnswer, OpenLink, Redirector};
pub use self::token::{InvalidLinkToken, LinkId, LinkToken};
pub use self::unopened::{Unopened, unopened};
use crate::store::{ArtifactKey, LinkedReport};
use crate::{Recipient, Result};

/// A link that was given to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IssuedLink {
    /// Identifies the link. The token itself is only in the message.
    pub id: LinkId,
    /// The artifact that it leads to.
    #[serde(serialize_with = "as_text")]
    pub key: ArtifactKey,
    /// File name that a browser proposes for the download.
    pub download_name: String,
    /// The report that the artifact is; `None` for other files.
    pub report: Option<LinkedReport>,
    /// Under which key its reader may store a file; `None` if they may only read.
    #[serde(serialize_with = "as_text_if_any", skip_serializing_if = "Option::is_none")]
    pub upload: Option<ArtifactKey>,
    /// Who got it; `None` if it is for nobody in particular.
    pub reader: Option<Recipient>,
    /// When it was made, UTC.
    pub issued_at: Timestamp,
    /// When it stops working, UTC.
    pub expires_at: Timestamp,
    /// Since when it does not work any more, because it was revoked, UTC.
    pub revoked_at: Option<Timestamp>,
    /// How often and when it was opened.
    pub openings: Openings,
}

impl IssuedLink {
    /// A link that nobody has opened yet.
    pub fn new(id: LinkId, key: ArtifactKey, issued_at: Timestamp, expires_at: Timestamp) -> Self {
        let download_name = key.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        let openings = Openings::default();
        Self {
            id,
            key,
            download_name,
            report: None,
            upload: None,
            reader: None,
            issued_at,
            expires_at,
            revoked_at: None,
            openings,
        }
    }

    /// The name of the project whose report it leads to; empty if it leads to another file.
    pub fn project(&self) -> &str {
        self.report.as_ref().map_or("", |report| report.project.as_str())
    }
}

/// How often and when a link was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Openings {
    /// Number of times.
    pub count: u64,
    /// The first time, UTC.
    pub first_at: Option<Timestamp>,
    /// The last time, UTC.
    pub last_at: Option<Timestamp>,
    /// The network address from which it was opened last.
    pub last_from: Option<String>,
}

fn as_text<S: serde::Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[expect(clippy::ref_option, reason = "serde asks for this form")]
fn as_text_if_any<S: serde::Serializer>(
    value: &Option<ArtifactKey>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(value.as_ref().map_or("", ArtifactKey::as_str))
}

/// A link was opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opening {
    /// The link.
    pub id: LinkId,
    /// When, UTC.
    pub at: Timestamp,
    /// The network address of the reader, if it is known.
    pub from: Option<String>,
}

impl Opening {
    /// The link was opened at this time.
    pub fn new(id: LinkId, at: Timestamp, from: Option<String>) -> Self {
        Self { id, at, from }
    }
}

/// A request to make a link stop working.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RevokeLink {
    /// The link.
    pub id: LinkId,
    /// The current time, UTC.
    pub at: Timestamp,
}

impl RevokeLink {
    /// A request to make the link stop working.
    pub fn new(id: LinkId, at: Timestamp) -> Self {
        Self { id, at }
    }
}

/// A request for the links to the reports of a project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LinkQuery {
    /// Name of the project, as in the registry.
    pub project: String,
    /// Only links that were made at this time or later, UTC.
    pub since: Timestamp,
}

impl LinkQuery {
    /// A request for all links to the reports of `project`.
    pub fn new(project: impl Into<String>) -> Self {
        Self { project: project.into(), since: Timestamp::UNIX_EPOCH }
    }

    /// Leaves out links that were made before `since`.
    #[must_use]
    pub fn since(mut self, since: Timestamp) -> Self {
        self.since = since;
        self
    }
}

/// Remembers the links that were given to people, and who opened which.
///
/// An implementation
/// * MUST find a link with all its fields as soon as [`issue`](Self::issue) has returned, and until 30 days after it
///   expired at least, so that a reader learns that it expired,
/// * MUST list every link that it finds, so that every link that works can be revoked,
/// * MUST return the links of a project in the order in which they were made, and keep projects apart whatever their
///   names are,
/// * MUST count the openings, and keep the times of the first and of the last,
/// * MUST keep a link revoked, with the time of the first revocation,
/// * MUST fail with [`NotFound`](crate::ErrorKind::NotFound) if a link is revoked or opened that it does not know, and
///   not make one.
///
/// `testing::conformance::links` has a test for each MUST.
///
/// A table around another one, which logs who opened what:
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::redirect::{IssuedLink, LinkId, LinkQuery, LinkTable, Opening, RevokeLink};
/// use findings_core::Result;
///
/// #[derive(Debug)]
/// struct Logged<T>(T);
///
/// #[async_trait]
/// impl<T: LinkTable> LinkTable for Logged<T> {
///     async fn issue(&self, link: &IssuedLink) -> Result<()> {
///         self.0.issue(link).await
///     }
///
///     async fn find(&self, id: &LinkId) -> Result<Option<IssuedLink>> {
///         self.0.find(id).await
///     }
///
///     async fn issued(&self, query: &LinkQuery) -> Result<Vec<IssuedLink>> {
///         self.0.issued(query).await
///     }
///
///     async fn note_opening(&self, opening: &Opening) -> Result<()> {
///         println!("{opening:?}");
///         self.0.note_opening(opening).await
///     }
///
///     async fn revoke(&self, request: &RevokeLink) -> Result<()> {
///         self.0.revoke(request).await
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait LinkTable: fmt::Debug + Send + Sync + 'static {
    /// Remembers a new link.
    ///
    /// # Errors
    /// As the backend answers. The link does not work then, or is listed.
    async fn issue(&self, link: &IssuedLink) -> Result<()>;

    /// Returns a link; `None` if there is none with this ID.
    ///
    /// # Errors
    /// As the backend answers.
    async fn find(&self, id: &LinkId) -> Result<Option<IssuedLink>>;

    /// Returns the links to the reports of a project.
    ///
    /// # Errors
    /// As the backend answers.
    async fn issued(&self, query: &LinkQuery) -> Result<Vec<IssuedLink>>;

    /// Remembers that a link was opened. If the answer of the backend is lost, the opening may count twice.
    ///
    /// # Errors
    /// As the backend answers.
    async fn note_opening(&self, opening: &Opening) -> Result<()>;

    /// Makes a link stop working. A link that is revoked already stays as it is.
    ///
    /// # Errors
    /// As the backend answers.
    async fn revoke(&self, request: &RevokeLink) -> Result<()>;
}
