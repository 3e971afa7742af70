//! The variables of the mail and chat templates.

use std::collections::BTreeSet;

use findings_core::coverage::Verdict;
use findings_core::history::ProjectRun;
use findings_core::notify::Notification;
use findings_core::report::{Changes, Conclusion, CoverageNotice, Problem};
use findings_core::store::{ArtifactLink, LinkLimit};
use findings_core::wording::{ReportTexts, Wording};
use findings_core::{Locale, Severity, SeverityCounts};
use serde::Serialize;

use crate::first_content::{FirstItem, FixedItem, first, fixed};
use crate::words;

/// Maximum number of problems in a mail; the report lists all.
const MAX_PROBLEMS: usize = 20;

/// The variables of the templates. All are always set; a value that does not apply is `none`.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a variable of the templates")]
pub(crate) struct Content {
    locale: Locale,
    project: String,
    run: String,
    generated_at: String,
    accounts: u64,
    /// Number of accounts that no problem is about.
    seen: u64,
    complete: bool,
    /// What the report says as a whole: `findings`, `clean`, `unverified`, `not_all_seen` or `unknown`.
    conclusion: Conclusion,
    /// Number of issues that were open and of which the run could not tell, by severity.
    stale: SeverityCounts,
    problems: Vec<ListedProblem>,
    problems_left_out: usize,
    /// Whether operators have to solve at least one of the problems; their log says how.
    operators_know: bool,
    /// `covered`, `not_checked`, `degraded`, `unknown` or `not_covered`.
    verdict: Verdict,
    /// Names of the Regions that the coverage check covered, separated by commas; empty if none is named.
    regions: String,
    other_regions: bool,
    notices: Vec<ListedProblem>,
    notices_left_out: usize,
    counts: SeverityCounts,
    total: u64,
    rows: Vec<SeverityRow>,
    changes: Changes,
    /// What changed since the last report, a few words each, the most urgent first: "2 new critical". Empty if nothing did.
    news: Vec<String>,
    /// Whether there is a last report and nothing changed since.
    unchanged: bool,
    /// The same in a few words, or that nothing changed; `none` in the first report, and if it is not known.
    changed: Option<String>,
    /// The numbers of open findings in a few words: "3 critical, 12 high, 4 overdue".
    open: String,
    first: Vec<FirstItem>,
    fixed: Vec<FixedItem>,
    /// The numbers of the report with their labels, for cards.
    facts: Vec<Fact>,
    /// Whether the message is posted to a channel, and whether it has a button that leads to the report.
    in_channel: bool,
    has_button: bool,
    /// Whether a mail about the same report goes to somebody.
    has_mail: bool,
    /// Number of open issues. A control that several standards report is one issue with several findings.
    issues: u64,
    previous: Option<PreviousReport>,
    link: Option<Link>,
    /// The page in which the recipient answers.
    answers: Option<Link>,
    attachment: Option<String>,
    contact: Option<String>,
    relinked_at: Option<String>,
    /// Whose part of the report the message is about; `none` for the whole.
    part: Option<Part>,
    /// What changed in a month, for those who hear of one report each month; `none` for all others.
    monthly: Option<Monthly>,
    /// Whether the recipient was told of an earlier report of the same run.
    replaces_earlier: bool,
    wording: SharedWording,
}

/// Sentences that mails and reports share.
#[derive(Serialize)]
struct SharedWording {
    incomplete: &'static str,
    incomplete_meaning: &'static str,
    not_all_watched: &'static str,
    operators_know: &'static str,
    replaces_earlier: &'static str,
    assurance: String,
    distinct_problems: String,
    /// How many issues that were open could not be checked; `none` if there are none.
    stale: Option<String>,
    /// How many issues are no longer listed although nobody fixed them; `none` if there are none.
    closed_without_fix: Option<String>,
    /// The heading of `first`.
    do_first: &'static str,
    /// The thanks for what was fixed; `none` if nothing was.
    thanks: Option<String>,
    /// How many issues were to be fixed by now; `none` if there are none.
    overdue: Option<String>,
    /// How many issues are listed again because their acceptance has ended; `none` if there are none.
    ended: Option<String>,
    /// How many issues decisions take out of the report, and how many acceptances end soon; `none` if there are none.
    accepted: Option<String>,
    /// Sentences about odd values and findings that share an ID.
    data_notes: Vec<String>,
}

/// The part of an owner.
#[derive(Serialize)]
struct Part {
    owner: String,
    /// Number of findings of the whole report.
    of_findings: u64,
}

