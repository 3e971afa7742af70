//! The parameters of one query: up to 20 accounts, a selection and a page size.

use std::fmt;
use std::sync::Arc;

use crate::{AccountId, Selection};

/// The accounts of one query: 1 to [`AccountBatch::MAX`], each once, sorted.
///
/// ```
/// use findings_core::source::AccountBatch;
/// let batch = AccountBatch::new(vec!["123456789012".parse()?])?;
/// assert_eq!(batch.accounts().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountBatch(Vec<AccountId>);

/// An error for a batch that is empty or has too many accounts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a query takes 1 to {max} accounts, not {0}", max = AccountBatch::MAX)]
pub struct InvalidBatch(usize);

impl AccountBatch {
    /// Largest number of accounts in a batch. GetFindings accepts at most 20 values for each filter attribute.
    pub const MAX: usize = 20;

    /// Creates a batch. Repeated accounts are removed.
    ///
    /// # Errors
    /// [`InvalidBatch`] if there are no accounts or more than [`AccountBatch::MAX`].
    pub fn new(mut accounts: Vec<AccountId>) -> Result<Self, InvalidBatch> {
        accounts.sort_unstable();
        accounts.dedup();
        if (1..=Self::MAX).contains(&accounts.len()) { Ok(Self(accounts)) } else { Err(InvalidBatch(accounts.len())) }
    }

    /// Returns the accounts, sorted.
    pub fn accounts(&self) -> &[AccountId] {
        &self.0
    }

    /// Returns whether the batch contains the account.
    pub fn contains(&self, account: AccountId) -> bool {
        self.0.binary_search(&account).is_ok()
    }

    /// Splits the batch into two halves. Returns `None` for a single account.
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

/// The maximum number of findings in a page: 1 to 100 (`MaxResults` of GetFindings).
///
/// ```
/// use findings_core::source::PageSize;
/// assert_eq!(PageSize::default().get(), 100);
/// assert!(PageSize::new(101).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageSize(u8);

/// An error for a page size that GetFindings does not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a page has 1 to {max} findings, not {0}", max = PageSize::MAX)]
pub struct InvalidPageSize(usize);

impl PageSize {
    /// Largest number of findings that GetFindings returns in one answer.
    pub const MAX: usize = 100;

    /// Creates a page size.
    ///
    /// # Errors
    /// [`InvalidPageSize`] if `size` is not in 1 to [`PageSize::MAX`].
    pub fn new(size: usize) -> Result<Self, InvalidPageSize> {
        match u8::try_from(size) {
            Ok(small) if (1..=Self::MAX).contains(&size) => Ok(Self(small)),
            _ => Err(InvalidPageSize(size)),
        }
    }

    /// Returns the number of findings.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(100)
    }
}

/// A query for the findings of some accounts.
///
/// All pages of a query are requested with the same parameters: Security Hub rejects a token of another query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FindingsQuery {
    /// Requested accounts.
    pub accounts: AccountBatch,
    /// Filter that selects findings of these accounts.
    pub selection: Selection,
    /// Maximum number of findings in a page.
    pub page_size: PageSize,
    /// Sorts findings by their last update, newest first. A source MAY ignore this.
    ///
    /// Use it to read only the first pages. Do not use it to fetch everything: a finding that is updated during the
    /// query can be missed.
    pub newest_first: bool,
}

impl FindingsQuery {
    /// Creates a query for the open findings of these accounts, 100 in a page.
    pub fn new(accounts: AccountBatch) -> Self {
        Self { accounts, selection: Selection::default(), page_size: PageSize::default(), newest_first: false }
    }

    /// Sets the selection.
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Sets the page size.
    pub fn with_page_size(mut self, page_size: PageSize) -> Self {
        self.page_size = page_size;
        self
    }

    /// Requests the newest findings first.
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }
}

/// An opaque token that continues a query at its next page.
///
/// Its length is not limited and it expires soon. Do not store it beyond the query.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PageToken(String);

impl PageToken {
    /// Creates a token from the text of the source. Returns `None` for an empty text, which marks the last page.
    pub fn new(token: impl Into<String>) -> Option<Self> {
        let token = token.into();
        (!token.is_empty()).then_some(Self(token))
    }

    /// Returns the text of the token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PageToken {
    // tokens can be long and mean nothing to a reader of logs
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageToken({} bytes)", self.0.len())
    }
}

/// A request for one page of a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PageRequest {
    /// Query, shared by the requests for all its pages.
    pub query: Arc<FindingsQuery>,
    /// Token of the page. `None` requests the first page.
    pub token: Option<PageToken>,
}

impl PageRequest {
    /// Creates a request for the first page.
    pub fn first(query: impl Into<Arc<FindingsQuery>>) -> Self {
        Self { query: query.into(), token: None }
    }

    /// Creates a request for the page of a token.
    pub fn after(query: impl Into<Arc<FindingsQuery>>, token: PageToken) -> Self {
        Self { query: query.into(), token: Some(token) }
    }
}
