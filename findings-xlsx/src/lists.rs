//! Texts of cells that hold a list, one item per line, and of parts of such lists.

use std::fmt::Write as _;

use findings_core::report::Report;
use findings_core::{AccountId, Finding, Package, Resource, Text, Vulnerability};

use crate::cell::Context;
use crate::dates;
use crate::lang::{Texts, fill};

/// Returns all resources but the first, each with its type and tags.
pub(crate) fn further_resources(finding: &Finding) -> String {
    join(finding.resources.iter().skip(1).map(resource), "\n")
}

fn resource(resource: &Resource) -> String {
    let mut line = resource.id.to_string();
    if let Some(kind) = &resource.kind {
        for part in [" (", kind, ")"] {
            line.push_str(part);
        }
    }
    if !resource.tags.is_empty() {
        for part in [" [", &join(resource.tags.iter().map(pair), "; "), "]"] {
            line.push_str(part);
        }
    }
    line
}

/// Returns the tags of the first resource.
pub(crate) fn tags(finding: &Finding) -> String {
    let tags = finding.resources.first().map_or(&[][..], |r| &r.tags);
    join(tags.iter().map(pair), "\n")
}

fn pair((key, value): &(Text, Text)) -> String {
    [key, "=", value].concat()
}

/// Returns the result of the compliance check, as it came if AWS does not define it, and its reasons.
pub(crate) fn compliance(finding: &Finding, texts: &Texts) -> String {
    let as_it_came = || finding.odd_values.iter().find(|odd| &*odd.field == "Compliance.Status");
    let status = finding.compliance.map(|s| texts.compliance(s).to_owned());
    let status = status.or_else(|| as_it_came().map(|odd| odd.value.to_string()));
    join(status.into_iter().chain(finding.compliance_reasons.iter().map(ToString::to_string)), "\n")
}

/// Returns the standards, by name and version.
pub(crate) fn standards(finding: &Finding) -> String {
    join(finding.standards.iter().map(|s| standard(s)), "\n")
}

/// `standards/cis-aws-foundations-benchmark/v/1.4.0` → `cis-aws-foundations-benchmark 1.4.0`
fn standard(id: &str) -> String {
    let name = id.strip_prefix("standards/").or_else(|| id.strip_prefix("ruleset/")).unwrap_or(id);
    name.replacen("/v/", " ", 1)
}

/// Returns the product's name, or else the last part of its ARN.
pub(crate) fn product(finding: &Finding) -> &str {
    match &finding.product_name {
        Some(name) => name,
        None => finding.product_arn.rsplit(':').next().unwrap_or_default().trim_start_matches("product/"),
    }
}

/// Removes the control ID from the beginning of a title.
///
/// Titles repeat it where consolidated control findings are off: `S3.1 S3 buckets should …`.
pub(crate) fn title_without_id<'a>(title: &'a str, control: &str) -> &'a str {
    let rest = title.strip_prefix(control).and_then(|rest| rest.strip_prefix([' ', ':']));
    rest.map(str::trim_start).filter(|rest| !rest.is_empty()).unwrap_or(title)
}

/// Returns the part of an ARN after the account, by which people know the resource. Other IDs are returned unchanged.
pub(crate) fn short_arn(id: &str) -> &str {
    let tail = if id.starts_with("arn:") { id.splitn(6, ':').nth(5) } else { None };
    tail.filter(|t| !t.is_empty()).unwrap_or(id)
}

/// Returns the vulnerabilities, with their packages and the versions that fix them.
pub(crate) fn vulnerabilities(finding: &Finding, texts: &Texts) -> String {
    join(finding.vulnerabilities.iter().map(|v| vulnerability(v, texts)), "\n")
}

fn vulnerability(vulnerability: &Vulnerability, texts: &Texts) -> String {
    let mut line = vulnerability.id.to_string();
    let packages = join(vulnerability.packages.iter().map(|p| package(p, texts)), "; ");
    if !packages.is_empty() {
        let _ = write!(line, ": {packages}");
    }
    for (known, text) in [
        (&vulnerability.fix_available, texts.fix_available),
        (&vulnerability.exploit_available, texts.exploit_available),
    ] {
        if let Some(known) = known {
            let _ = write!(line, " · {text} {known}");
        }
    }
    line
}

