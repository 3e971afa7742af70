//! What can be asked in one query: up to 20 accounts, one selection, one page size.

use std::fmt;
use std::sync::Arc;

use crate::{AccountId, Selection};

/// Up to [`AccountBatch::MAX`] different accounts: what one query may ask for.
///
/// ```
/// use findings_core::source::AccountBatch;
/// let batch = AccountBatch::new(vec!["123456789012".parse()?])?;
/// assert_eq!(batch.accounts().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountBatch(Vec<AccountId>);

/// No account, or more than a query may ask for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a query takes 1 to {max} accounts, not {0}", max = AccountBatch::MAX)]
pub struct InvalidBatch(usize);

impl AccountBatch {
    /// GetFindings takes at most 20 values for each attribute of its filter.
    pub const MAX: usize = 20;

    /// A batch of these accounts; copies are left out.
    ///
    /// # Errors
    /// [`InvalidBatch`] without any account or with more than [`AccountBatch::MAX`].
    pub fn new(mut accounts: Vec<AccountId>) -> Result<Self, InvalidBatch> {
        accounts.sort_unstable();
        accounts.dedup();
        if (1..=Self::MAX).contains(&accounts.len()) { Ok(Self(accounts)) } else { Err(InvalidBatch(accounts.len())) }
    }

    /// The accounts, sorted.
    pub fn accounts(&self) -> &[AccountId] {
        &self.0
    }

    /// Whether the account is among them.
    pub fn contains(&self, account: AccountId) -> bool {
        self.0.binary_search(&account).is_ok()
    }

    /// Two halves, or `None` for a single account.
    pub fn halves(&self) -> Option<(Self, Self)> {
        let (left, right) = self.0.split_at(self.0.len().div_ceil(2));
        (!right.is_empty()).then(|| (Self(left.to_vec()), Self(right.to_vec())))
    }
}

/// Splits accounts into batches in the order given, each account once.
///
/// ```
/// use findings_core::{AccountId, source::batches};
/// let accounts: Vec<AccountId> = (0..45).map(|n| format!("{n:012}").parse()).collect::<Result<_, _>>()?;
/// let sizes: Vec<usize> = batches(&accounts).iter().map(|b| b.accounts().len()).collect();
/// assert_eq!(sizes, [20, 20, 5]);
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
pub fn batches(accounts: &[AccountId]) -> Vec<AccountBatch> {
    let mut seen = std::collections::HashSet::new();
    let unique: Vec<AccountId> = accounts.iter().copied().filter(|a| seen.insert(*a)).collect();
    let sorted = |chunk: &[AccountId]| {
        let mut chunk = chunk.to_vec();
        chunk.sort_unstable();
        AccountBatch(chunk)
    };
    unique.chunks(AccountBatch::MAX).map(sorted).collect()
}

/// Findings a page: 1 to 100 (`MaxResults` of GetFindings).
///
/// ```
/// use findings_core::source::PageSize;
/// assert_eq!(PageSize::default().get(), 100);
/// assert!(PageSize::new(101).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageSize(u8);

/// A page size that GetFindings does not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a page has 1 to {max} findings, not {0}", max = PageSize::MAX)]
pub struct InvalidPageSize(usize);

impl PageSize {
    /// The most findings that GetFindings returns in one answer.
    pub const MAX: usize = 100;

    /// A page size.
    ///
    /// # Errors
    /// [`InvalidPageSize`] outside 1 to [`PageSize::MAX`].
    pub fn new(size: usize) -> Result<Self, InvalidPageSize> {
        match u8::try_from(size) {
            Ok(small) if (1..=Self::MAX).contains(&size) => Ok(Self(small)),
            _ => Err(InvalidPageSize(size)),
        }
    }

    /// The number.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(100)
    }
}

/// One query. Following its pages, nothing of it may change: Security Hub refuses a token of another query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FindingsQuery {
    /// The accounts.
    pub accounts: AccountBatch,
    /// Which of their findings.
    pub selection: Selection,
    /// How many a page.
    pub page_size: PageSize,
    /// The latest first, for a look at the first pages. A source MAY take no notice. What is updated meanwhile can be missed then, so never to fetch
    /// everything.
    pub newest_first: bool,
}

impl FindingsQuery {
    /// The open findings of these accounts, 100 a page.
    pub fn new(accounts: AccountBatch) -> Self {
        Self { accounts, selection: Selection::default(), page_size: PageSize::default(), newest_first: false }
    }

    /// With another selection.
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// With another page size.
    pub fn with_page_size(mut self, page_size: PageSize) -> Self {
        self.page_size = page_size;
        self
    }

    /// With the latest first.
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }
}

/// Where to go on. Opaque, of no known length, and short-lived: never to be kept beyond the query.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PageToken(String);

impl PageToken {
    /// A token as the source gave it; `None` if it is empty, which means the end like no token.
    pub fn new(token: impl Into<String>) -> Option<Self> {
        let token = token.into();
        (!token.is_empty()).then_some(Self(token))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageToken({} bytes)", self.0.len())
    }
}

/// A wish for one page of a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PageRequest {
    /// The query, shared by all its pages.
    pub query: Arc<FindingsQuery>,
    /// Where to go on; `None` for the first page.
    pub token: Option<PageToken>,
}

impl PageRequest {
    /// The first page.
    pub fn first(query: impl Into<Arc<FindingsQuery>>) -> Self {
        Self { query: query.into(), token: None }
    }

    /// The page behind a token.
    pub fn after(query: impl Into<Arc<FindingsQuery>>, token: PageToken) -> Self {
        Self { query: query.into(), token: Some(token) }
    }
}
