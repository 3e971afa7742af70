//! Conformance suite of [`FindingsSource`].
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a suite reports a broken contract by panicking")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::source::{
    AccountBatch, FindingsQuery, FindingsSource, Page, PageRequest, PageSize, PageToken, RejectedRecord,
};
use crate::{AccountId, ErrorKind, Finding, RecordState, Selection, Severity, WorkflowStatus};

/// Creates the sources under test. A source of findings in ASFF implements [`AsffProbe`] in its place.
#[async_trait]
pub trait SourceProbe: Debug + Send + Sync {
    /// Creates a source that holds these findings. They have an account, an ID, a product, a Region, a time of the last
    /// update, a record state, a workflow status and a severity.
    async fn source(&self, findings: Vec<Finding>) -> Arc<dyn FindingsSource>;
}

/// Creates the sources under test from records in ASFF, some of which cannot be read as findings.
#[async_trait]
pub trait AsffProbe: Debug + Send + Sync {
    /// Creates a source with these records.
    async fn asff_source(&self, records: Vec<Value>) -> Arc<dyn FindingsSource>;
}

/// Gives the findings of the suite to an [`AsffProbe`] as records in ASFF.
#[derive(Debug)]
pub struct AsAsff<P>(pub P);

#[async_trait]
impl<P: AsffProbe> SourceProbe for AsAsff<P> {
    async fn source(&self, findings: Vec<Finding>) -> Arc<dyn FindingsSource> {
        self.0.asff_source(findings.iter().map(record_of).collect()).await
    }
}

fn record_of(finding: &Finding) -> Value {
    json!({
        "AwsAccountId": finding.account.to_string(),
        "Id": finding.id,
        "ProductArn": finding.product_arn,
        "Region": finding.region,
        "UpdatedAt": finding.updated_at.map(|at| at.to_string()),
        "RecordState": finding.record_state.as_str(),
        "Workflow": { "Status": finding.workflow.as_str() },
        "Severity": { "Label": finding.severity.as_str() },
    })
}

fn account(n: usize) -> AccountId {
    AccountId::try_from(format!("{n:012}")).expect("twelve digits")
}

fn finding(n: usize, id: usize) -> Finding {
    let mut finding = Finding::new(account(n), format!("{n}/{id}"));
    finding.product_arn = "arn:aws:securityhub:us-east-1::product/aws/securityhub".into();
    finding.region = Some("us-east-1".into());
    finding.updated_at = Timestamp::from_second(1_795_132_800).ok();
    finding
}

/// A record of the sample finding, with another value.
fn with(finding: &Finding, field: &str, value: Value) -> Value {
    let mut record = record_of(finding);
    record[field] = value;
    record
}

fn query(accounts: &[usize], page_size: usize) -> FindingsQuery {
    let accounts = accounts.iter().map(|n| account(*n)).collect();
    FindingsQuery::new(AccountBatch::new(accounts).expect("1 to 20 accounts"))
        .with_page_size(PageSize::new(page_size).expect("1 to 100"))
}

/// Returns every page of a query; panics after 1,000 pages.
async fn pages(source: &dyn FindingsSource, query: FindingsQuery) -> Vec<Page> {
    let mut request = PageRequest::first(query);
    let mut pages = Vec::new();
    loop {
        let page = source.page(&request).await.expect("a page");
        request.token.clone_from(&page.next);
        pages.push(page);
        assert!(pages.len() <= 1_000, "the pages do not end");
        if request.token.is_none() {
            return pages;
        }
    }
}

fn ids(pages: &[Page]) -> BTreeSet<String> {
    pages.iter().flat_map(|p| &p.findings).map(|f| f.id.to_string()).collect()
}

/// MUST return only findings of the requested accounts that match the selection.
pub async fn returns_only_what_is_asked_for(probe: impl SourceProbe) {
    let mut findings: Vec<Finding> = (0..4).map(|n| finding(n, 0)).collect();
    let mut archived = finding(1, 1);
    archived.record_state = RecordState::Archived;
    findings.push(archived);
    for (id, status) in [(2, WorkflowStatus::Suppressed), (3, WorkflowStatus::Resolved), (4, WorkflowStatus::Notified)]
    {
        let mut other = finding(1, id);
        other.workflow = status;
        findings.push(other);
    }
    let source = probe.source(findings).await;
    let want = ["1/0", "1/4", "2/0"].map(str::to_owned).into();
    assert_eq!(ids(&pages(&*source, query(&[1, 2], 100)).await), want);
}

/// MUST return only findings of the severities that the selection names, and every one of them.
pub async fn returns_only_the_severities_asked_for(probe: impl SourceProbe) {
    let of_severity = |(id, severity): (usize, &Severity)| {
        let mut finding = finding(1, id);
        finding.severity = *severity;
        finding
    };
    let source = probe.source(Severity::WORST_FIRST.iter().enumerate().map(of_severity).collect()).await;
    for (from, want) in [(Severity::Critical, 1), (Severity::High, 2), (Severity::Informational, 5)] {
        let query = query(&[1], 100).with_selection(Selection::open_from(from));
        let want: BTreeSet<String> = (0..want).map(|id| format!("1/{id}")).collect();
        assert_eq!(ids(&pages(&*source, query).await), want, "from {from}");
    }
}

