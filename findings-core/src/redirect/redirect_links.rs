//! An [`ArtifactStore`] whose links lead through a [`LinkTable`].

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{IssuedLink, LinkTable, LinkToken};
use crate::store::{
    ArtifactKey, ArtifactLink, ArtifactStore, LinkEnd, LinkLimit, LinkRequest, PutArtifact, StoredArtifact,
};
use crate::{Error, ErrorKind, Result, Secret};

/// Stores artifacts in another store, and makes links of the form `BASE/r/TOKEN`.
///
/// Who serves `BASE` answers them with a [`Redirector`](super::Redirector). Each link is kept in the table by the hash of
/// its token, with its reader and its end. It needs no credentials that live as long as it does.
#[derive(Clone, Debug)]
pub struct RedirectLinks {
    store: Arc<dyn ArtifactStore>,
    table: Arc<dyn LinkTable>,
    base: String,
}

/// The error for a text that cannot be the base of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the base of links; expected https://HOST or https://HOST/PATH, without user, query and fragment; http:// only \
     for localhost"
)]
pub struct InvalidRedirectUrl;

impl RedirectLinks {
    /// Stores artifacts in `store`, remembers links in `table`, and begins links with `base`, such as
    /// `https://reports.example.com` or `https://example.com/reports`.
    ///
    /// # Errors
    /// If `base` is not such a URL.
    pub fn new(
        store: Arc<dyn ArtifactStore>,
        table: Arc<dyn LinkTable>,
        base: &str,
    ) -> Result<Self, InvalidRedirectUrl> {
        Ok(Self { store, table, base: checked(base)?.to_owned() })
    }

    fn url(&self, token: &LinkToken) -> Secret<String> {
        Secret::new(format!("{}/r/{}", self.base, token.expose()))
    }
}

/// Checks that links can begin with `base`.
///
/// # Errors
/// If it is not such a URL.
pub fn check_redirect_url(base: &str) -> Result<(), InvalidRedirectUrl> {
    checked(base).map(drop)
}

/// Returns the base without a slash at its end.
fn checked(base: &str) -> Result<&str, InvalidRedirectUrl> {
    let base = base.trim_end_matches('/');
    let rest = match (base.strip_prefix("https://"), base.strip_prefix("http://")) {
        (Some(rest), _) => rest,
        (None, Some(rest)) if is_loopback(host(rest)) => rest,
        _ => return Err(InvalidRedirectUrl),
    };
    let is_plain = |c: char| c.is_ascii_graphic() && !"?#@\\\"'<>`{}|^%".contains(c);
    if host(rest).is_empty() || !rest.chars().all(is_plain) { Err(InvalidRedirectUrl) } else { Ok(base) }
}

/// Returns the host of a URL without its scheme.
fn host(rest: &str) -> &str {
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Returns when a link that is made now ends.
fn end(request: &LinkRequest) -> Result<Timestamp> {
    let ttl = SignedDuration::try_from(request.ttl).ok();
    ttl.and_then(|ttl| request.now.checked_add(ttl).ok()).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "make a link").with_message("the time it should live is too long")
    })
}

#[async_trait]
impl ArtifactStore for RedirectLinks {
    async fn put(&self, request: &PutArtifact) -> Result<StoredArtifact> {
        self.store.put(request).await
    }

    async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink> {
        let (token, expires_at) = (LinkToken::generate()?, end(request)?);
        let mut issued = IssuedLink::new(token.id(), request.key.clone(), request.now, expires_at);
        issued.download_name.clone_from(&request.download_name);
        issued.report.clone_from(&request.report);
        issued.reader.clone_from(&request.reader);
        issued.upload = request.upload.as_ref().map(|upload| upload.key.clone());
        self.table.issue(&issued).await?;
        Ok(ArtifactLink::new(self.url(&token), Some(expires_at), LinkLimit::Requested))
    }

    async fn link_end(&self, request: &LinkRequest) -> Result<LinkEnd> {
        Ok(LinkEnd::new(Some(end(request)?), LinkLimit::Requested))
    }

    async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>> {
        self.store.size_of(key).await
    }

    async fn read(&self, key: &ArtifactKey) -> Result<Bytes> {
        self.store.read(key).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::memory::{MemoryLinks, MemoryStore};
    use crate::redirect::LinkQuery;

    #[test]
    fn base_is_a_plain_https_url() {
        for (good, kept) in [
            ("https://reports.example.com", "https://reports.example.com"),
            ("https://reports.example.com/", "https://reports.example.com"),
            ("https://a1.execute-api.example.com/prod", "https://a1.execute-api.example.com/prod"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(checked(good), Ok(kept));
        }
        for bad in [
            "",
            "https://",
            "https:///r",
            "reports.example.com",
            "http://reports.example.com",
            "http://localhost.example.com",
            "https://a@b.example.com",
            "https://a.example.com?x=1",
            "https://a.example.com#x",
            "https://a.example.com/\r\nX: y",
            "javascript:alert(1)",
        ] {
            assert_eq!(checked(bad), Err(InvalidRedirectUrl), "{bad}");
        }
    }

    #[tokio::test]
    async fn end_of_links_is_known_without_making_one() {
        let (store, table) = (Arc::new(MemoryStore::new()), Arc::new(MemoryLinks::new()));
        let links = RedirectLinks::new(store, table.clone(), "https://example.com").unwrap();
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        let request = LinkRequest::new("a".parse().unwrap(), Duration::from_hours(90 * 24), now);
        let end = links.link_end(&request).await.unwrap();
        assert_eq!(end.expires_at, Some("2027-02-21T00:00:00Z".parse().unwrap()));
        assert!(table.issued(&LinkQuery::new("")).await.unwrap().is_empty());
        links.link(&request).await.unwrap();
        assert_eq!(table.issued(&LinkQuery::new("")).await.unwrap().len(), 1);
    }
}

#[cfg(all(test, feature = "testing"))]
mod conformance {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use std::sync::Arc;

    use async_trait::async_trait;
    use bytes::Bytes;
    use jiff::Timestamp;

    use super::RedirectLinks;
    use crate::memory::{MemoryLinks, MemoryStore};
    use crate::redirect::{LinkAnswer, OpenLink, Redirector};
    use crate::store::{ArtifactLink, ArtifactStore};
    use crate::testing::conformance::store::StoreProbe;
    use crate::{Error, ErrorKind, Result};

    struct Probe {
        store: Arc<MemoryStore>,
        links: RedirectLinks,
        redirector: Redirector,
    }

    impl Probe {
        fn new() -> Self {
            let (store, table) = (Arc::new(MemoryStore::new()), Arc::new(MemoryLinks::new()));
            let links = RedirectLinks::new(store.clone(), table.clone(), "https://example.com/prod").unwrap();
            Self { redirector: Redirector::new(table, store.clone()), store, links }
        }
    }

    #[async_trait]
    impl StoreProbe for Probe {
        fn store(&self) -> &dyn ArtifactStore {
            &self.links
        }

        fn root(&self) -> String {
            "memory:".to_owned()
        }

        async fn fetch(&self, link: &ArtifactLink) -> Result<Bytes> {
            let (now, token) =
                (Timestamp::now(), link.url.expose().strip_prefix("https://example.com/prod/r/").unwrap());
            match self.redirector.open(&OpenLink::new(token, now)).await? {
                LinkAnswer::Found { onward } => Ok(self.store.fetch(&onward, now)?.body),
                other => Err(Error::new(ErrorKind::NotFound, "open a link").with_message(format!("{other:?}"))),
            }
        }
    }

    crate::store_conformance!(async { Probe::new() });
}
