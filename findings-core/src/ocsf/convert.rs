//! The conversion of a record to [`Finding`]. `docs/ocsf.md` has the table.

use super::draft::Draft;
use super::loose::{Leaf, Part};
use super::raw::{RawFinding, RawInfo, RawPackage, RawProduct, RawRemediation, RawVulnerability};
use super::{Decoded, SetAside};
use crate::account::InvalidAccountId;
use crate::asff::Texts;
use crate::finding::{Note, Package, Vulnerability};
use crate::{AccountId, Finding, Result, Text, securityhub};

/// The classes of findings that are known. Others of the category are read in the same way, and said to be odd.
const CLASSES: [i64; 7] = [2001, 2002, 2003, 2004, 2006, 2007, 2008];

/// The class of incidents, which are lists of findings that are there themselves.
const INCIDENT: i64 = 2005;

/// Converts a record.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub(super) fn convert(raw: &RawFinding<'_>, pool: &mut Texts, has_replacements: bool) -> Result<Decoded, String> {
    let class = plain_number(&raw.class_uid);
    if class.is_some_and(|class| class == INCIDENT || !(2000..3000).contains(&class)) {
        return Ok(Decoded::SetAside(SetAside::NoFinding));
    }
    let Some(account) = account(raw)? else { return Ok(Decoded::SetAside(SetAside::OutsideAws)) };
    let empty = RawInfo::default();
    let info = info(raw).unwrap_or(&empty);
    let id = match &info.uid {
        Leaf::Text(id) if !id.is_empty() => Text::from(&**id),
        Leaf::Missing | Leaf::Text(_) => return Err("finding_info.uid is missing".to_owned()),
        _ => return Err("not a finding in OCSF: finding_info.uid is not a text".to_owned()),
    };
    let mut draft = Draft::new(Finding::new(account, id), pool, has_replacements);
    draft.note_odd_identity(raw, class);
    draft.set_origin(raw, info);
    draft.set_statuses(raw);
    draft.set_compliance(raw);
    draft.set_texts(raw, info);
    draft.set_times(raw, info);
    draft.set_resources(raw);
    draft.set_vulnerabilities(raw);
    draft.set_remediation(raw, info);
    draft.set_people(raw);
    Ok(Decoded::Finding(Box::new(draft.finding)))
}