/// MUST return at most `PageSize` findings per page.
pub async fn keeps_to_the_page_size(probe: impl SourceProbe) {
    let source = probe.source((0..25).map(|id| finding(1, id)).collect()).await;
    for size in [1, 7, 25, 100] {
        let pages = pages(&*source, query(&[1], size)).await;
        assert!(pages.iter().all(|p| p.findings.len() <= size), "size {size}");
    }
}

/// MUST return every finding, and reach a last page.
pub async fn reaches_every_finding_and_ends(probe: impl SourceProbe) {
    let findings: Vec<Finding> = (0..5).flat_map(|n| (0..=7 * n).map(move |id| finding(n, id))).collect();
    let want: BTreeSet<String> = findings.iter().map(|f| f.id.to_string()).collect();
    let source = probe.source(findings).await;
    for size in [1, 3, 100] {
        assert_eq!(ids(&pages(&*source, query(&[0, 1, 2, 3, 4], size)).await), want, "size {size}");
    }
}

/// MUST return an empty list that ends for accounts without findings.
pub async fn no_findings_is_an_answer(probe: impl SourceProbe) {
    let source = probe.source(vec![finding(1, 0)]).await;
    let pages = pages(&*source, query(&[2, 3], 100)).await;
    assert!(ids(&pages).is_empty());
}

/// MUST fail with `StaleToken` for a token that it does not know.
pub async fn refuses_a_token_it_does_not_know(probe: impl SourceProbe) {
    let source = probe.source((0..10).map(|id| finding(1, id)).collect()).await;
    let token = PageToken::new("nobody gave this token").expect("not empty");
    let error = source.page(&PageRequest::after(query(&[1], 2), token)).await.expect_err("the token is refused");
    assert_eq!(error.kind(), ErrorKind::StaleToken, "{error}");
}

/// MUST report each record that it cannot read.
pub async fn reports_what_it_cannot_read(AsAsff(probe): AsAsff<impl AsffProbe>) {
    let broken = with(&finding(1, 1), "Id", json!(["not", "a", "text"]));
    let source = probe.asff_source(vec![record_of(&finding(1, 0)), broken, record_of(&finding(1, 2))]).await;
    let pages = pages(&*source, query(&[1], 100)).await;
    assert_eq!(ids(&pages), ["1/0", "1/2"].map(str::to_owned).into());
    let rejected: Vec<&RejectedRecord> = pages.iter().flat_map(|p| &p.rejected).collect();
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    assert_eq!(rejected[0].account, Some(account(1)));
}

/// MUST return a finding of which only some values cannot be read.
pub async fn an_odd_value_costs_only_itself(AsAsff(probe): AsAsff<impl AsffProbe>) {
    let odd = with(&finding(1, 0), "Title", json!(["not", "a", "text"]));
    let source = probe.asff_source(vec![odd, record_of(&finding(1, 1))]).await;
    let pages = pages(&*source, query(&[1], 100)).await;
    assert_eq!(ids(&pages), ["1/0", "1/1"].map(str::to_owned).into());
    let findings = || pages.iter().flat_map(|p| &p.findings);
    // the name of the field depends on the format that the source reads
    let values: Vec<&str> = findings().flat_map(|f| &f.odd_values).map(|odd| &*odd.value).collect();
    assert_eq!(values, [r#"["not","a","text"]"#]);
    assert!(pages.iter().all(|p| p.rejected.is_empty()));
}

/// Generates a test for each clause that any source can be asked. `$make` is an async expression that yields a
/// [`SourceProbe`].
///
/// ```
/// use std::sync::Arc;
///
/// use findings_core::memory::MemorySource;
/// use findings_core::testing::conformance::source::SourceProbe;
/// use findings_core::{Finding, FindingsSource};
///
/// #[derive(Debug)]
/// struct Probe;
///
/// #[async_trait::async_trait]
/// impl SourceProbe for Probe {
///     async fn source(&self, findings: Vec<Finding>) -> Arc<dyn FindingsSource> {
///         Arc::new(MemorySource::new(findings))
///     }
/// }
///
/// mod conformance {
///     findings_core::source_conformance!(async { super::Probe });
/// }
/// ```
#[macro_export]
macro_rules! source_conformance {
    (ignore = $reason:literal, $make:expr) => { $crate::source_conformance!(@ [ignore = $reason,] $make); };
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* source, $make, [
            returns_only_what_is_asked_for,
            returns_only_the_severities_asked_for,
            keeps_to_the_page_size,
            reaches_every_finding_and_ends,
            no_findings_is_an_answer,
            refuses_a_token_it_does_not_know,
        ]);
    };
    ($make:expr) => { $crate::source_conformance!(@ [] $make); };
}

/// Generates a test for each clause, for a source of findings in ASFF. `$make` is an async expression that yields an
/// [`AsffProbe`].
#[macro_export]
macro_rules! asff_source_conformance {
    (ignore = $reason:literal, $make:expr) => { $crate::asff_source_conformance!(@ [ignore = $reason,] $make); };
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::source_conformance!(@ [$($ignore)*] async { $crate::testing::conformance::source::AsAsff($make.await) });
        $crate::__conformance_tests!(
            $($ignore)* source, async { $crate::testing::conformance::source::AsAsff($make.await) }, [
            reports_what_it_cannot_read,
            an_odd_value_costs_only_itself,
        ]);
    };
    ($make:expr) => { $crate::asff_source_conformance!(@ [] $make); };
}
