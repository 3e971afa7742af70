//! The finding attributes that filters and sort criteria can name.

/// The type of an attribute's filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeKind {
    Text,
    Date,
    Number,
    Flag,
    Map,
}

/// An attribute: its name in `Filters` and its path in a finding. If the path crosses arrays, the attribute has several
/// values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) kind: AttributeKind,
    pub(crate) path: &'static [&'static str],
}

impl Attribute {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ATTRIBUTES.iter().find(|attribute| attribute.name == name)
    }
}

const fn text(name: &'static str, path: &'static [&'static str]) -> Attribute {
    Attribute { name, kind: AttributeKind::Text, path }
}

const fn date(name: &'static str, path: &'static [&'static str]) -> Attribute {
    Attribute { name, kind: AttributeKind::Date, path }
}

const fn number(name: &'static str, path: &'static [&'static str]) -> Attribute {
    Attribute { name, kind: AttributeKind::Number, path }
}

const fn map(name: &'static str, path: &'static [&'static str]) -> Attribute {
    Attribute { name, kind: AttributeKind::Map, path }
}

/// Not included: keyword and IP filters, deprecated names, and the fields of network, process, container and access-key
/// details.
#[rustfmt::skip]
const ATTRIBUTES: &[Attribute] = &[
    text("AwsAccountId", &["AwsAccountId"]),
    text("AwsAccountName", &["AwsAccountName"]),
    text("CompanyName", &["CompanyName"]),
    text("ComplianceAssociatedStandardsId", &["Compliance", "AssociatedStandards", "StandardsId"]),
    text("ComplianceSecurityControlId", &["Compliance", "SecurityControlId"]),
    text("ComplianceSecurityControlParametersName", &["Compliance", "SecurityControlParameters", "Name"]),
    text("ComplianceSecurityControlParametersValue", &["Compliance", "SecurityControlParameters", "Value"]),
    text("ComplianceStatus", &["Compliance", "Status"]),
    text("Description", &["Description"]),
    text("FindingProviderFieldsRelatedFindingsId", &["FindingProviderFields", "RelatedFindings", "Id"]),
    text("FindingProviderFieldsRelatedFindingsProductArn", &["FindingProviderFields", "RelatedFindings", "ProductArn"]),
    text("FindingProviderFieldsSeverityLabel", &["FindingProviderFields", "Severity", "Label"]),
    text("FindingProviderFieldsSeverityOriginal", &["FindingProviderFields", "Severity", "Original"]),
    text("FindingProviderFieldsTypes", &["FindingProviderFields", "Types"]),
    text("GeneratorId", &["GeneratorId"]),
    text("Id", &["Id"]),
    text("MalwareName", &["Malware", "Name"]),
    text("MalwarePath", &["Malware", "Path"]),
    text("MalwareState", &["Malware", "State"]),
    text("MalwareType", &["Malware", "Type"]),
    text("NoteText", &["Note", "Text"]),
    text("NoteUpdatedBy", &["Note", "UpdatedBy"]),
    text("ProductArn", &["ProductArn"]),
    text("ProductName", &["ProductName"]),
    text("RecommendationText", &["Remediation", "Recommendation", "Text"]),
    text("RecordState", &["RecordState"]),
    text("Region", &["Region"]),
    text("RelatedFindingsId", &["RelatedFindings", "Id"]),
    text("RelatedFindingsProductArn", &["RelatedFindings", "ProductArn"]),
    text("ResourceApplicationArn", &["Resources", "ApplicationArn"]),
    text("ResourceApplicationName", &["Resources", "ApplicationName"]),
    text("ResourceId", &["Resources", "Id"]),
    text("ResourcePartition", &["Resources", "Partition"]),
    text("ResourceRegion", &["Resources", "Region"]),
    text("ResourceType", &["Resources", "Type"]),
    text("SeverityLabel", &["Severity", "Label"]),
    text("SourceUrl", &["SourceUrl"]),
    text("Title", &["Title"]),
    text("Type", &["Types"]),
    text("VerificationState", &["VerificationState"]),
    text("VulnerabilitiesExploitAvailable", &["Vulnerabilities", "ExploitAvailable"]),
    text("VulnerabilitiesFixAvailable", &["Vulnerabilities", "FixAvailable"]),
    text("WorkflowStatus", &["Workflow", "Status"]),
    date("CreatedAt", &["CreatedAt"]),
    date("FirstObservedAt", &["FirstObservedAt"]),
    date("LastObservedAt", &["LastObservedAt"]),
    date("NoteUpdatedAt", &["Note", "UpdatedAt"]),
    date("UpdatedAt", &["UpdatedAt"]),
    number("Confidence", &["Confidence"]),
    number("Criticality", &["Criticality"]),
    number("FindingProviderFieldsConfidence", &["FindingProviderFields", "Confidence"]),
    number("FindingProviderFieldsCriticality", &["FindingProviderFields", "Criticality"]),
    number("SeverityNormalized", &["Severity", "Normalized"]),
    number("SeverityProduct", &["Severity", "Product"]),
    Attribute { name: "Sample", kind: AttributeKind::Flag, path: &["Sample"] },
    map("ProductFields", &["ProductFields"]),
    map("ResourceDetailsOther", &["Resources", "Details", "Other"]),
    map("ResourceTags", &["Resources", "Tags"]),
    map("UserDefinedFields", &["UserDefinedFields"]),
];
