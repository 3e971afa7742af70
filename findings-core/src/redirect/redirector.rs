//! What becomes of a link that somebody opens.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{IssuedLink, LinkTable, LinkToken, Opening};
use crate::store::{ArtifactLink, ArtifactStore, LinkRequest, Upload};
use crate::{Error, ErrorKind, Result};

/// How long the link to the artifact works that a reader is sent on with. A browser follows it at once.
const ONWARD: Duration = Duration::from_mins(1);

/// How long a file can be stored by a link that somebody opened: as long as people take to fill in a page, and no longer than
/// the credentials of a function live. Who takes longer opens the link again.
const UPLOAD: Duration = Duration::from_hours(2);

/// How long a reader waits until the opening is remembered.
const NOTING: Duration = Duration::from_secs(2);

/// Answers those who open links that [`RedirectLinks`](super::RedirectLinks) made.
///
/// It signs the link to the artifact only when somebody asks for it, so credentials that end soon are enough.
#[derive(Clone, Debug)]
pub struct Redirector {
    table: Arc<dyn LinkTable>,
    store: Arc<dyn ArtifactStore>,
}

/// Somebody opens a link.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenLink<'a> {
    /// The last part of the path, as it came.
    pub token: &'a str,
    /// The current time, UTC.
    pub now: Timestamp,
    /// The network address of the reader, if it is known.
    pub from: Option<String>,
    /// Whether to remember it. A program that only asks whether the link works does not count.
    pub counts: bool,
}

impl<'a> OpenLink<'a> {
    /// Somebody opens a link now. It counts.
    pub fn new(token: &'a str, now: Timestamp) -> Self {
        Self { token, now, from: None, counts: true }
    }

    /// Sets the network address of the reader.
    pub fn from(mut self, address: impl Into<String>) -> Self {
        self.from = Some(address.into());
        self
    }

    /// Does not remember it.
    pub fn uncounted(mut self) -> Self {
        self.counts = false;
        self
    }
}

/// The answer to who opens a link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkAnswer {
    /// It works.
    Found {
        /// Where to send the reader on to: a link to the artifact that works for a minute. What it lets them store, it
        /// lets them store for two hours.
        onward: ArtifactLink,
    },
    /// It has expired.
    Expired {
        /// When, UTC.
        at: Timestamp,
    },
    /// It was revoked.
    Revoked {
        /// When, UTC.
        at: Timestamp,
    },
    /// There is no such link: it is altered, cut off, or was forgotten long after it expired.
    Unknown,
}

impl Redirector {
    /// Looks links up in `table`, and sends readers on to `store`.
    pub fn new(table: Arc<dyn LinkTable>, store: Arc<dyn ArtifactStore>) -> Self {
        Self { table, store }
    }

    /// Returns what to answer. The reader is sent on even if the opening could not be remembered.
    ///
    /// # Errors
    /// As the table answers, and [`ArtifactStore::link`].
    pub async fn open(&self, request: &OpenLink<'_>) -> Result<LinkAnswer> {
        let Ok(token) = request.token.parse::<LinkToken>() else { return Ok(LinkAnswer::Unknown) };
        let Some(link) = self.table.find(&token.id()).await? else { return Ok(LinkAnswer::Unknown) };
        if let Some(at) = link.revoked_at {
            return Ok(LinkAnswer::Revoked { at });
        }
        if link.expires_at <= request.now {
            return Ok(LinkAnswer::Expired { at: link.expires_at });
        }
        let mut onward =
            LinkRequest::new(link.key.clone(), ONWARD, request.now).with_download_name(&link.download_name);
        onward.upload = link.upload.clone().map(|key| Upload::new(key, UPLOAD));
        let onward = self.store.link(&onward).await?;
        if request.counts {
            self.note(&link, request).await;
        }
        Ok(LinkAnswer::Found { onward })
    }

