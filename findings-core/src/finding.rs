//! Our own compact record of a finding: everything that a report or a history needs, nothing of the SDK.

use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::{AccountId, securityhub};

/// A text that many findings share, such as the title of a control.
pub type Text = Arc<str>;

/// How bad it is (ASFF `Severity.Label`); the worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// No action needed, or a check that could not say.
    Informational,
    /// Act when convenient.
    Low,
    /// Act, but not at once.
    Medium,
    /// Act with priority.
    High,
    /// Act now.
    Critical,
}

impl Severity {
    /// All, the worst first: the order in which people read them.
    pub const WORST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// The label of ASFF, upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "INFORMATIONAL",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }

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

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the people stand with it (ASFF `Workflow.Status`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WorkflowStatus {
    /// Nobody has looked; what Security Hub sets on import.
    #[default]
    New,
    /// The owner of the resource was told.
    Notified,
    /// Reviewed, and no action is needed.
    Suppressed,
    /// Fixed.
    Resolved,
}

impl WorkflowStatus {
    /// All.
    pub const ALL: [Self; 4] = [Self::New, Self::Notified, Self::Suppressed, Self::Resolved];

    /// The value of ASFF, upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Notified => "NOTIFIED",
            Self::Suppressed => "SUPPRESSED",
            Self::Resolved => "RESOLVED",
        }
    }
}

/// Whether the product still sees it (ASFF `RecordState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordState {
    /// Seen; what Security Hub sets on import.
    #[default]
    Active,
    /// No longer seen.
    Archived,
}

impl RecordState {
    /// The value of ASFF, upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Archived => "ARCHIVED",
        }
    }
}

/// Result of a control's check (ASFF `Compliance.Status`); only findings of controls have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ComplianceStatus {
    /// The check passed, or nothing was there to check.
    Passed,
    /// The check could not be made completely.
    Warning,
    /// The check failed.
    Failed,
    /// The check could not be made.
    NotAvailable,
}

impl ComplianceStatus {
    /// The value of ASFF, upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Warning => "WARNING",
            Self::Failed => "FAILED",
            Self::NotAvailable => "NOT_AVAILABLE",
        }
    }
}

/// A resource that a finding is about; a finding has up to 32.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Resource {
    /// ARN or other identifier.
    pub id: Text,
    /// Type such as `AwsS3Bucket`.
    pub kind: Option<Text>,
    /// Where the resource is; the finding's own Region may differ.
    pub region: Option<Text>,
    /// Tags, sorted by key.
    #[serde(serialize_with = "as_object")]
    pub tags: Vec<(Text, Text)>,
}

/// A vulnerability that a finding reports (Inspector and others).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Vulnerability {
    /// Such as `CVE-2026-10001`.
    pub id: Text,
    /// Vulnerable packages.
    pub packages: Vec<Package>,
    /// `YES`, `NO` or `PARTIAL`.
    pub fix_available: Option<Text>,
    /// `YES` or `NO`.
    pub exploit_available: Option<Text>,
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

/// What somebody wrote about the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The text.
    pub text: Text,
    /// Who wrote it.
    pub updated_by: Option<Text>,
    /// When, UTC.
    pub updated_at: Option<Timestamp>,
}

/// A finding, decoded from ASFF. Every field may be missing there; here the two that Security Hub sets on import have its defaults.
///
/// Made by [`asff`](crate::asff), or for a test by [`Finding::new`]:
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
    /// Its name, where Security Hub knows it.
    pub account_name: Option<Text>,
    /// `Id`, unique within [`Finding::product_arn`].
    pub id: Text,
    /// The product that found it.
    pub product_arn: Text,
    /// Its name for people. Not for filtering: AWS changes it.
    pub product_name: Option<Text>,
    /// Where it was found.
    pub region: Option<Text>,
    /// The rule or detector.
    pub generator_id: Option<Text>,
    /// Types in the form `namespace/category/classifier`.
    pub types: Vec<Text>,
    /// One line.
    pub title: Text,
    /// Some sentences.
    pub description: Text,
    /// Severity, after a person's change if there was one.
    pub severity: Severity,
    /// Security control such as `S3.1`.
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
    /// First seen by the product, UTC.
    pub first_observed_at: Option<Timestamp>,
    /// Last seen by the product, UTC.
    pub last_observed_at: Option<Timestamp>,
    /// Made, UTC.
    pub created_at: Option<Timestamp>,
    /// Last changed by the product, UTC. People's changes do not touch it.
    pub updated_at: Option<Timestamp>,
    /// All resources, the main one first.
    pub resources: Vec<Resource>,
    /// Vulnerabilities.
    pub vulnerabilities: Vec<Vulnerability>,
    /// What to do.
    pub remediation_text: Option<Text>,
    /// Where to read what to do.
    pub remediation_url: Option<Text>,
    /// The finding in the product's own console.
    pub source_url: Option<Text>,
    /// A person's note.
    pub note: Option<Note>,
    /// Fields that a team added.
    #[serde(serialize_with = "as_object")]
    pub user_defined_fields: Vec<(Text, Text)>,
    /// A sample, not a real finding.
    pub sample: bool,
}

/// Pairs as a JSON object.
fn as_object<S: Serializer>(pairs: &[(Text, Text)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

impl Finding {
    /// A finding with an account and an ID, everything else empty.
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
        }
    }

    /// Since when the product has seen it: the first observation, else the creation.
    pub fn since(&self) -> Option<Timestamp> {
        self.first_observed_at.or(self.created_at)
    }

    /// Whether it is the result of a check that Security Hub itself made, and not of another product or an integration.
    pub fn is_security_hub_check(&self) -> bool {
        self.compliance.is_some() && self.product_arn.ends_with(securityhub::OWN_PRODUCT)
    }

    /// Whether `self` is the later version of the same finding.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.updated_at > other.updated_at
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
    /// Counts one more.
    pub fn add(&mut self, severity: Severity) {
        *self.slot(severity) += 1;
    }

    /// The number of one severity.
    pub fn get(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Informational => self.informational,
        }
    }

    /// The number of all.
    pub fn total(&self) -> u64 {
        Severity::WORST_FIRST.iter().map(|s| self.get(*s)).sum()
    }

    fn slot(&mut self, severity: Severity) -> &mut u64 {
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
