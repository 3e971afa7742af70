//! The ASFF fields that the decoder reads, with their names in the JSON, and their conversion to [`Finding`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::text_pool::Texts;
use super::{cause, parse_time};
use crate::finding::{Finding, Note, Package, Resource, Severity, Text, Vulnerability};
use crate::{AccountId, ComplianceStatus, RecordState, WorkflowStatus, securityhub};

/// A JSON string, borrowed from the input unless it contains escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Str<'a>(#[serde(borrow)] Cow<'a, str>);

type Opt<'a> = Option<Str<'a>>;

#[derive(Deserialize)]
#[serde(rename = "Finding", rename_all = "PascalCase")]
pub(super) struct RawFinding<'a> {
    #[serde(borrow)]
    aws_account_id: Opt<'a>,
    aws_account_name: Opt<'a>,
    id: Opt<'a>,
    product_arn: Opt<'a>,
    product_name: Opt<'a>,
    region: Opt<'a>,
    generator_id: Opt<'a>,
    types: Option<Vec<Str<'a>>>,
    finding_provider_fields: Option<RawProviderFields<'a>>,
    title: Opt<'a>,
    description: Opt<'a>,
    severity: Option<RawSeverity<'a>>,
    compliance: Option<RawCompliance<'a>>,
    workflow: Option<RawWorkflow<'a>>,
    record_state: Opt<'a>,
    first_observed_at: Opt<'a>,
    last_observed_at: Opt<'a>,
    created_at: Opt<'a>,
    updated_at: Opt<'a>,
    resources: Option<Vec<RawResource<'a>>>,
    vulnerabilities: Option<Vec<RawVulnerability<'a>>>,
    remediation: Option<RawRemediation<'a>>,
    source_url: Opt<'a>,
    product_fields: Option<RawProductFields<'a>>,
    note: Option<RawNote<'a>>,
    user_defined_fields: Option<BTreeMap<String, Str<'a>>>,
    sample: Option<bool>,
}

/// What the product sent. Security Hub fills `Severity` and `Types` with it if nobody changed them.
#[derive(Deserialize)]
#[serde(rename = "FindingProviderFields", rename_all = "PascalCase")]
struct RawProviderFields<'a> {
    #[serde(borrow)]
    severity: Option<RawSeverity<'a>>,
    types: Option<Vec<Str<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename = "Severity", rename_all = "PascalCase")]
struct RawSeverity<'a> {
    #[serde(borrow)]
    label: Opt<'a>,
    normalized: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename = "Compliance", rename_all = "PascalCase")]
struct RawCompliance<'a> {
    #[serde(borrow)]
    status: Opt<'a>,
    security_control_id: Opt<'a>,
    associated_standards: Option<Vec<RawStandard<'a>>>,
    status_reasons: Option<Vec<RawReason<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename = "Standard", rename_all = "PascalCase")]
struct RawStandard<'a> {
    #[serde(borrow)]
    standards_id: Opt<'a>,
}

#[derive(Deserialize)]
#[serde(rename = "Reason", rename_all = "PascalCase")]
struct RawReason<'a> {
    #[serde(borrow)]
    reason_code: Opt<'a>,
}

#[derive(Deserialize)]
#[serde(rename = "Workflow", rename_all = "PascalCase")]
struct RawWorkflow<'a> {
    #[serde(borrow)]
    status: Opt<'a>,
}

#[derive(Deserialize)]
#[serde(rename = "Resource", rename_all = "PascalCase")]
struct RawResource<'a> {
    #[serde(borrow)]
    id: Opt<'a>,
    r#type: Opt<'a>,
    region: Opt<'a>,
    tags: Option<BTreeMap<String, Str<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename = "Vulnerability", rename_all = "PascalCase")]
struct RawVulnerability<'a> {
    #[serde(borrow)]
    id: Opt<'a>,
    vulnerable_packages: Option<Vec<RawPackage<'a>>>,
    fix_available: Opt<'a>,
    exploit_available: Opt<'a>,
    cvss: Option<Vec<RawCvss>>,
    epss_score: Option<f32>,
}

