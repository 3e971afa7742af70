//! What a project should look at before its next report: what changed for the worse, and what is due.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use jiff::civil::Date;

use super::{Digest, IssueLine, days_between, issue_lines};
use crate::decision::DecisionKind;
use crate::report::{DueDate, LeadReason, Report, RowFacts};
use crate::wording::{ReportTexts, Wording, fill};
use crate::{AccountId, Locale, Result, Severity, Text};

/// What is due within so many days is among what to do this week.
pub const SOON_DAYS: u64 = 14;

/// How many problems of one family have a line each. Of a larger family, one line stands for all.
const ALONE: usize = 3;

/// A problem to look at this week, or a family of them: one control and the same reason, on resources of one type in one
/// account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WeekLine {
    /// The problem.
    pub issue: IssueLine,
    /// Why it is here; [`LeadReason::Open`] if only because it is due.
    pub reason: LeadReason,
    /// Number of further problems of the family that have no line of their own.
    pub further: u64,
    /// In how many days it is due, at most [`SOON_DAYS`]; `None` if it is not due soon, or overdue.
    pub due_in: Option<u64>,
}

impl WeekLine {
    /// Returns why the problem is here, in a few words.
    pub fn why(&self, locale: Locale) -> String {
        let (say, words) = (Wording::of(locale), &ReportTexts::of(locale).finding);
        let due = self.due_in.map(|days| match days {
            0 => words.due_today.to_owned(),
            1 => words.due_tomorrow.to_owned(),
            _ => fill(words.due_in, &[("n", &days.to_string())]),
        });
        let reason = match (self.reason, &due) {
            (LeadReason::Open(_), Some(_)) => None,
            (reason, _) => Some(say.lead_reason(reason)),
        };
        reason.into_iter().chain(due).collect::<Vec<_>>().join(say.comma())
    }
}

/// Returns the problems that are new, worse, reopened, overdue or due within [`SOON_DAYS`], the worst first, and of the same
/// severity by their due date. More than three of one control and one type of resource in an account, which are here for the same
/// reason, are one line. In the first report nothing is new, because everything is. Informational findings are there only
/// if they are due, and what the project said is not its own is not.
///
/// ```
/// use findings_core::{Finding, Locale, Severity, rendering};
/// use findings_core::report::{Change, DueDate, Report, ReportFinding};
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// finding.severity = Severity::High;
/// let mut row = ReportFinding::new(finding, Change::Open, "2026-11-20T00:00:00Z".parse()?);
/// row.due = Some(DueDate::target("2026-11-30".parse()?));
/// report.findings.push(row);
/// let week = rendering::this_week(&report, &rendering::Digest::new(&report)?)?;
/// assert_eq!(week[0].why(Locale::En), "due in 7 days");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of findings that cannot be read.
pub fn this_week(report: &Report, digest: &Digest<'_>) -> Result<Vec<WeekLine>> {
    let (today, is_first) = (report.today(), report.previous().is_none());
    let reason = |row: &RowFacts<'_>| {
        let days = days_between(row.opened_at, report.generated_at).unsigned_abs();
        LeadReason::of(row, today, days, is_first)
    };
    let takes = |row: &RowFacts<'_>| {
        let reason = reason(row);
        let is_elsewhere = row.decision.is_some_and(|decision| decision.entry.kind == DecisionKind::NotOurs);
        let is_due = due_in(row.due, today).is_some() || matches!(reason, LeadReason::Overdue(_));
        let is_news = !matches!(reason, LeadReason::Open(_)) && row.severity > Severity::Informational;
        !is_elsewhere && (is_due || is_news)
    };
    let issues = issue_lines(report, digest, takes)?;
    let mut facts = report.findings.facts().enumerate();
    // both are in the order of the report
    let lines = issues.into_iter().filter_map(|issue| {
        let (_, row) = facts.find(|(index, _)| *index == issue.index)?;
        Some(WeekLine { reason: reason(&row), further: 0, due_in: due_in(issue.due, today), issue })
    });
    let mut lines: Vec<WeekLine> = lines.collect();
    lines.sort_by_key(|line| {
        let issue = &line.issue;
        (Reverse(issue.severity), issue.due.map_or(Date::MAX, |due| due.date), issue.index)
    });
    Ok(families(lines))
}

/// Returns what the reader is told if there is no line.
///
/// ```
/// use findings_core::rendering::nothing_this_week;
/// use findings_core::report::Report;
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// assert!(nothing_this_week(&report).starts_with("As far as could be checked"), "no account is known");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn nothing_this_week(report: &Report) -> &'static str {
    let words = &ReportTexts::of(report.locale).finding;
    match report.previous() {
        _ if !report.is_complete() => words.week_nothing_partial,
        Some(_) => words.week_nothing,
        None => words.week_first,
    }
}

/// What the problems of a family have in common: group, account, type of the resource, severity, why they are here, and
/// whether they are due soon.
type Family = (usize, AccountId, Option<Text>, Severity, Discriminant<LeadReason>, bool);

/// Folds large families into the line of their first problem. The others keep theirs, in the same order.
fn families(lines: Vec<WeekLine>) -> Vec<WeekLine> {
    let mut sizes: HashMap<Family, usize> = HashMap::new();
    for line in &lines {
        *sizes.entry(family(line)).or_default() += 1;
    }
    let mut leads: HashMap<Family, usize> = HashMap::new();
    let mut folded: Vec<WeekLine> = Vec::new();
    for line in lines {
        let family = family(&line);
        if sizes.get(&family).is_none_or(|size| *size <= ALONE) {
            folded.push(line);
            continue;
        }
        match leads.get(&family) {
            None => {
                leads.insert(family, folded.len());
                folded.push(line);
            }
            Some(lead) => {
                let lead = &mut folded[*lead];
                lead.further += 1;
                lead.issue.findings += line.issue.findings;
                line.issue.regions.iter().for_each(|region| lead.issue.add_region(region));
            }
        }
    }
    folded
}

