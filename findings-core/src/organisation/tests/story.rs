//! Twelve runs in thirteen weeks over four projects. Every number was computed by hand from this table:
//!
//! ```text
//! week        1   2   3   4   5   6   7   8   9  10  11  12  13
//! Alpha  a1   o   -   o   o   o   ?   f       r   o   o   o   o    critical S3.8
//!        a2   o   -   f                                            high     S3.9
//!        a3       -           o   ?   o   o   o   o   s            medium   EC2.7
//!        a4       -                                           o    high     KMS.4
//! Beta   b1   o   -   o   o   o   o   o   o   f                    high     EC2.8; is called "Beta two" from week 8 on
//!        b2       -       o   o   o   o   o   o   o   o   o   o    low      EC2.2
//! Gamma  c1       -       o   o   a                                medium   RDS.1; comes in week 4
//!        c2       -       o   o   o   o   f                        medium   RDS.2
//!        c3       -                               o   f            critical RDS.3
//! Delta  d1   o   -   o   o   o                                    high     S3.8, seen since June 1; no run after week 5
//!        d2   o   -   o   o   o                                    high     IAM.6
//! open        5       4   7   8   7   6   5   5   6   4   4   5
//! ```
//!
//! o open, f fixed, s suppressed, a archived, r reopened, ? an incomplete run that could not see the account. There
//! is no run in week 2. The report is of the Wednesday of week 13.

use std::time::Duration;

use super::*;
use crate::history::{Measures, Sla};

const AS_OF: &str = "2026-12-02T00:00:00Z";

fn a(n: usize) -> Finding {
    let (control, severity) = [
        ("S3.8", Severity::Critical),
        ("S3.9", Severity::High),
        ("EC2.7", Severity::Medium),
        ("KMS.4", Severity::High),
    ][n - 1];
    finding(1, control, severity)
}

fn b(n: usize) -> Finding {
    if n == 1 { finding(2, "EC2.8", Severity::High) } else { finding(2, "EC2.2", Severity::Low) }
}

fn c(n: usize) -> Finding {
    let severity = if n == 3 { Severity::Critical } else { Severity::Medium };
    finding(3, &format!("RDS.{n}"), severity)
}

fn d(n: usize) -> Finding {
    let mut finding = finding(4, if n == 1 { "S3.8" } else { "IAM.6" }, Severity::High);
    finding.first_observed_at = (n == 1).then(|| "2026-06-01T00:00:00Z".parse().unwrap());
    finding
}

pub(super) fn histories() -> Vec<(&'static str, ProjectHistory)> {
    let mut alpha = Story::of(&[1]);
    let open = |numbers: &[usize], of: fn(usize) -> Finding| numbers.iter().map(|n| of(*n)).collect::<Vec<_>>();
    for (n, numbers) in [
        (1, &[1, 2][..]),
        (3, &[1]),
        (4, &[1]),
        (5, &[1, 3]),
        (6, &[]),
        (7, &[3]),
        (8, &[3]),
        (9, &[1, 3]),
        (10, &[1, 3]),
        (11, &[1]),
        (12, &[1]),
        (13, &[1, 4]),
    ] {
        let unseen: &[u64] = if n == 6 { &[1] } else { &[] };
        alpha.run("Alpha", week(n), open(numbers, a), unseen, &[(&a(3), Resolution::Suppressed)]);
    }
    let mut beta = Story::of(&[2]);
    for (n, numbers) in [(1, &[1][..]), (3, &[1]), (4, &[1, 2]), (5, &[1, 2]), (6, &[1, 2]), (7, &[1, 2])] {
        beta.run("Beta", week(n), open(numbers, b), &[], &[]);
    }
    let mut beta_two = beta.rename(week(8));
    for n in 8..=13 {
        let numbers: &[usize] = if n == 8 { &[1, 2] } else { &[2] };
        beta_two.run("Beta two", week(n), open(numbers, b), &[], &[]);
    }
    let mut gamma = Story::of(&[3]);
    for n in 4..=13 {
        let numbers: &[usize] = match n {
            4 | 5 => &[1, 2],
            6 | 7 => &[2],
            10 => &[3],
            _ => &[],
        };
        gamma.run("Gamma", week(n), open(numbers, c), &[], &[(&c(1), Resolution::Archived)]);
    }
    let mut delta = Story::of(&[4]);
    for n in [1, 3, 4, 5] {
        delta.run("Delta", week(n), open(&[1, 2], d), &[], &[]);
    }
    let stories = [("Beta two", beta_two), ("Gamma", gamma), ("Delta", delta), ("Beta", beta), ("Alpha", alpha)];
    stories.into_iter().map(|(name, story)| (name, story.history())).collect()
}

