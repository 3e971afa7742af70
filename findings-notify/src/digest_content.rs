//! The variables of the digest templates.

use findings_core::Locale;
use findings_core::notify::ReportLink;
use findings_core::pipeline::{
    GuidanceGaps, HeldBack, ProjectError, ProjectOutcome, ProjectStatus, RegistryWarning, RunStatus, Summary,
    SummaryError,
};
use findings_core::wording::Wording;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::digest_coverage::{CoverageContent, Truncated};
use crate::words;

/// Maximum number of errors of a project in the mail; the summary has all.
const MAX_ERRORS: usize = 5;

/// The variables of the digest templates.
#[derive(Serialize)]
pub(crate) struct DigestContent<'a> {
    locale: Locale,
    run: String,
    started_at: String,
    finished_at: String,
    /// `ok`, `partial` or `failed`.
    status: RunStatus,
    /// Number of projects that are `ok` or skipped, without errors.
    fine: usize,
    /// Number of the other projects.
    trouble: usize,
    projects: Vec<ProjectRow>,
    errors: Vec<String>,
    /// Number of projects that a run of some projects left as they are; `none` if all were to be done.
    others: Option<u64>,
    /// `none` unless so many projects are missing in the registry that it may be wrong.
    registry_warning: Option<&'a RegistryWarning>,
    /// Names and domains that look like others.
    look_alikes: Vec<String>,
    /// `none` unless reports were held back.
    held: Option<HeldContent>,
    coverage: CoverageContent,
    /// Projects whose reports nobody opened for weeks.
    unopened: Truncated<UnopenedRow>,
    /// Links to the files of the report of the organisation.
    organisation: Vec<OrganisationLink>,
    /// What is missing in the guidance.
    guidance: Option<GuidanceGaps>,
    /// The whole summary, with the fields of the JSON summary line.
    summary: &'a Summary,
}

/// Reports that were held back, because accounts could not be read.
#[derive(Serialize)]
struct HeldContent {
    projects: u64,
    unread: u64,
    accounts: u64,
    /// A sentence.
    cause: &'static str,
}

/// A project whose reports nobody opened for weeks.
#[derive(Serialize)]
struct UnopenedRow {
    project: String,
    /// The day on which one was opened last; `none` if never.
    last: Option<String>,
}

/// A link to a file of the report of the organisation.
#[derive(Serialize)]
struct OrganisationLink {
    extension: &'static str,
    url: String,
}

/// A row of the table of projects.
#[derive(Serialize)]
struct ProjectRow {
    project: String,
    status: ProjectStatus,
    label: &'static str,
    ok: bool,
    accounts: u64,
    findings: u64,
    told: usize,
    /// Recipients who chose not to hear of the report.
    silent: Truncated<String>,
    /// Their number.
    silent_count: usize,
    /// How many issues that were open could not be checked; `none` if there are none.
    stale: Option<String>,
    /// Sentences about odd values and findings that share an ID.
    data_notes: Vec<String>,
    link_expires_at: Option<String>,
    errors: Vec<String>,
    errors_left_out: usize,
}

fn error_of_project(error: &ProjectError) -> String {
    let message = words::one_line(&error.message);
    error.account.map_or_else(|| message.clone(), |account| format!("{account}: {message}"))
}

impl HeldContent {
    fn of(held: HeldBack, say: Wording) -> Self {
        let HeldBack { projects, unread, accounts, reason, .. } = held;
        Self { projects, unread, accounts, cause: say.unread(reason) }
    }
}

impl<'a> DigestContent<'a> {
    pub(crate) fn of(summary: &'a Summary, locale: Locale, time_zone: &TimeZone) -> Self {
        let moment = |at| words::moment(locale, at, time_zone);
        let row = |p: &ProjectOutcome| ProjectRow {
            project: words::one_line(&p.project),
            status: p.status,
            label: words::project_status(locale, p),
            ok: p.is_ok(),
            accounts: p.accounts,
            findings: p.findings,
            told: p.notified.len(),
            silent: Truncated::of(p.silent.iter().map(|recipient| words::one_line(recipient))),
            silent_count: p.silent.len(),
            stale: p.certainty.as_ref().and_then(|certainty| Wording::of(locale).stale(&certainty.stale)),
            data_notes: p.certainty.as_ref().map(|c| Wording::of(locale).data_notes(c)).unwrap_or_default(),
            link_expires_at: p.link_expires_at.map(moment),
            errors: p.errors.iter().take(MAX_ERRORS).map(error_of_project).collect(),
            errors_left_out: p.errors.len().saturating_sub(MAX_ERRORS),
        };
        let mut projects: Vec<ProjectRow> = summary.projects.iter().map(row).collect();
        projects.sort_by_key(|row| (row.ok, row.status != ProjectStatus::Failed));
        let fine = projects.iter().filter(|row| row.ok).count();
        let error = |e: &SummaryError| match e.line {
            Some(line) => format!("{} {line}: {}", words::line(locale), words::one_line(&e.message)),
            None => words::one_line(&e.message),
        };
        Self {
            locale,
            run: summary.run_id.to_string(),
            started_at: moment(summary.started_at),
            finished_at: moment(summary.finished_at),
            status: summary.status,
            fine,
            trouble: projects.len() - fine,
            projects,
            errors: summary.errors.iter().map(error).collect(),
            others: summary.not_asked_for,
            registry_warning: summary.registry_warning.as_ref(),
            look_alikes: summary.look_alikes.iter().map(|text| words::one_line(text)).collect(),
            held: summary.held_back.map(|held| HeldContent::of(held, Wording::of(locale))),
            coverage: CoverageContent::of(summary, locale),
            unopened: Truncated::of(summary.unopened.iter().map(|unopened| UnopenedRow {
                project: words::one_line(&unopened.project),
                last: unopened.last_opened_at.map(|at| words::date(locale, at, time_zone)),
            })),
            organisation: Vec::new(),
            guidance: summary.organisation.as_ref().and_then(|organisation| organisation.guidance),
            summary,
        }
    }

    pub(crate) fn with_organisation(mut self, links: &[ReportLink]) -> Self {
        let link =
            |file: &ReportLink| OrganisationLink { extension: file.extension, url: file.link.url.expose().clone() };
        self.organisation = links.iter().map(link).collect();
        self
    }
}
