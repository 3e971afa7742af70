//! The report as a table of at most 100 columns. Names stand last in a line, because their width is not known.

use std::fmt::Write as _;

use findings_core::SeverityCounts;
use findings_core::organisation::{
    Direction, DurationStats, Mover, NoRank, OrganisationReport, PeriodComparison, PeriodNumbers, ProjectSummary,
    Share, Standing, WeekNumbers, WeekState,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::output::plain;

/// The largest number of problems and runs that are shown; CSV and JSON have all.
const MOST: usize = 10;

pub(super) fn table(report: &OrganisationReport) -> String {
    let mut text = String::new();
    let parts = [head, present, weeks, rates, projects, movers, problems, incomplete_runs];
    for part in parts {
        let lines = part(report);
        if !lines.is_empty() {
            text.push_str(&lines);
            text.push('\n');
        }
    }
    text
}

fn head(report: &OrganisationReport) -> String {
    let time = |at: Timestamp| TimeZone::UTC.to_datetime(at).strftime("%Y-%m-%d %H:%MZ").to_string();
    let last = report.last_run.map_or_else(|| "no run yet".to_owned(), |at| format!("latest run {}", time(at)));
    let totals = &report.totals;
    format!(
        "All projects at {}, {last}\n{} projects, {} of them still there, {} ranked; {} weeks from {}\n",
        time(report.as_of),
        totals.projects,
        totals.active,
        totals.ranked,
        report.weeks.len(),
        report.first_day
    )
}

/// What is open now by age, and how long fixes and decisions took.
fn present(report: &OrganisationReport) -> String {
    let mut text = format!(
        "{:<13}{:>7}{:>7}{:>7}{:>7}{:>7}{:>9}{:>10}   {:<16}days to decide\n",
        "severity", "open", "0-7d", "8-30d", "31-90d", ">90d", "overdue", "undecided", "days to fix"
    );
    let _ = writeln!(text, "{:<67}   {:<16}n/median/p90", "", "n/median/p90");
    for (s, period) in report.severities.iter().zip(&report.period.current.severities) {
        let ages = s.open_by_age.map(|count| format!("{count:>7}")).concat();
        let (fix, decision) = (durations(&period.time_to_fix), durations(&period.time_to_decision));
        let (overdue, name) = (or_dash(s.overdue), s.severity.as_str());
        let _ = writeln!(text, "{name:<13}{:>7}{ages}{overdue:>9}{:>10}   {fix:<16}{decision}", s.open, s.undecided);
    }
    let totals = &report.totals;
    for (count, what) in [
        (totals.not_confirmed.total(), "of these are in accounts that the latest week did not see completely"),
        (totals.of_projects_not_active.total(), "of these are of projects that departed or fell silent"),
        (totals.counted_more_than_once, "more are in the projects below, because several own an account"),
    ] {
        if count > 0 {
            let _ = writeln!(text, "{count} {what}");
        }
    }
    text
}

fn weeks(report: &OrganisationReport) -> String {
    let mut text = format!(
        "{:<10}{:>8}{:>9}{:>6}{:>7}{:>9}{:>5}{:>9}{:>6}{:>11}{:>9}{:>5}\n",
        "week",
        "open",
        "critical",
        "high",
        "unseen",
        "baseline",
        "new",
        "reopened",
        "fixed",
        "suppressed",
        "archived",
        "left"
    );
    let mut has_gaps = false;
    for week in report.weeks.iter().skip_while(|week| week.state == WeekState::NotYet) {
        let day = week.first_day.to_string();
        let Some(WeekNumbers { open, not_confirmed, flow, .. }) = &week.numbers else {
            let yet = if week.state == WeekState::Pending { " yet" } else { "" };
            let _ = writeln!(text, "{day:<10}{:>8}  no run{yet}", "-");
            continue;
        };
        let cells = [flow.baseline, flow.new, flow.reopened, flow.fixed, flow.suppressed, flow.archived, flow.left];
        let [baseline, new, reopened, fixed, suppressed, archived, left] = cells.map(|counts| counts.total());
        let (all, critical, high, unseen) = (open.total(), open.critical, open.high, not_confirmed.total());
        let _ = write!(text, "{day:<10}{all:>8}{critical:>9}{high:>6}{unseen:>7}{baseline:>9}{new:>5}{reopened:>9}");
        let _ = write!(text, "{fixed:>6}{suppressed:>11}{archived:>9}{left:>5}");
        let gaps = week.incomplete.len() + week.without_run.len();
        has_gaps |= gaps > 0;
        if gaps > 0 {
            let _ = write!(text, "  {gaps}*");
        }
        text.push('\n');
    }
    if has_gaps {
        text.push_str("* projects whose run was incomplete or missing: the numbers of the week may be too low\n");
    }
    text
}

/// A cell of the rates; `None` if it is not known.
type Rate = fn(&PeriodNumbers) -> Option<String>;

/// The rates of the weeks and of the last four, each beside the time before.
fn rates(report: &OrganisationReport) -> String {
    let mut text = format!("{:<26}{:>22}{:>14}{:>22}{:>14}\n", "", "all weeks", "before", "last four weeks", "before");
    let rows: [(&str, Rate); 3] = [
        ("fixed for good, of new", |numbers| Some(share(&numbers.net_resolve))),
        ("fixed within the target", |numbers| numbers.within_target.as_ref().map(share)),
        ("weeks with gaps", |n| Some(format!("{} of {}", n.weeks_with_gaps, n.weeks - n.weeks_before_history))),
    ];
    for (name, of) in rows {
        let cell = |numbers: Option<&PeriodNumbers>| or_dash(numbers.and_then(of));
        let pair = |both: Option<&PeriodComparison>| {
            (cell(both.map(|b| &b.current)), cell(both.and_then(|b| b.before.as_ref())))
        };
        let ((current, before), (recent, recent_before)) = (pair(Some(&report.period)), pair(report.recent.as_ref()));
        let _ = writeln!(text, "{name:<26}{current:>22}{before:>14}{recent:>22}{recent_before:>14}");
    }
    text
}

fn projects(report: &OrganisationReport) -> String {
    let mut order: Vec<&ProjectSummary> = report.projects.iter().collect();
    // who needs help comes first, and last who cannot be ranked
    order.sort_by(|a, b| b.rank.cmp(&a.rank).then_with(|| b.open.total().cmp(&a.open.total())));
    let mut text = format!(
        "{:>5}{:>8}{:>7}{:>6}{:>6}{:>9}{:>10}{:>10}  {:<11}project\n",
        "rank", "points", "open", "crit", "high", "overdue", "fix days", "n fixed", "trend"
    );
    for p in order {
        let overdue = or_dash(p.overdue.as_ref().map(SeverityCounts::total));
        let (rank, points, median) = (or_dash(p.rank), or_dash(p.points), or_dash(p.time_to_fix.median_days));
        let (open, trend) = (&p.open, trend(p));
        let _ = writeln!(
            text,
            "{rank:>5}{points:>8}{:>7}{:>6}{:>6}{overdue:>9}{median:>10}{:>10}  {trend:<11}{}{}",
            open.total(),
            open.critical,
            open.high,
            p.time_to_fix.count,
            plain(&p.project),
            why_no_rank(p)
        );
    }
    for renamed in &report.renamed {
        let now = renamed.goes_on_as.as_deref().unwrap_or("another name");
        let _ = writeln!(text, "{} goes on as {}", plain(&renamed.project), plain(now));
    }
    text
}

fn trend(project: &ProjectSummary) -> &'static str {
    match project.trend.map(|trend| trend.direction) {
        None => "-",
        Some(Direction::Improving) => "improving",
        Some(Direction::Steady) => "steady",
        Some(Direction::Worsening) => "worsening",
    }
}

