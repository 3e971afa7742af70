//! Credentials that are fetched once for many calls and links.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::patience::Patience;

/// How long fetched credentials are used without asking for newer ones. Not until their end: a link dies with the
/// credentials that signed it, and the provider may have some that live longer.
const FRESH: Duration = Duration::from_mins(5);

/// Time before their end from which newer credentials are asked for.
const NEAR_END: Duration = Duration::from_mins(5);

/// Pause before the provider is asked again after it failed while usable credentials were at hand.
const PAUSE: Duration = Duration::from_secs(10);

/// A provider of credentials with a memory.
///
/// Credentials come from the memory for five minutes, but not in the last five minutes of their life. If the provider
/// then fails, for example because its endpoint throttles, those of the memory are used until their end. Without usable
/// ones, the provider is asked for about half a minute ([`Patience`]). One caller at a time asks it; the others wait for
/// its answer.
///
/// [`S3Store`](super::S3Store) uses it for links. To use it for the calls of a client too, switch the client's own
/// identity cache off, which waits only five seconds.
///
/// ```
/// use aws_credential_types::Credentials;
/// use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
/// use findings_core::aws::CachedCredentials;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = SharedCredentialsProvider::new(Credentials::from_keys("key", "secret", None));
/// let cached = CachedCredentials::new(provider);
/// assert_eq!(cached.provide_credentials().await?.access_key_id(), "key");
/// # Ok(()) }
/// ```
pub struct CachedCredentials {
    provider: SharedCredentialsProvider,
    held: Mutex<Option<Held>>,
}

struct Held {
    credentials: Credentials,
    /// When to ask for newer ones.
    ask_at: Instant,
}

impl fmt::Debug for CachedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredentials").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.get())
    }
}

impl CachedCredentials {
    /// Puts a memory in front of a provider.
    pub fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, held: Mutex::default() }
    }

    /// Returns credentials that have not expired, or those that the provider gives.
    pub(super) async fn get(&self) -> Result<Credentials, CredentialsError> {
        // held over the call, so that one caller asks
        let mut held = self.held.lock().await;
        if let Some(known) = held.as_ref().filter(|known| known.is_alive() && Instant::now() < known.ask_at) {
            return Ok(known.credentials.clone());
        }
        let usable = held.as_mut().filter(|known| known.is_alive());
        let error = match self.fetch(if usable.is_some() { 1 } else { Patience::default().attempts }).await {
            Ok(credentials) => {
                *held = Some(Held::new(credentials.clone()));
                return Ok(credentials);
            }
            Err(error) => error,
        };
        let Some(known) = usable else { return Err(error) };
        tracing::warn!(%error, "newer credentials could not be fetched; going on with those at hand");
        known.ask_at = Instant::now() + PAUSE;
        Ok(known.credentials.clone())
    }

    async fn fetch(&self, attempts: u32) -> Result<Credentials, CredentialsError> {
        let mut failed = 0;
        loop {
            let error = match self.provider.provide_credentials().await {
                Ok(credentials) => return Ok(credentials),
                Err(error) => error,
            };
            failed += 1;
            let may_pass = matches!(error, CredentialsError::ProviderError(_) | CredentialsError::ProviderTimedOut(_));
            if !may_pass || failed >= attempts {
                return Err(error);
            }
            tokio::time::sleep(Patience::default().pause(failed)).await;
        }
    }
}

impl Held {
    fn new(credentials: Credentials) -> Self {
        let left = credentials.expiry().map(|end| end.duration_since(SystemTime::now()).unwrap_or_default());
        let fresh = left.map_or(FRESH, |left| left.saturating_sub(NEAR_END).min(FRESH));
        Self { credentials, ask_at: Instant::now() + fresh }
    }

    fn is_alive(&self) -> bool {
        self.credentials.expiry().is_none_or(|end| end > SystemTime::now())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Credentials that live for some minutes, unless negative.
    fn credentials(minutes: i64) -> Credentials {
        let span = Duration::from_mins(minutes.unsigned_abs());
        let end = if minutes < 0 { SystemTime::now() - span } else { SystemTime::now() + span };
        Credentials::new("key", "secret", None, Some(end), "test")
    }

    /// A provider of `good` credentials for the first `answers` calls, which then throttles; and its count of calls.
    fn throttling_after(answers: usize, good: Credentials) -> (CachedCredentials, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let provider = aws_credential_types::credential_fn::provide_credentials_fn(move || {
            let answer = match counted.fetch_add(1, Ordering::Relaxed) {
                n if n < answers => Ok(good.clone()),
                _ => Err(CredentialsError::provider_error("HTTP 429")),
            };
            async move {
                tokio::task::yield_now().await;
                answer
            }
        });
        (CachedCredentials::new(SharedCredentialsProvider::new(provider)), calls)
    }

    #[tokio::test(start_paused = true)]
    async fn many_links_ask_once() {
        for good in [credentials(60), Credentials::from_keys("key", "secret", None)] {
            let (cache, calls) = throttling_after(1, good);
            let all = futures::future::join_all((0..50).map(|_| cache.get())).await;
            assert!(all.iter().all(Result::is_ok));
            assert_eq!(calls.load(Ordering::Relaxed), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn last_good_ones_are_used_while_the_provider_throttles() {
        // far from their end, and near it
        for (minutes, pause) in [(60, FRESH), (4, Duration::ZERO)] {
            let (cache, calls) = throttling_after(1, credentials(minutes));
            cache.get().await.unwrap();
            tokio::time::sleep(pause).await;
            for asked in [2, 2, 3] {
                assert!(cache.get().await.is_ok(), "{minutes} minutes");
                assert_eq!(calls.load(Ordering::Relaxed), asked, "the provider is not asked for each link");
                tokio::time::sleep(PAUSE / 2).await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn newer_ones_replace_those_near_their_end() {
        let (cache, calls) = throttling_after(usize::MAX, credentials(4));
        for asked in [1, 2, 3] {
            cache.get().await.unwrap();
            assert_eq!(calls.load(Ordering::Relaxed), asked);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn expired_ones_are_not_used() {
        let (cache, calls) = throttling_after(1, credentials(-1));
        cache.get().await.unwrap();
        assert!(matches!(cache.get().await, Err(CredentialsError::ProviderError(_))));
        assert_eq!(calls.load(Ordering::Relaxed), 1 + 12);
    }
}
