//! Conformance suite of [`ArtifactStore`]: see [`store_conformance!`](crate::store_conformance).
//!
//! The suite has to open links as a reader does, so a test supplies a [`StoreProbe`] that wraps its store.

#![expect(clippy::expect_used, clippy::panic, reason = "a suite fails by panicking")]
#![expect(clippy::missing_panics_doc, reason = "a clause reports a broken contract by panicking")]

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::join;
use jiff::{SignedDuration, Timestamp};

use crate::store::{ArtifactKey, ArtifactLink, ArtifactStore, LinkLimit, LinkRequest, PutArtifact, StoredArtifact};
use crate::{ErrorKind, Result};

/// A store, with a reader that opens its links.
#[async_trait]
pub trait StoreProbe: Send + Sync {
    /// Returns the store, which is empty at first.
    fn store(&self) -> &dyn ArtifactStore;

    /// Returns the prefix of every [`location`](StoredArtifact::location) in the store.
    fn root(&self) -> String;

    /// Downloads the content of a link as a reader would.
    async fn fetch(&self, link: &ArtifactLink) -> Result<Bytes>;

    /// Creates a store of the same kind whose bucket or directory does not exist and cannot be created; `None` if that
    /// is impossible for the implementation.
    async fn without_place(&self) -> Option<Box<dyn ArtifactStore>> {
        None
    }
}

/// Generates a test for each clause. `$make` is an async expression that yields a [`StoreProbe`].
///
/// ```ignore
/// mod conformance {
///     findings_core::store_conformance!(async { MyProbe::new().await });
/// }
/// ```
#[macro_export]
macro_rules! store_conformance {
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* store, $make, [
            what_is_stored_can_be_read,
            an_artifact_of_the_same_key_is_replaced,
            size_and_hash_are_those_of_the_content,
            the_size_of_what_is_kept_is_known,
            what_is_kept_can_be_read_back,
            readers_never_see_half_a_file,
            artifacts_stay_inside_the_prefix,
            a_link_may_be_made_before_its_artifact,
            a_link_says_when_it_stops_working,
            the_download_may_have_any_name,
            a_missing_place_is_not_found,
            no_link_is_printed,
        ]);
    };
    (ignore = $reason:literal, $make:expr) => {
        $crate::store_conformance!(@ [ignore = $reason,] $make);
    };
    ($make:expr) => {
        $crate::store_conformance!(@ [] $make);
    };
}

const HOUR: Duration = Duration::from_hours(1);

fn key(text: &str) -> ArtifactKey {
    text.parse().expect("a legal key")
}

async fn put(probe: &impl StoreProbe, at: &str, body: impl Into<Bytes>) -> StoredArtifact {
    let request = PutArtifact::new(key(at), body.into(), "application/octet-stream");
    probe.store().put(&request).await.expect("the artifact is stored")
}

async fn link(probe: &impl StoreProbe, at: &str) -> ArtifactLink {
    let request = LinkRequest::new(key(at), HOUR, Timestamp::now());
    probe.store().link(&request).await.expect("a link is made")
}

async fn read(probe: &impl StoreProbe, at: &str) -> Bytes {
    probe.fetch(&link(probe, at).await).await.expect("the link works")
}

/// Returns bytes of nearly every value: a store that converts text would change them.
fn sample(bytes: usize, seed: u8) -> Bytes {
    (0..bytes).map(|n| seed.wrapping_add(u8::try_from(n % 251).unwrap_or(0))).collect()
}

/// A stored artifact can be read through a link, whatever its size.
pub async fn what_is_stored_can_be_read(probe: impl StoreProbe) {
    for (at, size) in [("runs/1/empty.bin", 0), ("runs/1/one.bin", 1), ("runs/1/large.bin", 1_500_000)] {
        put(&probe, at, sample(size, 7)).await;
        assert_eq!(read(&probe, at).await, sample(size, 7), "{size} bytes");
    }
}

/// A new artifact replaces the one with the same key, even if the new one is shorter.
pub async fn an_artifact_of_the_same_key_is_replaced(probe: impl StoreProbe) {
    put(&probe, "runs/1/a.bin", sample(5000, 1)).await;
    put(&probe, "runs/1/b.bin", sample(10, 3)).await;
    put(&probe, "runs/1/a.bin", sample(10, 2)).await;
    assert_eq!(read(&probe, "runs/1/a.bin").await, sample(10, 2));
    assert_eq!(read(&probe, "runs/1/b.bin").await, sample(10, 3), "an artifact with another key is unchanged");
}

/// The result of `put` has the size and the hash of the content.
pub async fn size_and_hash_are_those_of_the_content(probe: impl StoreProbe) {
    for body in [Bytes::new(), sample(4096, 9)] {
        let stored = put(&probe, "runs/1/a.bin", body.clone()).await;
        assert_eq!(stored, StoredArtifact::describe(stored.location.clone(), &body));
    }
}

/// `size_of` returns the size of a stored artifact, and `None` for a key that was never stored.
pub async fn the_size_of_what_is_kept_is_known(probe: impl StoreProbe) {
    assert_eq!(probe.store().size_of(&key("runs/1/a.bin")).await.expect("the store answers"), None);
    for bytes in [0, 5_000] {
        put(&probe, "runs/1/a.bin", sample(bytes, 4)).await;
        let found = probe.store().size_of(&key("runs/1/a.bin")).await.expect("the store answers");
        assert_eq!(found, Some(bytes as u64));
    }
    assert_eq!(
        probe.store().size_of(&key("runs/1")).await.expect("the store answers"),
        None,
        "a folder is not an artifact"
    );
}

