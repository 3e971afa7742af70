//! What a mail says, as data for the templates.

use findings_core::coverage::Verdict;
use findings_core::notify::Notification;
use findings_core::report::{Changes, CoverageNotice, Problem};
use findings_core::store::LinkLimit;
use findings_core::wording::Wording;
use findings_core::{Locale, Severity, SeverityCounts};
use serde::Serialize;

use crate::words;

/// How many problems a mail lists; the report lists all.
const MAX_PROBLEMS: usize = 20;

/// The variables of the templates. All are always there; what does not apply is `none`.
#[derive(Serialize)]
pub(crate) struct Content {
    locale: Locale,
    project: String,
    run: String,
    generated_at: String,
    accounts: u64,
    complete: bool,
    problems: Vec<Lack>,
    problems_left_out: usize,
    /// A problem is for the operators to solve, who read what to do in their log.
    operators_know: bool,
    /// `covered`, `not_checked`, `degraded`, `unknown` or `not_covered`.
    verdict: Verdict,
    /// Regions that were looked at, as a list; empty if none is named.
    regions: String,
    other_regions: bool,
    notices: Vec<Lack>,
    notices_left_out: usize,
    counts: SeverityCounts,
    total: u64,
    rows: Vec<Row>,
    changes: Changes,
    /// Open issues: what several standards report is one issue, but several findings.
    issues: u64,
    previous: Option<Previous>,
    link: Option<Link>,
    attachment: Option<String>,
    contact: Option<String>,
    relinked_at: Option<String>,
    wording: Shared,
}

/// What mails and reports say in the same words.
#[derive(Serialize)]
struct Shared {
    incomplete: &'static str,
    incomplete_meaning: &'static str,
    not_all_watched: &'static str,
    operators_know: &'static str,
    assurance: String,
    distinct_problems: String,
}

/// A severity and its numbers.
#[derive(Serialize)]
struct Row {
    severity: &'static str,
    label: &'static str,
    now: u64,
    before: Option<u64>,
}

/// Something that is missing from the report.
#[derive(Serialize)]
struct Lack {
    place: String,
    text: &'static str,
    detail: String,
}

/// The last delivered report.
#[derive(Serialize)]
struct Previous {
    date: String,
    complete: bool,
    total: u64,
}

/// The link to the report.
#[derive(Serialize)]
struct Link {
    url: String,
    /// Whether it is a web address, not a file of this machine.
    web: bool,
    expires_at: Option<String>,
    /// Whether it ends sooner than was asked for.
    early: bool,
}

impl Content {
    pub(crate) fn of(n: &Notification) -> Self {
        let say = Wording::of(n.locale);
        let regions = n.regions.iter().map(|r| words::one_line(r)).collect::<Vec<_>>().join(", ");
        let issues = n.changes.new + n.changes.reopened + n.changes.open;
        Self {
            wording: Shared::of(say, n, &regions, issues),
            locale: n.locale,
            project: words::one_line(&n.project),
            run: n.run_id.to_string(),
            generated_at: words::moment(n.locale, n.generated_at, &n.time_zone),
            accounts: n.accounts,
            complete: n.is_complete(),
            problems: n.problems.iter().take(MAX_PROBLEMS).map(|p| Lack::of(say, p)).collect(),
            problems_left_out: n.problems.len().saturating_sub(MAX_PROBLEMS),
            operators_know: n.problems.iter().any(|p| p.kind.is_for_operators()),
            verdict: n.verdict,
            regions,
            other_regions: n.other_regions,
            notices: n.notices.iter().take(MAX_PROBLEMS).map(|notice| Lack::of_notice(say, notice)).collect(),
            notices_left_out: n.notices.len().saturating_sub(MAX_PROBLEMS),
            counts: n.counts,
            total: n.counts.total(),
            rows: Severity::WORST_FIRST.iter().map(|s| Row::of(n, *s)).collect(),
            changes: n.changes,
            issues,
            previous: n.previous.as_ref().map(|p| Previous {
                date: words::date(n.locale, p.at, &n.time_zone),
                complete: p.complete,
                total: p.counts.total(),
            }),
            link: Link::of(n),
            attachment: n.attachment.as_ref().map(|a| words::one_line(&a.name)),
            contact: n.contact.as_deref().map(words::one_line).filter(|c| !c.is_empty()),
            relinked_at: n.relinked_at.map(|at| words::moment(n.locale, at, &n.time_zone)),
        }
    }
}

impl Shared {
    fn of(say: Wording, n: &Notification, regions: &str, issues: u64) -> Self {
        Self {
            incomplete: say.incomplete(),
            incomplete_meaning: say.incomplete_meaning(),
            not_all_watched: say.not_all_watched(),
            operators_know: say.operators_know(),
            assurance: say.assurance(n.verdict, regions, n.other_regions),
            distinct_problems: say.distinct_problems(issues, &words::number(issues)),
        }
    }
}

impl Row {
    fn of(n: &Notification, severity: Severity) -> Self {
        let name = match severity {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Informational => "informational",
        };
        Self {
            severity: name,
            label: Wording::of(n.locale).severity(severity),
            now: n.counts.get(severity),
            before: n.previous.as_ref().map(|p| p.counts.get(severity)),
        }
    }
}

impl Lack {
    fn of(say: Wording, problem: &Problem) -> Self {
        Self {
            place: words::place(say, problem.account, problem.region.as_deref()),
            text: say.problem(problem.kind),
            detail: if problem.kind.is_for_operators() { String::new() } else { words::one_line(&problem.detail) },
        }
    }

    fn of_notice(say: Wording, notice: &CoverageNotice) -> Self {
        let coverage = &notice.coverage;
        Self {
            place: words::place(say, Some(notice.account), coverage.region.as_deref()),
            text: say.coverage_reason(coverage.reason),
            detail: coverage.accepted.as_ref().map(|gap| words::accepted(say, gap)).unwrap_or_default(),
        }
    }
}

impl Link {
    fn of(n: &Notification) -> Option<Self> {
        let link = n.link.as_ref()?;
        let url = link.url.expose();
        Some(Self {
            url: url.clone(),
            web: url.starts_with("https://") || url.starts_with("http://"),
            expires_at: link.expires_at.map(|at| words::moment(n.locale, at, &n.time_zone)),
            early: link.limited_by == LinkLimit::Credentials,
        })
    }
}
