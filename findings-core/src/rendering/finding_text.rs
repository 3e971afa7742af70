//! Texts of a finding: lists with one item per line, and names.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;

use crate::decision::DecisionKind;
use crate::report::{Report, ReportFinding};
use crate::wording::{FindingTexts, ReportTexts, Wording, fill};
use crate::{AccountId, Finding, Locale, Package, Text, Vulnerability};

pub(super) fn pair((key, value): &(Text, Text)) -> String {
    [key, "=", value].concat()
}

/// Returns the result of the compliance check, as it came if AWS does not define it, and its reasons.
pub fn compliance(finding: &Finding, locale: Locale) -> String {
    // as ASFF and OCSF name the field
    let fields = ["Compliance.Status", "compliance.status", "compliance.status_id", "status_code"];
    let as_it_came =
        || fields.iter().find_map(|field| finding.odd_values.iter().find(|odd| odd.field.as_ref() == *field));
    let status = finding.compliance.map(|s| Wording::of(locale).compliance(s).to_owned());
    let status = status.or_else(|| as_it_came().map(|odd| odd.value.to_string()));
    join(status.into_iter().chain(finding.compliance_reasons.iter().map(ToString::to_string)), "\n")
}

/// Returns the standards, by name and version.
pub fn standards(finding: &Finding) -> String {
    join(finding.standards.iter().map(|s| standard(s)), "\n")
}

/// `standards/cis-aws-foundations-benchmark/v/1.4.0` → `cis-aws-foundations-benchmark 1.4.0`
fn standard(id: &str) -> String {
    let name = id.strip_prefix("standards/").or_else(|| id.strip_prefix("ruleset/")).unwrap_or(id);
    name.replacen("/v/", " ", 1)
}

/// Returns the product's name, or else the last part of its ARN.
pub fn product(finding: &Finding) -> &str {
    match &finding.product_name {
        Some(name) => name,
        None => finding.product_arn.rsplit(':').next().unwrap_or_default().trim_start_matches("product/"),
    }
}

/// Removes the control ID from the beginning of a title.
///
/// Titles repeat it where consolidated control findings are off: `S3.1 S3 buckets should …`.
pub fn title_without_id<'a>(title: &'a str, control: &str) -> &'a str {
    let rest = title.strip_prefix(control).and_then(|rest| rest.strip_prefix([' ', ':']));
    rest.map(str::trim_start).filter(|rest| !rest.is_empty()).unwrap_or(title)
}

/// Returns the title of an issue in one line: in the reader's language, if its control has one there, else as it was reported,
/// without the ID of the control.
///
/// ```
/// use findings_core::{Locale, rendering::issue_title};
/// let title = |locale| issue_title("IAM.4 Root user access key should not exist", Some("IAM.4"), locale);
/// assert_eq!(title(Locale::En), "Root user access key should not exist");
/// assert_eq!(title(Locale::Ja), "ルートユーザーのアクセスキーを削除する");
/// ```
pub fn issue_title<'a>(title: &'a str, control: Option<&str>, locale: Locale) -> &'a str {
    let Some(control) = control else { return title };
    Wording::of(locale).control_title(control).unwrap_or_else(|| title_without_id(title, control))
}

/// Returns the title of a finding: in the reader's language in the first line, if its control has one there, and as it is in the
/// finding.
pub fn title(finding: &Finding, locale: Locale) -> Cow<'_, str> {
    let own = finding.control_id.as_deref().and_then(|id| Wording::of(locale).control_title(id));
    own.map_or(Cow::Borrowed(&*finding.title), |own| Cow::Owned(format!("{own}\n{}", finding.title)))
}

/// Returns the vulnerabilities, with their packages and the versions that fix them.
pub fn vulnerabilities(finding: &Finding, locale: Locale) -> String {
    let texts = &ReportTexts::of(locale).finding;
    join(finding.vulnerabilities.iter().map(|v| vulnerability(v, texts)), "\n")
}

