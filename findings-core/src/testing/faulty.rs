//! Fault injection: a wrapper for any implementation whose calls fail where a test plans it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use crate::history::{CommitReceipt, HistoryCommit, HistoryQuery, ListProjects, ProjectHistory};
use crate::ledger::{
    AcquireOutcome, AcquireRun, CloseRun, FinishedRun, MessageEntry, MessagesQuery, ProgressQuery, RecordEntry,
    RenewRun, RunProgress,
};
use crate::notify::{
    DecisionNotification, Notification, OrganisationNotification, Receipt, Recipient, UrgentNotification,
};
use crate::source::{Page, PageRequest};
use crate::store::{ArtifactKey, ArtifactLink, LinkEnd, LinkRequest, PutArtifact, StoredArtifact};
use crate::{ArtifactStore, Error, ErrorKind, FindingsSource, HistoryReader, HistorySink, Notifier, Result, RunLedger};

/// A wrapper whose calls fail as planned. A call that fails does not reach the wrapped implementation.
///
/// Calls of all methods are counted together, from 0.
///
/// ```
/// use findings_core::testing::Faulty;
/// use findings_core::{ErrorKind, memory::MemorySource};
/// // the second call is throttled, all others go through
/// let source = Faulty::new(MemorySource::default()).failing(1, ErrorKind::Throttled);
/// ```
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    plan: HashMap<u64, ErrorKind>,
    always: Option<ErrorKind>,
    calls: Mutex<u64>,
}

impl<T> Faulty<T> {
    /// Wraps an implementation. No call fails until a failure is planned.
    pub fn new(inner: T) -> Self {
        Self { inner, plan: HashMap::new(), always: None, calls: Mutex::new(0) }
    }

    /// Plans a failure of call number `call`.
    pub fn failing(mut self, call: u64, kind: ErrorKind) -> Self {
        self.plan.insert(call, kind);
        self
    }

    /// Plans a failure of every call that has no plan of its own.
    pub fn failing_always(mut self, kind: ErrorKind) -> Self {
        self.always = Some(kind);
        self
    }

    /// Returns the number of calls so far, including failed ones.
    pub fn calls(&self) -> u64 {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Result<&T> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let planned = self.plan.get(&*calls).copied().or(self.always);
        *calls += 1;
        match planned {
            Some(kind) => Err(Error::new(kind, "call a faulty part").with_message("as planned by a test")),
            None => Ok(&self.inner),
        }
    }
}

#[async_trait]
impl<T: FindingsSource> FindingsSource for Faulty<T> {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        self.next()?.page(request).await
    }
}

#[async_trait]
impl<T: ArtifactStore> ArtifactStore for Faulty<T> {
    async fn put(&self, request: &PutArtifact) -> Result<StoredArtifact> {
        self.next()?.put(request).await
    }

    async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink> {
        self.next()?.link(request).await
    }

    async fn link_end(&self, request: &LinkRequest) -> Result<LinkEnd> {
        self.next()?.link_end(request).await
    }

    async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>> {
        self.next()?.size_of(key).await
    }

    async fn read(&self, key: &ArtifactKey) -> Result<Bytes> {
        self.next()?.read(key).await
    }
}

#[async_trait]
impl<T: Notifier> Notifier for Faulty<T> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn schemes(&self) -> Vec<String> {
        self.inner.schemes()
    }

    fn serves(&self, recipient: &Recipient) -> bool {
        self.inner.serves(recipient)
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        self.next()?.notify(notification).await
    }

    async fn notify_organisation(&self, notification: &OrganisationNotification) -> Result<Receipt> {
        self.next()?.notify_organisation(notification).await
    }

    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        self.next()?.notify_decisions(notification).await
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        self.next()?.notify_urgent(notification).await
    }
}

#[async_trait]
impl<T: HistorySink> HistorySink for Faulty<T> {
    async fn commit(&self, commit: &HistoryCommit) -> Result<CommitReceipt> {
        self.next()?.commit(commit).await
    }
}

#[async_trait]
impl<T: HistoryReader> HistoryReader for Faulty<T> {
    async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory> {
        self.next()?.project(query).await
    }

    async fn projects(&self, query: &ListProjects) -> Result<Vec<String>> {
        self.next()?.projects(query).await
    }
}

#[async_trait]
impl<T: RunLedger> RunLedger for Faulty<T> {
    async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome> {
        self.next()?.acquire(request).await
    }

    async fn renew(&self, request: &RenewRun) -> Result<()> {
        self.next()?.renew(request).await
    }

    async fn close(&self, request: &CloseRun) -> Result<()> {
        self.next()?.close(request).await
    }

    async fn record(&self, request: &RecordEntry) -> Result<()> {
        self.next()?.record(request).await
    }

    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
        self.next()?.progress(query).await
    }

    async fn messages(&self, query: &MessagesQuery) -> Result<Vec<MessageEntry>> {
        self.next()?.messages(query).await
    }

    async fn last_finished(&self) -> Result<Option<FinishedRun>> {
        self.next()?.last_finished().await
    }
}
