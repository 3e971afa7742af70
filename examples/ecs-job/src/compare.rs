//! `ecs-job compare RUN RUN`: what changed in the organisation between two runs.

use std::fmt::Write as _;

use findings_core::history::ListProjects;
use findings_core::organisation::{
    ChangeCounts, ChangedIssue, ComparedProject, IssueChange, NoComparison, RunComparison, RunComparisonBuilder,
};
use findings_core::{Error, ErrorKind, Result, RunId};
use jiff::Timestamp;

use crate::aws::Aws;
use crate::config::HistoryConfig;
use crate::grid::{Grid, minute};
use crate::known_runs::KnownRuns;
use crate::output::{Output, first, plain};
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, history, settings};

/// The runs to compare, in any order.
#[derive(Debug)]
pub(crate) struct TwoRuns {
    pub(crate) runs: [RunId; 2],
    /// Whether to list the issues.
    pub(crate) details: bool,
}

/// Prints the comparison and returns the exit code: 0, or 2 if a run is unknown or the history could not be read.
pub(crate) async fn compare(config: &HistoryConfig, wanted: &TwoRuns, output: Output) -> u8 {
    let printed = match comparison(config, wanted).await {
        Ok(comparison) => print(&comparison, wanted.details, output),
        Err(error) => Err(error),
    };
    match printed {
        Ok(text) => {
            ending::print_line(text.trim_end());
            0
        }
        Err(error) => {
            ending::print_errors("the runs could not be compared", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

fn print(comparison: &RunComparison, details: bool, output: Output) -> Result<String> {
    match (output, details) {
        (Output::Table, _) => Ok(table(comparison, details)),
        (Output::Csv, true) => issues(&comparison.issues).csv(),
        (Output::Csv, false) => projects(comparison, false).csv(),
        (Output::Json, _) => serde_json::to_string(comparison)
            .map_err(|error| Error::new(ErrorKind::Other, "write the comparison").with_source(error)),
    }
}

/// Reads one history after the other, so that they need not fit into memory together.
async fn comparison(config: &HistoryConfig, wanted: &TwoRuns) -> Result<RunComparison> {
    history::check_file(&config.history)?;
    let aws = Aws::load(config.aws()).await?;
    let reader = HistoryDatabase::open(&config.history, aws.as_ref())?.reader;
    let names = reader.projects(&ListProjects::new()).await?;
    let known = KnownRuns::read(&reader, &names).await?;
    let [a, b] = &wanted.runs;
    let (at_a, at_b) = (known.find(a)?, known.find(b)?);
    if a == b {
        return Err(Error::new(ErrorKind::InvalidInput, "compare the runs")
            .with_message("both are the same run; name two runs"));
    }
    let (from, to) = if (at_a, a) <= (at_b, b) { (a, b) } else { (b, a) };
    let mut builder = RunComparisonBuilder::new(from.clone(), to.clone());
    for name in names {
        builder.add_project(&name, &history::recall(&reader, &name).await?);
    }
    Ok(builder.finish())
}

/// A line for each project and one for all.
fn projects(comparison: &RunComparison, is_for_people: bool) -> Grid<13> {
    let headings = [
        "project",
        "open before",
        "new",
        "reopened",
        "worse",
        "not confirmed",
        "fixed",
        "suppressed",
        "archived",
        "left",
        "open after",
        "complete before",
        "complete after",
    ];
    let row = |name: &str, counts: &ChangeCounts, complete: [bool; 2]| {
        let [new, reopened, worse, unconfirmed, fixed, suppressed, archived, left] =
            IssueChange::ALL.map(|change| counts.get(change).to_string());
        let [before, after] = complete.map(|complete| if complete { "yes" } else { "no" }.to_owned());
        let (open_before, open_after) = (counts.open_before.to_string(), counts.open_after.to_string());
        [
            name.to_owned(),
            open_before,
            new,
            reopened,
            worse,
            unconfirmed,
            fixed,
            suppressed,
            archived,
            left,
            open_after,
            before,
            after,
        ]
    };
    let of_project = |p: &ComparedProject| row(&p.project, &p.counts, [p.complete_before, p.complete_after]);
    let all = |of: fn(&ComparedProject) -> bool| comparison.projects.iter().all(of);
    let complete = [all(|p| p.complete_before), all(|p| p.complete_after)];
    // programs sum the projects themselves; people read the line of all
    let total = is_for_people.then(|| row("all of these", &comparison.totals, complete));
    Grid::new(headings, comparison.projects.iter().map(of_project).chain(total))
}

fn issues(issues: &[ChangedIssue]) -> Grid<10> {
    let headings = [
        "change",
        "severity",
        "severity before",
        "control",
        "account",
        "region",
        "project",
        "resource",
        "title",
        "issue ID",
    ];
    let text = |value: &Option<findings_core::Text>| value.as_deref().unwrap_or_default().to_owned();
    let row = |issue: &ChangedIssue| {
        [
            issue.change.as_str().to_owned(),
            issue.severity.to_string(),
            issue.severity_before.map(|severity| severity.to_string()).unwrap_or_default(),
            text(&issue.control),
            issue.account.to_string(),
            text(&issue.region),
            issue.project.clone(),
            text(&issue.resource),
            issue.title.to_string(),
            issue.issue_id.as_str().to_owned(),
        ]
    };
    Grid::new(headings, issues.iter().map(row))
}

fn table(comparison: &RunComparison, details: bool) -> String {
    let RunComparison { from, from_at, to, to_at, .. } = comparison;
    let at = |at: &Option<Timestamp>| at.map_or_else(|| "-".to_owned(), minute);
    let mut text = format!("from run {from} ({}) to run {to} ({})\n", at(from_at), at(to_at));
    if comparison.projects.is_empty() {
        text.push_str("no project was reported by both runs\n");
    } else {
        text += &projects(comparison, true).table();
    }
    if comparison.projects.iter().any(|project| !project.complete_before) {
        text.push_str("where \"complete before\" is no, issues may only seem to be new\n");
    }
    if comparison.totals.not_confirmed > 0 {
        text.push_str("not confirmed: they were open, and the later run did not see their account completely, so they may be fixed\n");
    }
    if !comparison.not_compared.is_empty() {
        text.push_str("not comparable, and in none of the numbers:\n");
        let lines: Vec<String> = comparison
            .not_compared
            .iter()
            .map(|p| format!("{}: {}", plain(&p.project), why(p.why, from, to)))
            .collect();
        for line in first(&lines) {
            let _ = writeln!(text, "  {line}");
        }
    }
    if details && !comparison.issues.is_empty() {
        let _ = write!(text, "\n{}", issues(&comparison.issues).table());
    }
    text
}

fn why(why: NoComparison, from: &RunId, to: &RunId) -> String {
    match why {
        NoComparison::NotInEarlier => format!("run {from} did not report it"),
        NoComparison::NotInLater => format!("run {to} did not report it"),
        _ => format!("run {from} was done again for it after run {to}"),
    }
}