pub(super) fn sla() -> Sla {
    let days = |n: u64| Duration::from_hours(n * 24);
    Sla::default().with_target(Severity::Critical, days(7)).with_target(Severity::High, days(30))
}

fn story() -> OrganisationReport {
    let histories = histories();
    let input = OrganisationInput::new(range(13, AS_OF)).with_sla(sla());
    report(input, histories.iter().map(|(name, history)| (*name, history)))
}

#[test]
fn open_issues_week_by_week_and_what_happened_in_each() {
    let report = story();
    let numbers = |of: fn(&WeekNumbers) -> u64| -> Vec<Option<u64>> {
        report.weeks.iter().map(|week| week.numbers.as_ref().map(of)).collect()
    };
    let known = |numbers: [i64; 13]| numbers.map(|n| u64::try_from(n).ok()).to_vec();
    assert_eq!(numbers(|n| n.open.total()), known([5, -1, 4, 7, 8, 7, 6, 5, 5, 6, 4, 4, 5]));
    // a1 until week 6 and from week 9, c3 in week 10
    assert_eq!(numbers(|n| n.open.critical), known([1, -1, 1, 1, 1, 1, 0, 0, 1, 2, 1, 1, 1]));
    // d1 and d2 after week 5; a1 and a3 in week 6
    assert_eq!(numbers(|n| n.not_confirmed.total()), known([0, -1, 0, 0, 0, 4, 2, 2, 2, 2, 2, 2, 2]));
    assert_eq!(numbers(|n| n.flow.baseline.total()), known([5, -1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "c1, c2 in 4");
    assert_eq!(numbers(|n| n.flow.new.total()), known([0, -1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1]), "b2 a3 c3 a4");
    assert_eq!(numbers(|n| n.flow.reopened.total()), known([0, -1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), "a1");
    assert_eq!(numbers(|n| n.flow.fixed.total()), known([0, -1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0]), "a2 a1 c2 b1 c3");
    assert_eq!(numbers(|n| n.flow.suppressed.total()), known([0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]), "a3");
    assert_eq!(numbers(|n| n.flow.archived.total()), known([0, -1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]), "c1");
    assert_eq!(numbers(|n| n.flow.left.total()), known([0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "renaming is no end");
}

#[test]
fn weeks_say_what_is_not_known() {
    let report = story();
    let states: Vec<WeekState> = report.weeks.iter().map(|week| week.state).collect();
    let mut expected = [WeekState::Complete; 13];
    (expected[1], expected[5]) = (WeekState::NoRun, WeekState::Incomplete);
    assert_eq!(states, expected);
    let name = |index: &usize| report.projects[*index].project.as_str();
    assert_eq!(report.weeks[5].incomplete.iter().map(name).collect::<Vec<_>>(), ["Alpha"]);
    let counts: Vec<u64> = report.weeks.iter().map(|week| week.projects).collect();
    assert_eq!(counts, [3, 3, 3, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3], "Gamma comes in week 4, Delta is gone after week 5");
    assert_eq!(
        (report.weeks[12].first_day.to_string(), report.weeks[12].to),
        ("2026-11-30".into(), AS_OF.parse().unwrap())
    );
    let delta = &report.projects[2];
    assert_eq!((delta.project.as_str(), delta.standing), ("Delta", Standing::Silent));
    assert_eq!(delta.series.state[4..6], [WeekState::Complete, WeekState::Gone]);
    assert_eq!((delta.series.open_high[4], delta.series.open_high[5]), (Some(2), None));
    assert_eq!(
        report.projects[3].series.state[..4],
        [WeekState::NotYet, WeekState::NotYet, WeekState::NotYet, WeekState::Complete]
    );
}

#[test]
fn times_shares_ages_and_overdue_issues() {
    let report = story();
    // a2 14 days, a1 42, c2 28, b1 56, c3 7; in order 7 14 28 42 56
    let PeriodComparison { current, before } = &report.period;
    assert_eq!(current.time_to_fix, DurationStats { count: 5, median_days: Some(28.0), p90_days: None });
    assert_eq!(current.severities[1].time_to_fix, DurationStats { count: 2, median_days: None, p90_days: None });
    assert_eq!(current.severities[2].time_to_decision.count, 1, "a3 was suppressed");
    assert_eq!(*before, None, "the history does not reach back 26 weeks");
    // fixed for good: a2 c2 b1 c3; new: b2 a3 c3 a4. Four are too few for a share
    assert_eq!(current.net_resolve, Share { count: 4, of: 4, percent: None });
    // due: a1 in week 2 and again in week 10, a2, b1 and d2 on October 7, c3 in week 11; in time: a2 and, on its last
    // day, c3
    assert_eq!(current.within_target, Some(Share { count: 2, of: 6, percent: Some(33.3) }));
    assert_eq!((current.weeks, current.weeks_with_gaps), (13, 2));
    // weeks 10 to 13 beside weeks 6 to 9, in which a1 was fixed and reopened
    let recent = report.recent.as_ref().unwrap();
    let before = recent.before.as_ref().unwrap();
    assert_eq!((recent.current.net_resolve.count, recent.current.net_resolve.of), (1, 2));
    assert_eq!((before.net_resolve.count, before.net_resolve.of, before.flow.fixed.total()), (2, 0, 3));
    assert_eq!((recent.current.weeks_with_gaps, before.weeks_with_gaps), (0, 1));
    // open: a1 for 29 days, a4 for 1, b2 for 65, d1 since June, d2 for 85
    let ages: Vec<[u64; 4]> = report.severities.iter().map(|s| s.open_by_age).collect();
    assert_eq!(ages, [[0, 1, 0, 0], [1, 0, 1, 1], [0; 4], [0, 0, 1, 0], [0; 4]]);
    let overdue: Vec<Option<u64>> = report.severities.iter().map(|s| s.overdue).collect();
    assert_eq!(overdue, [Some(1), Some(2), None, None, None], "a1, d1 and d2");
    assert_eq!(report.totals.of_projects_not_active.total(), 2);
}

#[test]
fn projects_are_ranked_only_by_what_is_known() {
    let report = story();
    let row = |p: &ProjectSummary| (p.project.clone(), p.points, p.rank, p.no_rank);
    let rows: Vec<_> = report.projects.iter().map(row).collect();
    // Alpha: 10 for a1, 5 for a4, and 10 more because a1 is overdue. Low issues have no points
    assert_eq!(
        rows,
        [
            ("Alpha".into(), Some(25.0), Some(3), None),
            ("Beta two".into(), Some(0.0), Some(1), None),
            ("Delta".into(), None, None, Some(NoRank::NotActive)),
            ("Gamma".into(), Some(0.0), Some(1), None),
        ]
    );
    let renamed = RenamedProject { project: "Beta".into(), goes_on_as: Some("Beta two".into()) };
    assert_eq!(report.renamed, [renamed]);
    let trend = |index: usize| report.projects[index].trend.map(|t| (t.direction, t.recent.points, t.before.points));
    assert_eq!(trend(0), None, "week 6 is among the eight weeks");
    assert_eq!(trend(1), Some((Direction::Steady, 0, -5)), "b1 was fixed in week 9");
    assert_eq!(trend(3), Some((Direction::Steady, 0, -1)), "c3 came and was fixed; c1 was archived, which is no fix");
    assert_eq!((report.movers_of_week.comparable, report.movers_of_month.comparable), (3, 2));
    let worsened: Vec<_> = report.movers_of_week.worsened.iter().map(|m| (m.project, m.points_per_account)).collect();
    assert_eq!((worsened, report.movers_of_week.improved.len()), (vec![(0, 5.0)], 0), "a4");
    assert_eq!(report.projects[0].last_decision, Some(week(11)));
    assert_eq!(report.projects[1].last_told.as_ref().map(|told| told.at), Some(week(13)));
}

#[test]
fn problems_are_ordered_by_points() {
    let report = story();
    let row = |p: &ProblemSummary| (p.control.clone().unwrap().to_string(), p.points, p.overdue, p.is_first_time);
    let rows: Vec<_> = report.problems.iter().map(row).collect();
    assert_eq!(
        rows,
        [
            ("S3.8".into(), 15, Some(2), Some(false)),
            ("IAM.6".into(), 5, Some(1), Some(false)),
            ("KMS.4".into(), 5, Some(0), Some(true)),
            ("EC2.2".into(), 0, Some(0), Some(false)),
        ]
    );
    let shared = &report.problems[0];
    let projects: Vec<_> = shared.projects.iter().map(|p| (p.project, p.open)).collect();
    assert_eq!((projects, shared.accounts, shared.has_guidance), (vec![(0, 1), (2, 1)], 2, None));
    // from June 1 to December 2 are 184 days
    assert_eq!((shared.weeks_open, shared.first_reported), (26, week(1)));
}

#[test]
fn runs_count_once_also_under_two_names() {
    let report = story();
    let runs: Vec<_> = report.runs.iter().map(|run| (run.projects, run.incomplete.clone())).collect();
    let mut expected = vec![(3, vec![]); 12];
    (expected[2].0, expected[3].0) = (4, 4);
    expected[4].1 = vec![0];
    assert_eq!(runs, expected);
}

#[test]
fn the_present_is_that_of_the_measures() {
    let (report, histories) = (story(), histories());
    let measures = Measures::of_all(histories.iter().map(|(_, history)| history), &sla(), report.as_of);
    for (mine, other) in report.severities.iter().zip(&measures.severities) {
        assert_eq!((mine.open, mine.open_by_age, mine.overdue), (other.open, other.open_by_age, other.overdue));
    }
}

#[test]
fn a_report_of_the_past_knows_nothing_of_what_came_later() {
    let histories = histories();
    let early = histories.iter().map(|(name, history)| {
        let mut history = history.clone();
        history.runs.retain(|run| run.at <= week(5));
        (*name, history)
    });
    // the end of week 5: what the histories held then gives the same weeks
    let input = || OrganisationInput::new(range(5, "2026-10-11T00:00:00Z")).with_sla(sla());
    let past = report(input(), histories.iter().map(|(name, history)| (*name, history)));
    let open: Vec<_> = past.weeks.iter().map(|week| week.numbers.map(|n| n.open.total())).collect();
    assert_eq!(open, [Some(5), None, Some(4), Some(7), Some(8)]);
    assert_eq!(past.totals.open.total(), 8);
    assert_eq!(past.period.current.time_to_fix.count, 1, "a2");
    assert!(past.projects.iter().all(|project| project.standing == Standing::Active));
    assert_eq!(early.count(), 5);
}

#[test]
fn a_week_that_waits_for_its_run_is_no_gap() {
    // the Monday of week 14, before its run
    let histories = histories();
    let input = OrganisationInput::new(range(2, "2026-12-07T03:00:00Z"));
    let report = report(input, histories.iter().map(|(name, history)| (*name, history)));
    assert_eq!(report.weeks.iter().map(|w| w.state).collect::<Vec<_>>(), [WeekState::Complete, WeekState::Pending]);
    assert_eq!((report.weeks[1].numbers, report.period.current.weeks_with_gaps), (None, 0));
    assert_eq!((report.totals.not_confirmed.total(), report.totals.ranked), (2, 3), "d1 and d2");
    assert_eq!(report.recent.unwrap().current.flow.fixed.total(), 1, "c3: the last four weeks end with week 13");
}

#[test]
fn without_histories_or_before_the_first_run_nothing_is_known() {
    let nothing = report(OrganisationInput::new(range(4, AS_OF)), []);
    let histories = histories();
    let before = report(
        OrganisationInput::new(range(4, "2026-09-01T00:00:00Z")),
        histories.iter().map(|(name, history)| (*name, history)),
    );
    for report in [nothing, before] {
        assert!(report.weeks.iter().all(|w| w.state == WeekState::NotYet && w.numbers.is_none()), "{:?}", report.weeks);
        assert_eq!((report.recent, report.last_run, report.totals.open.total()), (None, None, 0));
        assert!(report.problems.is_empty() && report.runs.is_empty());
        assert!(report.projects.iter().all(|p| p.rank.is_none() && p.complete.is_none() && p.last_told.is_none()));
    }
}

#[test]
fn one_run_shows_a_stock_and_no_news() {
    let mut story = Story::of(&[1]);
    story.run("Alpha", week(1), vec![a(1), a(2)], &[], &[]);
    let history = story.history();
    let report = report(OrganisationInput::new(range(4, "2026-09-08T00:00:00Z")), [("Alpha", &history)]);
    let flow = report.period.current.flow;
    assert_eq!((flow.baseline.total(), flow.new.total()), (2, 0));
    assert_eq!((report.period.current.weeks, report.period.current.weeks_before_history), (4, 3));
    let alpha = &report.projects[0];
    assert_eq!((alpha.no_rank, alpha.trend, alpha.overdue), (Some(NoRank::OneRun), None, None));
    assert_eq!(report.problems[0].is_first_time, None, "everything is new");
    assert!(report.coverage.is_none() && report.accepted_gaps.is_none() && report.owned_twice.is_none());
}
