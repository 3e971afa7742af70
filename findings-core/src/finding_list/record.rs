//! A finding in few bytes: what many findings say is a number of the [`Dictionary`], the rest stands in the record.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dictionary::{Dictionary, Numbers};
use crate::{
    AccountId, ComplianceStatus, Finding, Note, OddValue, Package, RecordState, Resource, Severity, Text,
    Vulnerability, WorkflowStatus,
};

/// A text of a record.
#[derive(Serialize, Deserialize)]
pub(super) enum Word<'a> {
    /// The number of a text in the dictionary.
    Known(u32),
    /// A text that few findings have.
    Own(&'a str),
}

/// Seconds and nanoseconds since 1970, UTC.
type Moment = (i64, i32);

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    account: u64,
    #[serde(borrow)]
    account_name: Option<Word<'a>>,
    id: &'a str,
    product_arn: Word<'a>,
    product_name: Option<Word<'a>>,
    region: Option<Word<'a>>,
    generator_id: Option<Word<'a>>,
    types: Vec<Word<'a>>,
    title: Word<'a>,
    description: Word<'a>,
    severity: Severity,
    provider_severity: Option<Severity>,
    control_id: Option<Word<'a>>,
    standards: Vec<Word<'a>>,
    compliance: Option<ComplianceStatus>,
    compliance_reasons: Vec<Word<'a>>,
    workflow: WorkflowStatus,
    state: RecordState,
    first_observed_at: Option<Moment>,
    last_observed_at: Option<Moment>,
    created_at: Option<Moment>,
    updated_at: Option<Moment>,
    resources: Vec<ResourceRecord<'a>>,
    vulnerabilities: Vec<VulnerabilityRecord<'a>>,
    remediation_text: Option<Word<'a>>,
    remediation_url: Option<Word<'a>>,
    source_url: Option<&'a str>,
    note: Option<NoteRecord<'a>>,
    user_defined_fields: Vec<(Word<'a>, &'a str)>,
    sample: bool,
    odd_values: Vec<(Word<'a>, &'a str)>,
}

#[derive(Serialize, Deserialize)]
struct ResourceRecord<'a> {
    id: &'a str,
    #[serde(borrow)]
    kind: Option<Word<'a>>,
    region: Option<Word<'a>>,
    tags: Vec<(Word<'a>, &'a str)>,
}

#[derive(Serialize, Deserialize)]
struct VulnerabilityRecord<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    packages: Vec<[Option<Word<'a>>; 3]>,
    fix_available: Option<Word<'a>>,
    exploit_available: Option<Word<'a>>,
    cvss_score: Option<f32>,
    epss_score: Option<f32>,
}

#[derive(Serialize, Deserialize)]
struct NoteRecord<'a> {
    text: &'a str,
    #[serde(borrow)]
    updated_by: Option<Word<'a>>,
    updated_at: Option<Moment>,
}

/// Appends the record of a finding to `buffer`.
pub(super) fn write(finding: &Finding, numbers: &mut Numbers<'_>, buffer: &mut Vec<u8>) -> postcard::Result<()> {
    // a new field does not compile until it is kept, too
    let Finding {
        account,
        account_name,
        id,
        product_arn,
        product_name,
        region,
        generator_id,
        types,
        title,
        description,
        severity,
        provider_severity,
        control_id,
        standards,
        compliance,
        compliance_reasons,
        workflow,
        record_state,
        first_observed_at,
        last_observed_at,
        created_at,
        updated_at,
        resources,
        vulnerabilities,
        remediation_text,
        remediation_url,
        source_url,
        note,
        user_defined_fields,
        sample,
        odd_values,
    } = finding;
    let record = Record {
        account: account.number(),
        account_name: numbers.maybe(account_name.as_ref()),
        id,
        product_arn: numbers.word(product_arn),
        product_name: numbers.maybe(product_name.as_ref()),
        region: numbers.maybe(region.as_ref()),
        generator_id: numbers.maybe(generator_id.as_ref()),
        types: numbers.words(types),
        title: numbers.word(title),
        description: numbers.word(description),
        severity: *severity,
        provider_severity: *provider_severity,
        control_id: numbers.maybe(control_id.as_ref()),
        standards: numbers.words(standards),
        compliance: *compliance,
        compliance_reasons: numbers.words(compliance_reasons),
        workflow: *workflow,
        state: *record_state,
        first_observed_at: first_observed_at.map(moment),
        last_observed_at: last_observed_at.map(moment),
        created_at: created_at.map(moment),
        updated_at: updated_at.map(moment),
        resources: resources.iter().map(|resource| resource_record(resource, numbers)).collect(),
        vulnerabilities: vulnerabilities.iter().map(|known| vulnerability_record(known, numbers)).collect(),
        remediation_text: numbers.maybe(remediation_text.as_ref()),
        remediation_url: numbers.maybe(remediation_url.as_ref()),
        source_url: source_url.as_deref(),
        note: note.as_ref().map(|note| NoteRecord {
            text: &note.text,
            updated_by: numbers.maybe(note.updated_by.as_ref()),
            updated_at: note.updated_at.map(moment),
        }),
        user_defined_fields: user_defined_fields.iter().map(|(key, value)| (numbers.word(key), &**value)).collect(),
        sample: *sample,
        odd_values: odd_values.iter().map(|odd| (numbers.word(&odd.field), &*odd.value)).collect(),
    };
    // the vector grows in place
    *buffer = postcard::to_extend(&record, std::mem::take(buffer))?;
    Ok(())
}

