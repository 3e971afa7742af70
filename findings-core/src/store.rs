//! Steps 5 and 6: storing reports, and making the links with which people download them and answer.

mod upload;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::upload::{UPLOAD_TYPE, Upload, UploadPlace};
use crate::named::named_values;
use crate::{Recipient, Result, RunId, Secret};

/// The key of an artifact: its name relative to the prefix of the store.
///
/// A key has at most 512 bytes and consists of segments separated by `/`. A segment has one or more of the characters
/// `A-Z a-z 0-9 . _ + -` and does not consist of dots alone, so no key can leave the prefix.
///
/// ```
/// use findings_core::{RunId, store::ArtifactKey};
/// let run: RunId = "2026-11-23".parse()?;
/// let key = ArtifactKey::for_report(&run, "../決済/x", "xlsx");
/// assert!(key.as_str().starts_with("runs/2026-11-23/x-"), "{key}");
/// assert!("a/../b".parse::<ArtifactKey>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactKey(String);

/// The error for a text that is not an artifact key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be a key: use A-Z a-z 0-9 . _ + - and '/' between non-empty segments that are not dots alone, 512 bytes at most"
)]
pub struct InvalidArtifactKey(String);

/// Largest number of characters of a project's name in a key. The hash behind it makes the key unique.
const SLUG_LEN: usize = 40;

impl ArtifactKey {
    /// The key of a project's report. It is unique for each project, and readable if the project's name is ASCII.
    pub fn for_report(run: &RunId, project: &str, extension: &str) -> Self {
        let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).collect();
        Self(format!("runs/{}/{}.{extension}", run.key_segment(), project_segment(project)))
    }

    /// The key of the page in which a project answers its report. It lies beside the report.
    pub fn for_answers(run: &RunId, project: &str) -> Self {
        Self(format!("runs/{}/{}-answers.html", run.key_segment(), project_segment(project)))
    }

    /// The key of the file of a project's report that shows the part of an owner first. It lies beside the report.
    pub fn for_owner(run: &RunId, project: &str, owner: &str, extension: &str) -> Self {
        let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).collect();
        let owner = hex::encode(&Sha256::digest(owner.as_bytes())[..6]);
        Self(format!("runs/{}/{}-owner-{owner}.{extension}", run.key_segment(), project_segment(project)))
    }

    /// The key of a file of the report of the organisation that a run makes.
    pub fn for_organisation(run: &RunId, extension: &str) -> Self {
        let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).collect();
        Self(format!("organisation/{}/organisation.{extension}", run.key_segment()))
    }

    /// The key of the index of runs.
    pub fn for_index(extension: &str) -> Self {
        let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).collect();
        Self(format!("index.{extension}"))
    }

    /// The key of a run's manifest, which is stored beside its reports.
    pub fn for_manifest(run: &RunId) -> Self {
        Self(format!("runs/{}/manifest.json", run.key_segment()))
    }

    /// The key of a run's whole summary, which is stored beside its manifest.
    pub fn for_summary(run: &RunId) -> Self {
        Self(format!("runs/{}/summary.json", run.key_segment()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A project's name as a segment of a key: what is readable of it, and a hash that makes it unique.
fn project_segment(project: &str) -> String {
    let hash = hex::encode(&Sha256::digest(project.as_bytes())[..6]);
    let slug = slug(project);
    let dash = if slug.is_empty() { "" } else { "-" };
    format!("{slug}{dash}{hash}")
}

/// The name in lower-case ASCII letters and digits, with a single dash for each sequence of other characters.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= SLUG_LEN {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

impl FromStr for ArtifactKey {
    type Err = InvalidArtifactKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
        let segment = |s: &str| !s.is_empty() && s.chars().all(legal) && !s.chars().all(|c| c == '.');
        if text.len() <= 512 && text.split('/').all(segment) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidArtifactKey(text.chars().take(100).collect()))
        }
    }
}

impl fmt::Display for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request to store a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PutArtifact {
    /// The key under which it is stored.
    pub key: ArtifactKey,
    /// The whole file.
    pub body: Bytes,
    /// Media type, such as `text/csv; charset=utf-8`.
    pub media_type: String,
    /// File name that a browser proposes for the download, see [`download_name`].
    pub download_name: String,
    /// Whether a browser shows the file instead of saving it. A page that sends something has to be shown from where it
    /// is stored.
    pub is_shown: bool,
}

impl PutArtifact {
    /// A request to store `body`. The download name is the last segment of the key.
    pub fn new(key: ArtifactKey, body: Bytes, media_type: impl Into<String>) -> Self {
        let download_name = key.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        Self { key, body, media_type: media_type.into(), download_name, is_shown: false }
    }

    /// Sets the download name.
    pub fn with_download_name(mut self, name: impl Into<String>) -> Self {
        self.download_name = name.into();
        self
    }

    /// Lets browsers show the file.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.is_shown = true;
        self
    }
}

