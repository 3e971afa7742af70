//! The report as CSV in long form: one number in each line.

use csv::Writer;
use findings_core::csv_text::guard_formulas;
use findings_core::organisation::{
    DecisionNumbers, DurationStats, Flow, OrganisationReport, PeriodNumbers, ProblemSummary, ProjectSummary, Share,
};
use findings_core::{Result, Severity, SeverityCounts};

use super::unwritten;

/// Lines of project (empty for all), severity (empty for all), week (its Monday; empty for the time of the report),
/// control, measure and value. What is not known has no line.
pub(super) fn csv(report: &OrganisationReport) -> Result<String> {
    let mut lines = Lines { writer: Writer::from_writer(Vec::new()), failure: None };
    lines.write(["project", "severity", "week", "control", "measure", "value"]);
    of_all(report, &mut lines);
    for project in &report.projects {
        of_project(project, report, &mut lines);
    }
    for problem in &report.problems {
        of_problem(problem, &mut lines);
    }
    lines.finish()
}

/// What a line is about.
#[derive(Clone, Copy, Default)]
struct Subject<'a> {
    project: &'a str,
    severity: &'a str,
    week: &'a str,
    control: &'a str,
}

struct Lines {
    writer: Writer<Vec<u8>>,
    failure: Option<csv::Error>,
}

impl Lines {
    fn write(&mut self, fields: [&str; 6]) {
        if let Err(error) = self.writer.write_record(fields) {
            self.failure.get_or_insert(error);
        }
    }

    fn add(&mut self, subject: Subject<'_>, measure: &str, value: Option<impl ToString>) {
        let Some(value) = value else { return };
        let Subject { project, severity, week, control } = subject;
        let (project, control) = (guard_formulas(project), guard_formulas(control));
        self.write([&project, severity, week, &control, measure, &value.to_string()]);
    }

    fn add_counts(&mut self, subject: Subject<'_>, measure: &str, counts: &SeverityCounts) {
        for severity in Severity::WORST_FIRST {
            self.add(Subject { severity: severity.as_str(), ..subject }, measure, Some(counts.get(severity)));
        }
    }

    fn add_durations(&mut self, subject: Subject<'_>, name: &str, durations: &DurationStats) {
        self.add(subject, &format!("{name}_count"), Some(durations.count));
        self.add(subject, &format!("{name}_median_days"), durations.median_days);
        self.add(subject, &format!("{name}_p90_days"), durations.p90_days);
    }

    fn add_share(&mut self, subject: Subject<'_>, name: &str, share: &Share) {
        self.add(subject, &format!("{name}_count"), Some(share.count));
        self.add(subject, &format!("{name}_of"), Some(share.of));
        self.add(subject, &format!("{name}_percent"), share.percent);
    }

    fn finish(self) -> Result<String> {
        if let Some(error) = self.failure {
            return Err(unwritten(error));
        }
        let bytes = self.writer.into_inner().map_err(|error| unwritten(error.into_error()))?;
        String::from_utf8(bytes).map_err(unwritten)
    }
}

fn of_all(report: &OrganisationReport, lines: &mut Lines) {
    let all = Subject::default();
    for s in &report.severities {
        let of_severity = Subject { severity: s.severity.as_str(), ..all };
        lines.add(of_severity, "open", Some(s.open));
        for (age, count) in ["0-7d", "8-30d", "31-90d", ">90d"].into_iter().zip(s.open_by_age) {
            lines.add(of_severity, &format!("open_{age}"), Some(count));
        }
        lines.add(of_severity, "overdue", s.overdue);
        lines.add(of_severity, "undecided", Some(s.undecided));
    }
    of_decisions(all, report.totals.decisions.as_ref(), lines);
    let periods = [("", Some(&report.period.current)), ("before_", report.period.before.as_ref())];
    let recent = report.recent.as_ref();
    let recent = [("recent_", recent.map(|r| &r.current)), ("recent_before_", recent.and_then(|r| r.before.as_ref()))];
    for (prefix, numbers) in periods.into_iter().chain(recent) {
        if let Some(numbers) = numbers {
            of_period(numbers, prefix, lines);
        }
    }
    for week in &report.weeks {
        let day = week.first_day.to_string();
        let of_week = Subject { week: &day, ..all };
        let state = serde_json::to_value(week.state).ok().and_then(|state| state.as_str().map(str::to_owned));
        lines.add(of_week, "state", state);
        if let Some(numbers) = &week.numbers {
            lines.add_counts(of_week, "open", &numbers.open);
            lines.add_counts(of_week, "not_confirmed", &numbers.not_confirmed);
            for (name, counts) in flows(&numbers.flow) {
                lines.add_counts(of_week, name, counts);
            }
        }
    }
}

