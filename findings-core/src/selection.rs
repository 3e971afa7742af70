//! Which findings are asked for, in the terms of GetFindings' filters.

use jiff::Timestamp;
use serde::Serialize;

use crate::{ComplianceStatus, Finding, RecordState, Text, WorkflowStatus, securityhub};

/// Which findings are asked for.
///
/// The default is the contract of the job and the default view of the Security Hub console: `ACTIVE` and `NEW` or `NOTIFIED`, and nothing else is
/// filtered away.
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
    /// Record states, any of.
    pub record_states: Vec<RecordState>,
    /// Workflow statuses, any of.
    pub workflow: Vec<WorkflowStatus>,
    /// Results of a control's check, any of; empty for every finding, those of no control included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compliance: Vec<ComplianceStatus>,
    /// Region in which they were found; `None` for every Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Text>,
    /// Products (`ProductArn`), any of; empty for every product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Text>,
    /// Changed by the product at this moment or later, UTC; `None` for any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_since: Option<Timestamp>,
    /// `Id`s, any of; empty for all. [`Selection::MAX_IDS`] at the most in one query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Text>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            record_states: vec![RecordState::Active],
            workflow: vec![WorkflowStatus::New, WorkflowStatus::Notified],
            compliance: Vec::new(),
            region: None,
            products: Vec::new(),
            updated_since: None,
            ids: Vec::new(),
        }
    }
}

impl Selection {
    /// Active results of checks, passed ones too, that are not older than `since`: what proves that checks are made.
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

    /// Narrowed to the findings of one Region and, there, to those of Security Hub itself: integrations send results of checks too.
    ///
    /// ```
    /// use findings_core::Selection;
    /// let of = |region: &str| Selection::default().of_security_hub_in(region).products[0].to_string();
    /// assert_eq!(of("eu-west-1"), "arn:aws:securityhub:eu-west-1::product/aws/securityhub");
    /// assert_eq!(of("cn-north-1"), "arn:aws-cn:securityhub:cn-north-1::product/aws/securityhub");
    /// ```
    pub fn of_security_hub_in(mut self, region: &str) -> Self {
        let partition = match region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        self.products = vec![format!("arn:{partition}:securityhub:{region}::{}", securityhub::OWN_PRODUCT).into()];
        self.region = Some(region.into());
        self
    }

    /// GetFindings takes at most 20 values for each attribute of its filter.
    pub const MAX_IDS: usize = 20;

    /// The findings with these IDs, in whatever state they are.
    pub fn of_ids(ids: Vec<Text>) -> Self {
        Self {
            record_states: vec![RecordState::Active, RecordState::Archived],
            workflow: WorkflowStatus::ALL.to_vec(),
            ids,
            ..Self::default()
        }
    }

    /// Whether the finding is selected.
    pub fn matches(&self, finding: &Finding) -> bool {
        self.record_states.contains(&finding.record_state)
            && self.workflow.contains(&finding.workflow)
            && (self.compliance.is_empty() || finding.compliance.is_some_and(|c| self.compliance.contains(&c)))
            && (self.products.is_empty() || self.products.contains(&finding.product_arn))
            && self.region.as_ref().is_none_or(|region| finding.region.as_ref() == Some(region))
            && self.updated_since.is_none_or(|since| finding.updated_at.is_some_and(|at| at >= since))
            && (self.ids.is_empty() || self.ids.contains(&finding.id))
    }
}