/// The result of [`ArtifactStore::put`]: a stored file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredArtifact {
    /// The location for the operator: `s3://bucket/key` or a path.
    pub location: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
}

impl StoredArtifact {
    /// Describes `body`, which is stored at `location`.
    pub fn describe(location: impl Into<String>, body: &[u8]) -> Self {
        Self { location: location.into(), bytes: body.len() as u64, sha256: hex::encode(Sha256::digest(body)) }
    }
}

/// A request for a link.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LinkRequest {
    /// The artifact.
    pub key: ArtifactKey,
    /// File name that a browser proposes for the download, see [`download_name`].
    pub download_name: String,
    /// How long the link should work.
    pub ttl: Duration,
    /// The current time, UTC.
    pub now: Timestamp,
    /// The report that the artifact is; `None` for other files.
    pub report: Option<LinkedReport>,
    /// For whom the link is; `None` if it is for nobody in particular. Stores whose links do not differ ignore it.
    pub reader: Option<Recipient>,
    /// The file that the reader may store by the link; `None` if they may only read. Stores that take no files ignore it.
    pub upload: Option<Upload>,
}

/// The report to which a link leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LinkedReport {
    /// The run that wrote it.
    pub run_id: RunId,
    /// The name of its project.
    pub project: String,
}

impl LinkRequest {
    /// A request for a link to `key` that works for `ttl` from `now` on. The download name is the last segment of the
    /// key.
    pub fn new(key: ArtifactKey, ttl: Duration, now: Timestamp) -> Self {
        let download_name = key.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        Self { key, download_name, ttl, now, report: None, reader: None, upload: None }
    }

    /// Sets the download name.
    pub fn with_download_name(mut self, name: impl Into<String>) -> Self {
        self.download_name = name.into();
        self
    }

    /// Says which report the artifact is.
    pub fn for_report(mut self, run_id: RunId, project: impl Into<String>) -> Self {
        self.report = Some(LinkedReport { run_id, project: project.into() });
        self
    }

    /// Says for whom the link is.
    pub fn for_reader(mut self, reader: Recipient) -> Self {
        self.reader = Some(reader);
        self
    }

    /// Lets the reader store a file.
    #[must_use]
    pub fn with_upload(mut self, upload: Upload) -> Self {
        self.upload = Some(upload);
        self
    }
}

/// The reason why a link stops working.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkLimit {
    /// The requested time passes.
    Requested,
    /// The credentials that signed it expire sooner.
    Credentials,
    /// It does not expire, for example because it is a path.
    None,
}

named_values!(
    /// The name in summaries.
    LinkLimit, "a link limit", [
    Requested => "requested",
    Credentials => "credentials",
    None => "none",
]);

/// A link that a person can open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArtifactLink {
    /// The URL. It is a secret, because it grants access to the report.
    pub url: Secret<String>,
    /// When it stops working, UTC, which may be sooner than requested; `None` if never.
    pub expires_at: Option<Timestamp>,
    /// Why it stops working.
    pub limited_by: LinkLimit,
    /// The network from which alone it works, in the words of the organisation; `company` stands for "the company network" in
    /// the language of the reader. `None` if it works from everywhere, or it is not known. Stores do not know it: the
    /// configuration says it.
    pub network: Option<Arc<str>>,
}

impl ArtifactLink {
    /// A link that stops working at this time (UTC), for this reason.
    pub fn new(url: Secret<String>, expires_at: Option<Timestamp>, limited_by: LinkLimit) -> Self {
        Self { url, expires_at, limited_by, network: None }
    }

    /// Sets the network from which alone it works.
    #[must_use]
    pub fn with_network(mut self, network: Option<Arc<str>>) -> Self {
        self.network = network;
        self
    }
}

/// When a link stops working, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkEnd {
    /// When it stops working, UTC; `None` if never.
    pub expires_at: Option<Timestamp>,
    /// Why it stops working.
    pub limited_by: LinkLimit,
}

impl LinkEnd {
    /// The end of a link.
    pub fn new(expires_at: Option<Timestamp>, limited_by: LinkLimit) -> Self {
        Self { expires_at, limited_by }
    }
}

/// The most bytes of a project's name in the name of a file.
const MAX_NAME: usize = 150;

/// The file name for a download: the project's name and the run, with `_` for characters that file systems do not
/// allow.
///
/// ```
/// use findings_core::store::download_name;
/// assert_eq!(download_name("決済 / 基盤", "2026-11-23T00:00:00Z", "xlsx"), "決済 _ 基盤 2026-11-23T00_00_00Z.xlsx");
/// assert_eq!(download_name("..", "r", "xlsx"), "r.xlsx");
/// assert!(download_name(&"基盤".repeat(40), "r", "xlsx").len() < 160, "file systems allow names of 255 bytes");
/// ```
pub fn download_name(project: &str, run: &str, extension: &str) -> String {
    let clean = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let mut room = MAX_NAME;
    let fits = |c: &char| {
        room = room.saturating_sub(c.len_utf8());
        room > 0
    };
    let name: String = project.chars().take(80).take_while(fits).map(clean).collect();
    let run: String = run.chars().map(clean).collect();
    format!("{} {run}.{extension}", name.trim().trim_matches('.')).trim_start().to_owned()
}