#[derive(Deserialize)]
#[serde(rename = "Cvss", rename_all = "PascalCase")]
struct RawCvss {
    base_score: Option<f32>,
}

#[derive(Deserialize)]
#[serde(rename = "Package", rename_all = "PascalCase")]
struct RawPackage<'a> {
    #[serde(borrow)]
    name: Opt<'a>,
    version: Opt<'a>,
    fixed_in_version: Opt<'a>,
}

#[derive(Deserialize)]
#[serde(rename = "Remediation", rename_all = "PascalCase")]
struct RawRemediation<'a> {
    #[serde(borrow)]
    recommendation: Option<RawRecommendation<'a>>,
}

#[derive(Deserialize)]
#[serde(rename = "Recommendation", rename_all = "PascalCase")]
struct RawRecommendation<'a> {
    #[serde(borrow)]
    text: Opt<'a>,
    url: Opt<'a>,
}

#[derive(Deserialize)]
#[serde(rename = "Note", rename_all = "PascalCase")]
struct RawNote<'a> {
    #[serde(borrow)]
    text: Opt<'a>,
    updated_by: Opt<'a>,
    updated_at: Opt<'a>,
}

/// Fields that older findings of controls, and findings without consolidated control findings, have only in
/// `ProductFields`.
#[derive(Deserialize)]
#[serde(rename = "ProductFields")]
struct RawProductFields<'a> {
    #[serde(rename = "ControlId", borrow)]
    control_id: Opt<'a>,
    #[serde(rename = "RuleId")]
    rule_id: Opt<'a>,
    #[serde(rename = "StandardsArn")]
    standards_arn: Opt<'a>,
    #[serde(rename = "StandardsGuideArn")]
    standards_guide_arn: Opt<'a>,
    #[serde(rename = "aws/securityhub/ProductName")]
    product_name: Opt<'a>,
}

const COMPLIANCE: [ComplianceStatus; 4] =
    [ComplianceStatus::Passed, ComplianceStatus::Warning, ComplianceStatus::Failed, ComplianceStatus::NotAvailable];

/// Returns the value as a text outside the pool, for values that rarely repeat.
fn text(value: &Opt<'_>) -> Option<Text> {
    value.as_ref().map(|s| Text::from(&*s.0))
}

/// Returns the value unless it is missing or empty.
fn non_empty<'a>(value: &'a Opt<'_>) -> Option<&'a str> {
    value.as_ref().map(|s| &*s.0).filter(|s| !s.is_empty())
}

/// Returns the value from the pool, for values that repeat. Empty values are treated as missing.
fn shared(value: &Opt<'_>, pool: &mut Texts) -> Option<Text> {
    non_empty(value).map(|s| pool.share(s))
}

/// Parses a time. Records a text that is none.
fn time(field: &str, value: &Opt<'_>, finding: &mut Finding) -> Option<jiff::Timestamp> {
    let text = non_empty(value)?;
    let time = parse_time(text);
    if time.is_none() {
        finding.add_odd_value(field, text);
    }
    time
}