/// The report that a monthly reader compares with.
#[derive(Serialize)]
struct Monthly {
    /// Its date; `none` if there is no earlier month.
    date: Option<String>,
    /// Whether it was complete.
    complete: bool,
    /// The numbers then and now in a few words, of severities with findings then or now: "critical 3 → 1".
    numbers: String,
}

/// A severity and its numbers of findings.
#[derive(Serialize)]
struct SeverityRow {
    severity: &'static str,
    label: &'static str,
    now: u64,
    before: Option<u64>,
}

/// A problem or coverage notice as the mail lists it.
#[derive(Serialize)]
struct ListedProblem {
    place: String,
    text: &'static str,
    detail: String,
}

/// The last delivered report.
#[derive(Serialize)]
struct PreviousReport {
    date: String,
    complete: bool,
    total: u64,
}

/// The link to the report.
#[derive(Serialize)]
struct Link {
    url: String,
    /// Whether it is an HTTP(S) URL and not a local file.
    web: bool,
    expires_at: Option<String>,
    /// Whether it expires earlier than requested, because the signing credentials expire.
    early: bool,
    /// The network from which alone it works, in the words of the organisation; `none` if none is named.
    network: Option<String>,
}

/// A number of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
}

impl Content {
    pub(crate) fn of(n: &Notification) -> Self {
        let say = Wording::of(n.locale);
        let certainty = &n.certainty;
        let regions = certainty.regions.iter().map(|r| words::one_line(r)).collect::<Vec<_>>().join(", ");
        let issues = n.changes.current();
        Self {
            wording: SharedWording::of(say, n, &regions, issues),
            locale: n.locale,
            project: words::one_line(&n.project),
            run: n.run_id.to_string(),
            generated_at: words::moment(n.locale, n.generated_at, &n.time_zone),
            accounts: n.accounts,
            seen: seen(n),
            complete: n.is_complete(),
            conclusion: n.conclusion(),
            stale: certainty.stale,
            problems: certainty.problems.iter().take(MAX_PROBLEMS).map(|p| ListedProblem::of(say, p)).collect(),
            problems_left_out: certainty.problems.len().saturating_sub(MAX_PROBLEMS),
            operators_know: certainty.problems.iter().any(|p| p.kind.is_for_operators()),
            verdict: certainty.verdict,
            regions,
            other_regions: certainty.other_regions,
            notices: certainty
                .notices
                .iter()
                .take(MAX_PROBLEMS)
                .map(|notice| ListedProblem::of_notice(say, notice))
                .collect(),
            notices_left_out: certainty.notices.len().saturating_sub(MAX_PROBLEMS),
            counts: n.counts,
            total: n.counts.total(),
            rows: Severity::WORST_FIRST.iter().map(|s| SeverityRow::of(n, *s)).collect(),
            changes: n.changes,
            news: news(say, n),
            unchanged: is_unchanged(n),
            changed: words::changed(n),
            open: words::open(n),
            first: first(n),
            fixed: fixed(n),
            facts: facts(n),
            in_channel: n.recipient.channel().is_some(),
            has_mail: n.is_mailed,
            has_button: false,
            issues,
            previous: n.previous.as_ref().map(|p| PreviousReport {
                date: words::date(n.locale, p.at, &n.time_zone),
                complete: p.complete,
                total: p.counts.total(),
            }),
            link: Link::of(n, n.link.as_ref()),
            answers: Link::of(n, n.answer_link.as_ref()),
            attachment: n.attachment.as_ref().map(|a| words::one_line(&a.name)),
            contact: n.contact.as_deref().map(words::one_line).filter(|c| !c.is_empty()),
            relinked_at: n.relinked_at.map(|at| words::moment(n.locale, at, &n.time_zone)),
            part: n
                .part
                .as_ref()
                .map(|part| Part { owner: words::one_line(&part.owner), of_findings: part.of_findings }),
            monthly: n.monthly.as_ref().map(|monthly| Monthly::of(n, monthly.before.as_ref())),
            replaces_earlier: n.replaces_earlier,
        }
    }
}

impl Monthly {
    fn of(n: &Notification, before: Option<&ProjectRun>) -> Self {
        Self {
            date: before.map(|run| words::date(n.locale, run.at, &n.time_zone)),
            complete: before.is_none_or(|run| run.complete),
            numbers: before.map(|run| words::month(n.locale, &run.counts, &n.counts)).unwrap_or_default(),
        }
    }
}

