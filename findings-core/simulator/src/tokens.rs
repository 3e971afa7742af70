//! NextTokens, which are bound to their query and can expire.

use std::collections::HashMap;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::api_error::ApiError;

#[derive(Debug)]
struct IssuedToken<P> {
    binding: String,
    position: P,
    at: Instant,
}

/// The tokens issued by one operation; `P` is the place at which the next page begins.
#[derive(Debug)]
pub(super) struct Tokens<P> {
    issued: HashMap<String, IssuedToken<P>>,
    count: u64,
}

impl<P> Default for Tokens<P> {
    fn default() -> Self {
        Self { issued: HashMap::new(), count: 0 }
    }
}

impl<P: Clone> Tokens<P> {
    /// Issues a token. Tokens are opaque and unique, and the same in every run.
    pub(super) fn issue(&mut self, binding: &str, position: P, now: Instant) -> String {
        self.count += 1;
        let digest = Sha256::digest(format!("{} {binding}", self.count));
        let token = hex::encode(digest);
        let issued = IssuedToken { binding: binding.to_owned(), position, at: now };
        self.issued.insert(token.clone(), issued);
        token
    }

    /// Returns the position of `token`. A token can be used again, so that clients can retry.
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
        // the words of the real service
        if issued.binding != binding {
            return Err(ApiError::invalid_token("Input Query has changed"));
        }
        let age = now.saturating_duration_since(issued.at);
        if lifetime.is_some_and(|lifetime| age > lifetime) {
            return Err(ApiError::invalid_token("Token has expired"));
        }
        Ok(issued.position.clone())
    }

    /// Invalidates every token issued so far.
    pub(super) fn forget(&mut self) {
        self.issued.clear();
    }
}