/// Finds a field's value in the list that ASFF defines for it, in any case. Records a value that is not exactly in the
/// list.
fn enumerated<T: Copy>(
    field: &str,
    value: &Opt<'_>,
    (known, as_str): (&[T], impl Fn(T) -> &'static str),
    finding: &mut Finding,
) -> Option<T> {
    let text = non_empty(value)?;
    if let Some(exact) = known.iter().find(|k| as_str(**k) == text) {
        return Some(*exact);
    }
    finding.add_odd_value(field, text);
    known.iter().find(|k| as_str(**k).eq_ignore_ascii_case(text.trim())).copied()
}

impl<'a> RawFinding<'a> {
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|error| format!("not a finding in ASFF: {}", cause(&error)))
    }

    pub(super) fn into_finding(self, pool: &mut Texts) -> Result<Finding, String> {
        let account = non_empty(&self.aws_account_id).ok_or("AwsAccountId is missing")?;
        let account: AccountId = account.parse().map_err(|e| format!("AwsAccountId {e}"))?;
        let id = text(&self.id).filter(|id| !id.is_empty()).ok_or("Id is missing")?;
        let mut finding = Finding::new(account, id);
        self.set_statuses(&mut finding);
        self.set_origin(&mut finding, pool);
        self.set_control(&mut finding, pool);
        finding.account_name = shared(&self.aws_account_name, pool);
        finding.types = self.types(pool);
        finding.title = shared(&self.title, pool).unwrap_or_default();
        finding.description = shared(&self.description, pool).unwrap_or_default();
        finding.first_observed_at = time("FirstObservedAt", &self.first_observed_at, &mut finding);
        finding.last_observed_at = time("LastObservedAt", &self.last_observed_at, &mut finding);
        finding.created_at = time("CreatedAt", &self.created_at, &mut finding);
        finding.updated_at = time("UpdatedAt", &self.updated_at, &mut finding);
        finding.resources = self.resources.iter().flatten().map(|r| r.to_resource(pool)).collect();
        finding.vulnerabilities = self.vulnerabilities.iter().flatten().map(|v| v.to_vulnerability(pool)).collect();
        if let Some(recommendation) = self.remediation.as_ref().and_then(|r| r.recommendation.as_ref()) {
            finding.remediation_text = shared(&recommendation.text, pool);
            finding.remediation_url = shared(&recommendation.url, pool);
        }
        finding.source_url = text(&self.source_url);
        finding.note = self.note.as_ref().and_then(|note| note.to_note(pool, &mut finding));
        finding.user_defined_fields = pairs(self.user_defined_fields.as_ref(), pool);
        finding.sample = self.sample.unwrap_or(false);
        Ok(finding)
    }

    /// Sets severity, workflow status, record state and compliance status.
    fn set_statuses(&self, finding: &mut Finding) {
        let provider = self.finding_provider_fields.as_ref().and_then(|fields| fields.severity.as_ref());
        let severity = RawSeverity::to_severity(self.severity.as_ref(), "Severity.Label", finding)
            .or_else(|| RawSeverity::to_severity(provider, "FindingProviderFields.Severity.Label", finding));
        finding.severity = severity.unwrap_or(Severity::Informational);
        finding.provider_severity = provider.and_then(RawSeverity::as_given);
        // what is missing here and below counts as NEW and ACTIVE, which Security Hub sets on import
        if let Some(workflow) = &self.workflow {
            let known = (WorkflowStatus::ALL, WorkflowStatus::as_str);
            finding.workflow = enumerated("Workflow.Status", &workflow.status, known, finding).unwrap_or_default();
        }
        let known = (RecordState::ALL, RecordState::as_str);
        finding.record_state = enumerated("RecordState", &self.record_state, known, finding).unwrap_or_default();
        if let Some(compliance) = &self.compliance {
            let known = (&COMPLIANCE[..], ComplianceStatus::as_str);
            finding.compliance = enumerated("Compliance.Status", &compliance.status, known, finding);
        }
    }

    /// Returns the types, or those that the product sent if there are none.
    fn types(&self, pool: &mut Texts) -> Vec<Text> {
        let provider = self.finding_provider_fields.as_ref().and_then(|fields| fields.types.as_ref());
        let types = self.types.as_ref().filter(|types| !types.is_empty()).or(provider);
        types.into_iter().flatten().map(|t| pool.share(&t.0)).collect()
    }

    /// Sets product and Region. Findings from before 2021 have them only in `ProductFields` and `ProductArn`.
    fn set_origin(&self, finding: &mut Finding, pool: &mut Texts) {
        let fields = self.product_fields.as_ref();
        finding.product_arn = shared(&self.product_arn, pool).unwrap_or_default();
        finding.product_name = shared(&self.product_name, pool).or_else(|| shared(&fields?.product_name, pool));
        let from_arn = finding.product_arn.split(':').nth(3).filter(|r| !r.is_empty()).map(|r| pool.share(r));
        finding.region = shared(&self.region, pool).or(from_arn);
        finding.generator_id = shared(&self.generator_id, pool);
    }

    /// Sets the control and its standards. Without consolidated control findings, they are in `ProductFields`.
    fn set_control(&self, finding: &mut Finding, pool: &mut Texts) {
        if let Some(compliance) = &self.compliance {
            finding.control_id = shared(&compliance.security_control_id, pool);
            let standards = compliance.associated_standards.iter().flatten();
            finding.standards = standards.filter_map(|s| shared(&s.standards_id, pool)).collect();
            let reasons = compliance.status_reasons.iter().flatten();
            finding.compliance_reasons = reasons.filter_map(|r| shared(&r.reason_code, pool)).collect();
        }
        // other products use the same field names with other meanings
        let is_own = finding.product_arn.ends_with(securityhub::OWN_PRODUCT);
        let Some(fields) = self.product_fields.as_ref().filter(|_| is_own) else { return };
        if finding.control_id.is_none() {
            finding.control_id = shared(&fields.control_id, pool).or_else(|| shared(&fields.rule_id, pool));
        }
        if finding.standards.is_empty() {
            let arn = non_empty(&fields.standards_arn).or(non_empty(&fields.standards_guide_arn));
            finding.standards =
                arn.map(|arn| pool.share(arn.rsplit(":::").next().unwrap_or(arn))).into_iter().collect();
        }
    }
}