fn resource_record<'a>(resource: &'a Resource, numbers: &mut Numbers<'_>) -> ResourceRecord<'a> {
    let Resource { id, kind, region, tags } = resource;
    ResourceRecord {
        id,
        kind: numbers.maybe(kind.as_ref()),
        region: numbers.maybe(region.as_ref()),
        tags: tags.iter().map(|(key, value)| (numbers.word(key), &**value)).collect(),
    }
}

fn vulnerability_record<'a>(vulnerability: &'a Vulnerability, numbers: &mut Numbers<'_>) -> VulnerabilityRecord<'a> {
    let Vulnerability { id, packages, fix_available, exploit_available, cvss_score, epss_score } = vulnerability;
    let package = |Package { name, version, fixed_in }: &'a Package| {
        [name, version, fixed_in].map(|text| numbers.maybe(text.as_ref()))
    };
    VulnerabilityRecord {
        packages: packages.iter().map(package).collect(),
        id: numbers.word(id),
        fix_available: numbers.maybe(fix_available.as_ref()),
        exploit_available: numbers.maybe(exploit_available.as_ref()),
        cvss_score: *cvss_score,
        epss_score: *epss_score,
    }
}

/// Reads a record; `None` if the bytes are not what [`write`] wrote with this dictionary.
pub(super) fn read(bytes: &[u8], texts: &Dictionary) -> Option<Finding> {
    let record: Record<'_> = postcard::from_bytes(bytes).ok()?;
    let texts = texts.read();
    let mut finding = Finding::new(AccountId::from_number(record.account)?, record.id);
    finding.account_name = texts.maybe(record.account_name.as_ref())?;
    finding.product_arn = texts.text(&record.product_arn)?;
    finding.product_name = texts.maybe(record.product_name.as_ref())?;
    finding.region = texts.maybe(record.region.as_ref())?;
    finding.generator_id = texts.maybe(record.generator_id.as_ref())?;
    finding.types = texts.texts(&record.types)?;
    finding.title = texts.text(&record.title)?;
    finding.description = texts.text(&record.description)?;
    (finding.severity, finding.provider_severity) = (record.severity, record.provider_severity);
    finding.control_id = texts.maybe(record.control_id.as_ref())?;
    finding.standards = texts.texts(&record.standards)?;
    finding.compliance = record.compliance;
    finding.compliance_reasons = texts.texts(&record.compliance_reasons)?;
    (finding.workflow, finding.record_state) = (record.workflow, record.state);
    finding.first_observed_at = timestamp(record.first_observed_at)?;
    finding.last_observed_at = timestamp(record.last_observed_at)?;
    finding.created_at = timestamp(record.created_at)?;
    finding.updated_at = timestamp(record.updated_at)?;
    let pair = |(key, value): &(Word<'_>, &str)| Some((texts.text(key)?, Text::from(*value)));
    let resource = |resource: &ResourceRecord<'_>| {
        Some(Resource {
            id: resource.id.into(),
            kind: texts.maybe(resource.kind.as_ref())?,
            region: texts.maybe(resource.region.as_ref())?,
            tags: resource.tags.iter().map(pair).collect::<Option<_>>()?,
        })
    };
    finding.resources = record.resources.iter().map(resource).collect::<Option<_>>()?;
    let vulnerability = |known: &VulnerabilityRecord<'_>| {
        let package = |[name, version, fixed_in]: &[Option<Word<'_>>; 3]| {
            Some(Package {
                name: texts.maybe(name.as_ref())?,
                version: texts.maybe(version.as_ref())?,
                fixed_in: texts.maybe(fixed_in.as_ref())?,
            })
        };
        Some(Vulnerability {
            id: texts.text(&known.id)?,
            packages: known.packages.iter().map(package).collect::<Option<_>>()?,
            fix_available: texts.maybe(known.fix_available.as_ref())?,
            exploit_available: texts.maybe(known.exploit_available.as_ref())?,
            cvss_score: known.cvss_score,
            epss_score: known.epss_score,
        })
    };
    finding.vulnerabilities = record.vulnerabilities.iter().map(vulnerability).collect::<Option<_>>()?;
    finding.remediation_text = texts.maybe(record.remediation_text.as_ref())?;
    finding.remediation_url = texts.maybe(record.remediation_url.as_ref())?;
    finding.source_url = record.source_url.map(Text::from);
    if let Some(note) = &record.note {
        let (updated_by, updated_at) = (texts.maybe(note.updated_by.as_ref())?, timestamp(note.updated_at)?);
        finding.note = Some(Note { text: note.text.into(), updated_by, updated_at });
    }
    finding.user_defined_fields = record.user_defined_fields.iter().map(pair).collect::<Option<_>>()?;
    finding.sample = record.sample;
    let odd = |(field, value): &(Word<'_>, &str)| Some(OddValue { field: texts.text(field)?, value: (*value).into() });
    finding.odd_values = record.odd_values.iter().map(odd).collect::<Option<_>>()?;
    Some(finding)
}

fn moment(at: Timestamp) -> Moment {
    (at.as_second(), at.subsec_nanosecond())
}

/// `None` if the moment is none that a finding can have.
#[expect(clippy::option_option, reason = "the outer one says whether the record can be read")]
fn timestamp(moment: Option<Moment>) -> Option<Option<Timestamp>> {
    let Some((second, nanosecond)) = moment else { return Some(None) };
    Timestamp::new(second, nanosecond).ok().map(Some)
}
