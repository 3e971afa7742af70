//! Pagination. Every query follows its pages with the loop in this file.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, TryStreamExt as _, join, stream};

use super::{FindingsQuery, FindingsSource, Page, PageRequest, RejectedRecord};
use crate::finding_list::FindingWriter;
use crate::{AccountId, Error, ErrorKind, Finding, FindingList, Result, Spool, Text};

/// Largest number of pages in one query: ten million findings of 20 accounts. A longer query is treated as endless.
pub const PAGE_LIMIT: usize = 100_000;

const OPERATION: &str = "follow the pages of a query";

/// The result of [`collect`]: all findings of one query.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CollectedFindings {
    /// Findings in the order of the pages, copies included.
    pub findings: FindingList,
    /// Records that could not be read.
    pub rejected: Vec<RejectedRecord>,
    /// Number of pages read.
    pub pages: usize,
    /// Why the list of the source is incomplete, see [`Page::cut`]; `None` if it is complete.
    pub cut: Option<String>,
    /// The accounts of the query with the Regions of all their records, see [`Page::inventory`]; `None` if the source
    /// cannot tell.
    pub inventory: Option<Vec<(AccountId, Option<Text>)>>,
}

/// Fetches all pages of a query.
///
/// All requests have the same parameters, and an empty page with a token does not end the query. A stale token restarts
/// the query once. The query fails if a token repeats, if it exceeds [`PAGE_LIMIT`], if it returns a finding of an
/// account that was not requested, or if it returns fewer records than the source counts ([`Page::expected`]), because the
/// result may then be incomplete.
///
/// ```
/// use findings_core::source::{AccountBatch, FindingsQuery, collect};
/// use findings_core::{Finding, memory::MemorySource};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let account = "123456789012".parse()?;
/// let source = MemorySource::new(vec![Finding::new(account, "1"), Finding::new(account, "2")]);
/// let query = FindingsQuery::new(AccountBatch::new(vec![account])?);
/// assert_eq!(collect(&source, query).await?.findings.len(), 2);
/// # Ok(()) }
/// ```
///
/// # Errors
/// The errors of the source, [`StaleToken`](ErrorKind::StaleToken) for a second stale token, and
/// [`Inconsistent`](ErrorKind::Inconsistent) for answers that contradict each other. A result as `Ok` is complete, unless
/// the source says in [`CollectedFindings::cut`] that its own list is not.
pub async fn collect(source: &dyn FindingsSource, query: impl Into<Arc<FindingsQuery>>) -> Result<CollectedFindings> {
    collect_into(source, query, &Spool::in_memory()).await
}

/// Like [`collect`], and keeps the findings in `spool`.
pub(crate) async fn collect_into(
    source: &dyn FindingsSource,
    query: impl Into<Arc<FindingsQuery>>,
    spool: &Spool,
) -> Result<CollectedFindings> {
    let query = query.into();
    match collect_once(source, &query, spool).await {
        Err(error) if error.kind() == ErrorKind::StaleToken => {
            tracing::info!("the page token of a query went stale; the query starts again");
            collect_once(source, &query, spool).await
        }
        result => result,
    }
}

async fn collect_once(
    source: &dyn FindingsSource,
    query: &Arc<FindingsQuery>,
    spool: &Spool,
) -> Result<CollectedFindings> {
    let (mut all, mut findings) = (CollectedFindings::default(), spool.writer());
    let (mut received, mut expected) = (0, None);
    let mut pages = pin!(pages(source, query.clone()));
    let mut next = pages.try_next().await?;
    while let Some(page) = next {
        all.pages += 1;
        received += page.received();
        expected = page.expected.or(expected);
        all.rejected.extend(page.rejected);
        // a later page without the mark must not hide that an earlier one was cut
        all.cut = page.cut.or(all.cut);
        all.inventory = page.inventory.or(all.inventory);
        // asked for before the findings are put away, which takes as long as the answer travels
        let (following, kept) = join!(pages.try_next(), keep(&mut findings, &page.findings));
        kept?;
        next = following?;
    }
    match expected {
        Some(expected) if received < expected => {
            Err(inconsistent(format!("{received} findings came, and the service counts {expected}")))
        }
        _ => {
            all.findings = findings.finish().await?;
            Ok(all)
        }
    }
}

/// Puts the findings of a page away.
async fn keep(writer: &mut FindingWriter, findings: &[Finding]) -> Result<()> {
    writer.extend(findings);
    writer.make_room().await
}