fn of_period(numbers: &PeriodNumbers, prefix: &str, lines: &mut Lines) {
    let all = Subject::default();
    let named = |name: &str| format!("{prefix}{name}");
    lines.add(all, &named("weeks"), Some(numbers.weeks));
    lines.add(all, &named("weeks_with_gaps"), Some(numbers.weeks_with_gaps));
    lines.add_share(all, &named("net_resolve"), &numbers.net_resolve);
    if let Some(share) = &numbers.within_target {
        lines.add_share(all, &named("within_target"), share);
    }
    for (name, counts) in flows(&numbers.flow) {
        lines.add_counts(all, &named(name), counts);
    }
    for s in &numbers.severities {
        let of_severity = Subject { severity: s.severity.as_str(), ..all };
        lines.add_durations(of_severity, &named("fix"), &s.time_to_fix);
        lines.add_durations(of_severity, &named("decision"), &s.time_to_decision);
        if let Some(share) = &s.within_target {
            lines.add_share(of_severity, &named("within_target"), share);
        }
    }
}

fn flows(flow: &Flow) -> [(&'static str, &SeverityCounts); 8] {
    [
        ("baseline", &flow.baseline),
        ("new", &flow.new),
        ("reopened", &flow.reopened),
        ("fixed", &flow.fixed),
        ("suppressed", &flow.suppressed),
        ("archived", &flow.archived),
        ("left", &flow.left),
        ("merged", &flow.merged),
    ]
}

/// Nothing if the decisions are not known.
fn of_decisions(subject: Subject<'_>, decisions: Option<&DecisionNumbers>, lines: &mut Lines) {
    let Some(numbers) = decisions else { return };
    for (name, count) in [
        ("decided_to_fix", numbers.to_fix),
        ("decided_late", numbers.late),
        ("decided_accepted", numbers.accepted),
        ("decided_ending_soon", numbers.ending_soon),
        ("decided_false_positives", numbers.false_positives),
        ("decided_not_ours", numbers.not_ours),
    ] {
        lines.add(subject, name, Some(count));
    }
}

fn of_project(project: &ProjectSummary, report: &OrganisationReport, lines: &mut Lines) {
    let own = Subject { project: &project.project, ..Subject::default() };
    lines.add_counts(own, "open", &project.open);
    if let Some(overdue) = &project.overdue {
        lines.add_counts(own, "overdue", overdue);
    }
    lines.add(own, "undecided", Some(project.undecided));
    of_decisions(own, project.decisions.as_ref(), lines);
    lines.add(own, "accounts", project.accounts);
    lines.add(own, "complete", project.complete.map(u8::from));
    lines.add(own, "incomplete_accounts", project.incomplete_accounts);
    lines.add(own, "last_run", project.last_run);
    lines.add(own, "last_told", project.last_told.as_ref().map(|told| told.at));
    lines.add(own, "last_decision", project.last_decision);
    lines.add_durations(own, "fix", &project.time_to_fix);
    lines.add_share(own, "net_resolve", &project.net_resolve);
    if let Some(share) = &project.within_target {
        lines.add_share(own, "within_target", share);
    }
    lines.add(own, "trend_points", project.trend.map(|trend| trend.recent.points));
    lines.add(own, "trend_points_before", project.trend.map(|trend| trend.before.points));
    lines.add(own, "points_per_account", project.points);
    lines.add(own, "rank", project.rank);
    of_series(project, report, lines);
}

fn of_series(project: &ProjectSummary, report: &OrganisationReport, lines: &mut Lines) {
    let own = Subject { project: &project.project, ..Subject::default() };
    let series = &project.series;
    for (index, week) in report.weeks.iter().enumerate() {
        let day = week.first_day.to_string();
        for (severity, column) in Severity::WORST_FIRST.into_iter().zip([
            &series.open_critical,
            &series.open_high,
            &series.open_medium,
            &series.open_low,
            &series.open_informational,
        ]) {
            lines.add(Subject { severity: severity.as_str(), week: &day, ..own }, "open", column[index]);
        }
        for (name, column) in [
            ("not_confirmed", &series.not_confirmed),
            ("baseline", &series.baseline),
            ("new", &series.new),
            ("reopened", &series.reopened),
            ("fixed", &series.fixed),
            ("suppressed", &series.suppressed),
            ("archived", &series.archived),
            ("left", &series.left),
            ("merged", &series.merged),
        ] {
            lines.add(Subject { week: &day, ..own }, name, column[index]);
        }
    }
}

fn of_problem(problem: &ProblemSummary, lines: &mut Lines) {
    let control = problem.control.as_ref().unwrap_or(&problem.title);
    let own = Subject { control, ..Subject::default() };
    lines.add_counts(own, "open", &problem.open);
    lines.add(own, "overdue", problem.overdue);
    lines.add(own, "projects", Some(problem.projects.len()));
    lines.add(own, "accounts", Some(problem.accounts));
    lines.add(own, "weeks_open", Some(problem.weeks_open));
    lines.add(own, "first_reported", Some(problem.first_reported));
    lines.add(own, "is_first_time", problem.is_first_time.map(u8::from));
}
