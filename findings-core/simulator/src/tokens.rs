//! NextTokens: bound to the query they came from, and mortal.

use std::collections::HashMap;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::api_error::ApiError;

#[derive(Debug)]
struct Issued<P> {
    binding: String,
    position: P,
    at: Instant,
}

/// The tokens given out by one operation; `P` is where the next page begins.
#[derive(Debug)]
pub(super) struct Tokens<P> {
    issued: HashMap<String, Issued<P>>,
    count: u64,
}

impl<P> Default for Tokens<P> {
    fn default() -> Self {
        Self { issued: HashMap::new(), count: 0 }
    }
}

impl<P: Clone> Tokens<P> {
    /// A new token. Texts are opaque, never repeat, and are the same in every run.
    pub(super) fn issue(&mut self, binding: &str, position: P, now: Instant) -> String {
        self.count += 1;
        let digest = Sha256::digest(format!("{} {binding}", self.count));
        let token = hex::encode(digest);
        let issued = Issued { binding: binding.to_owned(), position, at: now };
        self.issued.insert(token.clone(), issued);
        token
    }

    /// Where `token` continues. The same token may be used again, so that a client can retry.
    pub(super) fn position(
        &self,
        token: &str,
        binding: &str,
        lifetime: Option<Duration>,
        now: Instant,
    ) -> Result<P, ApiError> {
        let Some(issued) = self.issued.get(token) else {
            return Err(ApiError::invalid_token("Token is not known"));
        };
        if issued.binding != binding {
            return Err(ApiError::invalid_token("Input Query has changed"));
        }
        let age = now.saturating_duration_since(issued.at);
        if lifetime.is_some_and(|lifetime| age > lifetime) {
            return Err(ApiError::invalid_token("Token has expired"));
        }
        Ok(issued.position.clone())
    }

    /// Makes every token given out so far stale.
    pub(super) fn forget(&mut self) {
        self.issued.clear();
    }
}
