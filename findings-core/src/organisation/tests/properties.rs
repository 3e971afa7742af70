//! What holds for every history.

use futures::{FutureExt as _, stream};
use proptest::prelude::*;

use super::*;
use crate::history::{IssueRecord, Measures, Sla};

const WEEKS: usize = 12;

/// What a run of one project finds: whether it is made, the accounts that it cannot see, and for each account and
/// control whether the finding is open, and what became of it if not.
#[derive(Clone, Debug)]
struct Week {
    is_made: bool,
    unseen: [bool; 2],
    open: [[bool; 3]; 2],
    gone: Resolution,
    worse: bool,
}

fn week_of_project() -> impl Strategy<Value = Week> {
    let gone = prop_oneof![
        Just(Resolution::Passed),
        Just(Resolution::Gone),
        Just(Resolution::Suppressed),
        Just(Resolution::Archived)
    ];
    let weights =
        (prop::bool::weighted(0.85), prop::array::uniform2(prop::bool::weighted(0.15)), any::<[[bool; 3]; 2]>());
    (weights, gone, any::<bool>()).prop_map(|((is_made, unseen, open), gone, worse)| Week {
        is_made,
        unseen,
        open,
        gone,
        worse,
    })
}

/// The projects: accounts 1 and 2; 2 and 3, so that one account is shared; 4 and 5.
const OWNED: [(&str, [u64; 2]); 3] = [("One", [1, 2]), ("Two", [2, 3]), ("Three", [4, 5])];

