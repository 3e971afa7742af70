//! What to do about a finding.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::guidance::Guidance;
use crate::wording::{ReportTexts, Wording, fill};
use crate::{Finding, Locale, Package, Text};

/// What to do about a finding: a text, or a link. The URL is as in the finding: see
/// [`linkable`](crate::console::linkable).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advice<'a> {
    /// The advice, or a text for the link.
    pub text: Cow<'a, str>,
    /// Where the fix is described.
    pub url: Option<Cow<'a, str>>,
}

impl Advice<'_> {
    /// Advice without a link.
    pub(super) fn text(text: String) -> Self {
        Self { text: text.into(), url: None }
    }
}

/// How the links of Security Hub to what AWS says of its controls begin.
const REMEDIATION: &str = "https://docs.aws.amazon.com/console/securityhub/";

/// How Inspector says that a fix is there, and that its page says which.
const SEE_ABOVE: &str = "Remediation is available.";

/// Returns the advice of a finding; `None` if it has none.
///
/// A vulnerable package is to be updated, which the finding itself need not say in words. If the text only says to
/// follow the link, a text that names the control takes its place. If AWS documents the control in the reader's language,
/// the link leads there.
///
/// ```
/// use findings_core::{Finding, Locale, rendering};
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// finding.control_id = Some("S3.8".into());
/// finding.remediation_url = Some("https://example.com/s3-8".into());
/// assert_eq!(rendering::advice(&finding, Locale::En).unwrap().text, "How to fix S3.8");
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
pub fn advice(finding: &Finding, locale: Locale) -> Option<Advice<'_>> {
    let text = finding.remediation_text.as_deref().filter(|t| !t.trim().is_empty()).map(Cow::Borrowed);
    let text = match text {
        Some(text) if !text.starts_with(SEE_ABOVE) => Some(text),
        text => update(finding, locale).map(Cow::Owned).or(text),
    };
    match finding.remediation_url.as_deref().filter(|u| !u.trim().is_empty()) {
        Some(url) => {
            let own = finding.control_id.as_deref().and_then(|id| Wording::of(locale).control_documentation(id));
            // what the finding links to is the same page in English
            let url = own.filter(|_| url.starts_with(REMEDIATION)).unwrap_or(url);
            Some(Advice { text: link_text(finding, text, locale), url: Some(url.into()) })
        }
        None => text.map(|text| Advice { text, url: None }),
    }
}

/// Says which package to update, and to which version; `None` unless the finding is about one package that has a fix.
fn update(finding: &Finding, locale: Locale) -> Option<String> {
    let packages = || finding.vulnerabilities.iter().flat_map(|vulnerability| &vulnerability.packages);
    let names: BTreeSet<&str> = packages().filter_map(|package| package.name.as_deref()).collect();
    let versions: BTreeSet<Text> = packages().filter_map(fix).cloned().collect();
    let name = names.first().filter(|_| names.len() == 1 && !versions.is_empty())?;
    Some(update_package(name, &versions, locale))
}

/// The version that fixes a package. Inspector has a word in its place if there is none.
pub(super) fn fix(package: &Package) -> Option<&Text> {
    package.fixed_in.as_ref().filter(|version| !version.eq_ignore_ascii_case("NotAvailable"))
}

/// Says to update a package to one of these versions, the first of them if there are many.
pub(super) fn update_package(name: &str, versions: &BTreeSet<Text>, locale: Locale) -> String {
    const SHOWN: usize = 6;
    let more = (versions.len() > SHOWN).then_some("…");
    let shown: Vec<&str> = versions.iter().map(|version| &**version).take(SHOWN).chain(more).collect();
    let versions = shown.join(Wording::of(locale).comma());
    fill(ReportTexts::of(locale).finding.update_package, &[("package", name), ("versions", &versions)])
}

/// Returns what to do, and the page about it: as the organisation says of the control, or else as the findings do. `found` is what
/// they advise.
///
/// ```
/// use findings_core::{Locale, guidance::Guidance, rendering};
/// let guidance = Guidance::from_csv("control,fix\nS3.8,Use the module s3-private. It is ours.\n".as_bytes())?;
/// let own = rendering::what_to_do(Some("S3.8"), None, &guidance, Locale::En).unwrap();
/// assert_eq!((&*own.text, own.url), ("Use the module s3-private.", None));
/// assert_eq!(rendering::what_to_do(Some("S3.1"), None, &guidance, Locale::En), None);
/// # Ok::<(), findings_core::Error>(())
/// ```
pub fn what_to_do<'a>(
    control: Option<&str>,
    found: Option<Advice<'a>>,
    guidance: &Guidance,
    locale: Locale,
) -> Option<Advice<'a>> {
    let own = control.and_then(|control| guidance.first_sentence(control, locale));
    let page = control.and_then(|control| guidance.link(control, locale));
    let (text, url) = found.map_or((None, None), |found| (Some(found.text), found.url));
    Some(Advice { text: own.map(Cow::Owned).or(text)?, url: page.map(Cow::Owned).or(url) })
}

fn link_text<'a>(finding: &'a Finding, text: Option<Cow<'a, str>>, locale: Locale) -> Cow<'a, str> {
    const BOILERPLATE: [&str; 2] =
        ["For information on how to correct this issue, consult", "For directions on how to fix this issue, consult"];
    let texts = &ReportTexts::of(locale).finding;
    match (text.filter(|t| !BOILERPLATE.iter().any(|b| t.starts_with(b))), &finding.control_id) {
        (Some(text), _) => text,
        (None, Some(control)) => fill(texts.how_to_fix_control, &[("control", control)]).into(),
        (None, None) => texts.how_to_fix.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vulnerability;

    fn vulnerable(packages: &[(&str, Option<&str>)], text: Option<&str>) -> Finding {
        let mut finding = Finding::new("123456789012".parse().unwrap(), "1");
        let package = |(name, fixed_in): &(&str, Option<&str>)| Package {
            name: Some((*name).into()),
            fixed_in: fixed_in.map(Into::into),
            ..Package::default()
        };
        let packages = packages.iter().map(package).collect();
        finding.vulnerabilities = vec![Vulnerability { packages, ..Vulnerability::default() }];
        finding.remediation_text = text.map(Into::into);
        finding
    }

    #[test]
    fn a_vulnerable_package_is_to_be_updated() {
        const TOLD: &str = "Remediation is available. Please refer to the Fixed version above.";
        let certifi = ("certifi", Some("2023.7.22"));
        for (packages, text, want) in [
            (&[certifi][..], Some(TOLD), Some("Update certifi; fixed in 2023.7.22")),
            (&[certifi, ("certifi", Some("2024.1"))], None, Some("Update certifi; fixed in 2023.7.22, 2024.1")),
            (&[certifi], Some("Rotate it."), Some("Rotate it.")),
            (&[("certifi", None)], Some(TOLD), Some(TOLD)),
            (&[("certifi", None)], None, None),
            (&[("certifi", Some("NotAvailable"))], None, None),
            (&[certifi, ("pip", Some("24"))], Some(TOLD), Some(TOLD)),
            (&[], None, None),
        ] {
            let finding = vulnerable(packages, text);
            assert_eq!(
                advice(&finding, Locale::En).map(|advice| advice.text).as_deref(),
                want,
                "{packages:?} {text:?}"
            );
        }
    }
}
