//! `ecs-job findings`: which issues are open over all projects, and since when.

use std::collections::HashSet;
use std::fmt::Write as _;

use findings_core::history::ListProjects;
use findings_core::organisation::{
    IssueList, IssueListBuilder, IssueStanding, ListedIssue, NotConfirmed, UnsureProject,
};
use findings_core::registry::project_key;
use findings_core::{Error, ErrorKind, Result};
use jiff::Timestamp;

use crate::aws::Aws;
use crate::config::FindingsConfig;
use crate::grid::{Grid, day, minute};
use crate::output::{Output, first, plain};
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, history, settings};

/// Prints the issues and returns the exit code: 0, or 2 if the history could not be read.
pub(crate) async fn findings(config: &FindingsConfig, output: Output) -> u8 {
    let printed = match list(config).await {
        Ok(list) => print(&list, output),
        Err(error) => Err(error),
    };
    match printed {
        Ok(text) => {
            ending::print_line(text.trim_end());
            0
        }
        Err(error) => {
            ending::print_errors("the history could not be read", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

fn print(list: &IssueList, output: Output) -> Result<String> {
    match output {
        Output::Table => Ok(table(list)),
        Output::Csv => wide(&list.issues).csv(),
        Output::Json => serde_json::to_string(list)
            .map_err(|error| Error::new(ErrorKind::Other, "write the list of issues").with_source(error)),
    }
}

/// Reads one history after the other, so that they need not fit into memory together.
async fn list(config: &FindingsConfig) -> Result<IssueList> {
    history::check_file(&config.history.history)?;
    let aws = Aws::load(config.history.aws()).await?;
    let reader = HistoryDatabase::open(&config.history.history, aws.as_ref())?.reader;
    let names = reader.projects(&ListProjects::new()).await?;
    if let Some(wanted) = &config.filter.project
        && !names.iter().any(|name| project_key(name) == project_key(wanted))
    {
        return Err(history::unknown_project(wanted, &names));
    }
    let sla = config.history.sla.clone();
    let mut builder = IssueListBuilder::new(config.filter.clone(), sla, Timestamp::now(), config.zone.clone());
    for name in names {
        builder.add_project(&name, &history::recall(&reader, &name).await?);
    }
    builder.finish()
}

fn state(state: IssueStanding) -> &'static str {
    match state {
        IssueStanding::Open => "open",
        IssueStanding::NotConfirmed => "not confirmed",
        IssueStanding::Fixed => "fixed",
        IssueStanding::Suppressed => "suppressed",
        IssueStanding::Archived => "archived",
        IssueStanding::Left => "left",
        _ => "unknown",
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn overdue(issue: &ListedIssue) -> String {
    text(issue.overdue.map(|is_overdue| if is_overdue { "yes" } else { "no" }))
}

/// The columns for people. The project and the resource stand last, because they are the longest.
fn narrow(issues: &[ListedIssue]) -> Grid<12> {
    let headings = [
        "severity",
        "control",
        "state",
        "days",
        "overdue",
        "opened",
        "first seen",
        "last seen by",
        "account",
        "region",
        "project",
        "resource",
    ];
    let row = |issue: &ListedIssue| {
        [
            issue.severity.to_string(),
            text(issue.control.as_ref()),
            state(issue.state).to_owned(),
            issue.age_days.to_string(),
            overdue(issue),
            day(issue.opened_at),
            day(issue.first_seen),
            text(issue.last_seen_by.as_ref()),
            issue.account.to_string(),
            text(issue.region.as_ref()),
            issue.project.clone(),
            text(issue.resource.as_ref()),
        ]
    };
    Grid::new(headings, issues.iter().map(row))
}

/// The columns for spreadsheets.
fn wide(issues: &[ListedIssue]) -> Grid<18> {
    let headings = [
        "project",
        "control",
        "severity",
        "account",
        "region",
        "resource",
        "title",
        "first seen",
        "opened",
        "reopened",
        "age days",
        "overdue",
        "state",
        "last seen",
        "last seen by",
        "closed",
        "closed by run",
        "issue ID",
    ];
    let row = |issue: &ListedIssue| {
        [
            issue.project.clone(),
            text(issue.control.as_ref()),
            issue.severity.to_string(),
            issue.account.to_string(),
            text(issue.region.as_ref()),
            text(issue.resource.as_ref()),
            issue.title.to_string(),
            issue.first_seen.to_string(),
            issue.opened_at.to_string(),
            issue.reopened.to_string(),
            issue.age_days.to_string(),
            overdue(issue),
            state(issue.state).to_owned(),
            issue.last_seen.to_string(),
            text(issue.last_seen_by.as_ref()),
            text(issue.closed_at),
            text(issue.closed_in.as_ref()),
            issue.issue_id.as_str().to_owned(),
        ]
    };
    Grid::new(headings, issues.iter().map(row))
}

fn table(list: &IssueList) -> String {
    let mut out = if list.issues.is_empty() { String::new() } else { narrow(&list.issues).table() };
    let projects: HashSet<&str> = list.issues.iter().map(|issue| issue.project.as_str()).collect();
    let ids: HashSet<&str> = list.issues.iter().map(|issue| issue.issue_id.as_str()).collect();
    let _ = write!(out, "{} issues in {} projects", list.issues.len(), projects.len());
    if ids.len() < list.issues.len() {
        let _ = write!(out, "; {} different ones, because several projects own an account", ids.len());
    }
    out.push('\n');
    let not_confirmed = list.issues.iter().filter(|issue| issue.state == IssueStanding::NotConfirmed).count();
    if not_confirmed > 0 {
        let _ = writeln!(
            out,
            "{not_confirmed} are not confirmed: the latest run did not see their account completely, or did not report their project"
        );
    }
    if !list.unsure.is_empty() {
        out.push_str("the list may lack issues of these projects, whose history is incomplete or stale:\n");
        for line in first(&list.unsure.iter().map(unsure).collect::<Vec<_>>()) {
            let _ = writeln!(out, "  {line}");
        }
    }
    out
}

/// Why the history of a project does not tell everything.
fn unsure(project: &UnsureProject) -> String {
    let name = plain(&project.project);
    let last = project.last_run.map_or_else(|| "never".to_owned(), minute);
    match project.why {
        NotConfirmed::Stale => format!("{name}: stale, no run this week; the last one was {last}"),
        _ if project.accounts.is_empty() => format!("{name}: the report of {last} is incomplete"),
        _ => {
            let accounts: Vec<String> = project.accounts.iter().map(ToString::to_string).collect();
            format!("{name}: the run of {last} did not see all of {}", first(&accounts).join(", "))
        }
    }
}
