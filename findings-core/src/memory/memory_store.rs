//! Keeps artifacts in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::store::{ArtifactKey, ArtifactLink, ArtifactStore, LinkLimit, LinkRequest, PutArtifact, StoredArtifact};
use crate::{Error, ErrorKind, Result, Secret};

/// A store that keeps artifacts in memory. Its links have the form `memory:KEY#EXPIRY` and expire as presigned links
/// do. [`fetch`](Self::fetch) opens them.
///
/// ```
/// use findings_core::memory::MemoryStore;
/// use findings_core::store::{ArtifactStore, PutArtifact};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> findings_core::Result<()> {
/// let store = MemoryStore::new();
/// let key = "runs/1/a.txt".parse().unwrap();
/// store.put(&PutArtifact::new(key, "text".into(), "text/plain")).await?;
/// assert_eq!(store.artifacts()[0].body, "text");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    artifacts: Mutex<BTreeMap<ArtifactKey, PutArtifact>>,
    credentials_until: Option<Timestamp>,
}

impl MemoryStore {
    /// Creates an empty store whose links live as long as requested.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes links expire at `until` at the latest, as links that temporary credentials sign do.
    pub fn with_credentials_until(mut self, until: Timestamp) -> Self {
        self.credentials_until = Some(until);
        self
    }

    /// Returns all artifacts, in the order of their keys.
    pub fn artifacts(&self) -> Vec<PutArtifact> {
        self.lock().values().cloned().collect()
    }

    /// Returns the artifact with this key.
    pub fn get(&self, key: &ArtifactKey) -> Option<PutArtifact> {
        self.lock().get(key).cloned()
    }

    /// Opens a link at the time `now`, as a browser would.
    ///
    /// # Errors
    /// [`PermissionDenied`](ErrorKind::PermissionDenied) if the link has expired, [`NotFound`](ErrorKind::NotFound) if
    /// there is no artifact with its key, and [`InvalidInput`](ErrorKind::InvalidInput) if no `MemoryStore` made the
    /// link.
    pub fn fetch(&self, link: &ArtifactLink, now: Timestamp) -> Result<PutArtifact> {
        let failed = |kind, message: &'static str| Error::new(kind, "open a link").with_message(message);
        let foreign = || failed(ErrorKind::InvalidInput, "it is not a link of this store");
        let (key, until) =
            link.url.expose().strip_prefix("memory:").and_then(|rest| rest.split_once('#')).ok_or_else(foreign)?;
        if until.parse::<Timestamp>().map_err(|_| foreign())? <= now {
            return Err(failed(ErrorKind::PermissionDenied, "it has expired"));
        }
        let key = key.parse().map_err(|_| foreign())?;
        self.get(&key).ok_or_else(|| failed(ErrorKind::NotFound, "nothing is kept there"))
    }

    /// Locks the map. A poisoned lock is safe to use, because every change is one insert.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ArtifactKey, PutArtifact>> {
        self.artifacts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ArtifactStore for MemoryStore {
    async fn put(&self, request: &PutArtifact) -> Result<StoredArtifact> {
        self.lock().insert(request.key.clone(), request.clone());
        Ok(StoredArtifact::describe(format!("memory:{}", request.key), &request.body))
    }

    async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink> {
        let requested_end =
            SignedDuration::try_from(request.ttl).ok().and_then(|ttl| request.now.checked_add(ttl).ok());
        let requested_end = requested_end.ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "make a link").with_message("the time it should live is too long")
        })?;
        let (expires_at, limited_by) = match self.credentials_until {
            Some(until) if until < requested_end => (until, LinkLimit::Credentials),
            _ => (requested_end, LinkLimit::Requested),
        };
        let url = Secret::new(format!("memory:{}#{expires_at}", request.key));
        Ok(ArtifactLink::new(url, Some(expires_at), limited_by))
    }

    async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>> {
        Ok(self.get(key).map(|artifact| artifact.body.len() as u64))
    }

    async fn read(&self, key: &ArtifactKey) -> Result<Bytes> {
        let missing = || Error::new(ErrorKind::NotFound, "read").with_subject(format!("memory:{key}"));
        self.get(key).map(|artifact| artifact.body).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn link_expires_as_stated() {
        let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let soon = now + SignedDuration::from_mins(30);
        let key: ArtifactKey = "a.txt".parse().unwrap();
        let request = LinkRequest::new(key.clone(), Duration::from_hours(1), now);
        for (store, end, limited_by) in [
            (MemoryStore::new(), now + SignedDuration::from_hours(1), LinkLimit::Requested),
            (MemoryStore::new().with_credentials_until(soon), soon, LinkLimit::Credentials),
        ] {
            store.put(&PutArtifact::new(key.clone(), "x".into(), "text/plain")).await.unwrap();
            let link = store.link(&request).await.unwrap();
            assert_eq!((link.expires_at, link.limited_by), (Some(end), limited_by));
            assert_eq!(store.fetch(&link, now).unwrap().body, "x");
            assert_eq!(store.fetch(&link, end).unwrap_err().kind(), ErrorKind::PermissionDenied);
        }
        let endless = LinkRequest::new(key, Duration::MAX, now);
        assert_eq!(MemoryStore::new().link(&endless).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod conformance {
    use bytes::Bytes;

    use super::*;
    use crate::testing::conformance::store::StoreProbe;

    #[async_trait]
    impl StoreProbe for MemoryStore {
        fn store(&self) -> &dyn ArtifactStore {
            self
        }

        fn root(&self) -> String {
            "memory:".to_owned()
        }

        async fn fetch(&self, link: &ArtifactLink) -> Result<Bytes> {
            MemoryStore::fetch(self, link, Timestamp::now()).map(|artifact| artifact.body)
        }
    }

    crate::store_conformance!(async { MemoryStore::new() });
}