fn histories(plan: &[Vec<Week>]) -> Vec<(&'static str, ProjectHistory)> {
    let play = |((name, accounts), weeks): (&(&'static str, [u64; 2]), &Vec<Week>)| {
        let mut story = Story::of(accounts);
        for (n, week_plan) in (1..).zip(weeks).filter(|(_, plan)| plan.is_made) {
            let severity = if week_plan.worse { Severity::Critical } else { Severity::Medium };
            let all = || {
                let of_account = |index: usize| {
                    ["S3.1", "S3.2", "1.4"].into_iter().enumerate().map(move |(c, control)| (index, c, control))
                };
                (0..2).flat_map(of_account).map(|(i, c, control)| (i, c, finding(accounts[i], control, severity)))
            };
            let is_seen = |index: usize| !week_plan.unseen[index];
            let open = all().filter(|(i, c, _)| is_seen(*i) && week_plan.open[*i][*c]).map(|(_, _, f)| f).collect();
            let gone: Vec<Finding> = all().map(|(_, _, finding)| finding).collect();
            let lookups: Vec<_> = gone.iter().map(|finding| (finding, week_plan.gone)).collect();
            let unseen: Vec<u64> = (0..2).filter(|i| !is_seen(*i)).map(|i| accounts[i]).collect();
            story.run(name, week(n), open, &unseen, &lookups);
        }
        (*name, story.history())
    };
    OWNED.iter().zip(plan).map(play).collect()
}

fn plan() -> impl Strategy<Value = Vec<Vec<Week>>> {
    prop::collection::vec(prop::collection::vec(week_of_project(), WEEKS), OWNED.len())
}

fn input() -> OrganisationInput {
    let sla = Sla::default().with_target(Severity::Critical, std::time::Duration::from_hours(24 * 20));
    OrganisationInput::new(range(WEEKS, "2026-11-25T00:00:00Z")).with_sla(sla)
}

fn report_of(histories: &[(&'static str, ProjectHistory)]) -> OrganisationReport {
    report(input(), histories.iter().map(|(name, history)| (*name, history)))
}

/// Checks that what was open before and what happened give what is open now. Returns what is open.
fn balance(before: u64, open: u64, came: u64, went: u64) -> Result<u64, TestCaseError> {
    prop_assert_eq!(before + came, open + went);
    Ok(open)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_open_and_what_happened_give_what_is_open(plan in plan()) {
        let report = report_of(&histories(&plan));
        let mut open = 0;
        for numbers in report.weeks.iter().filter_map(|week| week.numbers) {
            let f = numbers.flow;
            let came = f.baseline.total() + f.new.total() + f.reopened.total();
            let went = f.fixed.total() + f.suppressed.total() + f.archived.total() + f.left.total() + f.merged.total();
            open = balance(open, numbers.open.total(), came, went)?;
        }
        prop_assert_eq!(open, report.totals.open.total());
        for project in &report.projects {
            let s = &project.series;
            let mut open = 0;
            for week in (0..s.state.len()).filter(|week| s.new[*week].is_some()) {
                let sum = |columns: &[&Vec<Option<u64>>]| columns.iter().filter_map(|column| column[week]).sum();
                let now = sum(&[&s.open_critical, &s.open_high, &s.open_medium, &s.open_low, &s.open_informational]);
                let came = sum(&[&s.baseline, &s.new, &s.reopened]);
                open = balance(open, now, came, sum(&[&s.fixed, &s.suppressed, &s.archived, &s.left, &s.merged]))?;
            }
            prop_assert_eq!(open, project.open.total(), "{}", project.project);
        }
    }

    #[test]
    fn projects_sum_up_to_the_total_which_is_that_of_the_measures(plan in plan()) {
        let histories = histories(&plan);
        let report = report_of(&histories);
        let sum: u64 = report.projects.iter().map(|project| project.open.total()).sum();
        prop_assert_eq!(sum, report.totals.open.total() + report.totals.counted_more_than_once);
        let open_of = |measures: &Measures| measures.severities.iter().map(|s| s.open).collect::<Vec<_>>();
        let all = Measures::of_all(histories.iter().map(|(_, h)| h), &Sla::default(), report.as_of);
        prop_assert_eq!(report.totals.open.total(), open_of(&all).iter().sum::<u64>());
        for project in &report.projects {
            let (name, history) = histories.iter().find(|(name, _)| *name == project.project).unwrap();
            let own = Measures::of_project(*name, history, &Sla::default(), report.as_of);
            let open: Vec<u64> = Severity::WORST_FIRST.iter().map(|severity| project.open.get(*severity)).collect();
            prop_assert_eq!(open, open_of(&own));
        }
        let of_problems: u64 = report.problems.iter().map(|problem| problem.open.total()).sum();
        prop_assert_eq!(of_problems, report.totals.open.total());
    }

    #[test]
    fn the_order_of_the_histories_does_not_matter(plan in plan()) {
        let mut histories = histories(&plan);
        let report = report_of(&histories);
        histories.reverse();
        prop_assert_eq!(report, report_of(&histories));
    }

    #[test]
    fn it_does_not_matter_in_which_parts_histories_are_read(plan in plan(), size in 1..5_usize) {
        let histories = histories(&plan);
        let mut builder = OrganisationBuilder::new(input());
        for (name, history) in &histories {
            let part = |issues: &[IssueRecord]| Ok(ProjectHistory::new(issues.to_vec(), history.runs.clone()));
            let first = history.issues.len().min(size);
            let parts = [&history.issues[..first]].into_iter().chain(history.issues[first..].chunks(size)).map(part);
            // a run was added while it was read: nothing is kept of it
            let older = Ok(ProjectHistory::new(history.issues.clone(), Vec::new()));
            let torn = [older].into_iter().chain([&history.issues[..]].map(part));
            let is_added = builder.add_parts(name, stream::iter(torn), None).now_or_never().unwrap().unwrap();
            prop_assert_eq!(is_added, history.runs.is_empty());
            if !is_added {
                prop_assert!(builder.add_parts(name, stream::iter(parts), None).now_or_never().unwrap().unwrap());
            }
        }
        prop_assert_eq!(builder.finish(), report_of(&histories));
    }

    #[test]
    fn nothing_incomplete_improves(mut plan in plan(), blind in 1..WEEKS) {
        // in this week, "Three" is read and sees none of its accounts
        plan[2][blind].is_made = true;
        plan[2][blind].unseen = [true, true];
        let report = report_of(&histories(&plan));
        let three = report.projects.iter().find(|project| project.project == "Three").unwrap();
        let s = &three.series;
        prop_assert_eq!(s.state[blind], WeekState::Incomplete);
        let (fixed, new) = (s.fixed[blind], s.new[blind]);
        prop_assert_eq!((fixed, new), (Some(0), Some(0)));
        let open = |week: usize| Some(s.open_critical[week]? + s.open_medium[week]?);
        prop_assert_eq!(s.not_confirmed[blind], open(blind), "nobody looked at any of them");
        let before = (0..blind).rev().find_map(open);
        prop_assert!(before.is_none_or(|before| Some(before) == open(blind)));
        prop_assert!(report.weeks[blind].state == WeekState::Incomplete);
        if blind + 8 >= s.state.len() {
            prop_assert_eq!(three.trend, None);
            prop_assert!(report.movers_of_month.improved.iter().all(|mover| report.projects[mover.project].project != "Three"));
        }
        if blind + 1 == s.state.len() {
            prop_assert_eq!((three.rank, three.no_rank), (None, Some(NoRank::Incomplete)));
        }
    }
}
