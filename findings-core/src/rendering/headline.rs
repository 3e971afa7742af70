//! Finds the first lines of messages in a report.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use super::{Digest, FirstFix, account_name, advice, first_fixes, issue_title, short_resource};
use crate::console::linkable;
use crate::guidance::Guidance;
use crate::history::DueDate;
use crate::report::{Change, ClosureKind, FirstThing, FixedThing, Headline, MAX_FIXED, News, Report, ResolvedIssue};
use crate::{Finding, Locale, Result, Severity, SeverityCounts, Text};

/// Returns what messages say first about a report: what is new, what to do first, and what was fixed.
///
/// ```
/// use findings_core::{Finding, Severity, rendering};
/// use findings_core::guidance::Guidance;
/// use findings_core::report::{Change, Report, ReportFinding};
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// finding.severity = Severity::High;
/// report.findings.push(ReportFinding::new(finding, Change::New, "2026-11-20T00:00:00Z".parse()?));
/// let headline = rendering::headline(&report, &Guidance::default())?;
/// assert_eq!((headline.news.new.high, headline.first.len()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of findings that cannot be read.
pub fn headline(report: &Report, guidance: &Guidance) -> Result<Headline> {
    let digest = Digest::new(report)?;
    let first = first_fixes(report, &digest)?;
    Ok(Headline {
        news: news(report),
        passed: report.findings.facts().filter(|row| row.passes).map(|row| row.severity).collect(),
        first: first.iter().map(|fix| thing(fix, &digest, report, guidance)).collect(),
        fixed: fixed(report),
    })
}

/// What is known of an issue from its findings.
#[derive(Clone, Copy)]
struct Issue {
    severity: Severity,
    change: Change,
    due: Option<DueDate>,
}

fn news(report: &Report) -> News {
    let mut news = News::default();
    let today = report.today();
    let last = report.previous().map(|run| report.time_zone.to_datetime(run.at).date());
    for issue in issues(report) {
        match issue.change {
            Change::New => news.new.add(issue.severity),
            Change::Reopened => news.reopened.add(issue.severity),
            Change::Worse => news.worse.add(issue.severity),
            Change::Open => {}
        }
        if let Some(due) = issue.due.filter(|due| due.is_overdue(today)) {
            news.overdue.add(issue.severity);
            if is_newly_overdue(due, last) {
                news.newly_overdue.add(issue.severity);
            }
        }
    }
    news.fixed = report.resolved.iter().filter(|issue| is_fixed(issue)).map(|issue| issue.severity).collect();
    news
}

/// Whether something that is overdue was not so on the day of the last report. Before the first report, nothing was.
fn is_newly_overdue(due: DueDate, last: Option<Date>) -> bool {
    last.is_none_or(|last| !due.is_overdue(last))
}

/// The issues of the findings, each with the worst severity. A finding without an issue is one of its own.
fn issues(report: &Report) -> Vec<Issue> {
    let mut known = HashMap::new();
    let mut issues: Vec<Issue> = Vec::new();
    for row in report.findings.facts().filter(|row| !row.passes) {
        let of_row = Issue { severity: row.severity, change: row.change, due: row.due };
        let at = row.issue.map(|id| *known.entry(id).or_insert(issues.len()));
        match at.and_then(|at| issues.get_mut(at)) {
            Some(issue) => issue.severity = issue.severity.max(of_row.severity),
            None => issues.push(of_row),
        }
    }
    issues
}

fn is_fixed(issue: &ResolvedIssue) -> bool {
    issue.resolution.kind() == ClosureKind::Fixed
}

/// The line about a fix.
fn thing(fix: &FirstFix, digest: &Digest<'_>, report: &Report, guidance: &Guidance) -> FirstThing {
    let (group, finding) = (&digest.controls[fix.group], &fix.row.finding);
    FirstThing {
        severity: finding.severity,
        label: group.label().into(),
        title: group.title(report.locale).into(),
        resource: finding.resources.first().map(|resource| short_resource(&resource.id, report.locale).into()),
        account: finding.account,
        account_name: finding.account_name.clone().or_else(|| account_name(report, finding.account).cloned()),
        regions: fix.regions.clone(),
        reason: fix.reason,
        since: fix.row.opened_at,
        due: fix.row.due.map(|due| due.date),
        places: fix.places,
        url: page_about_fix(finding, guidance, report.locale),
        guidance: group.control().and_then(|control| guidance.first_sentence(control, report.locale)).map(Into::into),
    }
}

/// The page about a fix to which a message may link: the organisation's own, or else that of Security Hub's own check.
pub(super) fn page_about_fix(finding: &Finding, guidance: &Guidance, locale: Locale) -> Option<Text> {
    let own_page = finding.control_id.as_deref().and_then(|control| guidance.link(control, locale));
    let advice = advice(finding, locale).filter(|_| finding.is_security_hub_check());
    let documented = advice.and_then(|advice| linkable(advice.url.as_deref()?).map(str::to_owned));
    own_page.or(documented).map(Into::into)
}

/// The kinds of issues that were fixed, the worst first, then those with the most issues.
fn fixed(report: &Report) -> Vec<FixedThing> {
    let mut kinds: BTreeMap<(Option<&str>, &str), SeverityCounts> = BTreeMap::new();
    for issue in report.resolved.iter().filter(|issue| is_fixed(issue)) {
        let control = issue.control_id.as_deref();
        let title = issue_title(&issue.title, control, report.locale);
        kinds.entry((control, title)).or_default().add(issue.severity);
    }
    let worst = |counts: &SeverityCounts| Severity::WORST_FIRST.into_iter().find(|s| counts.get(*s) > 0);
    let thing = |((control, title), counts): ((Option<&str>, &str), SeverityCounts)| FixedThing {
        severity: worst(&counts).unwrap_or(Severity::Informational),
        control: control.map(Into::into),
        title: title.into(),
        issues: counts.total(),
    };
    let mut fixed: Vec<FixedThing> = kinds.into_iter().map(thing).collect();
    // stable: equal ones stay in the order of their controls
    fixed.sort_by_key(|kind| std::cmp::Reverse((kind.severity, kind.issues)));
    fixed.truncate(MAX_FIXED);
    fixed
}

#[cfg(test)]
mod tests;