impl RawSeverity<'_> {
    /// Returns the severity that the label names, or else that of the number. `field` is the path of the label.
    fn to_severity(severity: Option<&Self>, field: &str, finding: &mut Finding) -> Option<Severity> {
        let severity = severity?;
        let known = (&Severity::WORST_FIRST[..], Severity::as_str);
        enumerated(field, &severity.label, known, finding).or_else(|| {
            // the cast saturates, so every number maps to a severity
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100, and saturating")]
            severity.normalized.map(|n| Severity::from_normalized(n.ceil() as u8))
        })
    }
}

impl RawSeverity<'_> {
    /// Returns the severity only if it is written as ASFF defines it. A value that is not explains nothing.
    fn as_given(&self) -> Option<Severity> {
        non_empty(&self.label)?.parse().ok()
    }
}

impl RawResource<'_> {
    fn to_resource(&self, pool: &mut Texts) -> Resource {
        Resource {
            id: text(&self.id).unwrap_or_default(),
            kind: shared(&self.r#type, pool),
            region: shared(&self.region, pool),
            tags: pairs(self.tags.as_ref(), pool),
        }
    }
}

fn pairs(map: Option<&BTreeMap<String, Str<'_>>>, pool: &mut Texts) -> Vec<(Text, Text)> {
    map.into_iter().flatten().map(|(key, value)| (pool.share(key), pool.share(&value.0))).collect()
}

impl RawVulnerability<'_> {
    fn to_vulnerability(&self, pool: &mut Texts) -> Vulnerability {
        let package = |p: &RawPackage<'_>, pool: &mut Texts| Package {
            name: shared(&p.name, pool),
            version: shared(&p.version, pool),
            fixed_in: shared(&p.fixed_in_version, pool),
        };
        Vulnerability {
            id: shared(&self.id, pool).unwrap_or_default(),
            packages: self.vulnerable_packages.iter().flatten().map(|p| package(p, pool)).collect(),
            fix_available: shared(&self.fix_available, pool),
            exploit_available: shared(&self.exploit_available, pool),
            ..Vulnerability::default()
        }
        .with_scores(self.cvss.iter().flatten().filter_map(|cvss| cvss.base_score), self.epss_score)
    }
}

impl RawNote<'_> {
    fn to_note(&self, pool: &mut Texts, finding: &mut Finding) -> Option<Note> {
        Some(Note {
            text: shared(&self.text, pool)?,
            updated_by: shared(&self.updated_by, pool),
            updated_at: time("Note.UpdatedAt", &self.updated_at, finding),
        })
    }
}
