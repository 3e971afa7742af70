//! A compact record of a finding with what reports and history need, independent of the AWS SDK.

mod version;

use std::ops::AddAssign;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

#[cfg(feature = "files")]
pub(crate) use version::Version;
pub use version::VersionOrder;

use crate::named::named_values;
use crate::{AccountId, securityhub};

/// A text that many findings can share without copies, such as the title of a control.
pub type Text = Arc<str>;

/// Severity of a finding (ASFF `Severity.Label`); the worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// No action is needed, or the check had no result.
    Informational,
    /// Action is needed when convenient.
    Low,
    /// Action is needed, but not urgently.
    Medium,
    /// Action is needed with priority.
    High,
    /// Action is needed immediately.
    Critical,
}

named_values!(
    /// The label in ASFF, upper case.
    Severity, "a severity", [
    Informational => "INFORMATIONAL",
    Low => "LOW",
    Medium => "MEDIUM",
    High => "HIGH",
    Critical => "CRITICAL",
]);

impl Vulnerability {
    /// Takes CVSS base scores and an EPSS score. What is not in their range says nothing.
    pub(crate) fn with_scores(mut self, cvss: impl Iterator<Item = f32>, epss: Option<f32>) -> Self {
        self.cvss_score = cvss.filter(|score| (0.0..=10.0).contains(score)).max_by(f32::total_cmp);
        self.epss_score = epss.filter(|score| (0.0..=1.0).contains(score));
        self
    }
}

impl Severity {
    /// All severities in the order of reports: the worst first.
    pub const WORST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// The label that Security Hub derives from `Severity.Normalized` (0 to 100).
    pub fn from_normalized(value: u8) -> Self {
        match value {
            0 => Self::Informational,
            1..=39 => Self::Low,
            40..=69 => Self::Medium,
            70..=89 => Self::High,
            _ => Self::Critical,
        }
    }
}

/// How far people have dealt with a finding (ASFF `Workflow.Status`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WorkflowStatus {
    /// Not reviewed yet. Security Hub sets this on import.
    #[default]
    New,
    /// The owner of the resource was notified.
    Notified,
    /// Reviewed, and no action is needed.
    Suppressed,
    /// Fixed.
    Resolved,
}

named_values!(
    /// The value in ASFF, upper case.
    WorkflowStatus, "a workflow status", [
    New => "NEW",
    Notified => "NOTIFIED",
    Suppressed => "SUPPRESSED",
    Resolved => "RESOLVED",
]);

/// Whether the product still reports a finding (ASFF `RecordState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordState {
    /// Still reported. Security Hub sets this on import.
    #[default]
    Active,
    /// No longer reported.
    Archived,
}

named_values!(
    /// The value in ASFF, upper case.
    RecordState, "a record state", [
    Active => "ACTIVE",
    Archived => "ARCHIVED",
]);

/// Result of a control's check (ASFF `Compliance.Status`). Only findings of controls have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ComplianceStatus {
    /// The check passed, or there was nothing to check.
    Passed,
    /// The check could be made only in part.
    Warning,
    /// The check failed.
    Failed,
    /// The check could not be made.
    NotAvailable,
}

named_values!(
    /// The value in ASFF, upper case.
    ComplianceStatus, "a compliance status", [
    Passed => "PASSED",
    Warning => "WARNING",
    Failed => "FAILED",
    NotAvailable => "NOT_AVAILABLE",
]);

/// A resource that a finding is about. A finding has at most 32 in ASFF.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Resource {
    /// ARN or other identifier.
    pub id: Text,
    /// Type, such as `AwsS3Bucket`.
    pub kind: Option<Text>,
    /// Region of the resource, which may differ from that of the finding.
    pub region: Option<Text>,
    /// Tags, sorted by key.
    #[serde(serialize_with = "as_object")]
    pub tags: Vec<(Text, Text)>,
}

/// A vulnerability that a finding reports (Inspector and others).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Vulnerability {
    /// Identifier, such as `CVE-2026-10001`.
    pub id: Text,
    /// Vulnerable packages.
    pub packages: Vec<Package>,
    /// Whether the vulnerable packages have a fix: `YES`, `NO` or `PARTIAL`.
    pub fix_available: Option<Text>,
    /// Whether an exploit is known: `YES` or `NO`.
    pub exploit_available: Option<Text>,
    /// The highest CVSS base score that is given, 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cvss_score: Option<f32>,
    /// The EPSS score: how likely it is to be exploited within 30 days, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_score: Option<f32>,
}

/// A vulnerable package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Package {
    /// Name.
    pub name: Option<Text>,
    /// Installed version.
    pub version: Option<Text>,
    /// First version without the vulnerability.
    pub fixed_in: Option<Text>,
}

/// A note that a person wrote about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The text.
    pub text: Text,
    /// The author.
    pub updated_by: Option<Text>,
    /// When it was written, UTC.
    pub updated_at: Option<Timestamp>,
}

