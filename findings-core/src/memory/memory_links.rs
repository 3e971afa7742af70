//! Keeps links in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::redirect::{IssuedLink, LinkId, LinkQuery, LinkTable, Opening, RevokeLink};
use crate::{Error, ErrorKind, Result};

/// A table of links in memory.
#[derive(Debug, Default)]
pub struct MemoryLinks {
    links: Mutex<BTreeMap<LinkId, IssuedLink>>,
}

impl MemoryLinks {
    /// Creates an empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks the map. A poisoned lock is safe to use, because every change is one assignment.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<LinkId, IssuedLink>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, id: &LinkId, change: impl FnOnce(&mut IssuedLink)) -> Result<()> {
        let mut links = self.lock();
        let link = links.get_mut(id).ok_or_else(|| Error::new(ErrorKind::NotFound, "find the link"))?;
        change(link);
        Ok(())
    }
}

#[async_trait]
impl LinkTable for MemoryLinks {
    async fn issue(&self, link: &IssuedLink) -> Result<()> {
        self.lock().insert(link.id.clone(), link.clone());
        Ok(())
    }

    async fn find(&self, id: &LinkId) -> Result<Option<IssuedLink>> {
        Ok(self.lock().get(id).cloned())
    }

    async fn issued(&self, query: &LinkQuery) -> Result<Vec<IssuedLink>> {
        let is_wanted = |link: &&IssuedLink| link.project() == query.project && link.issued_at >= query.since;
        let mut links: Vec<IssuedLink> = self.lock().values().filter(is_wanted).cloned().collect();
        links.sort_by(|a, b| (a.issued_at, &a.id).cmp(&(b.issued_at, &b.id)));
        Ok(links)
    }

    async fn note_opening(&self, opening: &Opening) -> Result<()> {
        self.change(&opening.id, |link| {
            let openings = &mut link.openings;
            openings.count += 1;
            openings.first_at.get_or_insert(opening.at);
            openings.last_at = Some(opening.at);
            openings.last_from.clone_from(&opening.from);
        })
    }

    async fn revoke(&self, request: &RevokeLink) -> Result<()> {
        self.change(&request.id, |link| {
            link.revoked_at.get_or_insert(request.at);
        })
    }
}

#[cfg(all(test, feature = "testing"))]
mod conformance {
    crate::links_conformance!(async { super::MemoryLinks::new() });
}
