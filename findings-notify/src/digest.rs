//! The mail to the operators after a run: how it went, without reading logs.

use findings_core::notify::Recipient;
use findings_core::pipeline::{ProjectError, ProjectOutcome, ProjectStatus, RunStatus, Summary};
use findings_core::{Locale, Result};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::digest_coverage::Coverage;
use crate::message::{Draft, Mail, message_id};
use crate::templates::{Part, Templates};
use crate::{Sender, words};

/// How many errors of a project the mail shows; the summary has all.
const MAX_ERRORS: usize = 5;

/// What operators are told of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Digest<'a> {
    /// To whom.
    pub recipient: &'a Recipient,
    /// How it went.
    pub summary: &'a Summary,
    /// Their language.
    pub locale: Locale,
    /// Their time zone.
    pub time_zone: TimeZone,
}

impl<'a> Digest<'a> {
    /// What `recipient` is told of a run, in English.
    pub fn new(recipient: &'a Recipient, summary: &'a Summary) -> Self {
        Self { recipient, summary, locale: Locale::En, time_zone: TimeZone::UTC }
    }

    /// In another language and time zone.
    pub fn with_locale(mut self, locale: Locale, time_zone: TimeZone) -> Self {
        (self.locale, self.time_zone) = (locale, time_zone);
        self
    }
}

/// Makes the mail: the table of the projects, those in trouble first, what failed, how often calls were throttled.
///
/// ```
/// use findings_core::pipeline::Summary;
/// use findings_notify::{Digest, Templates, compose_digest};
///
/// let summary = Summary::not_started("2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?, ["no registry".to_owned()]);
/// let to = "ops@example.com".parse()?;
/// let mail = compose_digest(&Digest::new(&to, &summary), &"security@example.com".parse()?, &Templates::builtin()?)?;
/// assert!(mail.subject.contains("FAILED") && mail.text.contains("no registry"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`compose`](crate::compose).
pub fn compose_digest(digest: &Digest<'_>, from: &Sender, templates: &Templates) -> Result<Mail> {
    let content = DigestContent::of(digest);
    let render = |part| templates.render(part, digest.locale, &content);
    let (run, finished_at) = (&digest.summary.run_id, digest.summary.finished_at.to_string());
    Draft {
        to: digest.recipient,
        run_id: run,
        project: None,
        message_id: message_id(&["digest", run.as_str(), &finished_at, digest.recipient.as_str()], from),
        date: digest.summary.finished_at,
        locale: digest.locale,
        contact: None,
        subject: render(Part::DigestSubject)?,
        text: render(Part::DigestText)?,
        html: render(Part::DigestHtml)?,
        attachment: None,
    }
    .finish(from)
}

/// The variables of the templates.
#[derive(Serialize)]
pub(crate) struct DigestContent<'a> {
    locale: Locale,
    run: String,
    started_at: String,
    finished_at: String,
    /// `ok`, `partial` or `failed`.
    status: RunStatus,
    /// Projects whose people hold all that was asked for.
    fine: usize,
    /// The others.
    trouble: usize,
    projects: Vec<Row>,
    errors: Vec<String>,
    coverage: Coverage,
    /// All of it, as in the summary line.
    summary: &'a Summary,
}

/// A project.
#[derive(Serialize)]
struct Row {
    project: String,
    status: ProjectStatus,
    label: &'static str,
    ok: bool,
    accounts: u64,
    findings: u64,
    told: usize,
    link_expires_at: Option<String>,
    errors: Vec<String>,
    errors_left_out: usize,
}

fn error_of_project(error: &ProjectError) -> String {
    let message = words::one_line(&error.message);
    error.account.map_or_else(|| message.clone(), |account| format!("{account}: {message}"))
}

impl<'a> DigestContent<'a> {
    pub(crate) fn of(digest: &Digest<'a>) -> Self {
        let Digest { summary, locale, time_zone, .. } = digest;
        let moment = |at| words::moment(*locale, at, time_zone);
        let row = |p: &ProjectOutcome| Row {
            project: words::one_line(&p.project),
            status: p.status,
            label: words::project_status(*locale, p.status),
            ok: p.is_ok(),
            accounts: p.accounts,
            findings: p.findings,
            told: p.notified.len(),
            link_expires_at: p.link_expires_at.map(moment),
            errors: p.errors.iter().take(MAX_ERRORS).map(error_of_project).collect(),
            errors_left_out: p.errors.len().saturating_sub(MAX_ERRORS),
        };
        let mut projects: Vec<Row> = summary.projects.iter().map(row).collect();
        projects.sort_by_key(|row| (row.ok, row.status != ProjectStatus::Failed));
        let fine = projects.iter().filter(|row| row.ok).count();
        let error = |e: &findings_core::pipeline::SummaryError| match e.line {
            Some(line) => format!("{} {line}: {}", words::line(*locale), words::one_line(&e.message)),
            None => words::one_line(&e.message),
        };
        Self {
            locale: *locale,
            run: summary.run_id.to_string(),
            started_at: moment(summary.started_at),
            finished_at: moment(summary.finished_at),
            status: summary.status,
            fine,
            trouble: projects.len() - fine,
            projects,
            errors: summary.errors.iter().map(error).collect(),
            coverage: Coverage::of(summary, *locale),
            summary,
        }
    }
}