/// `read` returns the content of a stored artifact, and fails for a key that was never stored.
pub async fn what_is_kept_can_be_read_back(probe: impl StoreProbe) {
    put(&probe, "runs/1/a.bin", sample(9_000, 1)).await;
    for bytes in [0, 1, 1_500_000] {
        put(&probe, "runs/1/a.bin", sample(bytes, 4)).await;
        let read = probe.store().read(&key("runs/1/a.bin")).await.expect("the store answers");
        assert_eq!(read, sample(bytes, 4), "{bytes} bytes");
    }
    for missing in ["runs/1/b.bin", "runs/1"] {
        let error = probe.store().read(&key(missing)).await.expect_err("nothing was stored there");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
    }
}

/// While an artifact is replaced, a reader gets either the old or the new content.
pub async fn readers_never_see_half_a_file(probe: impl StoreProbe) {
    let versions = [sample(300_000, 1), sample(400_000, 2)];
    put(&probe, "runs/1/a.bin", versions[0].clone()).await;
    for round in 0..10 {
        let next = versions[(round + 1) % 2].clone();
        let ((), seen) =
            join(async { drop(put(&probe, "runs/1/a.bin", next).await) }, read(&probe, "runs/1/a.bin")).await;
        assert!(versions.contains(&seen), "{} bytes in round {round}", seen.len());
    }
}

/// The location of an artifact is its key below the root.
pub async fn artifacts_stay_inside_the_prefix(probe: impl StoreProbe) {
    let odd = ArtifactKey::for_report(&"r".parse().expect("a run ID"), "../../決済\\..\\x", "xlsx");
    for at in [odd.as_str(), "a.b", "...a/..b", "c/d/e/f/g.h"] {
        let stored = put(&probe, at, "x").await;
        let inside = stored.location.strip_prefix(&probe.root()).is_some_and(|rest| rest.trim_start_matches('/') == at);
        assert!(inside, "{} is not {at} in {}", stored.location, probe.root());
        assert_eq!(read(&probe, at).await, "x");
    }
}

/// A link can be created before its artifact. Opening it fails until the artifact is stored.
pub async fn a_link_may_be_made_before_its_artifact(probe: impl StoreProbe) {
    let early = link(&probe, "runs/1/later.bin").await;
    assert!(probe.fetch(&early).await.is_err());
    put(&probe, "runs/1/later.bin", "here").await;
    assert_eq!(probe.fetch(&early).await.expect("the link works now"), "here");
}

/// The expiry of a link is never later than requested, and agrees with the stated limit.
pub async fn a_link_says_when_it_stops_working(probe: impl StoreProbe) {
    let now = Timestamp::now();
    let request = LinkRequest::new(key("a"), HOUR, now);
    let before = probe.store().link_end(&request).await.expect("the end of a link is known");
    let link = probe.store().link(&request).await.expect("a link is made");
    assert_eq!((before.expires_at, before.limited_by), (link.expires_at, link.limited_by));
    let requested = now + SignedDuration::from_hours(1);
    match (link.limited_by, link.expires_at) {
        (LinkLimit::None, None) => {}
        (LinkLimit::Credentials, Some(end)) => assert!(now < end && end < requested, "{end}"),
        // services measure the lifetime of a link in whole seconds
        (LinkLimit::Requested, Some(end)) => {
            assert!(end <= requested && requested.duration_since(end) < SignedDuration::from_secs(1), "{end}");
        }
        (limit, end) => panic!("limited by {limit:?}, but ends at {end:?}"),
    }
}

/// Any download name gives a working link.
pub async fn the_download_may_have_any_name(probe: impl StoreProbe) {
    let long = "決".repeat(80);
    for name in ["決済 基盤.xlsx", "a\"b\\c;d'e%41.xlsx", "x\r\nSet-Cookie: y=1\0.xlsx", "👩‍💻\u{202e}", "", &long]
    {
        let artifact = PutArtifact::new(key("a.bin"), "x".into(), "text/plain").with_download_name(name);
        probe.store().put(&artifact).await.expect("the artifact is stored");
        let request = LinkRequest::new(key("a.bin"), HOUR, Timestamp::now()).with_download_name(name);
        let link = probe.store().link(&request).await.expect("a link is made");
        assert!(link.url.expose().bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
        assert_eq!(probe.fetch(&link).await.expect("the link works"), "x", "{name:?}");
    }
}

/// Storing in a bucket or directory that does not exist fails with an error that names it.
pub async fn a_missing_place_is_not_found(probe: impl StoreProbe) {
    if let Some(store) = probe.without_place().await {
        let request = PutArtifact::new(key("a"), "x".into(), "text/plain");
        let error = store.put(&request).await.expect_err("the bucket or directory does not exist");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
        assert!(error.subject().is_some(), "{error} does not name the location");
    }
}

/// The printed store, links and errors do not contain the URL of a link.
pub async fn no_link_is_printed(probe: impl StoreProbe) {
    let link = link(&probe, "a").await;
    let failed = probe.fetch(&link).await.expect_err("the artifact does not exist");
    let printed = format!("{:?} {:?} {link:?} {failed:?} {}", probe.store(), link.url, failed.report());
    assert!(!printed.contains(link.url.expose()), "{printed}");
}