fn package(package: &Package, texts: &Texts) -> String {
    let parts = [package.name.as_deref(), package.version.as_deref()].into_iter().flatten();
    let mut line = parts.collect::<Vec<_>>().join(" ");
    if let Some(fixed_in) = &package.fixed_in {
        let _ = write!(line, " ({} {fixed_in})", texts.fixed_in);
    }
    line
}

/// The largest number of odd values of a finding that are listed.
const ODD_VALUES: usize = 10;

/// Returns the note and the user-defined fields of a finding, after a remark if it is a sample finding, and the values
/// that are not as AWS defines them.
pub(crate) fn notes(finding: &Finding, context: &Context<'_>) -> String {
    let sample = finding.sample.then(|| context.texts.sample_finding.to_owned());
    let note = finding.note.as_ref().map(|note| {
        let at = note.updated_at.map(|t| dates::display(t, &context.report.time_zone, context.texts));
        let by = join(note.updated_by.as_ref().map(ToString::to_string).into_iter().chain(at), " ");
        if by.is_empty() { note.text.to_string() } else { format!("{} ({by})", note.text) }
    });
    let odd = finding
        .odd_values
        .iter()
        .take(ODD_VALUES)
        .map(|odd| fill(context.texts.odd_value, &[("field", &*odd.field), ("value", &*odd.value)]));
    let fields = finding.user_defined_fields.iter().map(pair);
    join(sample.into_iter().chain(note).chain(fields).chain(odd), "\n")
}

/// Returns the name of an account of the report.
pub(crate) fn account_name(report: &Report, account: AccountId) -> Option<&Text> {
    let index = report.accounts.binary_search_by_key(&account, |a| a.id);
    // accounts of a report are sorted, but a report that was built by hand may not be
    let found = index.ok().map(|i| &report.accounts[i]).or_else(|| report.accounts.iter().find(|a| a.id == account));
    found.and_then(|a| a.name.as_ref())
}

/// Returns the ID of an account of the report, followed by its name if it is known.
pub(crate) fn named_account(report: &Report, account: AccountId) -> String {
    account_name(report, account).map_or_else(|| account.to_string(), |name| format!("{account} ({name})"))
}

fn join(items: impl Iterator<Item = String>, separator: &str) -> String {
    let mut joined = String::new();
    for item in items {
        if !joined.is_empty() {
            joined.push_str(separator);
        }
        joined.push_str(&item);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::texts;
    use findings_core::Locale;

    #[test]
    fn standards_titles_and_arns_are_shortened() {
        assert_eq!(standard("standards/cis-aws-foundations-benchmark/v/1.4.0"), "cis-aws-foundations-benchmark 1.4.0");
        assert_eq!(standard("something/else"), "something/else");
        assert_eq!(title_without_id("S3.1 S3 buckets should", "S3.1"), "S3 buckets should");
        assert_eq!(title_without_id("S3.10 S3 buckets", "S3.1"), "S3.10 S3 buckets");
        assert_eq!(title_without_id("S3.1 ", "S3.1"), "S3.1 ");
        assert_eq!(short_arn("arn:aws:s3:::bucket"), "bucket");
        assert_eq!(short_arn("AWS::::Account:1"), "AWS::::Account:1");
    }

    #[test]
    fn vulnerability_names_the_fixed_version() {
        let mut package = Package::default();
        (package.name, package.version, package.fixed_in) =
            (Some("openssl".into()), Some("3.0.1".into()), Some("3.0.2".into()));
        let mut v = Vulnerability::default();
        v.id = "CVE-2026-10001".into();
        v.packages = vec![package];
        v.exploit_available = Some("YES".into());
        let line = vulnerability(&v, texts(Locale::En));
        assert_eq!(line, "CVE-2026-10001: openssl 3.0.1 (fixed in 3.0.2) · exploit: YES");
    }
}