    async fn note(&self, link: &IssuedLink, request: &OpenLink<'_>) {
        let opening = Opening::new(link.id.clone(), request.now, request.from.clone());
        let reader = link.reader.as_ref().map_or("-", |reader| reader.as_str());
        // the reader waits for this, and gets the report all the same
        let noted = tokio::time::timeout(NOTING, self.table.note_opening(&opening)).await;
        let late = |_| Error::new(ErrorKind::Timeout, "remember an opening");
        match noted.map_err(late).flatten() {
            Ok(()) => tracing::info!(link = link.id.short(), project = link.project(), reader, "a link was opened"),
            Err(error) => {
                tracing::warn!(link = link.id.short(), error = %error.report(), "a link was opened, which could not be remembered");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{MemoryLinks, MemoryStore};
    use crate::redirect::{RedirectLinks, RevokeLink};
    use crate::store::PutArtifact;
    use jiff::SignedDuration;

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    struct World {
        table: Arc<MemoryLinks>,
        store: Arc<MemoryStore>,
        redirector: Redirector,
        token: LinkToken,
    }

    /// A world with a report and a link to it that lives for an hour.
    async fn world() -> World {
        let (store, table) = (Arc::new(MemoryStore::new()), Arc::new(MemoryLinks::new()));
        let links = RedirectLinks::new(store.clone(), table.clone(), "https://example.com").unwrap();
        links.put(&PutArtifact::new("a.txt".parse().unwrap(), "text".into(), "text/plain")).await.unwrap();
        let request = LinkRequest::new("a.txt".parse().unwrap(), Duration::from_hours(1), now());
        let link = links.link(&request).await.unwrap();
        let token = link.url.expose().strip_prefix("https://example.com/r/").unwrap().parse().unwrap();
        World { redirector: Redirector::new(table.clone(), store.clone()), table, store, token }
    }

    impl World {
        async fn open(&self, token: &str, at: Timestamp) -> LinkAnswer {
            self.redirector.open(&OpenLink::new(token, at).from("192.0.2.1")).await.unwrap()
        }

        async fn count(&self) -> u64 {
            self.table.find(&self.token.id()).await.unwrap().unwrap().openings.count
        }
    }

    #[tokio::test]
    async fn link_leads_to_its_report_for_a_minute() {
        let world = world().await;
        let LinkAnswer::Found { onward } = world.open(world.token.expose(), now()).await else { panic!("it is found") };
        assert_eq!(onward.expires_at, Some(now() + SignedDuration::from_mins(1)));
        assert_eq!(world.store.fetch(&onward, now()).unwrap().body, "text");
        assert_eq!(world.count().await, 1);
        let asked = OpenLink::new(world.token.expose(), now()).uncounted();
        assert!(matches!(world.redirector.open(&asked).await.unwrap(), LinkAnswer::Found { .. }));
        assert_eq!(world.count().await, 1);
    }

    #[cfg(feature = "testing")]
    #[tokio::test]
    async fn who_opens_a_link_for_answers_can_store_one_file_for_two_hours() {
        let table = Arc::new(MemoryLinks::new());
        let links = RedirectLinks::new(Arc::new(MemoryStore::new()), table.clone(), "https://example.com").unwrap();
        let inbox = "inbox".parse().unwrap();
        let request = LinkRequest::new("runs/r/a-answers.html".parse().unwrap(), Duration::from_hours(90 * 24), now())
            .for_report("r".parse().unwrap(), "Payments")
            .for_reader("sato@example.com".parse().unwrap())
            .with_answer_below(&inbox);
        let wanted = request.upload.clone().unwrap();
        let link = links.link(&request).await.unwrap();
        assert!(!link.url.expose().contains('#'), "the link in the mail lets nobody store anything by itself");
        let token = link.url.expose().rsplit('/').next().unwrap().to_owned();

        let mut store = crate::store::MockArtifactStore::new();
        let upload = wanted.key.clone();
        store.expect_link().times(2).returning(move |onward| {
            assert_eq!(onward.upload, Some(Upload::new(upload.clone(), Duration::from_hours(2))));
            assert_eq!((onward.key.as_str(), onward.ttl), ("runs/r/a-answers.html", ONWARD));
            let url = crate::Secret::new("https://b.example.com".to_owned());
            Ok(ArtifactLink::new(url, None, crate::store::LinkLimit::None))
        });
        let redirector = Redirector::new(table.clone(), Arc::new(store));
        for _ in 0..2 {
            let answer = redirector.open(&OpenLink::new(&token, now())).await.unwrap();
            assert!(matches!(answer, LinkAnswer::Found { .. }));
        }
        table.revoke(&RevokeLink::new(token.parse::<LinkToken>().unwrap().id(), now())).await.unwrap();
        let answer = redirector.open(&OpenLink::new(&token, now())).await.unwrap();
        assert!(matches!(answer, LinkAnswer::Revoked { .. }));
    }

    #[tokio::test]
    async fn altered_expired_and_revoked_links_lead_nowhere() {
        let world = world().await;
        let other = LinkToken::generate().unwrap();
        for altered in ["", "x", other.expose(), &world.token.expose()[1..], world.token.id().as_str()] {
            assert_eq!(world.open(altered, now()).await, LinkAnswer::Unknown);
        }
        let end = now() + SignedDuration::from_hours(1);
        assert!(matches!(
            world.open(world.token.expose(), end - SignedDuration::from_nanos(1)).await,
            LinkAnswer::Found { .. }
        ));
        assert_eq!(world.open(world.token.expose(), end).await, LinkAnswer::Expired { at: end });
        world.table.revoke(&RevokeLink::new(world.token.id(), now())).await.unwrap();
        assert_eq!(world.open(world.token.expose(), now()).await, LinkAnswer::Revoked { at: now() });
        assert_eq!(world.open(world.token.expose(), end).await, LinkAnswer::Revoked { at: now() });
        assert_eq!(world.count().await, 1, "only the opening that led to the report counts");
    }

    #[cfg(feature = "testing")]
    #[tokio::test]
    async fn reader_gets_report_if_table_forgets_openings() {
        let world = world().await;
        let link = world.table.find(&world.token.id()).await.unwrap();
        let mut table = crate::redirect::MockLinkTable::new();
        table.expect_find().returning(move |_| Ok(link.clone()));
        table
            .expect_note_opening()
            .times(1)
            .returning(|_| Err(crate::Error::new(crate::ErrorKind::Throttled, "remember an opening")));
        let redirector = Redirector::new(Arc::new(table), world.store.clone());
        let answer = redirector.open(&OpenLink::new(world.token.expose(), now())).await.unwrap();
        assert!(matches!(answer, LinkAnswer::Found { .. }));
    }
}
