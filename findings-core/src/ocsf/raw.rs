//! The OCSF attributes that the decoder reads, with their names in the JSON.
//!
//! Classes: <https://schema.ocsf.io/1.6.0/categories/findings>. Attributes that only some dialects have say which.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::loose::{Leaf, Leaves, Part, Parts};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawFinding<'a> {
    #[serde(borrow)]
    pub(super) class_uid: Leaf<'a>,
    pub(super) activity_id: Leaf<'a>,
    pub(super) cloud: Part<'a, RawCloud<'a>>,
    pub(super) metadata: Part<'a, RawMetadata<'a>>,
    pub(super) finding_info: Part<'a, RawInfo<'a>>,
    /// `finding_info` in class 2001.
    pub(super) finding: Part<'a, RawInfo<'a>>,
    pub(super) severity: Leaf<'a>,
    pub(super) severity_id: Leaf<'a>,
    pub(super) status: Leaf<'a>,
    pub(super) status_id: Leaf<'a>,
    /// `status` in class 2001.
    pub(super) state: Leaf<'a>,
    pub(super) state_id: Leaf<'a>,
    /// Result of a check; Prowler.
    pub(super) status_code: Leaf<'a>,
    /// What the check found; Prowler.
    pub(super) status_detail: Leaf<'a>,
    /// Security Lake: the text of the note. Prowler: what the check found.
    pub(super) message: Leaf<'a>,
    /// Security Hub: the text of the note.
    pub(super) comment: Leaf<'a>,
    pub(super) compliance: Part<'a, RawCompliance<'a>>,
    pub(super) resources: Parts<'a, RawResource<'a>>,
    /// The only resource; Security Lake, class 2003.
    pub(super) resource: Parts<'a, RawResource<'a>>,
    /// Where the data is; class 2006.
    pub(super) databucket: Part<'a, RawResource<'a>>,
    pub(super) vulnerabilities: Parts<'a, RawVulnerability<'a>>,
    pub(super) remediation: Part<'a, RawRemediation<'a>>,
    /// The rest of ASFF, by path; Security Lake.
    pub(super) unmapped: Part<'a, BTreeMap<String, Leaf<'a>>>,
    /// What the product sent, before people changed it; Security Hub.
    pub(super) vendor_attributes: Part<'a, RawVendor<'a>>,
    pub(super) time: Leaf<'a>,
    pub(super) time_dt: Leaf<'a>,
    /// `time_dt` of early versions of Prowler.
    pub(super) event_time: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawCloud<'a> {
    #[serde(borrow)]
    pub(super) account: Part<'a, RawAccount<'a>>,
    /// `account.uid` in class 2001.
    pub(super) account_uid: Leaf<'a>,
    pub(super) provider: Leaf<'a>,
    pub(super) region: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawAccount<'a> {
    #[serde(borrow)]
    pub(super) uid: Leaf<'a>,
    pub(super) name: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawMetadata<'a> {
    #[serde(borrow)]
    pub(super) product: Part<'a, RawProduct<'a>>,
    /// The check; Prowler.
    pub(super) event_code: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawProduct<'a> {
    #[serde(borrow)]
    pub(super) uid: Leaf<'a>,
    pub(super) name: Leaf<'a>,
    pub(super) feature: Part<'a, RawUid<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawUid<'a> {
    #[serde(borrow)]
    pub(super) uid: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawInfo<'a> {
    #[serde(borrow)]
    pub(super) uid: Leaf<'a>,
    pub(super) title: Leaf<'a>,
    pub(super) desc: Leaf<'a>,
    pub(super) types: Leaves<'a>,
    pub(super) src_url: Leaf<'a>,
    pub(super) analytic: Part<'a, RawUid<'a>>,
    /// The product of early versions of Prowler.
    pub(super) product_uid: Leaf<'a>,
    pub(super) created_time: Leaf<'a>,
    pub(super) created_time_dt: Leaf<'a>,
    pub(super) first_seen_time: Leaf<'a>,
    pub(super) first_seen_time_dt: Leaf<'a>,
    pub(super) last_seen_time: Leaf<'a>,
    pub(super) last_seen_time_dt: Leaf<'a>,
    pub(super) modified_time: Leaf<'a>,
    pub(super) modified_time_dt: Leaf<'a>,
    /// Class 2001.
    pub(super) remediation: Part<'a, RawRemediation<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawCompliance<'a> {
    #[serde(borrow)]
    pub(super) control: Leaf<'a>,
    pub(super) standards: Leaves<'a>,
    pub(super) status: Leaf<'a>,
    pub(super) status_id: Leaf<'a>,
    /// Security Lake.
    pub(super) status_code: Leaf<'a>,
    /// Security Hub.
    pub(super) assessments: Parts<'a, RawAssessment<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawAssessment<'a> {
    #[serde(borrow)]
    pub(super) name: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawResource<'a> {
    #[serde(borrow)]
    pub(super) uid: Leaf<'a>,
    /// The ARN, if `uid` is another identifier; Security Hub.
    pub(super) uid_alt: Leaf<'a>,
    pub(super) name: Leaf<'a>,
    #[serde(rename = "type")]
    pub(super) kind: Leaf<'a>,
    pub(super) region: Leaf<'a>,
    pub(super) cloud_partition: Leaf<'a>,
    /// Security Hub.
    pub(super) tags: Parts<'a, RawTag<'a>>,
    /// Tags as texts; Security Lake and Prowler.
    pub(super) labels: Leaves<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawTag<'a> {
    #[serde(borrow)]
    pub(super) name: Leaf<'a>,
    pub(super) value: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawVulnerability<'a> {
    #[serde(borrow)]
    pub(super) cve: Part<'a, RawCve<'a>>,
    pub(super) title: Leaf<'a>,
    pub(super) affected_packages: Parts<'a, RawPackage<'a>>,
    /// `affected_packages` of early versions.
    pub(super) packages: Parts<'a, RawPackage<'a>>,
    pub(super) fix_coverage: Leaf<'a>,
    pub(super) is_fix_available: Leaf<'a>,
    pub(super) is_exploit_available: Leaf<'a>,
    pub(super) remediation: Part<'a, RawRemediation<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawCve<'a> {
    #[serde(borrow)]
    pub(super) uid: Leaf<'a>,
    pub(super) cvss: Parts<'a, RawCvss<'a>>,
    pub(super) epss: Part<'a, RawEpss<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawCvss<'a> {
    #[serde(borrow)]
    pub(super) base_score: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawEpss<'a> {
    /// A text in the schema.
    #[serde(borrow)]
    pub(super) score: Leaf<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawPackage<'a> {
    #[serde(borrow)]
    pub(super) name: Leaf<'a>,
    pub(super) version: Leaf<'a>,
    pub(super) fixed_in_version: Leaf<'a>,
    pub(super) remediation: Part<'a, RawRemediation<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawRemediation<'a> {
    #[serde(borrow)]
    pub(super) desc: Leaf<'a>,
    pub(super) references: Leaves<'a>,
    /// `references` of early versions.
    pub(super) kb_articles: Leaves<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawVendor<'a> {
    #[serde(borrow)]
    pub(super) severity: Leaf<'a>,
    pub(super) severity_id: Leaf<'a>,
}
