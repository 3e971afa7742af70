//! The list of issues and the comparison of two runs, on the story of twelve runs.

use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use super::*;
use crate::history::IssuePeriod;
use crate::history::{IssueRecord, IssueResolution};
use crate::testing::organisation::{twelve_runs as histories, twelve_runs_sla as sla};

fn list(filter: IssueFilter, weeks: i64) -> IssueList {
    let as_of = week(weeks) + 48.hours();
    let mut builder = IssueListBuilder::new(filter, sla(), as_of, TimeZone::UTC);
    for (name, history) in histories_up_to(weeks) {
        builder.add_project(name, &history);
    }
    builder.finish().unwrap()
}

/// The histories as they were after the run of a week.
fn histories_up_to(weeks: i64) -> Vec<(&'static str, ProjectHistory)> {
    let end = week(weeks);
    let mut histories = histories();
    for (_, history) in &mut histories {
        history.runs.retain(|run| run.at <= end);
        history.issues.retain_mut(|issue| rewind(issue, end));
    }
    histories.retain(|(_, history)| !history.runs.is_empty());
    histories
}

/// Takes back what happened to an issue after `end`; false if it was not known yet.
fn rewind(issue: &mut IssueRecord, end: Timestamp) -> bool {
    let run_at = |run: &RunId| run.as_str().parse::<Timestamp>().unwrap();
    while run_at(&issue.opened_in) > end {
        let Some(IssuePeriod { opened_at, opened_in, closed_at, resolution, .. }) = issue.earlier.pop() else {
            return false;
        };
        issue.reopened -= 1;
        (issue.opened_at, issue.opened_in) = (opened_at, opened_in);
        issue.resolved = Some(IssueResolution { at: closed_at, run_id: RunId::at(closed_at), resolution });
    }
    issue.resolved.take_if(|resolved| resolved.at > end);
    // what is open was written when it was opened; the runs tell the rest
    issue.last_seen = run_at(&issue.opened_in);
    true
}

/// One line for each issue: project, control, state, age in days, overdue.
fn lines(list: &IssueList) -> Vec<String> {
    let line = |issue: &ListedIssue| {
        let (control, state) = (issue.control.as_deref().unwrap_or("-"), issue.state);
        format!("{} {control} {state:?} {} {:?}", issue.project, issue.age_days, issue.overdue)
    };
    list.issues.iter().map(line).collect()
}

#[test]
fn what_is_open_is_listed_the_worst_and_oldest_first() {
    let open = list(IssueFilter::default(), 13);
    // S3.8 of Alpha came back in week 9; nobody has looked at Delta since week 5
    let wanted = [
        "Alpha S3.8 Open 30 Some(true)",
        "Delta S3.8 NotConfirmed 184 Some(true)",
        "Delta IAM.6 NotConfirmed 86 Some(true)",
        "Alpha KMS.4 Open 2 Some(false)",
        "Beta two EC2.2 Open 65 None",
    ];
    assert_eq!(lines(&open), wanted);
    let [unsure] = &open.unsure[..] else { panic!("{:?}", open.unsure) };
    assert_eq!((unsure.project.as_str(), unsure.why, unsure.last_run), ("Delta", NotConfirmed::Stale, Some(week(5))));
    let last = |n: usize| open.issues[n].last_seen_by.clone();
    assert_eq!((last(0), last(1)), (Some(RunId::at(week(13))), Some(RunId::at(week(5)))));
}

#[test]
fn what_a_run_could_not_look_at_is_neither_open_for_sure_nor_fixed() {
    let open = list(IssueFilter { project: Some("alpha".to_owned()), ..IssueFilter::default() }, 6);
    assert_eq!(open.issues.len(), 0, "the names of projects differ by case");
    let open = list(IssueFilter { project: Some("Alpha".to_owned()), ..IssueFilter::default() }, 6);
    assert_eq!(lines(&open), ["Alpha S3.8 NotConfirmed 37 Some(true)", "Alpha EC2.7 NotConfirmed 9 None"]);
    let unsure = &open.unsure[0];
    assert_eq!((unsure.why, &unsure.accounts), (NotConfirmed::Incomplete, &vec![account(1)]));
}

