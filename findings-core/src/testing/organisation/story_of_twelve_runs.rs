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

use jiff::Timestamp;

use super::{Story, finding, range, report, week};
use crate::history::{ProjectHistory, Resolution, Sla};
use crate::organisation::{OrganisationInput, OrganisationReport};
use crate::{Finding, Severity};

/// The Wednesday of week 13.
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

/// The histories of the story, in no order.
pub fn twelve_runs() -> Vec<(&'static str, ProjectHistory)> {
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

/// The targets of the story: 7 days for critical issues, 30 days for high ones.
pub fn twelve_runs_sla() -> Sla {
    let days = |n: u64| Duration::from_hours(n * 24);
    Sla::default().with_target(Severity::Critical, days(7)).with_target(Severity::High, days(30))
}

/// The time of the report, UTC: the Wednesday of week 13.
pub fn twelve_runs_as_of() -> Timestamp {
    AS_OF.parse().unwrap()
}

/// The report on the story, of which nothing but the histories and the targets is known.
pub fn story_of_twelve_runs() -> OrganisationReport {
    let histories = twelve_runs();
    let input = OrganisationInput::new(range(13, AS_OF)).with_sla(twelve_runs_sla());
    report(input, histories.iter().map(|(name, history)| (*name, history)))
}
