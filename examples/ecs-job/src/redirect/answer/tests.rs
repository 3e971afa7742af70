use std::sync::Arc;

use findings_core::ArtifactStore;
use findings_core::memory::{MemoryLinks, MemoryStore};
use findings_core::redirect::{LinkTable, LinkToken, RedirectLinks, RevokeLink};
use findings_core::store::LinkRequest;
use jiff::SignedDuration;

use super::*;

struct World {
    answerer: Answerer,
    table: Arc<MemoryLinks>,
    links: RedirectLinks,
}

fn world() -> World {
    let (store, table) = (Arc::new(MemoryStore::new()), Arc::new(MemoryLinks::new()));
    let links = RedirectLinks::new(store.clone(), table.clone(), "https://example.com").unwrap();
    let contact = Some("Security <b>Desk</b>".to_owned());
    World { answerer: Answerer::new(Redirector::new(table.clone(), store), contact), table, links }
}

impl World {
    /// Returns the token of a link that was made a day ago and works for `hours`.
    async fn token(&self, hours: u64) -> LinkToken {
        let made_at = Timestamp::now() - SignedDuration::from_hours(24);
        let request = LinkRequest::new("a.xlsx".parse().unwrap(), Duration::from_hours(hours), made_at);
        let link = self.links.link(&request).await.unwrap();
        link.url.expose().rsplit('/').next().unwrap().parse().unwrap()
    }

    async fn ask(&self, method: &Method, path: &str, languages: &str) -> Response<String> {
        let languages = HeaderValue::from_str(languages).unwrap();
        let asked = Asked { method, path, languages: Some(&languages), from: Some("192.0.2.1".to_owned()) };
        self.answerer.answer(asked).await
    }
}

#[tokio::test]
async fn link_leads_on_with_and_without_stage() {
    let world = world();
    let token = world.token(48).await;
    for prefix in ["", "/prod", "/a/b"] {
        let answer = world.ask(&Method::GET, &format!("{prefix}/r/{}", token.expose()), "en").await;
        assert_eq!(answer.status(), 302, "{prefix}");
        assert!(answer.headers()[LOCATION].to_str().unwrap().starts_with("memory:a.xlsx#"));
        assert_eq!(
            (&answer.headers()[CACHE_CONTROL], answer.body().as_str()),
            (&HeaderValue::from_static("no-store"), "")
        );
    }
    let openings = world.table.find(&token.id()).await.unwrap().unwrap().openings;
    assert_eq!((openings.count, openings.last_from.as_deref()), (3, Some("192.0.2.1")));
    let asked = world.ask(&Method::HEAD, &format!("/r/{}", token.expose()), "en").await;
    assert_eq!(asked.status(), 302);
    assert_eq!(world.table.find(&token.id()).await.unwrap().unwrap().openings.count, 3, "HEAD does not count");
}

#[tokio::test]
async fn every_other_link_gets_a_page_that_says_what_to_do() {
    let world = world();
    let (expired, revoked) = (world.token(1).await, world.token(48).await);
    world.table.revoke(&RevokeLink::new(revoked.id(), Timestamp::now())).await.unwrap();
    let (expired, revoked) = (format!("/r/{}", expired.expose()), format!("/r/{}", revoked.expose()));
    let cut = &revoked[..revoked.len() - 1];
    for (method, path, status, en, ja) in [
        (Method::GET, expired.as_str(), 410, "has expired", "有効期限が切れています"),
        (Method::GET, revoked.as_str(), 410, "was revoked", "無効になりました"),
        (Method::GET, cut, 404, "not complete", "正しくありません"),
        (Method::GET, "/", 404, "not complete", "正しくありません"),
        (Method::GET, "/r/", 404, "not complete", "正しくありません"),
        (Method::GET, "/favicon.ico", 404, "not complete", "正しくありません"),
        (Method::POST, expired.as_str(), 405, "not complete", "正しくありません"),
    ] {
        for (languages, first, second) in [("ja,en;q=0.5", ja, en), ("en-GB", en, ja), ("fr", en, ja), ("", en, ja)] {
            let answer = world.ask(&method, path, languages).await;
            assert_eq!(answer.status(), status, "{path}");
            let body = answer.body();
            let at = |text: &str| body.find(text).unwrap_or_else(|| panic!("{text} is missing in {body}"));
            assert!(at(first) < at(second), "{languages}: {body}");
            assert!(body.contains("Security &lt;b&gt;Desk&lt;&#x2f;b&gt;"), "{body}");
            assert!(!body.contains(path.rsplit('/').next().filter(|token| token.len() > 12).unwrap_or("no token")));
            assert_eq!(answer.headers()[REFERRER_POLICY], "no-referrer");
        }
    }
}

#[tokio::test]
async fn page_without_contact_names_the_sender() {
    for page in
        [Page::Unknown, Page::Expired(Timestamp::UNIX_EPOCH), Page::Revoked(Timestamp::UNIX_EPOCH), Page::Unavailable]
    {
        let html = page::html(page, "ja", None);
        assert!(html.contains("メールの送信元") && html.contains("the sender of the mail"), "{html}");
        assert!(!html.contains(">none") && !html.contains(" none ") && !html.contains("{{"), "{html}");
    }
}