impl Content {
    /// For a card: whether it has a button that leads to the report.
    pub(crate) fn with_button(self, has_button: bool) -> Self {
        Self { has_button, ..self }
    }

    /// For a card that shows the numbers as a table.
    pub(crate) fn without_facts(self) -> Self {
        Self { facts: Vec::new(), ..self }
    }
}

impl SharedWording {
    fn of(say: Wording, n: &Notification, regions: &str, issues: u64) -> Self {
        Self {
            incomplete: say.incomplete(),
            incomplete_meaning: say.incomplete_meaning(),
            not_all_watched: say.not_all_watched(),
            operators_know: say.operators_know(),
            replaces_earlier: say.replaces_earlier(),
            assurance: say.assurance(&n.certainty, regions),
            distinct_problems: say.distinct_problems(issues, &words::number(issues)),
            stale: say.stale(&n.certainty.stale),
            closed_without_fix: say.closed_without_fix(&n.changes),
            do_first: ReportTexts::of(n.locale).summary.do_first_heading,
            thanks: n.previous.as_ref().and(n.news()).and_then(|news| say.thanks(news.fixed.total())),
            overdue: n.news().and_then(|news| say.overdue(news.overdue.total())),
            ended: say.ended_acceptances(n.ended_acceptances),
            accepted: say.accepted_issues(n.accepted, n.ending_acceptances),
            data_notes: say.data_notes(&n.certainty),
        }
    }
}

/// The number of accounts that no problem is about. A problem of the whole project can be about any of them.
fn seen(n: &Notification) -> u64 {
    // the accounts of a part are those with findings
    let unseen: BTreeSet<_> = n.certainty.problems.iter().filter_map(|problem| problem.account).collect();
    if n.part.is_some() { n.accounts } else { n.accounts.saturating_sub(unseen.len() as u64) }
}

/// What changed since the last report, as far as it is known.
fn news(say: Wording, n: &Notification) -> Vec<String> {
    n.previous.as_ref().and(n.news()).map(|news| say.news(&news)).unwrap_or_default()
}

/// Whether it is known that nothing changed since the last report.
pub(crate) fn is_unchanged(n: &Notification) -> bool {
    // what was fixed of a part is not known
    n.part.is_none() && n.previous.as_ref().and(n.news()).is_some_and(|news| news.is_unchanged())
}

/// The numbers of the report: findings by severity and, after the first report, what changed.
pub(crate) fn facts(n: &Notification) -> Vec<Fact> {
    if n.counts.total() == 0 && !(n.is_complete() && n.previous.is_some()) {
        return Vec::new();
    }
    let severities = Severity::WORST_FIRST.into_iter().map(|severity| Fact {
        label: Wording::of(n.locale).severity(severity),
        value: words::compared(n.locale, n.counts.get(severity), before(n, severity)),
    });
    let changes = n.previous.as_ref().map(|_| {
        let changed = [n.changes.new, n.changes.reopened, n.changes.worse, n.changes.resolved];
        // nobody owns what is fixed
        let told = if n.part.is_some() { 3 } else { 4 };
        words::changes(n.locale).into_iter().zip(changed).take(told)
    });
    let changes = changes.into_iter().flatten();
    severities.chain(changes.map(|(label, count)| Fact { label, value: words::issues(n.locale, count) })).collect()
}

/// The number of findings of the last report; `None` if there is none to compare with. The last report counted no parts.
fn before(n: &Notification, severity: Severity) -> Option<u64> {
    n.previous.as_ref().filter(|_| n.part.is_none()).map(|previous| previous.counts.get(severity))
}

impl SeverityRow {
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
            before: before(n, severity),
        }
    }
}

impl ListedProblem {
    fn of(say: Wording, problem: &Problem) -> Self {
        Self {
            place: words::place(say, problem.account, problem.region.as_deref()),
            text: say.problem(problem.kind),
            detail: say.problem_detail(problem).map(words::one_line).unwrap_or_default(),
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
    fn of(n: &Notification, link: Option<&ArtifactLink>) -> Option<Self> {
        let link = link?;
        let url = link.url.expose();
        Some(Self {
            url: url.clone(),
            web: url.starts_with("https://") || url.starts_with("http://"),
            expires_at: link.expires_at.map(|at| words::moment(n.locale, at, &n.time_zone)),
            early: link.limited_by == LinkLimit::Credentials,
            network: link.network.as_deref().and_then(|network| words::network(n.locale, network)),
        })
    }
}