impl Note {
    /// A note without author and time.
    ///
    /// ```
    /// use findings_core::Note;
    /// let note = Note::new("The bucket holds public data").with_author("sato").written_at("2026-11-23T00:00:00Z".parse()?);
    /// assert_eq!(note.updated_by.as_deref(), Some("sato"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(text: impl Into<Text>) -> Self {
        Self { text: text.into(), updated_by: None, updated_at: None }
    }

    /// Sets who wrote it.
    #[must_use]
    pub fn with_author(mut self, author: impl Into<Text>) -> Self {
        self.updated_by = Some(author.into());
        self
    }

    /// Sets when it was written, UTC.
    #[must_use]
    pub fn written_at(mut self, at: Timestamp) -> Self {
        self.updated_at = Some(at);
        self
    }
}

/// A value of a finding that is not as its format, ASFF or OCSF, defines it. It costs only itself: the rest of the finding is used.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct OddValue {
    /// Path of the field in its format, without positions in lists, such as `Compliance.Status` or `resources.uid`.
    pub field: Text,
    /// The value as it came, at most [`OddValue::MAX_CHARS`] characters. Values other than texts are in JSON.
    pub value: Text,
}

impl OddValue {
    /// The largest number of characters that are kept of a value.
    pub const MAX_CHARS: usize = 40;

    /// The largest number of odd values that are kept of a finding.
    pub const MAX_PER_FINDING: usize = 50;

    /// Creates the record of an odd value. Cuts the value.
    ///
    /// ```
    /// use findings_core::OddValue;
    /// assert_eq!(OddValue::new("Title", &"long ".repeat(100)).value.len(), 40);
    /// ```
    pub fn new(field: impl Into<Text>, value: &str) -> Self {
        let end = value.char_indices().nth(Self::MAX_CHARS).map_or(value.len(), |(end, _)| end);
        Self { field: field.into(), value: value[..end].into() }
    }
}

/// A finding, in the terms of ASFF.
///
/// Any field may be missing. If `workflow` or `record_state` is missing, it gets the value that Security Hub
/// sets on import. Findings are decoded by [`asff`](crate::asff) and [`ocsf`](crate::ocsf), or created by [`Finding::new`]:
///
/// ```
/// use findings_core::{Finding, Severity};
/// let mut f = Finding::new("123456789012".parse()?, "arn:aws:securityhub:…:finding/1");
/// f.severity = Severity::High;
/// assert_eq!(f.workflow.as_str(), "NEW");
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The account that the finding is about.
    pub account: AccountId,
    /// The name of the account, if Security Hub knows it.
    pub account_name: Option<Text>,
    /// `Id`, unique within [`Finding::product_arn`].
    pub id: Text,
    /// ARN of the product that reports it.
    pub product_arn: Text,
    /// Display name of the product. Do not filter by it: AWS changes it.
    pub product_name: Option<Text>,
    /// Region of the finding.
    pub region: Option<Text>,
    /// Identifier of the rule or detector.
    pub generator_id: Option<Text>,
    /// Types in the form `namespace/category/classifier`.
    pub types: Vec<Text>,
    /// Title in one line.
    pub title: Text,
    /// Description in some sentences.
    pub description: Text,
    /// Severity, including changes that people made.
    pub severity: Severity,
    /// The severity that the product gave, if it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_severity: Option<Severity>,
    /// Security control, such as `S3.1`.
    pub control_id: Option<Text>,
    /// Standards that contain the control, such as `standards/cis-aws-foundations-benchmark/v/1.4.0`.
    pub standards: Vec<Text>,
    /// Result of the control's check.
    pub compliance: Option<ComplianceStatus>,
    /// Reason codes of the result, such as `CONFIG_EVALUATIONS_EMPTY`.
    pub compliance_reasons: Vec<Text>,
    /// Workflow status; `NEW` if missing.
    pub workflow: WorkflowStatus,
    /// Record state; `ACTIVE` if missing.
    pub record_state: RecordState,
    /// When the product first observed the problem, UTC.
    pub first_observed_at: Option<Timestamp>,
    /// When the product last observed the problem, UTC.
    pub last_observed_at: Option<Timestamp>,
    /// When the product created the finding, UTC.
    pub created_at: Option<Timestamp>,
    /// When the product last updated the finding, UTC. Changes by people do not set it.
    pub updated_at: Option<Timestamp>,
    /// All resources, the main one first.
    pub resources: Vec<Resource>,
    /// Vulnerabilities.
    pub vulnerabilities: Vec<Vulnerability>,
    /// How to fix the problem.
    pub remediation_text: Option<Text>,
    /// URL of a page about how to fix the problem.
    pub remediation_url: Option<Text>,
    /// URL of the finding in the product's own console.
    pub source_url: Option<Text>,
    /// The latest note of a person.
    pub note: Option<Note>,
    /// User-defined fields, sorted by key.
    #[serde(serialize_with = "as_object")]
    pub user_defined_fields: Vec<(Text, Text)>,
    /// Whether it is a sample finding, not a real one.
    pub sample: bool,
    /// Values that are not as the format defines them, at most [`OddValue::MAX_PER_FINDING`]. Their fields are empty, have
    /// their default or, where the value can be understood, have what it means.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub odd_values: Vec<OddValue>,
}

