//! The variables of the mail about the report of the organisation.

use findings_core::notify::OrganisationNotification;
use findings_core::organisation::{Mover, OrganisationReport, OrganisationWeek, PeriodNumbers, WeekState};
use findings_core::store::LinkLimit;
use findings_core::wording::Wording;
use serde::Serialize;

use crate::picture::drawn_weeks;
use crate::words;

/// The variables of the templates. All are always set; a value that does not apply or is not known is `none`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OrganisationContent {
    pub(crate) locale: &'static str,
    pub(crate) run: String,
    pub(crate) title: &'static str,
    pub(crate) as_of: String,
    /// Open issues of all projects.
    pub(crate) open: u64,
    pub(crate) critical: u64,
    pub(crate) high: u64,
    /// Open issues of the week before; `none` if one of the two weeks is incomplete or has no run.
    pub(crate) before: Option<u64>,
    pub(crate) recent: Option<Recent>,
    /// Overdue issues; `none` if there are no targets.
    pub(crate) overdue: Option<u64>,
    /// The project with the most overdue issues.
    pub(crate) most_overdue: Option<ProjectNumber>,
    /// The project that improved most this week; `number` is the number of issues that it fixed.
    pub(crate) improved: Option<ProjectNumber>,
    /// The project that worsened most this week; `number` is the number of issues that came.
    pub(crate) worsened: Option<ProjectNumber>,
    pub(crate) unknown: Unknown,
    /// The sentences, as the template of the lines gives them.
    pub(crate) lines: Vec<String>,
    /// Whether the mail has a picture of the weeks.
    pub(crate) picture: bool,
    /// The first and the last week of the picture.
    pub(crate) first_week: String,
    pub(crate) last_week: String,
    pub(crate) links: Vec<FileLink>,
    pub(crate) contact: Option<String>,
    pub(crate) replaces_earlier: Option<&'static str>,
}

/// The last four weeks, beside the four before.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Recent {
    pub(crate) fixed: u64,
    /// New and reopened issues.
    pub(crate) came: u64,
    /// Whether a run was missing or incomplete.
    pub(crate) has_gaps: bool,
    pub(crate) before: Option<Box<Recent>>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProjectNumber {
    pub(crate) project: String,
    pub(crate) number: u64,
}

/// What the report does not know.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Unknown {
    /// Projects that were incomplete in the last week, or had no run.
    pub(crate) projects: u64,
    /// All projects that are still there.
    pub(crate) active: u64,
    /// Accounts that Security Hub does not watch, or of which that is not known. Gaps that somebody accepted are among them;
    /// `none` if coverage was not checked.
    pub(crate) accounts: Option<u64>,
    /// Projects of the registry of which no run has reported anything.
    pub(crate) never_reported: u64,
}

/// A link to a file of the report.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FileLink {
    pub(crate) extension: &'static str,
    pub(crate) url: String,
    pub(crate) web: bool,
    pub(crate) expires_at: Option<String>,
    /// Whether it expires earlier than requested.
    pub(crate) early: bool,
}

impl OrganisationContent {
    /// The variables without [`lines`](Self::lines), which are made from the others.
    pub(crate) fn of(notification: &OrganisationNotification) -> Self {
        let OrganisationNotification { report, locale, time_zone, .. } = notification;
        let date = |at| words::date(*locale, at, time_zone);
        let week = |week: Option<&OrganisationWeek>| week.map(|w| date(w.from)).unwrap_or_default();
        let say = Wording::of(*locale);
        let links = notification.links.iter().map(|file| FileLink {
            extension: file.extension,
            url: file.link.url.expose().clone(),
            web: file.link.url.expose().starts_with("http"),
            expires_at: file.link.expires_at.map(|at| words::moment(*locale, at, time_zone)),
            early: file.link.limited_by == LinkLimit::Credentials,
        });
        let (open, movers) = (report.totals.open, &report.movers_of_week);
        Self {
            locale: locale.as_str(),
            run: words::one_line(notification.run_id.as_str()),
            title: say.organisation(),
            as_of: date(report.as_of),
            open: open.total(),
            critical: open.critical,
            high: open.high,
            before: before(report),
            recent: report.recent.as_ref().map(|period| Recent {
                before: period.before.as_ref().map(|before| Box::new(Recent::of(before))),
                ..Recent::of(&period.current)
            }),
            overdue: report.totals.overdue.map(|overdue| overdue.total()),
            most_overdue: most_overdue(report),
            improved: movers.improved.first().map(|m| project_number(report, m, m.balance.fixed.total())),
            worsened: movers.worsened.first().map(|m| project_number(report, m, m.balance.came.total())),
            unknown: Unknown::of(report),
            lines: Vec::new(),
            picture: false,
            first_week: week(drawn_weeks(report).next()),
            last_week: week(report.weeks.last()),
            links: links.collect(),
            contact: notification.contact.as_deref().map(words::one_line),
            replaces_earlier: notification.replaces_earlier.then(|| say.replaces_earlier()),
        }
    }
}

/// Returns the open issues of the week before that of the report, if the two can be compared.
fn before(report: &OrganisationReport) -> Option<u64> {
    let [.., before, last] = &report.weeks[..] else { return None };
    let is_complete = |week: &OrganisationWeek| week.state == WeekState::Complete;
    (is_complete(before) && is_complete(last)).then_some(before.numbers?.open.total())
}

fn most_overdue(report: &OrganisationReport) -> Option<ProjectNumber> {
    let overdue = report.projects.iter().filter_map(|p| Some((p, p.overdue?.total()))).filter(|(_, n)| *n > 0);
    // the first of equals, which are in the order of their names
    let (project, number) = overdue.reduce(|most, other| if other.1 > most.1 { other } else { most })?;
    Some(ProjectNumber { project: words::one_line(&project.project), number })
}

fn project_number(report: &OrganisationReport, mover: &Mover, number: u64) -> ProjectNumber {
    let project = report.projects.get(mover.project).map(|p| words::one_line(&p.project)).unwrap_or_default();
    ProjectNumber { project, number }
}

impl Recent {
    fn of(period: &PeriodNumbers) -> Self {
        let flow = &period.flow;
        let came = flow.new.total() + flow.reopened.total();
        Self { fixed: flow.fixed.total(), came, has_gaps: period.weeks_with_gaps > 0, before: None }
    }
}

impl Unknown {
    fn of(report: &OrganisationReport) -> Self {
        let last = report.weeks.last();
        let accounts =
            report.coverage.as_ref().map(|c| c.accounts.not_covered + c.accounts.unknown + c.accounts.not_checked);
        Self {
            projects: last.map_or(0, |week| (week.incomplete.len() + week.without_run.len()) as u64),
            active: report.totals.active,
            accounts,
            never_reported: report.never_reported.as_ref().map_or(0, |names| names.len() as u64),
        }
    }
}
