//! Steps 5 and 6: where reports are kept, and the links under which people fetch them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Result, RunId, Secret};

/// Where an artifact is kept: relative, printable ASCII, inside its prefix.
///
/// Segments of `A-Z a-z 0-9 . _ + -`, separated by `/`, none empty and none of dots alone; 512 bytes at most.
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

/// A text that cannot be an artifact key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be a key: use A-Z a-z 0-9 . _ + - and '/' between non-empty segments that are not dots alone, 512 bytes at most"
)]
pub struct InvalidArtifactKey(String);

/// How much of a project's name stands in a key. The hash beside it makes the key unique.
const SLUG_LEN: usize = 40;

impl ArtifactKey {
    /// The key of a project's report: readable where the name is ASCII, and unique whatever the name is.
    pub fn for_report(run: &RunId, project: &str, extension: &str) -> Self {
        let hash = hex::encode(&Sha256::digest(project.as_bytes())[..6]);
        let slug = slug(project);
        let dash = if slug.is_empty() { "" } else { "-" };
        let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).collect();
        Self(format!("runs/{}/{slug}{dash}{hash}.{extension}", run.key_segment()))
    }

    /// The key of a run's record, beside its reports.
    pub fn for_manifest(run: &RunId) -> Self {
        Self(format!("runs/{}/manifest.json", run.key_segment()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lower-case ASCII letters and digits of the name, everything else folded into single dashes.
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

/// A file to keep.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PutArtifact {
    /// Where.
    pub key: ArtifactKey,
    /// The whole file.
    pub body: Bytes,
    /// Media type.
    pub media_type: String,
    /// Name for the reader's disk; any text, made safe by [`download_name`].
    pub download_name: String,
}

impl PutArtifact {
    /// A file without a name of its own for the download.
    pub fn new(key: ArtifactKey, body: Bytes, media_type: impl Into<String>) -> Self {
        let download_name = key.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        Self { key, body, media_type: media_type.into(), download_name }
    }

    /// The name for the reader's disk.
    pub fn with_download_name(mut self, name: impl Into<String>) -> Self {
        self.download_name = name.into();
        self
    }
}

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredArtifact {
    /// Where, for the operator: `s3://bucket/key` or a path.
    pub location: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
}

impl StoredArtifact {
    /// Describes `body` as kept at `location`.
    pub fn describe(location: impl Into<String>, body: &[u8]) -> Self {
        Self { location: location.into(), bytes: body.len() as u64, sha256: hex::encode(Sha256::digest(body)) }
    }
}

/// A wish for a link.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LinkRequest {
    /// The artifact.
    pub key: ArtifactKey,
    /// Name for the reader's disk; any text, made safe by [`download_name`].
    pub download_name: String,
    /// How long it should work.
    pub ttl: Duration,
    /// Now, UTC.
    pub now: Timestamp,
}

impl LinkRequest {
    /// A link to `key` that works for `ttl` from `now` on.
    pub fn new(key: ArtifactKey, ttl: Duration, now: Timestamp) -> Self {
        let download_name = key.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        Self { key, download_name, ttl, now }
    }

    /// The name for the reader's disk.
    pub fn with_download_name(mut self, name: impl Into<String>) -> Self {
        self.download_name = name.into();
        self
    }
}

/// What ends the life of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkLimit {
    /// The time that was asked for.
    Requested,
    /// The credentials that signed it end sooner.
    Credentials,
    /// It does not expire, such as a path.
    None,
}

/// A link that a person can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactLink {
    /// The URL. Whoever has it can read the report, so it is a secret.
    pub url: Secret<String>,
    /// When it really stops working, UTC; `None` if never.
    pub expires_at: Option<Timestamp>,
    /// What ends it.
    pub limited_by: LinkLimit,
}

/// The name a download gets: the project's real name without what file systems refuse, and the extension.
///
/// ```
/// use findings_core::store::download_name;
/// assert_eq!(download_name("決済 / 基盤", "2026-11-23T00:00:00Z", "xlsx"), "決済 _ 基盤 2026-11-23T00_00_00Z.xlsx");
/// ```
pub fn download_name(project: &str, run: &str, extension: &str) -> String {
    let clean = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let name: String = project.chars().take(80).map(clean).collect();
    let run: String = run.chars().map(clean).collect();
    format!("{} {run}.{extension}", name.trim().trim_matches('.'))
}

/// Keeps reports and makes links to them.
///
/// An implementation
/// * MUST make an artifact readable as a whole or not at all: no reader ever sees half a file,
/// * MUST replace an artifact of the same key,
/// * MUST return the size and hash of what it kept, and [know its size](Self::size_of) from then on,
/// * MUST NOT write outside its prefix,
/// * MUST state when a link really stops working, whatever was asked for,
/// * MUST fail with [`NotFound`](crate::ErrorKind::NotFound) if the bucket or directory is missing and cannot be made,
/// * MUST NOT print a link in an error or log.
///
/// `testing::conformance::store` has a test for each.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ArtifactStore: fmt::Debug + Send + Sync + 'static {
    /// Keeps a file.
    ///
    /// # Errors
    /// As the backend answers; [`Storage`](crate::ErrorKind::Storage) if the disk is full.
    async fn put(&self, request: &PutArtifact) -> Result<StoredArtifact>;

    /// Makes a link to an artifact. It need not be there yet.
    ///
    /// # Errors
    /// [`Unauthenticated`](crate::ErrorKind::Unauthenticated) if there are no credentials to sign with.
    async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink>;

    /// Size of an artifact in bytes; `None` if there is none.
    ///
    /// # Errors
    /// As the backend answers; [`PermissionDenied`](crate::ErrorKind::PermissionDenied) if whoever may write may not look.
    async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_project_name_gives_a_legal_and_unique_key() {
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
    fn keys_cannot_leave_their_prefix() {
        for bad in ["", "/a", "a/", "a//b", "..", "a/../b", "a/./b", "a\\b", "ä", "a b", "a\n"] {
            assert!(bad.parse::<ArtifactKey>().is_err(), "{bad:?}");
        }
    }
}