/// Serialises pairs as a JSON object.
fn as_object<S: Serializer>(pairs: &[(Text, Text)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

impl Finding {
    /// A finding with an account and an ID. All other fields are empty or have their default.
    pub fn new(account: AccountId, id: impl Into<Text>) -> Self {
        Self {
            account,
            account_name: None,
            id: id.into(),
            product_arn: Text::default(),
            product_name: None,
            region: None,
            generator_id: None,
            types: Vec::new(),
            title: Text::default(),
            description: Text::default(),
            severity: Severity::Informational,
            provider_severity: None,
            control_id: None,
            standards: Vec::new(),
            compliance: None,
            compliance_reasons: Vec::new(),
            workflow: WorkflowStatus::default(),
            record_state: RecordState::default(),
            first_observed_at: None,
            last_observed_at: None,
            created_at: None,
            updated_at: None,
            resources: Vec::new(),
            vulnerabilities: Vec::new(),
            remediation_text: None,
            remediation_url: None,
            source_url: None,
            note: None,
            user_defined_fields: Vec::new(),
            sample: false,
            odd_values: Vec::new(),
        }
    }

    /// When the finding began, UTC: the first observation, or the creation if that is missing.
    pub fn since(&self) -> Option<Timestamp> {
        self.first_observed_at.or(self.created_at)
    }

    /// Whether its check passes, so that nothing is to be done.
    pub fn passes(&self) -> bool {
        self.compliance == Some(ComplianceStatus::Passed)
    }

    /// Whether it is the result of one of Security Hub's own checks, and not from another product or an integration.
    pub fn is_security_hub_check(&self) -> bool {
        self.compliance.is_some() && self.product_arn.ends_with(securityhub::OWN_PRODUCT)
    }

    /// Whether Security Hub says with it that one of its services, such as GuardDuty, is on or off in the account. It is
    /// evidence of what is looked at and nothing to fix in a project, so a sweep does not return it.
    pub fn is_coverage(&self) -> bool {
        self.product_arn.ends_with(securityhub::COVERAGE_PRODUCT)
    }

    /// Adds the record of an odd value, unless there are too many already.
    pub(crate) fn add_odd_value(&mut self, field: &str, value: &str) {
        if self.odd_values.len() < OddValue::MAX_PER_FINDING {
            self.odd_values.push(OddValue::new(field, value));
        }
    }
}

/// Number of findings by severity.
///
/// ```
/// use findings_core::{Severity, SeverityCounts};
/// let mut counts = SeverityCounts::default();
/// counts.add(Severity::High);
/// assert_eq!((counts.get(Severity::High), counts.total()), (1, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityCounts {
    /// `CRITICAL`
    pub critical: u64,
    /// `HIGH`
    pub high: u64,
    /// `MEDIUM`
    pub medium: u64,
    /// `LOW`
    pub low: u64,
    /// `INFORMATIONAL`
    pub informational: u64,
}

impl SeverityCounts {
    /// Adds one to the number of a severity.
    pub fn add(&mut self, severity: Severity) {
        *self.get_mut(severity) += 1;
    }

    /// The number of findings of one severity.
    pub fn get(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Informational => self.informational,
        }
    }

    /// The number of findings of all severities.
    pub fn total(&self) -> u64 {
        Severity::WORST_FIRST.iter().map(|s| self.get(*s)).sum()
    }

    /// The same numbers without those of less severe findings.
    ///
    /// ```
    /// use findings_core::{Severity, SeverityCounts};
    /// let counts = SeverityCounts { critical: 1, high: 2, low: 3, ..SeverityCounts::default() };
    /// assert_eq!(counts.at_least(Severity::High).total(), 3);
    /// ```
    #[must_use]
    pub fn at_least(&self, severity: Severity) -> Self {
        let mut counts = Self::default();
        for of in Severity::WORST_FIRST.into_iter().filter(|of| *of >= severity) {
            *counts.get_mut(of) = self.get(of);
        }
        counts
    }

    /// The numbers that are left without these.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        let mut counts = Self::default();
        for of in Severity::WORST_FIRST {
            *counts.get_mut(of) = self.get(of).saturating_sub(others.get(of));
        }
        counts
    }

    fn get_mut(&mut self, severity: Severity) -> &mut u64 {
        match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Informational => &mut self.informational,
        }
    }
}

impl AddAssign for SeverityCounts {
    fn add_assign(&mut self, other: Self) {
        self.critical += other.critical;
        self.high += other.high;
        self.medium += other.medium;
        self.low += other.low;
        self.informational += other.informational;
    }
}

impl FromIterator<Severity> for SeverityCounts {
    fn from_iter<I: IntoIterator<Item = Severity>>(severities: I) -> Self {
        let mut counts = Self::default();
        severities.into_iter().for_each(|s| counts.add(s));
        counts
    }
}