/// A number, also in a text, without a record of its being odd.
fn plain_number(leaf: &Leaf<'_>) -> Option<i64> {
    match leaf {
        Leaf::Number(number) => number.as_i64(),
        Leaf::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A number with a fraction, also in a text, as a score is.
fn decimal(leaf: &Leaf<'_>) -> Option<f32> {
    match leaf {
        Leaf::Number(number) => number.to_string().parse().ok(),
        Leaf::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn account_leaf<'r, 'a>(raw: &'r RawFinding<'a>) -> Option<&'r Leaf<'a>> {
    let Part::Object(cloud) = &raw.cloud else { return None };
    match &cloud.account {
        Part::Object(account) if !account.uid.is_missing() => Some(&account.uid),
        _ => Some(&cloud.account_uid),
    }
}

/// Returns the AWS account; `None` if the finding is about an account of another cloud.
fn account(raw: &RawFinding<'_>) -> Result<Option<AccountId>, String> {
    if is_of_other_cloud(raw) {
        return Ok(None);
    }
    let uid = match account_leaf(raw) {
        Some(Leaf::Text(text)) if !text.is_empty() => text.to_string(),
        Some(Leaf::Number(number)) => number.to_string(),
        _ => return Err("cloud.account.uid is missing".to_owned()),
    };
    match uid.parse() {
        Ok(account) => Ok(Some(account)),
        // a subscription of Azure, for example
        Err(InvalidAccountId::NotDigits(_)) => Ok(None),
        // the digits of an account of AWS that were damaged
        Err(error) => Err(format!("cloud.account.uid {error}")),
    }
}

fn is_of_other_cloud(raw: &RawFinding<'_>) -> bool {
    let Part::Object(cloud) = &raw.cloud else { return false };
    let Leaf::Text(provider) = &cloud.provider else { return false };
    let provider = provider.trim().to_ascii_lowercase();
    !provider.is_empty() && !provider.starts_with("aws") && !provider.starts_with("amazon")
}

/// The description of the finding, which class 2001 has under another name.
fn info<'r, 'a>(raw: &'r RawFinding<'a>) -> Option<&'r RawInfo<'a>> {
    match (&raw.finding_info, &raw.finding) {
        (Part::Object(info), _) | (_, Part::Object(info)) => Some(info),
        _ => None,
    }
}

/// Returns account and ID as they came, for the message about a record that is rejected.
pub(super) fn names(raw: &RawFinding<'_>) -> (Option<AccountId>, Option<String>) {
    let id = match info(raw).map(|info| &info.uid) {
        Some(Leaf::Text(id)) => Some(id.chars().take(200).collect()),
        _ => None,
    };
    (account(raw).ok().flatten(), id)
}

impl Draft<'_> {
    pub(super) fn is_of_prowler(&self) -> bool {
        self.finding.product_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("prowler"))
    }

    /// Reads a value that has no place in OCSF, by its path in ASFF.
    pub(super) fn unmapped(&mut self, raw: &RawFinding<'_>, path: &str) -> Option<Text> {
        let Part::Object(unmapped) = &raw.unmapped else { return None };
        self.shared(&format!("unmapped.{path}"), unmapped.get(path)?)
    }

    /// Records what is odd about class and account, which were read before there was a draft.
    fn note_odd_identity(&mut self, raw: &RawFinding<'_>, class: Option<i64>) {
        match class {
            Some(class) if CLASSES.contains(&class) => {}
            Some(class) => self.odd("class_uid", &class.to_string()),
            None => {
                self.number("class_uid", &raw.class_uid);
            }
        }
        if let Some(Leaf::Number(number)) = account_leaf(raw) {
            self.odd("cloud.account.uid", &number.to_string());
        }
        if let Part::Object(cloud) = &raw.cloud
            && let Some(account) = self.part("cloud.account", &cloud.account)
        {
            self.finding.account_name = self.shared("cloud.account.name", &account.name);
        }
    }

    /// Sets product, Region and generator.
    fn set_origin(&mut self, raw: &RawFinding<'_>, info: &RawInfo<'_>) {
        let metadata = self.part("metadata", &raw.metadata);
        let product = metadata.and_then(|metadata| self.part("metadata.product", &metadata.product));
        if let Some(product) = product {
            self.finding.product_name = self.shared("metadata.product.name", &product.name);
            // the same product, so that its findings go on when an organisation moves to the new Security Hub
            let uid = self.text("metadata.product.uid", &product.uid);
            self.finding.product_arn =
                uid.map(|uid| self.share(&uid.replacen(":productv2/", ":product/", 1))).unwrap_or_default();
        }
        if self.finding.product_arn.is_empty() {
            let named = self.shared("finding_info.product_uid", &info.product_uid);
            self.finding.product_arn = named.or_else(|| self.finding.product_name.clone()).unwrap_or_default();
        }
        if let Part::Object(cloud) = &raw.cloud {
            self.finding.region = self.shared("cloud.region", &cloud.region);
        }
        if self.finding.region.is_none() {
            let arn = self.finding.product_arn.clone();
            self.finding.region = arn.split(':').nth(3).filter(|region| !region.is_empty()).map(|r| self.share(r));
        }
        let code = metadata.and_then(|metadata| self.shared("metadata.event_code", &metadata.event_code));
        self.finding.generator_id = self.generator(product, info).or(code);
    }

    /// Returns the rule or detector, as near to ASFF's `GeneratorId` as the dialects allow.
    fn generator(&mut self, product: Option<&RawProduct<'_>>, info: &RawInfo<'_>) -> Option<Text> {
        if let Some(feature) = product.and_then(|product| self.part("metadata.product.feature", &product.feature))
            && let Some(uid) = self.shared("metadata.product.feature.uid", &feature.uid)
        {
            return Some(uid);
        }
        if self.is_of_security_hub()
            && let Some(rule) = rule_in(&self.finding.id.clone())
        {
            return Some(self.share(rule));
        }
        let analytic = self.part("finding_info.analytic", &info.analytic)?;
        self.shared("finding_info.analytic.uid", &analytic.uid)
    }

    fn is_of_security_hub(&self) -> bool {
        self.finding.product_arn.ends_with(securityhub::OWN_PRODUCT)
    }

    /// Sets the control, its standards and the result of the check.
    fn set_compliance(&mut self, raw: &RawFinding<'_>) {
        if let Some(compliance) = self.part("compliance", &raw.compliance) {
            self.finding.compliance = self.result(compliance);
            self.finding.standards = self.texts("compliance.standards", &compliance.standards);
            // what other products call a control is none of Security Hub's
            if self.is_of_security_hub() {
                self.finding.control_id = self.shared("compliance.control", &compliance.control);
            }
            let mut reasons = Vec::new();
            for assessment in self.parts("compliance.assessments", &compliance.assessments) {
                reasons.extend(self.shared("compliance.assessments.name", &assessment.name));
            }
            reasons.extend(self.shared("compliance.status_code", &compliance.status_code));
            self.finding.compliance_reasons = reasons;
        } else if self.is_of_prowler() {
            self.finding.compliance = self.code(&raw.status_code);
        }
        if !self.is_of_security_hub() {
            return;
        }
        if self.finding.control_id.is_none() {
            let earlier = self.unmapped(raw, "ProductFields.ControlId");
            self.finding.control_id = earlier.or_else(|| self.unmapped(raw, "ProductFields.RuleId"));
        }
        if self.finding.standards.is_empty()
            && let Some(arn) = self.unmapped(raw, "ProductFields.StandardsArn")
        {
            self.finding.standards = vec![self.share(arn.rsplit(":::").next().unwrap_or(&arn))];
        }
        if self.finding.compliance_reasons.is_empty()
            && let Some(codes) = self.unmapped(raw, "Compliance.StatusReasons[].ReasonCode")
        {
            self.finding.compliance_reasons = codes.split(',').map(|code| self.share(code.trim())).collect();
        }
    }

    fn set_texts(&mut self, raw: &RawFinding<'_>, info: &RawInfo<'_>) {
        self.finding.title = self.shared("finding_info.title", &info.title).unwrap_or_default();
        self.finding.description = self.shared("finding_info.desc", &info.desc).unwrap_or_default();
        self.finding.source_url = self.text("finding_info.src_url", &info.src_url).map(|url| Text::from(&*url));
        if self.is_of_prowler() {
            // what the check found says more than what it looks for
            let found = self.text("status_detail", &raw.status_detail).or_else(|| self.text("message", &raw.message));
            if let Some(found) = found {
                self.finding.description = self.share(&found);
            }
        }
        let mut types = self.texts("finding_info.types", &info.types);
        // Security Hub adds the name of a category, which is no type of ASFF
        if types.iter().any(|kind| kind.contains('/')) {
            types.retain(|kind| kind.contains('/'));
        }
        self.finding.types = types;
    }

    fn set_times(&mut self, raw: &RawFinding<'_>, info: &RawInfo<'_>) {
        self.finding.first_observed_at = self.time(&[
            ("finding_info.first_seen_time_dt", &info.first_seen_time_dt),
            ("finding_info.first_seen_time", &info.first_seen_time),
        ]);
        self.finding.last_observed_at = self.time(&[
            ("finding_info.last_seen_time_dt", &info.last_seen_time_dt),
            ("finding_info.last_seen_time", &info.last_seen_time),
        ]);
        let created = [
            ("finding_info.created_time_dt", &info.created_time_dt),
            ("finding_info.created_time", &info.created_time),
        ];
        self.finding.created_at = self.time(&created);
        let updated = self.time(&[
            ("finding_info.modified_time_dt", &info.modified_time_dt),
            ("finding_info.modified_time", &info.modified_time),
            ("time_dt", &raw.time_dt),
            ("time", &raw.time),
            ("event_time", &raw.event_time),
        ]);
        self.finding.updated_at = updated.or(self.finding.created_at);
    }

    fn set_vulnerabilities(&mut self, raw: &RawFinding<'_>) {
        for vulnerability in self.parts("vulnerabilities", &raw.vulnerabilities) {
            let vulnerability = self.vulnerability(vulnerability);
            self.finding.vulnerabilities.push(vulnerability);
        }
    }

    fn vulnerability(&mut self, raw: &RawVulnerability<'_>) -> Vulnerability {
        let cve = self.part("vulnerabilities.cve", &raw.cve);
        let id = cve.and_then(|cve| self.shared("vulnerabilities.cve.uid", &cve.uid));
        let mut packages = self.parts("vulnerabilities.affected_packages", &raw.affected_packages);
        packages.extend(self.parts("vulnerabilities.packages", &raw.packages));
        let coverage = self.text("vulnerabilities.fix_coverage", &raw.fix_coverage);
        let fix = match coverage.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("complete") => Some("YES"),
            Some("partial") => Some("PARTIAL"),
            Some("unavailable" | "none") => Some("NO"),
            _ => self.flag("vulnerabilities.is_fix_available", &raw.is_fix_available).map(yes_or_no),
        };
        let exploit = self.flag("vulnerabilities.is_exploit_available", &raw.is_exploit_available).map(yes_or_no);
        let scores = cve.map(|cve| self.parts("vulnerabilities.cve.cvss", &cve.cvss)).unwrap_or_default();
        let cvss = scores.into_iter().filter_map(|cvss| decimal(&cvss.base_score));
        let epss = cve.and_then(|cve| self.part("vulnerabilities.cve.epss", &cve.epss));
        let epss = epss.and_then(|epss| decimal(&epss.score));
        Vulnerability {
            id: id.or_else(|| self.shared("vulnerabilities.title", &raw.title)).unwrap_or_default(),
            packages: packages.into_iter().map(|package| self.package(package)).collect(),
            fix_available: fix.map(|fix| self.share(fix)),
            exploit_available: exploit.map(|exploit| self.share(exploit)),
            ..Vulnerability::default()
        }
        .with_scores(cvss, epss)
    }

    fn package(&mut self, raw: &RawPackage<'_>) -> Package {
        Package {
            name: self.shared("vulnerabilities.affected_packages.name", &raw.name),
            version: self.shared("vulnerabilities.affected_packages.version", &raw.version),
            fixed_in: self.shared("vulnerabilities.affected_packages.fixed_in_version", &raw.fixed_in_version),
        }
    }

    /// Sets how to fix the problem: of the finding or, if it says nothing, of its first vulnerability that does.
    fn set_remediation(&mut self, raw: &RawFinding<'_>, info: &RawInfo<'_>) {
        let own = [("remediation", &raw.remediation), ("finding.remediation", &info.remediation)];
        for (path, part) in own {
            if let Some(remediation) = self.part(path, part) {
                self.add_remediation(path, remediation);
            }
        }
        for vulnerability in self.parts("vulnerabilities", &raw.vulnerabilities) {
            if self.finding.remediation_text.is_some() {
                return;
            }
            let of_packages = self.parts("vulnerabilities.affected_packages", &vulnerability.affected_packages);
            let parts = std::iter::once(&vulnerability.remediation).chain(of_packages.iter().map(|p| &p.remediation));
            for part in parts {
                if let Part::Object(remediation) = part {
                    self.add_remediation("vulnerabilities.remediation", remediation);
                }
            }
        }
    }

    fn add_remediation(&mut self, path: &str, raw: &RawRemediation<'_>) {
        if self.finding.remediation_text.is_none() {
            self.finding.remediation_text = self.shared(&format!("{path}.desc"), &raw.desc);
        }
        if self.finding.remediation_url.is_none() {
            let mut pages = self.texts(&format!("{path}.references"), &raw.references);
            pages.extend(self.texts(&format!("{path}.kb_articles"), &raw.kb_articles));
            // Prowler lists commands among them
            self.finding.remediation_url = pages.into_iter().find(|page| page.starts_with("http"));
        }
    }

    /// Sets what people wrote, and whether it is a sample.
    fn set_people(&mut self, raw: &RawFinding<'_>) {
        let mut note = self.shared("comment", &raw.comment);
        if note.is_none() && !self.is_of_prowler() {
            note = self.shared("message", &raw.message);
        }
        self.finding.note = note.map(|text| Note { text, updated_by: None, updated_at: None });
        let Part::Object(unmapped) = &raw.unmapped else { return };
        for (path, value) in unmapped {
            if let Some(key) = path.strip_prefix("UserDefinedFields.")
                && let Some(value) = self.shared(&format!("unmapped.{path}"), value)
            {
                let key = self.share(key);
                self.finding.user_defined_fields.push((key, value));
            }
        }
        self.finding.sample = self.unmapped(raw, "Sample").is_some_and(|sample| sample.eq_ignore_ascii_case("true"));
    }
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "YES" } else { "NO" }
}

/// Returns the rule in the ID of a finding of a control: `security-control/S3.1`, or `pci-dss/v/3.2.1/PCI.S3.1` if
/// consolidated control findings are off.
fn rule_in(id: &str) -> Option<&str> {
    let (before, _) = id.split_once("/finding/")?;
    if let Some(at) = before.find("security-control/") {
        return before.get(at..);
    }
    Some(before.split_once(":subscription/")?.1)
}