/// Stores reports and makes links to them.
///
/// An implementation
/// * MUST make an artifact readable as a whole or not at all: no reader ever sees a partial file,
/// * MUST replace an artifact of the same key,
/// * MUST return the size and hash of what it stored, and return its size from [`size_of`](Self::size_of) and its content
///   from [`read`](Self::read) from then on,
/// * MUST NOT write outside its prefix,
/// * MUST state when a link stops working in fact, not when it was requested to, and say the same beforehand in
///   [`link_end`](Self::link_end),
/// * MUST fail with [`NotFound`](crate::ErrorKind::NotFound) if the bucket or directory is missing and cannot be
///   created,
/// * MUST NOT print a link in an error or log,
/// * MAY add what [`LinkRequest::upload`] asks for to the link, in the form that [`Upload::fragment`] makes.
///
/// `testing::conformance::store` has a test for each MUST.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use async_trait::async_trait;
/// use bytes::Bytes;
/// use findings_core::store::{
///     ArtifactKey, ArtifactLink, ArtifactStore, LinkLimit, LinkRequest, PutArtifact, StoredArtifact,
/// };
/// use findings_core::{Error, ErrorKind, Result, Secret};
///
/// /// Keeps files in memory; an intranet server, which never forgets them, answers the links.
/// #[derive(Debug, Default)]
/// struct Intranet(Mutex<HashMap<String, Bytes>>);
///
/// #[async_trait]
/// impl ArtifactStore for Intranet {
///     async fn put(&self, request: &PutArtifact) -> Result<StoredArtifact> {
///         let stored = StoredArtifact::describe(request.key.as_str(), &request.body);
///         self.0.lock().unwrap().insert(request.key.to_string(), request.body.clone());
///         Ok(stored)
///     }
///
///     async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink> {
///         let url = Secret::new(format!("https://reports.example.com/{}", request.key));
///         Ok(ArtifactLink::new(url, None, LinkLimit::None))
///     }
///
///     async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>> {
///         Ok(self.0.lock().unwrap().get(key.as_str()).map(|body| body.len() as u64))
///     }
///
///     async fn read(&self, key: &ArtifactKey) -> Result<Bytes> {
///         let body = self.0.lock().unwrap().get(key.as_str()).cloned();
///         body.ok_or_else(|| Error::new(ErrorKind::NotFound, "read").with_subject(key.as_str()))
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ArtifactStore: fmt::Debug + Send + Sync + 'static {
    /// Stores a file.
    ///
    /// # Errors
    /// As the backend answers; [`Storage`](crate::ErrorKind::Storage) if the disk is full.
    async fn put(&self, request: &PutArtifact) -> Result<StoredArtifact>;

    /// Makes a link to an artifact. The artifact does not have to exist yet.
    ///
    /// # Errors
    /// [`Unauthenticated`](crate::ErrorKind::Unauthenticated) if there are no credentials to sign the link with.
    async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink>;

    /// Returns when a link would stop working if it were made now. Makes none that anybody could open. The default makes
    /// one and drops it, for stores that keep no record of their links.
    ///
    /// # Errors
    /// As [`link`](Self::link).
    async fn link_end(&self, request: &LinkRequest) -> Result<LinkEnd> {
        let link = self.link(request).await?;
        Ok(LinkEnd::new(link.expires_at, link.limited_by))
    }

    /// Returns the size of an artifact in bytes; `None` if it does not exist.
    ///
    /// # Errors
    /// As the backend answers; [`PermissionDenied`](crate::ErrorKind::PermissionDenied) if the credentials allow to
    /// write but not to read.
    async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>>;

    /// Returns the content of an artifact. It is in memory as a whole.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if it does not exist, and otherwise as [`size_of`](Self::size_of).
    async fn read(&self, key: &ArtifactKey) -> Result<Bytes>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_key_is_valid_and_unique_for_any_project_name() {
        let run: RunId = "r:1".parse().unwrap();
        let names = ["", "..", "/etc/passwd", "a/b", "a b", "決済", "決済基盤", "\u{0}", &"x".repeat(500), "A", "a"];
        let keys: std::collections::HashSet<_> =
            names.iter().map(|n| ArtifactKey::for_report(&run, n, "xlsx")).collect();
        assert_eq!(keys.len(), names.len());
        for key in &keys {
            assert_eq!(key.as_str().parse().as_ref(), Ok(key));
        }
    }

    #[test]
    fn parse_refuses_keys_that_leave_the_prefix() {
        for bad in ["", "/a", "a/", "a//b", "..", "a/../b", "a/./b", "a\\b", "ä", "a b", "a\n"] {
            assert!(bad.parse::<ArtifactKey>().is_err(), "{bad:?}");
        }
    }
}
