//! A file to begin the guidance for a control with.

use std::fmt::Write as _;

use super::{ControlDefinition, GuidancePart};
use crate::Locale;
use crate::wording::{ReportTexts, fill};

/// Returns a draft of the guidance for a control, in Markdown: what Security Hub says about it, and a question in each
/// section that somebody of the organisation answers. As long as it says `draft: true`, nobody else sees it.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::guidance::{ControlDefinition, Guidance, skeleton};
/// let text = skeleton(&ControlDefinition::new("S3.8", "Buckets should block public access"), Locale::En);
/// assert!(text.starts_with("---\ntitle: Buckets should block public access\n"));
/// let read = Guidance::from_markdown([("S3.8.en.md".to_owned(), text.into_bytes())])?;
/// assert_eq!((read.controls(), read.drafts().next()), (0, Some("S3.8")));
/// # Ok::<(), findings_core::Error>(())
/// ```
pub fn skeleton(control: &ControlDefinition, locale: Locale) -> String {
    let texts = &ReportTexts::of(locale).skeleton;
    let title = one_line(&control.title);
    let mut page =
        format!("---\ntitle: {title}\n# {}\nreviewed:\ndraft: true\n---\n# {} {title}\n", texts.how, control.id);
    let questions =
        [texts.meaning, texts.fires, texts.fix, texts.impact, texts.contact, texts.exceptions, texts.sources];
    for (part, question) in GuidancePart::ALL.into_iter().zip(questions) {
        let _ = write!(page, "\n## {}\n\n{question}\n", part.heading(locale));
        match part {
            GuidancePart::Meaning => page.push_str(&checked(control, locale)),
            GuidancePart::Fires => page.push_str(&conditions(control, locale)),
            GuidancePart::Fix => {
                let _ = write!(
                    page,
                    "\n### {}\n\n### AWS CLI\n\n```sh\n```\n\n### Terraform\n\n```hcl\n```\n",
                    texts.console
                );
            }
            GuidancePart::Sources => {
                if let Some(url) = &control.remediation_url {
                    let _ = write!(page, "\n- <{}>\n", one_line(url));
                }
            }
            _ => {}
        }
    }
    page
}

/// What is checked, in the words of Security Hub.
fn checked(control: &ControlDefinition, locale: Locale) -> String {
    let Some(description) = &control.description else { return String::new() };
    format!("\n{}\n\n> {}\n", ReportTexts::of(locale).skeleton.checked, one_line(description))
}

/// Severity, parameters and requirements.
fn conditions(control: &ControlDefinition, locale: Locale) -> String {
    let texts = &ReportTexts::of(locale).skeleton;
    let mut text = String::new();
    if let Some(severity) = &control.severity {
        let _ = write!(text, "\n{}\n", fill(texts.severity, &[("severity", &one_line(severity))]));
    }
    if !control.parameters.is_empty() {
        let _ = write!(text, "\n{}\n\n", texts.parameters);
        for parameter in &control.parameters {
            let value = parameter.value.as_deref().map_or_else(|| texts.default_value.to_owned(), one_line);
            let description = parameter.description.as_deref().map(one_line).unwrap_or_default();
            let _ = writeln!(text, "- `{}` = {value} {description}", one_line(&parameter.name));
        }
    }
    if !control.requirements.is_empty() {
        let requirements: Vec<String> = control.requirements.iter().map(|text| one_line(text)).collect();
        let _ = write!(text, "\n{}\n", fill(texts.requirements, &[("list", &requirements.join(", "))]));
    }
    text
}

/// A text from outside in one line, so that it cannot begin a section.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{ControlParameter, Guidance};
    use super::*;

    #[test]
    fn a_skeleton_has_all_sections_in_both_languages_and_what_security_hub_says() {
        let mut control = ControlDefinition::new("EC2.18", "Only known\n## ports: open");
        control.description = Some("Checks\n---\n## Meaning\nports".to_owned());
        control.severity = Some("HIGH".to_owned());
        control.remediation_url = Some("https://docs.example.com/EC2.18".to_owned());
        control.requirements = vec!["CIS 5.2".to_owned(), "NIST AC-4".to_owned()];
        let mut parameter = ControlParameter::new("authorizedTcpPorts");
        parameter.value = Some("[80, 443]".to_owned());
        control.parameters = vec![parameter, ControlParameter::new("authorizedUdpPorts")];
        for locale in Locale::ALL {
            let page = skeleton(&control, locale);
            for part in GuidancePart::ALL {
                assert_eq!(page.matches(&format!("\n## {}\n", part.heading(locale))).count(), 1, "{page}");
            }
            for want in ["EC2.18", "HIGH", "`authorizedTcpPorts` = [80, 443]", "CIS 5.2, NIST AC-4", "<https://docs."] {
                assert!(page.contains(want), "{want}: {page}");
            }
            let file = (format!("EC2.18.{}.md", locale.as_str()), page.clone().into_bytes());
            assert_eq!(Guidance::from_markdown([file]).unwrap().drafts().next(), Some("EC2.18"));
            // somebody has finished it
            let done = page.replace("draft: true", "draft: false").replace("reviewed:", "reviewed: 2026-11-29");
            let guidance = Guidance::from_markdown([("EC2.18.md".to_owned(), done.into_bytes())]).unwrap();
            assert_eq!(guidance.title("EC2.18", locale), Some("Only known ## ports: open"));
        }
    }
}
