//! Why a finding has its severity, as far as it is told.

use crate::wording::{FindingTexts, ReportTexts, Wording, fill};
use crate::{ComplianceStatus, Finding, Locale, Severity, Vulnerability};

/// Returns in a few words that somebody changed the severity that the product gave, and what is known of the
/// vulnerabilities: the highest scores, whether an exploit is known, and whether there is a fix. Empty if nothing is told.
///
/// ```
/// use findings_core::{Finding, Locale, Severity, rendering::severity_reason};
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// (finding.severity, finding.provider_severity) = (Severity::Critical, Some(Severity::High));
/// assert_eq!(severity_reason(&finding, Locale::En), "Raised from High to Critical by your organisation");
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
pub fn severity_reason(finding: &Finding, locale: Locale) -> String {
    let words = &ReportTexts::of(locale).finding;
    let known = &finding.vulnerabilities;
    let highest = |score: fn(&Vulnerability) -> Option<f32>| known.iter().filter_map(score).max_by(f32::total_cmp);
    let is_exploited = known.iter().any(|v| v.exploit_available.as_deref() == Some("YES"));
    let parts = [
        changed(finding, words, Wording::of(locale)),
        highest(|v| v.cvss_score).map(|score| format!("CVSS {score:.1}")),
        is_exploited.then(|| words.exploit_known.to_owned()),
        highest(|v| v.epss_score).map(|score| format!("EPSS {}", percent(score))),
        fix(known, words).map(str::to_owned),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Says that the severity is not the one that the product gave.
fn changed(finding: &Finding, words: &FindingTexts, say: Wording) -> Option<String> {
    let given = finding.provider_severity.filter(|given| *given != finding.severity)?;
    // Security Hub itself makes a check informational that does not fail
    let does_not_fail = finding.compliance.as_ref().is_some_and(|status| *status != ComplianceStatus::Failed);
    if does_not_fail && finding.severity == Severity::Informational {
        return None;
    }
    let template = if given < finding.severity { words.severity_raised } else { words.severity_lowered };
    Some(fill(template, &[("from", say.severity(given)), ("to", say.severity(finding.severity))]))
}

/// What all vulnerabilities together say about a fix; nothing if one of them does not say it.
fn fix(known: &[Vulnerability], words: &FindingTexts) -> Option<&'static str> {
    let told: Vec<&str> = known.iter().map(|v| v.fix_available.as_deref()).collect::<Option<_>>()?;
    let all = |word: &str| !told.is_empty() && told.iter().all(|told| *told == word);
    let are_known = told.iter().all(|told| ["YES", "NO", "PARTIAL"].contains(told));
    match (all("YES"), all("NO")) {
        (true, _) => Some(words.fix_exists),
        (_, true) => Some(words.fix_missing),
        _ => (are_known && !told.is_empty()).then_some(words.fix_partial),
    }
}

/// A share in percent: one that is small with a decimal.
fn percent(share: f32) -> String {
    match share * 100.0 {
        percent if percent < 0.1 => "< 0.1 %".to_owned(),
        percent if percent < 10.0 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    fn vulnerability(cvss: Option<f32>, epss: Option<f32>, exploit: &str, fix: &str) -> Vulnerability {
        let text = |text: &str| Some(Text::from(text)).filter(|text| !text.is_empty());
        Vulnerability {
            cvss_score: cvss,
            epss_score: epss,
            exploit_available: text(exploit),
            fix_available: text(fix),
            ..Vulnerability::default()
        }
    }

    fn reason(given: Option<Severity>, known: &[Vulnerability], locale: Locale) -> String {
        let mut finding = Finding::new("123456789012".parse().unwrap(), "1");
        (finding.severity, finding.provider_severity) = (Severity::High, given);
        finding.vulnerabilities = known.to_vec();
        severity_reason(&finding, locale)
    }

    #[test]
    fn a_changed_severity_is_told_and_an_equal_or_unknown_one_is_not() {
        for (given, en, ja) in [
            (None, "", ""),
            (Some(Severity::High), "", ""),
            (
                Some(Severity::Critical),
                "Lowered from Critical to High by your organisation",
                "組織側で「重大」から「高」に引き下げ",
            ),
            (Some(Severity::Low), "Raised from Low to High by your organisation", "組織側で「低」から「高」に引き上げ"),
        ] {
            assert_eq!(reason(given, &[], Locale::En), en);
            assert_eq!(reason(given, &[], Locale::Ja), ja);
        }
    }

    /// Security Hub makes checks informational that pass or could not be made; nobody in the organisation did.
    #[test]
    fn a_check_that_does_not_fail_was_lowered_by_nobody() {
        let mut finding = Finding::new("123456789012".parse().unwrap(), "1");
        (finding.severity, finding.provider_severity) = (Severity::Informational, Some(Severity::High));
        for (compliance, is_told) in [
            (None, true),
            (Some(ComplianceStatus::Failed), true),
            (Some(ComplianceStatus::Passed), false),
            (Some(ComplianceStatus::Warning), false),
            (Some(ComplianceStatus::NotAvailable), false),
        ] {
            finding.compliance = compliance;
            assert_eq!(!severity_reason(&finding, Locale::En).is_empty(), is_told, "{:?}", finding.compliance);
        }
    }

    #[test]
    fn the_worst_of_all_vulnerabilities_is_told_and_what_is_missing_is_not() {
        let of = vulnerability;
        for (known, en) in [
            (vec![of(None, None, "", "")], ""),
            (vec![of(None, None, "NO", "")], ""),
            (
                vec![of(Some(9.8), Some(0.943), "YES", "YES"), of(Some(7.0), None, "NO", "YES")],
                "CVSS 9.8 · exploit known · EPSS 94 % · fix available",
            ),
            (vec![of(Some(7.5), None, "", "YES"), of(None, Some(0.02), "", "")], "CVSS 7.5 · EPSS 2.0 %"),
            (vec![of(None, Some(0.0004), "", "NO")], "EPSS < 0.1 % · no fix yet"),
            (vec![of(None, None, "", "NO"), of(None, None, "", "YES")], "fix for some packages only"),
            (vec![of(None, None, "", "maybe")], ""),
        ] {
            assert_eq!(reason(None, &known, Locale::En), en);
        }
        let both = reason(Some(Severity::Low), &[of(Some(9.8), None, "YES", "YES")], Locale::Ja);
        assert_eq!(both, "組織側で「低」から「高」に引き上げ · CVSS 9.8 · 攻撃コードあり · 修正版あり");
    }
}