/// Returns the pages of one query as a stream, for callers that must not hold all findings in memory.
///
/// Unlike [`collect`], it does not restart after a stale token, because the caller already has the earlier pages.
/// Copies are included. The result is complete only if the stream ends without an error and no page is [cut](Page::cut).
///
/// ```
/// use findings_core::source::{AccountBatch, FindingsQuery, pages};
/// use findings_core::{Finding, memory::MemorySource};
/// use futures::TryStreamExt;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let account = "123456789012".parse()?;
/// let source = MemorySource::new(vec![Finding::new(account, "1"), Finding::new(account, "2")]);
/// let query = FindingsQuery::new(AccountBatch::new(vec![account])?);
/// let mut pages = std::pin::pin!(pages(&source, query));
/// let mut findings = 0;
/// while let Some(page) = pages.try_next().await? {
///     findings += page.findings.len();
/// }
/// assert_eq!(findings, 2);
/// # Ok(()) }
/// ```
///
/// # Errors
/// The errors of the source, and [`Inconsistent`](ErrorKind::Inconsistent) for answers that contradict each other. The
/// stream ends after the first error.
pub fn pages(
    source: &dyn FindingsSource,
    query: impl Into<Arc<FindingsQuery>>,
) -> impl Stream<Item = Result<Page>> + Send {
    let first = PageRequest::first(query);
    stream::try_unfold((Some(first), HashSet::new()), async move |(request, mut used)| {
        let Some(mut request) = request else { return Ok(None) };
        let page = source.page(&request).await?;
        if let Some(stray) = page.findings.iter().find(|f| !request.query.accounts.contains(f.account)) {
            let message = format!(
                "a finding of account {} came, which was not asked for; does the source apply its filters?",
                stray.account
            );
            return Err(inconsistent(message));
        }
        let Some(token) = page.next.clone() else { return Ok(Some((page, (None, used)))) };
        // a repeated token would make the query loop over the same pages
        if !used.insert(token.clone()) {
            return Err(inconsistent("the same page token came twice, so that findings may be missing"));
        }
        if used.len() >= PAGE_LIMIT {
            return Err(inconsistent(format!("no end after {PAGE_LIMIT} pages")));
        }
        request.token = Some(token);
        Ok(Some((page, (Some(request), used))))
    })
}

fn inconsistent(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Inconsistent, OPERATION).with_message(message)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::source::{AccountBatch, PageSize, PageToken};

    /// Serves `findings` in pages of `size`. Call number `n` returns an empty page if bit `n` of `holes` is set.
    #[derive(Debug)]
    struct SparseSource {
        findings: Vec<Finding>,
        size: usize,
        holes: u32,
        calls: Mutex<u32>,
    }

    #[async_trait::async_trait]
    impl FindingsSource for SparseSource {
        async fn page(&self, request: &PageRequest) -> Result<Page> {
            // a token is "index of the next finding:number of the call"
            let (start, call) = request.token.as_ref().map_or((0, 0), |t| {
                let (start, call) = t.as_str().split_once(':').unwrap();
                (start.parse().unwrap(), call.parse::<u32>().unwrap())
            });
            *self.calls.lock().unwrap() += 1;
            let hole = call < 8 && self.holes & (1 << call) != 0;
            let end = if hole { start } else { (start + self.size).min(self.findings.len()) };
            let more = end < self.findings.len() || (hole && call < 8);
            let next = more.then(|| PageToken::new(format!("{end}:{}", call + 1))).flatten();
            Ok(Page::new(self.findings[start..end].to_vec(), next))
        }
    }

    fn account() -> AccountId {
        "000000000001".parse().unwrap()
    }

    fn query() -> FindingsQuery {
        FindingsQuery::new(AccountBatch::new(vec![account()]).unwrap()).with_page_size(PageSize::new(4).unwrap())
    }

    #[tokio::test]
    async fn collect_returns_all_findings_despite_empty_pages() {
        for n in 0..=6 {
            for size in 1..=4 {
                for holes in 0..256 {
                    let findings: Vec<_> = (0..n).map(|i| Finding::new(account(), i.to_string())).collect();
                    let source = SparseSource { findings: findings.clone(), size, holes, calls: Mutex::default() };
                    let all = collect(&source, query()).await.unwrap();
                    assert_eq!(all.findings.to_vec().unwrap(), findings, "n={n} size={size} holes={holes:b}");
                    assert_eq!(all.pages, *source.calls.lock().unwrap() as usize);
                }
            }
        }
    }

    /// Returns the given answers in order.
    #[derive(Debug)]
    struct ScriptedSource(Mutex<Vec<Result<Page>>>);

    impl ScriptedSource {
        fn new(mut answers: Vec<Result<Page>>) -> Self {
            answers.reverse();
            Self(Mutex::new(answers))
        }
    }

    #[async_trait::async_trait]
    impl FindingsSource for ScriptedSource {
        async fn page(&self, _: &PageRequest) -> Result<Page> {
            self.0.lock().unwrap().pop().expect("the test expects no further call")
        }
    }

    fn page(ids: &[&str], next: &str) -> Page {
        Page::new(ids.iter().map(|id| Finding::new(account(), *id)).collect(), PageToken::new(next))
    }

    fn stale() -> Result<Page> {
        Err(Error::new(ErrorKind::StaleToken, "test"))
    }

    #[tokio::test]
    async fn repeated_token_fails_query() {
        let source = ScriptedSource::new(vec![Ok(page(&["1"], "a")), Ok(page(&["2"], "b")), Ok(page(&["3"], "a"))]);
        assert_eq!(collect(&source, query()).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    }

    #[tokio::test]
    async fn stale_token_restarts_query_once_from_first_page() {
        let source =
            ScriptedSource::new(vec![Ok(page(&["1"], "a")), stale(), Ok(page(&["1"], "a2")), Ok(page(&["2"], ""))]);
        assert_eq!(collect(&source, query()).await.unwrap().findings.len(), 2);
        let source = ScriptedSource::new(vec![Ok(page(&["1"], "a")), stale(), Ok(page(&["1"], "a2")), stale()]);
        assert_eq!(collect(&source, query()).await.unwrap_err().kind(), ErrorKind::StaleToken);
    }

    #[tokio::test]
    async fn finding_of_other_account_fails_query() {
        let other = Finding::new("000000000002".parse().unwrap(), "1");
        let source = ScriptedSource::new(vec![Ok(Page::new(vec![other], None))]);
        assert_eq!(collect(&source, query()).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    }
}
