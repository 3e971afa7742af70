//! The filter of a query for findings, as GetFindings defines it.

use jiff::Timestamp;
use serde::Serialize;

use crate::{ComplianceStatus, Finding, RecordState, Severity, Text, WorkflowStatus, partition, securityhub};

/// The filter of a query for findings. A finding has to match every field.
///
/// The default is that of the Security Hub console: record state `ACTIVE` and workflow status `NEW` or `NOTIFIED`.
///
/// ```
/// use findings_core::{Finding, Selection, WorkflowStatus};
/// let mut f = Finding::new("123456789012".parse()?, "1");
/// assert!(Selection::default().matches(&f));
/// f.workflow = WorkflowStatus::Suppressed;
/// assert!(!Selection::default().matches(&f));
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Selection {
    /// Record states. A finding matches if it has one of them.
    pub record_states: Vec<RecordState>,
    /// Workflow statuses. A finding matches if it has one of them.
    pub workflow: Vec<WorkflowStatus>,
    /// Results of a control's check; empty for every finding, those that belong to no control included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compliance: Vec<ComplianceStatus>,
    /// Severities; empty for every severity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<Severity>,
    /// Region of the finding; `None` for every Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Text>,
    /// Regions whose findings are left out; not together with `region`. At most [`Selection::MAX_VALUES`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_in_regions: Vec<Text>,
    /// Products (`ProductArn`); empty for every product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Text>,
    /// The earliest time of the product's last update (`UpdatedAt`), UTC; `None` for any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_since: Option<Timestamp>,
    /// Finding IDs (`Id`); empty for every finding. At most [`Selection::MAX_IDS`] in one query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Text>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            record_states: vec![RecordState::Active],
            workflow: vec![WorkflowStatus::New, WorkflowStatus::Notified],
            compliance: Vec::new(),
            severities: Vec::new(),
            region: None,
            not_in_regions: Vec::new(),
            products: Vec::new(),
            updated_since: None,
            ids: Vec::new(),
        }
    }
}

impl Selection {
    /// Active check results, passed ones included, that were updated at `since` or later. They are the evidence that
    /// Security Hub checks an account.
    ///
    /// ```
    /// use findings_core::{ComplianceStatus, Finding, Selection, WorkflowStatus};
    /// let mut f = Finding::new("123456789012".parse()?, "1");
    /// f.compliance = Some(ComplianceStatus::Passed);
    /// f.workflow = WorkflowStatus::Resolved;
    /// f.updated_at = Some("2026-11-23T00:00:00Z".parse()?);
    /// assert!(Selection::checks_since("2026-11-22T00:00:00Z".parse()?).matches(&f));
    /// assert!(!Selection::checks_since("2026-11-24T00:00:00Z".parse()?).matches(&f));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn checks_since(since: Timestamp) -> Self {
        use ComplianceStatus::{Failed, NotAvailable, Passed, Warning};
        Self {
            record_states: vec![RecordState::Active],
            workflow: WorkflowStatus::ALL.to_vec(),
            compliance: vec![Passed, Warning, Failed, NotAvailable],
            updated_since: Some(since),
            ..Self::default()
        }
    }

    /// Open findings that are at least as severe as `severity`.
    ///
    /// ```
    /// use findings_core::{Finding, Selection, Severity};
    /// let mut f = Finding::new("123456789012".parse()?, "1");
    /// f.severity = Severity::High;
    /// assert!(Selection::open_from(Severity::High).matches(&f) && !Selection::open_from(Severity::Critical).matches(&f));
    /// # Ok::<(), findings_core::InvalidAccountId>(())
    /// ```
    pub fn open_from(severity: Severity) -> Self {
        let severities = Severity::WORST_FIRST.into_iter().filter(|one| *one >= severity).collect();
        Self { severities, ..Self::default() }
    }

    /// Restricts the filter to one Region and to Security Hub's own findings there. Integrations send check results,
    /// too, which say nothing about Security Hub.
    ///
    /// ```
    /// use findings_core::Selection;
    /// let of = |region: &str| Selection::default().of_security_hub_in(region).products[0].to_string();
    /// assert_eq!(of("eu-west-1"), "arn:aws:securityhub:eu-west-1::product/aws/securityhub");
    /// assert_eq!(of("cn-north-1"), "arn:aws-cn:securityhub:cn-north-1::product/aws/securityhub");
    /// assert_eq!(of("eusc-de-east-1"), "arn:aws-eusc:securityhub:eusc-de-east-1::product/aws/securityhub");
    /// ```
    pub fn of_security_hub_in(mut self, region: &str) -> Self {
        let partition = partition::of_region(region);
        self.products = vec![format!("arn:{partition}:securityhub:{region}::{}", securityhub::OWN_PRODUCT).into()];
        self.region = Some(region.into());
        self
    }

    /// The largest number of values for one attribute of a filter of GetFindings.
    pub const MAX_VALUES: usize = 20;

    /// The largest number of IDs in one query.
    pub const MAX_IDS: usize = Self::MAX_VALUES;

    /// The findings with these IDs, with any record state and workflow status.
    pub fn of_ids(ids: Vec<Text>) -> Self {
        Self {
            record_states: vec![RecordState::Active, RecordState::Archived],
            workflow: WorkflowStatus::ALL.to_vec(),
            ids,
            ..Self::default()
        }
    }

    /// Whether a finding matches the filter.
    pub fn matches(&self, finding: &Finding) -> bool {
        self.record_states.contains(&finding.record_state)
            && self.workflow.contains(&finding.workflow)
            && (self.compliance.is_empty() || finding.compliance.is_some_and(|c| self.compliance.contains(&c)))
            && (self.severities.is_empty() || self.severities.contains(&finding.severity))
            && (self.products.is_empty() || self.products.contains(&finding.product_arn))
            && self.region.as_ref().is_none_or(|region| finding.region.as_ref() == Some(region))
            && !finding.region.as_ref().is_some_and(|region| self.not_in_regions.contains(region))
            && self.updated_since.is_none_or(|since| finding.updated_at.is_some_and(|at| at >= since))
            && (self.ids.is_empty() || self.ids.contains(&finding.id))
    }
}
