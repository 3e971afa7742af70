//! What to do about a finding.

use std::borrow::Cow;

use crate::guidance::Guidance;
use crate::wording::{ReportTexts, Wording, fill};
use crate::{Finding, Locale};

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

/// Returns the advice of a finding; `None` if it has none.
///
/// If the text only says to follow the link, a text that names the control takes its place. If AWS documents the control in the
/// reader's language, the link leads there.
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
    let text = finding.remediation_text.as_deref().filter(|t| !t.trim().is_empty());
    match finding.remediation_url.as_deref().filter(|u| !u.trim().is_empty()) {
        Some(url) => {
            let own = finding.control_id.as_deref().and_then(|id| Wording::of(locale).control_documentation(id));
            // what the finding links to is the same page in English
            let url = own.filter(|_| url.starts_with(REMEDIATION)).unwrap_or(url);
            Some(Advice { text: link_text(finding, text, locale), url: Some(url.into()) })
        }
        None => text.map(|text| Advice { text: text.into(), url: None }),
    }
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

fn link_text<'a>(finding: &'a Finding, text: Option<&'a str>, locale: Locale) -> Cow<'a, str> {
    const BOILERPLATE: [&str; 2] =
        ["For information on how to correct this issue, consult", "For directions on how to fix this issue, consult"];
    let texts = &ReportTexts::of(locale).finding;
    match (text.filter(|t| !BOILERPLATE.iter().any(|b| t.starts_with(b))), &finding.control_id) {
        (Some(text), _) => text.into(),
        (None, Some(control)) => fill(texts.how_to_fix_control, &[("control", control)]).into(),
        (None, None) => texts.how_to_fix.into(),
    }
}
