//! Whom a reader of a report asks.

use crate::desk::Question;
use crate::guidance::{Guidance, GuidancePart};
use crate::report::Report;

/// Returns the link that asks about a control, or about the report if there is no control: whom the guidance for the
/// control names, or else the contact of the report. `None` if nobody is named with an address.
///
/// ```
/// use findings_core::guidance::Guidance;
/// use findings_core::rendering::question_url;
/// use findings_core::report::Report;
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// report.contact = Some("desk@example.com".to_owned());
/// let guidance = Guidance::from_csv("control,contact\nS3.8,buckets@example.com\n".as_bytes())?;
/// assert!(question_url(&report, &guidance, Some("S3.8")).unwrap().starts_with("mailto:buckets@example.com?"));
/// assert!(question_url(&report, &guidance, None).unwrap().starts_with("mailto:desk@example.com?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn question_url(report: &Report, guidance: &Guidance, control: Option<&str>) -> Option<String> {
    let mut question = Question::new(&report.project, &report.run_id);
    if let Some(control) = control {
        question = question.with_control(control);
    }
    let own = control.and_then(|control| guidance.part(control, GuidancePart::Contact, report.locale));
    // a contact of the guidance without an address, such as a channel's name, does not hide the desk
    let contacts = [own, report.contact.as_deref()].into_iter().flatten();
    contacts.into_iter().find_map(|contact| question.link(contact, report.locale))
}