fn vulnerability(vulnerability: &Vulnerability, texts: &FindingTexts) -> String {
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

fn package(package: &Package, texts: &FindingTexts) -> String {
    let parts = [package.name.as_deref(), package.version.as_deref()].into_iter().flatten();
    let mut line = parts.collect::<Vec<_>>().join(" ");
    if let Some(fixed_in) = &package.fixed_in {
        let _ = write!(line, " ({} {fixed_in})", texts.fixed_in);
    }
    line
}

/// The largest number of odd values of a finding that are listed.
const ODD_VALUES: usize = 10;

/// Returns the note and the user-defined fields of a finding of the report, after a remark if it is a sample finding or the
/// acceptance of its risk has ended, and the values that are not as AWS defines them.
pub fn notes(row: &ReportFinding, report: &Report) -> String {
    let finding = &row.finding;
    let (say, texts) = (Wording::of(report.locale), &ReportTexts::of(report.locale).finding);
    let sample = finding.sample.then(|| texts.sample_finding.to_owned());
    let ended = row.decision.as_deref().filter(|decision| decision.entry.kind == DecisionKind::AcceptanceEnded);
    let ended = ended.map(|decision| {
        let entry = &decision.entry;
        let day = entry.due.map(|day| day.to_string()).into_iter();
        let why = join(day.chain(entry.comment.iter().map(ToString::to_string)), ", ");
        say.at(say.decision(entry.kind), &why)
    });
    let note = finding.note.as_ref().map(|note| {
        let at = note.updated_at.map(|t| say.moment(t, &report.time_zone));
        let by = join(note.updated_by.as_ref().map(ToString::to_string).into_iter().chain(at), " ");
        if by.is_empty() { note.text.to_string() } else { format!("{} ({by})", note.text) }
    });
    let odd = finding
        .odd_values
        .iter()
        .take(ODD_VALUES)
        .map(|odd| fill(texts.odd_value, &[("field", &*odd.field), ("value", &*odd.value)]));
    let fields = finding.user_defined_fields.iter().map(pair);
    join(sample.into_iter().chain(ended).chain(note).chain(fields).chain(odd), "\n")
}

/// Returns the name of an account of the report.
pub fn account_name(report: &Report, account: AccountId) -> Option<&Text> {
    let index = report.accounts.binary_search_by_key(&account, |a| a.id);
    // accounts of a report are sorted, but a report that was built by hand may not be
    let found = index.ok().map(|i| &report.accounts[i]).or_else(|| report.accounts.iter().find(|a| a.id == account));
    found.and_then(|a| a.name.as_ref())
}

/// Returns the ID of an account of the report, followed by its name if it is known.
pub fn named_account(report: &Report, account: AccountId) -> String {
    account.with_name(account_name(report, account).map(|name| &**name))
}

/// Returns the age of a finding of the report in whole days: since its issue was last opened.
pub fn age_days(row: &ReportFinding, report: &Report) -> u64 {
    days_between(row.opened_at, report.generated_at).unsigned_abs()
}

/// Returns the whole days between two moments, 0 if the second is the earlier one.
pub fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.duration_since(from).as_secs() / DAY).max(0)
}

/// Seconds of a day.
const DAY: i64 = 86_400;

pub(super) fn join(items: impl Iterator<Item = String>, separator: &str) -> String {
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

    #[test]
    fn standards_and_titles_are_shortened() {
        assert_eq!(standard("standards/cis-aws-foundations-benchmark/v/1.4.0"), "cis-aws-foundations-benchmark 1.4.0");
        assert_eq!(standard("something/else"), "something/else");
        assert_eq!(title_without_id("S3.1 S3 buckets should", "S3.1"), "S3 buckets should");
        assert_eq!(title_without_id("S3.10 S3 buckets", "S3.1"), "S3.10 S3 buckets");
        assert_eq!(title_without_id("S3.1 ", "S3.1"), "S3.1 ");
    }

    #[test]
    fn vulnerability_names_the_fixed_version() {
        let package =
            Package { name: Some("openssl".into()), version: Some("3.0.1".into()), fixed_in: Some("3.0.2".into()) };
        let exploit_available = Some("YES".into());
        let v = Vulnerability {
            id: "CVE-2026-10001".into(),
            packages: vec![package],
            exploit_available,
            ..Vulnerability::default()
        };
        let line = vulnerability(&v, &ReportTexts::of(Locale::En).finding);
        assert_eq!(line, "CVE-2026-10001: openssl 3.0.1 (fixed in 3.0.2) · exploit: YES");
    }

    #[test]
    fn ages_are_whole_days_and_never_negative() {
        let days = |from: &str| days_between(from.parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
        assert_eq!(days("2026-11-22T00:00:01Z"), 0);
        assert_eq!(days("2026-11-20T00:00:00Z"), 3);
        assert_eq!(days("2027-01-01T00:00:00Z"), 0);
    }
}