fn family(line: &WeekLine) -> Family {
    let issue = &line.issue;
    let kind = issue.resource_type.clone();
    (issue.group, issue.account, kind, issue.severity, discriminant(&line.reason), line.due_in.is_some())
}

/// In how many days a finding is due, if that is soon.
fn due_in(due: Option<DueDate>, today: Date) -> Option<u64> {
    let days = i64::from((due?.date - today).get_days());
    u64::try_from(days).ok().filter(|days| *days <= SOON_DAYS)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::history::ProjectRun;
    use crate::report::{Change, ReportFinding};
    use crate::{Finding, Resource};

    /// The report is of 2026-11-23.
    fn why(severity: Severity, change: Change, due: Option<i8>, is_first: bool) -> Option<String> {
        let at: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let mut report = Report::new("P", "r".parse().unwrap(), at);
        if !is_first {
            report.trend = vec![ProjectRun::new("q".parse().unwrap(), at)];
        }
        let mut finding = Finding::new("123456789012".parse().unwrap(), "1");
        finding.severity = severity;
        let mut row = ReportFinding::new(finding, change, "2026-11-01T00:00:00Z".parse().unwrap());
        let day = |day: i8| if day > 30 { Date::constant(2026, 12, day - 30) } else { Date::constant(2026, 11, day) };
        row.due = due.map(|number| DueDate::target(day(number)));
        report.findings = vec![row].into();
        this_week(&report, &Digest::new(&report).unwrap()).unwrap().first().map(|line| line.why(Locale::En))
    }

    #[test]
    fn table_of_what_is_to_be_looked_at() {
        use Change::{New, Open, Reopened, Worse};
        use Severity::{High, Informational};
        for (severity, change, due, is_first, want) in [
            (High, New, None, false, Some("new")),
            (High, New, None, true, None),
            (High, Reopened, None, true, Some("reopened")),
            (High, Worse, Some(25), false, Some("more severe than before, due in 2 days")),
            (High, Open, None, false, None),
            (High, Open, Some(20), false, Some("3 days overdue")),
            (High, Open, Some(23), false, Some("due today")),
            (High, Open, Some(24), false, Some("due tomorrow")),
            (High, New, Some(30), true, Some("due in 7 days")),
            (High, Open, Some(37), false, Some("due in 14 days")),
            (High, Open, Some(38), false, None),
            (Informational, New, None, false, None),
            (Informational, New, Some(24), false, Some("new, due tomorrow")),
        ] {
            let got = why(severity, change, due, is_first);
            assert_eq!(got.as_deref(), want, "{severity} {change} {due:?} {is_first}");
        }
    }

    /// Four buckets of an account fold into one line, three do not, and a change or another account keeps its own.
    #[test]
    fn a_large_family_is_one_line() {
        let at: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let row = |n: usize, account: &str, kind: &str, change| {
            let mut finding = Finding::new(account.parse().unwrap(), format!("{account}/{kind}/{n}"));
            (finding.severity, finding.control_id) = (Severity::High, Some("S3.8".into()));
            finding.region = Some(format!("region-{n}").into());
            let resource =
                Resource { id: format!("arn:{kind}:{n}").into(), kind: Some(kind.into()), ..Resource::default() };
            finding.resources = vec![resource];
            let mut row = ReportFinding::new(finding, change, at);
            row.due = Some(DueDate::target(Date::constant(2026, 11, 1)));
            row
        };
        for (buckets, lines) in [(3, 3), (4, 1), (90, 1)] {
            let mut report = Report::new("P", "r".parse().unwrap(), at);
            report.trend = vec![ProjectRun::new("q".parse().unwrap(), at)];
            report.findings = (0..buckets).map(|n| row(n, "111111111111", "AwsS3Bucket", Change::Open)).collect();
            report.findings.push(row(0, "222222222222", "AwsS3Bucket", Change::Open));
            report.findings.push(row(1, "111111111111", "AwsS3AccountPublicAccessBlock", Change::Open));
            let week = this_week(&report, &Digest::new(&report).unwrap()).unwrap();
            assert_eq!(week.len(), lines + 2, "{buckets}");
            let counted: u64 = week.iter().map(|line| 1 + line.further).sum();
            assert_eq!(counted, buckets as u64 + 2, "nothing is lost");
            assert_eq!(week.iter().map(|line| line.issue.findings).sum::<u64>(), buckets as u64 + 2);
            if lines == 1 {
                assert_eq!((week[0].further, week[0].issue.regions.len()), (buckets as u64 - 1, buckets));
            }
        }
    }

    #[test]
    fn worst_comes_first_and_then_what_is_due_first() {
        let at: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let mut report = Report::new("P", "r".parse().unwrap(), at);
        for (id, severity, due) in [
            ("a", Severity::High, 30),
            ("b", Severity::High, 25),
            ("c", Severity::Critical, 30),
            ("d", Severity::Low, 1),
        ] {
            let mut finding = Finding::new("123456789012".parse().unwrap(), id);
            finding.severity = severity;
            let mut row = ReportFinding::new(finding, Change::Open, at);
            row.due = Some(DueDate::target(Date::constant(2026, 11, due)));
            report.findings.push(row);
        }
        let week = this_week(&report, &Digest::new(&report).unwrap()).unwrap();
        assert_eq!(week.iter().map(|line| line.issue.index).collect::<Vec<_>>(), [2, 1, 0, 3]);
    }
}