#[test]
fn filters_select_together() {
    let filter = |set: fn(&mut IssueFilter)| {
        let mut filter = IssueFilter { states: IssueStates::All, ..IssueFilter::default() };
        set(&mut filter);
        lines(&list(filter, 13))
    };
    assert_eq!(filter(|_| ()).len(), 11, "the earlier name Beta is not listed");
    assert_eq!(filter(|f| f.control = Some("s3.8".to_owned())).len(), 2);
    assert_eq!(filter(|f| f.account = Some(account(3))).len(), 3);
    assert_eq!(filter(|f| f.opened_since = Some(week(9))).len(), 3);
    let resolved = filter(|f| f.states = IssueStates::Resolved);
    let wanted = [
        "Gamma RDS.3 Fixed 7 None",
        "Alpha S3.9 Fixed 14 None",
        "Beta two EC2.8 Fixed 56 None",
        "Gamma RDS.2 Fixed 28 None",
        "Gamma RDS.1 Archived 14 None",
        "Alpha EC2.7 Suppressed 42 None",
    ];
    assert_eq!(resolved, wanted);
    let two = filter(|f| {
        (f.severities, f.states) = (vec![Severity::High, Severity::Low], IssueStates::Open);
    });
    assert_eq!(two.len(), 4);
}

fn compare(from: i64, to: i64) -> RunComparison {
    let mut builder = RunComparisonBuilder::new(RunId::at(week(from)), RunId::at(week(to)));
    for (name, history) in histories() {
        builder.add_project(name, &history);
    }
    builder.finish()
}

fn changes(comparison: &RunComparison) -> Vec<String> {
    let line = |issue: &ChangedIssue| {
        format!("{} {} {}", issue.project, issue.control.as_deref().unwrap_or("-"), issue.change.as_str())
    };
    comparison.issues.iter().map(line).collect()
}

#[test]
fn two_runs_are_compared_project_by_project() {
    let comparison = compare(4, 9);
    let wanted =
        ["Alpha EC2.7 new", "Alpha S3.8 reopened", "Beta two EC2.8 fixed", "Gamma RDS.2 fixed", "Gamma RDS.1 archived"];
    assert_eq!(changes(&comparison), wanted, "S3.8 was fixed and came back in between");
    let totals = comparison.totals;
    assert_eq!((totals.open_before, totals.open_after), (5, 3));
    assert_eq!((totals.new, totals.reopened, totals.fixed, totals.archived), (1, 1, 2, 1));
    let names: Vec<&str> = comparison.projects.iter().map(|project| project.project.as_str()).collect();
    assert_eq!(names, ["Alpha", "Beta two", "Gamma"]);
    let delta = NotCompared { project: "Delta".to_owned(), why: NoComparison::NotInLater };
    assert_eq!(comparison.not_compared, [delta], "the earlier name Beta is no project of its own");
}

#[test]
fn what_the_later_run_could_not_see_is_not_confirmed() {
    let comparison = compare(5, 6);
    let alpha = &comparison.projects[0];
    assert_eq!((alpha.counts.not_confirmed, alpha.counts.fixed, alpha.complete_after), (2, 0, false));
    assert_eq!((alpha.counts.open_before, alpha.counts.open_after), (2, 2));
    assert_eq!(compare(6, 7).totals.fixed, 1, "S3.8 of Alpha");
    let first = compare(1, 4);
    assert_eq!(first.not_compared[0].why, NoComparison::NotInEarlier, "{:?}", first.not_compared);
    assert!(changes(&compare(7, 7)).is_empty());
}

#[test]
fn an_issue_counts_once_and_one_that_moves_neither_leaves_nor_is_new() {
    let (open, both) = (finding(1, "S3.8", Severity::High), finding(2, "S3.9", Severity::High));
    let (mut first, mut second) = (Story::of(&[1, 2]), Story::of(&[2]));
    first.run("First", week(1), vec![open.clone(), both.clone()], &[], &[]);
    second.run("Second", week(1), vec![both.clone()], &[], &[]);
    first.own(&[2]);
    second.own(&[1, 2]);
    let mut worse = both.clone();
    worse.severity = Severity::Critical;
    first.run("First", week(2), vec![worse.clone()], &[], &[]);
    second.run("Second", week(2), vec![open, worse], &[], &[]);
    let mut builder = RunComparisonBuilder::new(RunId::at(week(1)), RunId::at(week(2)));
    builder.add_project("First", &first.history());
    builder.add_project("Second", &second.history());
    let comparison = builder.finish();
    let wanted = ["Second S3.8 new", "First S3.9 worse", "Second S3.9 worse", "First S3.8 left"];
    assert_eq!(changes(&comparison), wanted);
    let totals = ChangeCounts { open_before: 2, open_after: 2, worse: 1, ..ChangeCounts::default() };
    assert_eq!(comparison.totals, totals);
}

#[test]
fn a_run_that_was_done_again_later_is_not_compared() {
    let mut story = Story::of(&[1]);
    story.run("First", week(2), vec![finding(1, "S3.8", Severity::High)], &[], &[]);
    let mut history = story.history();
    history.runs.push(ProjectRun::new(RunId::at(week(1)), week(3)));
    let mut builder = RunComparisonBuilder::new(RunId::at(week(1)), RunId::at(week(2)));
    builder.add_project("First", &history);
    assert_eq!(builder.finish().not_compared[0].why, NoComparison::EarlierDoneAgain);
}