fn why_no_rank(project: &ProjectSummary) -> &'static str {
    match project.no_rank {
        None => "",
        Some(NoRank::NotActive) if project.standing == Standing::Departed => " (departed)",
        Some(NoRank::NotActive) => " (no run for weeks)",
        Some(NoRank::OneRun) => " (one run)",
        Some(NoRank::NoRecentRun) => " (no recent run)",
        Some(NoRank::Incomplete) => " (incomplete)",
        _ => " (no account)",
    }
}

fn movers(report: &OrganisationReport) -> String {
    let both =
        [("the week of the latest run", &report.movers_of_week), ("the last four weeks", &report.movers_of_month)];
    let mut text = String::new();
    for (when, movers) in both {
        let _ = writeln!(text, "movers of {when}; {} projects can be compared", movers.comparable);
        for mover in movers.improved.iter().chain(movers.worsened.iter().rev()) {
            let Mover { balance, points_per_account, .. } = mover;
            let name = report.projects.get(mover.project).map_or("", |project| project.project.as_str());
            let _ = writeln!(
                text,
                "{points_per_account:>+8} points per account{:>7} came{:>7} fixed  {}",
                balance.came.total(),
                balance.fixed.total(),
                plain(name)
            );
        }
    }
    text
}

fn problems(report: &OrganisationReport) -> String {
    if report.problems.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "{:>7}{:>6}{:>9}{:>10}{:>10}{:>12}  control, the worst first\n",
        "open", "crit", "overdue", "projects", "accounts", "weeks open"
    );
    for problem in report.problems.iter().take(MOST) {
        let name = problem.control.as_ref().unwrap_or(&problem.title);
        let new = if problem.is_first_time == Some(true) { " (for the first time)" } else { "" };
        let (open, overdue, projects) = (&problem.open, or_dash(problem.overdue), problem.projects.len());
        let _ = writeln!(
            text,
            "{:>7}{:>6}{overdue:>9}{projects:>10}{:>10}{:>12}  {}{new}",
            open.total(),
            open.critical,
            problem.accounts,
            problem.weeks_open,
            plain(name)
        );
    }
    more(&mut text, report.problems.len());
    text
}

fn incomplete_runs(report: &OrganisationReport) -> String {
    let incomplete: Vec<_> = report.runs.iter().rev().filter(|run| !run.incomplete.is_empty()).collect();
    let mut text = String::new();
    for run in incomplete.iter().take(MOST) {
        let names = run.incomplete.iter().filter_map(|index| report.projects.get(*index));
        let shown: Vec<_> = names.take(3).map(|project| plain(&project.project)).collect();
        let others = run.incomplete.len().saturating_sub(3);
        let others = if others > 0 { format!(" and {others} more") } else { String::new() };
        let _ = writeln!(text, "incomplete in run {}: {}{others}", run.run_id, shown.join(", "));
    }
    more(&mut text, incomplete.len());
    text
}

fn more(text: &mut String, all: usize) {
    if all > MOST {
        let _ = writeln!(text, "and {} more; --output csv or json has all", all - MOST);
    }
}

fn durations(d: &DurationStats) -> String {
    format!("{}/{}/{}", d.count, or_dash(d.median_days), or_dash(d.p90_days))
}

fn share(share: &Share) -> String {
    let of = format!("{}/{}", share.count, share.of);
    share.percent.map_or(of.clone(), |percent| format!("{of} {percent}%"))
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| v.to_string())
}
