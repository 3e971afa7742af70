//! What the page of a project shows: the report, in the order in which it helps its readers.

mod about;
mod accepted;
mod accounts;
mod controls;
mod findings;
mod overview;
mod packed;
mod resolved;
pub(crate) mod status;
mod trend;

use std::collections::BTreeMap;

use findings_core::guidance::Guidance;
use findings_core::rendering::{self, Digest};
use findings_core::report::{Change, Conclusion, Report};
use findings_core::wording::ReportTexts;
use findings_core::{Result, Severity};
use jiff::Timestamp;
use serde::Serialize;

use self::about::About;
use self::accepted::AcceptedLine;
use self::accounts::AccountLine;
use self::controls::ControlLine;
use self::findings::{FindingLine, FirstLine};
use self::overview::Overview;
use self::packed::Packed;
use self::resolved::ResolvedLine;
use self::status::Band;
use self::trend::Trend;
use crate::format;
use crate::packed::in_script;
use crate::policy::PROJECT_ASSETS;
use crate::texts::{Texts, project_texts, text};

/// How many lines of a table are in the page as such. Of a longer table the page says how many lines it left out.
const MAX_LINES: usize = 1_000;

/// How many findings are in the page for readers without script.
const FIRST_FINDINGS: usize = 100;

/// What the templates show.
#[derive(Debug, Serialize)]
pub(crate) struct Content<'a> {
    lang: &'static str,
    policy: &'static str,
    style: &'static str,
    script: &'static str,
    dictionary: String,
    data: String,
    #[serde(skip)]
    packed_findings: u64,
    /// The title before and after the name of the project.
    title: (&'static str, &'static str),
    project: &'a str,
    /// The title without markup.
    plain_title: String,
    as_of: Timestamp,
    time_zone: String,
    accounts_read: String,
    sources: String,
    run: &'a str,
    contact: Option<&'a str>,
    bands: Vec<Band>,
    overview: Overview,
    worst_controls: usize,
    /// What to do first.
    do_first: Vec<FirstLine>,
    /// What to look at until the next report.
    week: Vec<FirstLine>,
    more_week: usize,
    /// What the section says if there is nothing.
    no_week: &'static str,
    oldest: Vec<FindingLine>,
    total: u64,
    /// What an empty table of findings says.
    no_findings: &'static str,
    first_findings: Vec<FindingLine>,
    controls: Vec<ControlLine>,
    more_controls: usize,
    accounts: Vec<AccountLine>,
    more_accounts: usize,
    trend: Option<Trend>,
    accepted: Vec<AcceptedLine>,
    more_accepted: usize,
    resolved: Vec<ResolvedLine>,
    more_resolved: usize,
    is_first_report: bool,
    /// Whether links into the console lead through the access portal.
    has_portal: bool,
    about: About,
}

impl<'a> Content<'a> {
    /// The content of a report.
    ///
    /// # Errors
    /// Those of findings that cannot be read.
    pub(crate) fn of(report: &'a Report, guidance: &Guidance) -> Result<Self> {
        let (digest, texts) = (Digest::new(report)?, project_texts(report.locale));
        let shared = ReportTexts::of(report.locale);
        let packed = Packed::of(report, &digest, guidance)?;
        let controls = controls::controls(report, &digest, guidance);
        let about = About::of(report)?;
        let (week, more_week) = findings::this_week(report, &digest, guidance, MAX_LINES)?;
        Ok(Self {
            lang: report.locale.as_str(),
            policy: &PROJECT_ASSETS.policy,
            style: &PROJECT_ASSETS.style,
            script: &PROJECT_ASSETS.script,
            dictionary: dictionary(report.locale.as_str(), texts),
            data: in_script(&packed),
            packed_findings: packed.len(),
            title: shared.summary.title.split_once("{project}").unwrap_or((shared.summary.title, "")),
            project: &report.project,
            plain_title: shared.summary.title.replace("{project}", &format::plain(&report.project)),
            as_of: report.generated_at,
            time_zone: rendering::zone_name(&report.time_zone, report.generated_at),
            accounts_read: about.accounts_read().to_owned(),
            sources: rendering::sources(report),
            run: report.run_id.as_str(),
            contact: report.contact.as_deref(),
            bands: status::bands(report),
            overview: Overview::of(report, &digest),
            worst_controls: digest.controls.len().min(rendering::TOP),
            has_portal: report.console_portal.is_some(),
            do_first: findings::do_first(report, &digest, guidance)?,
            week,
            more_week,
            no_week: rendering::nothing_this_week(report),
            oldest: findings::oldest(report, &digest)?,
            total: digest.counts.total(),
            no_findings: no_findings(report),
            first_findings: findings::first(report, FIRST_FINDINGS)?,
            more_controls: digest.controls.len() - controls.len(),
            controls,
            accounts: accounts::accounts(report, &digest, MAX_LINES),
            more_accounts: digest.accounts.len().saturating_sub(MAX_LINES),
            trend: Trend::of(report, &digest, texts),
            accepted: accepted::accepted(report, MAX_LINES),
            more_accepted: report.accepted.len().saturating_sub(MAX_LINES),
            resolved: resolved::resolved(report, MAX_LINES),
            more_resolved: report.resolved.len().saturating_sub(MAX_LINES),
            is_first_report: report.previous().is_none(),
            about,
        })
    }

    /// The number of findings in the data.
    pub(crate) fn findings(&self) -> u64 {
        self.packed_findings
    }
}

/// The key of what an empty table of findings says: an incomplete report must not seem clean anywhere.
pub(crate) fn no_findings(report: &Report) -> &'static str {
    match report.certainty().conclusion(0) {
        Conclusion::Unknown => "no_findings_incomplete",
        Conclusion::NotAllSeen => "no_findings_partial",
        _ => "no_findings",
    }
}

/// The texts that the script says.
pub(crate) const OF_THE_SCRIPT: [&str; 58] = [
    "about_contact",
    "all",
    "close",
    "column_account",
    "column_account_name",
    "column_age_days",
    "column_change",
    "column_compliance",
    "column_console",
    "column_control",
    "column_days_overdue",
    "column_decision",
    "column_description",
    "column_finding_id",
    "column_first_seen",
    "column_fix_by",
    "column_further_resources",
    "column_notes",
    "column_owner",
    "column_product",
    "column_product_console",
    "column_region",
    "column_resource",
    "column_resource_type",
    "column_severity",
    "column_severity_reason",
    "column_standards",
    "column_tags",
    "column_title",
    "column_updated",
    "column_vulnerabilities",
    "column_what_to_do",
    "column_workflow",
    "csv",
    "finding_open_console",
    "guidance_own",
    "next",
    "no_match",
    "nobody",
    "position",
    "previous",
    "question_ask",
    "question_finding",
    "question_guidance_page",
    "reset",
    "search",
    "severity_critical",
    "severity_high",
    "severity_informational",
    "severity_low",
    "severity_medium",
    "show_more",
    "shown",
    "change_new",
    "change_reopened",
    "change_worse",
    "change_open",
    "comma",
];

fn dictionary(lang: &str, texts: &Texts) -> String {
    let own: BTreeMap<&str, String> =
        OF_THE_SCRIPT.iter().filter_map(|key| Some((*key, text(texts, key, &[])?))).collect();
    in_script(&BTreeMap::from([(lang, own)]))
}

/// The class of a severity in the style.
pub(crate) fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Informational => "informational",
    }
}

/// The class of a change in the style.
fn change_class(change: Change) -> &'static str {
    change.as_str()
}
