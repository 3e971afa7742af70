//! The origin of the report, whether its numbers add up, and what its words mean.

use findings_core::rendering;
use findings_core::report::{ProblemKind, Report};
use findings_core::wording::{ReportTexts, Wording, fill};
use findings_core::{ComplianceStatus, Result, Severity, WorkflowStatus};
use serde::Serialize;

use crate::format::plain;
use crate::texts::{CHANGES, project_texts};

/// What the last section says.
#[derive(Debug, Serialize)]
pub(super) struct About {
    accounts_read: String,
    /// Labels and values.
    origin: Vec<(&'static str, String)>,
    counts: Vec<(&'static str, u64)>,
    adds_up: bool,
    /// Sentences about the data, and the values that are not as AWS defines them.
    data_notes: Vec<String>,
    odd_values: Vec<String>,
    is_complete: bool,
    glossary: Vec<Glossary>,
}

/// The terms of a column, with what they mean.
#[derive(Debug, Serialize)]
struct Glossary {
    heading: &'static str,
    terms: Vec<(&'static str, &'static str)>,
}

const COMPLIANCES: [ComplianceStatus; 4] =
    [ComplianceStatus::Failed, ComplianceStatus::Warning, ComplianceStatus::NotAvailable, ComplianceStatus::Passed];

impl About {
    pub(super) fn of(report: &Report) -> Result<Self> {
        let complete = report.accounts.iter().filter(|a| a.is_believed()).count();
        let values = [("n", &*report.accounts.len().to_string()), ("complete", &complete.to_string())];
        let accounts_read = fill(ReportTexts::of(report.locale).about.accounts_value, &values);
        let shown = report.findings.len() as u64;
        Ok(Self {
            origin: origin(report, &accounts_read),
            accounts_read,
            counts: counts(report),
            adds_up: report.fetched.is_none_or(|fetched| fetched == shown + report.duplicates),
            data_notes: Wording::of(report.locale).data_notes(&report.certainty()),
            odd_values: rendering::odd_values(report)?,
            is_complete: report.is_complete(),
            glossary: glossary(report),
        })
    }

    /// How many accounts there are, and how many of them were read completely.
    pub(super) fn accounts_read(&self) -> &str {
        &self.accounts_read
    }
}

fn origin(report: &Report, accounts_read: &str) -> Vec<(&'static str, String)> {
    let (say, about) = (Wording::of(report.locale), &ReportTexts::of(report.locale).about);
    let lines = [
        (about.project, report.project.clone()),
        (about.run, report.run_id.to_string()),
        (about.generated_at, say.moment(report.generated_at, &report.time_zone)),
        (about.time_zone, rendering::zone_name(&report.time_zone, report.generated_at)),
        (about.sources, rendering::counted_sources(report)),
        (about.accounts, accounts_read.to_owned()),
        (about.selection, rendering::selection(report)),
        (about.contact, report.contact.clone().unwrap_or_else(|| about.none.to_owned())),
        (about.version, format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))),
    ];
    lines.into_iter().map(|(label, value)| (label, plain(&value).into_owned())).collect()
}

/// The counts, with which a reader can check that no finding was lost: fetched = shown + duplicates.
fn counts(report: &Report) -> Vec<(&'static str, u64)> {
    let about = &ReportTexts::of(report.locale).about;
    let shown = report.findings.len() as u64;
    let unreadable = report.problems.iter().filter(|p| p.kind == ProblemKind::UnreadableFinding).count() as u64;
    let shown_here = project_texts(report.locale).get("shown_here").map_or("", String::as_str);
    let always = [
        (about.fetched, report.fetched.unwrap_or(shown + report.duplicates)),
        (about.duplicates, report.duplicates),
        (shown_here, shown),
        (about.issues, report.changes.current()),
    ];
    // shown only if something is missing
    let missing = [(about.stale, report.stale.total()), (about.unreadable, unreadable)];
    always.into_iter().chain(missing.into_iter().filter(|(_, count)| *count > 0)).collect()
}

fn glossary(report: &Report) -> Vec<Glossary> {
    let (say, about) = (Wording::of(report.locale), &ReportTexts::of(report.locale).about);
    let severities = Severity::WORST_FIRST.map(|s| (say.severity_label(s), say.severity_meaning(s)));
    let workflows = WorkflowStatus::ALL.iter().map(|s| (say.workflow(*s), say.workflow_meaning(*s)));
    vec![
        Glossary { heading: about.severities, terms: severities.to_vec() },
        Glossary { heading: about.changes, terms: CHANGES.map(|c| (say.change(c), say.change_meaning(c))).to_vec() },
        Glossary { heading: about.workflows, terms: workflows.collect() },
        Glossary {
            heading: about.compliances,
            terms: COMPLIANCES.map(|s| (say.compliance(s), say.compliance_meaning(s))).to_vec(),
        },
    ]
}
